"""A tool's error text as users may see it: few lines, no local path, no content of files.

Used by the workspaces. Who sees an Application's error may not be who may read its repository, and
a line that cannot be parsed is often a secret that was not quoted. So the places where the tools
are known to quote what they read are cut; what they say about it stays.
"""

import re
from collections.abc import Mapping
from typing import Final

__all__ = ["explain"]

_LINES: Final = 8
_TEXT: Final = 2000
_MAX_READ: Final = 16 * 1024  # characters of an error that are looked at

_SPANS: Final = (
    # kustomize: the configuration of a built-in transformer, patches, literals of generators.
    ("with config: `", "`: ", "with its configuration: "),
    ("unable to parse SM or JSON patch from [", "]", "unable to parse SM or JSON patch"),
    ("literal sources [", ", expected key=value", "a literal is not key=value"),
)
"""From the first place of a text to the last of another; what stands for both and all between."""

_CUTS: Final = tuple(
    (re.compile(expression), replacement)
    for expression, replacement in (
        # go-yaml, in all of them.
        (r"unknown anchor '[^\n]*' ", "unknown anchor "),
        (r"(cannot (?:unmarshal|decode) !!\w+) `[^\n]*`", r"\1"),
        # Go's numbers, in values of templates and settings.
        (r'(strconv\.\w+: parsing) "[^\n]*"', r"\1 a value"),
        # JSON schemas of charts: at '/password': 'x' does not match pattern 'y'.
        (r"(?m)^(- at '[^'\n]*':) '[^\n]*' (does not match|is not)", r"\1 the value \2"),
        (r"%!\w\([^\n]*", "no text"),
        # Jsonnet: the token that it found, a text that is no number.
        (r"(but got|Did not expect:) \((\w+),[^\n]*", r"\1 \2"),
        (
            r"RUNTIME ERROR: [^\n]* is not a base (\d+) integer",
            r"RUNTIME ERROR: no base \1 integer",
        ),
    )
)
"""Each looks at one line at most from where it begins."""

_CALL: Final = "error calling "
"""helm: what follows is a function's, about its arguments, which are values."""
_QUOTED: Final = re.compile(
    r'(?m)(?<!executing )(?:"(?:[^"\\\n]|\\.)*+(?:"|\\?$)|`[^`\n]*+(?:`|$))'
)
"""One that is not closed ends with its line, so that every beginning is an end of looking."""
_PATH: Final = ("evalsymlink failure on '", "' :")
"""kustomize: of what is neither a path nor a patch that can be read."""
_NOISE: Final = ("# Warning:", "level=", "Use --debug flag to render out invalid YAML")
"""Lines about something else, or that only someone at the tool's command line could follow."""


def explain(text: str, shown: Mapping[str, str]) -> str:
    """Return what to show of an error; empty if the tool said nothing.

    Args:
        text: the tool's standard error.
        shown: what stands for a text, such as a local path; the first that fits counts.
    """
    text = text[:_MAX_READ]
    for hidden, name in shown.items():
        text = text.replace(hidden, name)
    for first, last, name in _SPANS:
        text = _without(text, first, last, name)
    text = _without_texts_for_paths(text)
    for expression, replacement in _CUTS:
        text = expression.sub(replacement, text)
    before, call, after = text.partition(_CALL)
    text = before + call + _QUOTED.sub("…", after)
    lines = [line for line in text.strip().split("\n") if line.strip()]
    lines = [line for line in lines if not line.startswith(_NOISE)]
    return "\n".join(lines[:_LINES])[:_TEXT]


def _without(text: str, first: str, last: str, name: str) -> str:
    start = text.find(first)
    if start < 0:
        return text
    end = text.rfind(last, start + len(first))
    return text[:start] + name + (text[end + len(last) :] if end >= 0 else "")


def _without_texts_for_paths(text: str) -> str:
    head, first, rest = text.partition(_PATH[0])
    if not {"{", "\n"}.intersection(rest.partition(_PATH[1])[0]):
        return text
    return f"{head}{first[:-1]}a text that is neither a path nor a patch"
