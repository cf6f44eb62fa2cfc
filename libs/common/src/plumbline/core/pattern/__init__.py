"""Patterns users write: globs, and durations in Go's form.

Used by project rules, sync windows, exclusions and retry policies. Matching is linear in the length
of the text, whatever the pattern (security.md, section 1e).
"""

from plumbline.core.pattern._duration import parse_duration
from plumbline.core.pattern._glob import compile_glob, match

__all__ = ["compile_glob", "match", "parse_duration"]
