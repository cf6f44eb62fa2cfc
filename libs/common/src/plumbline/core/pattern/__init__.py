"""Patterns users write: globs, regular expressions, ranges of versions, durations in Go's form.

Used by project rules, policies, sync windows, exclusions, retry policies and target revisions.
Matching is linear in the length of the text, whatever the pattern (security.md, section 1e).
"""

from plumbline.core.pattern._automaton import Meter
from plumbline.core.pattern._duration import parse_duration
from plumbline.core.pattern._glob import compile_glob, is_plain, match
from plumbline.core.pattern._regex import Regex, compile_regex
from plumbline.core.pattern._semver import is_range, max_version, parse_version

__all__ = [
    "Meter",
    "Regex",
    "compile_glob",
    "compile_regex",
    "is_plain",
    "is_range",
    "match",
    "max_version",
    "parse_duration",
    "parse_version",
]
