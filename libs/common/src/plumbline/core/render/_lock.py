"""Chart.lock and requirements.lock: the versions that ``helm dependency build`` would take.

The digest in a lock covers the declared dependencies and the locked ones, as JSON in the order of
Helm's fields (found by trying ``helm dependency update``); a lock that does not fit is an error, as
it is for Helm.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson

from plumbline.core import errors

__all__ = ["check", "fields"]

_FIELDS: Final = (
    "name", "version", "repository", "condition", "tags", "enabled", "import-values", "alias",
)  # fmt: skip
_ALWAYS: Final = frozenset({"name", "repository"})


def fields(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return a dependency's fields in Helm's order; empty ones are left out, but for two."""
    found = {name: item.get(name) for name in _FIELDS}
    for name in _ALWAYS:
        found[name] = "" if found[name] is None else found[name]
    return {name: value for name, value in found.items() if value or name in _ALWAYS}


def _digest(value: Any) -> str:
    text = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    # Go's encoder writes these so that JSON may stand in HTML.
    for plain, escaped in ((b"<", b"\\u003c"), (b">", b"\\u003e"), (b"&", b"\\u0026")):
        text = text.replace(plain, escaped)
    return f"sha256:{hashlib.sha256(text).hexdigest()}"


def check(
    declared: Sequence[Mapping[str, Any]], lock: Mapping[str, Any], *, name: str
) -> list[str]:
    """Return the locked version of each declared dependency, in order.

    Args:
        declared: the dependencies of Chart.yaml or requirements.yaml.
        lock: the lock file.
        name: the lock file, for messages.

    Raises:
        errors.InvalidArgument: the lock does not belong to what is declared.
    """
    locked = lock.get("dependencies")
    items = [item for item in locked if isinstance(item, dict)] if isinstance(locked, list) else []
    wanted = [fields(_sorted(item)) for item in declared]
    digests = {
        _digest([wanted, [fields(item) for item in items]]),
        # What Helm 2 wrote into requirements.lock.
        _digest({"dependencies": wanted}),
    }
    in_order = [item.get("name") for item in items] == [item.get("name") for item in declared]
    if lock.get("digest") not in digests or not in_order:
        raise errors.InvalidArgument(
            f"{name} is out of sync with the declared dependencies: run 'helm dependency update'"
            " and commit it"
        )
    return [str(item.get("version") or "") for item in items]


def _sorted(item: Mapping[str, Any]) -> dict[str, Any]:
    """Maps inside ``import-values`` have no order of their own; Go writes them by name."""
    values = item.get("import-values")
    if not isinstance(values, list):
        return dict(item)
    ordered = [
        {key: value[key] for key in sorted(value, key=str)} if isinstance(value, dict) else value
        for value in values
    ]
    return {**item, "import-values": ordered}
