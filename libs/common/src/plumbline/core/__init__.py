"""The decisions of Plumbline, as pure functions over values.

Nothing here waits, reads a clock, draws a random number, logs or touches a socket, a file or the
environment: callers pass values (and `now`, where time matters) and receive frozen values. The
import contract in the root ``pyproject.toml`` checks it. Each subpackage is one subject; import the
subpackage, not names from it.
"""

__all__: list[str] = []
