"""Patterns users write: globs, regular expressions, and durations in Go's form.

Used by project rules, policies, sync windows, exclusions and retry policies. Matching is linear in
the length of the text, whatever the pattern (security.md, section 1e).
"""

from plumbline.core.pattern._duration import parse_duration
from plumbline.core.pattern._glob import compile_glob, match
from plumbline.core.pattern._regex import Regex, compile_regex

__all__ = ["Regex", "compile_glob", "compile_regex", "match", "parse_duration"]
