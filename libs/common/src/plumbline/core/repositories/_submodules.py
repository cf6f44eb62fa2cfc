"""What ``.gitmodules`` says, and what of it is refused (gitmodules(5), git-config(1)).

Used by the repo-server while it reads a tree. The file belongs to whoever may push: a name, a URL
or a command in it is data, and one that could be more is an error (CVE-2018-11235, CVE-2018-17456,
CVE-2019-19604).
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from plumbline.core import errors
from plumbline.core.repositories._urls import check_url, public_url

__all__ = ["parse_gitmodules", "submodule_url"]

_MAX_SUBMODULES: Final = 1000
_SECTION: Final = re.compile(
    r'\[\s*(?P<kind>[A-Za-z0-9.-]+)(?:\s+"(?P<name>(?:\\.|[^"\\])*)")?\s*\]'
)
_KEY: Final = re.compile(r"(?P<key>[A-Za-z][A-Za-z0-9-]*)\s*(?:=\s*(?P<value>.*))?", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "t": "\t", "b": "\b", '"': '"', "\\": "\\"}
_REMOTE: Final = ("https", "http", "ssh", "git")


class _Setting(NamedTuple):
    name: str
    key: str
    value: str


def parse_gitmodules(content: bytes) -> dict[str, str]:
    """Return the URL of each submodule, as it is written, by its path.

    Raises:
        errors.InvalidArgument: the file cannot be read, or holds a name that leaves its directory,
            a command, or something that would be taken for an option.
    """
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise errors.InvalidArgument(".gitmodules: not UTF-8") from error
    known: dict[str, dict[str, str]] = {}
    for setting in _settings(text):
        known.setdefault(setting.name, {})[setting.key] = setting.value
        if len(known) > _MAX_SUBMODULES:
            raise errors.InvalidArgument(f".gitmodules: more than {_MAX_SUBMODULES} submodules")
    for name, values in known.items():
        _check(name, values)
    return {values["path"]: values.get("url", "") for values in known.values() if "path" in values}


def _check(name: str, values: dict[str, str]) -> None:
    shown = f".gitmodules: submodule {name[:80]!r}"
    if not name or ".." in name.replace("\\", "/").split("/") or name.startswith(("/", "-")):
        raise errors.InvalidArgument(f"{shown} has a name that is refused")
    if values.get("update", "").startswith("!"):
        raise errors.InvalidArgument(
            f"{shown} wants a command to be run (update), which is refused"
        )
    for key in ("path", "url"):
        if values.get(key, "").startswith("-"):
            raise errors.InvalidArgument(f"{shown} has a {key} that begins with '-'")


def _settings(text: str) -> Iterator[_Setting]:
    """Yield the values below ``[submodule "name"]``; other sections say nothing here."""
    name: str | None = None
    for line in _logical_lines(text):
        rest = line
        section = _SECTION.match(rest)
        if section is not None:
            is_submodule = section["kind"].lower() == "submodule" and section["name"] is not None
            name = re.sub(r"\\(.)", r"\1", section["name"]) if is_submodule else None
            rest = rest[section.end() :].strip()
            if not rest or rest[0] in "#;":
                continue
        found = _KEY.fullmatch(rest)
        if found is None:
            raise errors.InvalidArgument(f".gitmodules: cannot read {rest[:80]!r}")
        if name is not None:
            yield _Setting(name, found["key"].lower(), _value(found["value"] or ""))


def _logical_lines(text: str) -> Iterator[str]:
    """Yield the lines that say something, those that end in a backslash joined to the next."""
    pending = ""
    for raw in text.removeprefix("\ufeff").split("\n"):
        line = pending + raw.removesuffix("\r")
        body = line[: len(line) - 1]
        if line.endswith("\\") and not body.endswith("\\"):
            pending = body
            continue
        pending = ""
        stripped = line.strip()
        if stripped and stripped[0] not in "#;":
            yield stripped
    if pending.strip():
        yield pending.strip()


def _value(text: str) -> str:
    """Return a value without its quotes, escapes and comment."""
    found: list[str] = []
    kept = 0  # up to here white space counts
    is_quoted = False
    characters = iter(text)
    for character in characters:
        if character == "\\":
            escaped = _ESCAPES.get(next(characters, ""))
            if escaped is None:
                raise errors.InvalidArgument(f".gitmodules: cannot read value {text[:80]!r}")
            found.append(escaped)
            kept = len(found)
        elif character == '"':
            is_quoted = not is_quoted
            kept = len(found)
        elif character in "#;" and not is_quoted:
            break
        else:
            found.append(character)
            if is_quoted or not character.isspace():
                kept = len(found)
    if is_quoted:
        raise errors.InvalidArgument(f".gitmodules: cannot read value {text[:80]!r}")
    return "".join(found[:kept])


def submodule_url(base: str, url: str, *, path: str) -> str:
    """Return where a submodule is.

    Args:
        base: the URL of the repository that holds it, as it is opened.
        url: as ``.gitmodules`` has it, possibly relative to ``base``.
        path: the submodule's place, for the message.

    Raises:
        errors.InvalidArgument: no URL, a relative one that leaves the server, or one of a kind that
            a repository must not name: local files, helpers such as ``ext::``, options.
    """
    shown = f"submodule {path!r}"
    if not url:
        raise errors.InvalidArgument(f"no url found for submodule path '{path}' in .gitmodules")
    if url.startswith(("./", "../")):
        joined = _joined(base, url)
        if joined is None:
            raise errors.InvalidArgument(
                f"{shown}: URL {public_url(url)[:200]!r} leaves the server"
            )
        # What is relative to a local repository is local: only an operator can have allowed it.
        return joined if base.startswith("file://") else _checked(joined, shown)
    scheme = url.partition("://")[0].lower() if "://" in url else ""
    if (scheme and scheme not in _REMOTE) or "::" in url or url.startswith("/"):
        raise errors.InvalidArgument(
            f"{shown}: URL {public_url(url)[:200]!r} is refused: only https, http, ssh and git are"
            " opened"
        )
    return _checked(url, shown)


def _checked(url: str, shown: str) -> str:
    try:
        return check_url(url)
    except errors.InvalidArgument as error:
        raise errors.InvalidArgument(f"{shown}: {error.message}") from error


def _joined(base: str, url: str) -> str | None:
    """Join as Git does: ``..`` takes away one component; ``None`` if it would take the host."""
    scheme, separator, rest = base.rstrip("/").partition("://")
    if not separator:
        return None
    authority, *components = rest.split("/")
    for part in url.split("/"):
        if part == "..":
            if not components:
                return None
            components.pop()
        elif part not in ("", "."):
            components.append(part)
    return f"{scheme}://{'/'.join([authority, *components])}" if components else None
