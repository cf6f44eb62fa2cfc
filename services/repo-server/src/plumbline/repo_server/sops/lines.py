"""Encrypted files of lines: dotenv and INI. Their SOPS metadata is flattened into keys."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from plumbline.core import errors
from plumbline.repo_server.sops.keys import Keyring
from plumbline.repo_server.sops.values import Opener

__all__ = ["dotenv", "ini"]

_PREFIX: Final = "sops_"
_SECTION: Final = "sops"
_DEFAULT: Final = "DEFAULT"
_STEP: Final = re.compile(r"(list|map)_(.+)")
_MAX_LIST: Final = 1000
_PLAIN: Final = re.compile(r"[^\s`\"';#\\][^`\n;#\\]*(?<!\s)|")


def dotenv(text: str, path: str, keys: Keyring) -> tuple[bytes, list[str]] | None:
    """Return a dotenv file decrypted, and every text in it; ``None`` if it is not encrypted.

    Raises:
        errors.PlumblineError: it cannot be opened, or was changed since.
    """
    pairs = [_pair(line) for line in text.split("\n")]
    flat = {
        key.removeprefix(_PREFIX): value
        for key, value in pairs
        if key is not None and key.startswith(_PREFIX)
    }
    metadata = _unflattened(flat, path)
    if "mac" not in metadata:
        return None
    opener = Opener(keys.data_key(metadata, path), metadata, path)
    made: list[str] = []
    for key, value in pairs:
        if key is None:
            if "ENC[" not in value:
                made.append(value)  # a comment, or an empty line
        elif not key.startswith(_PREFIX):
            plain = opener.value(value.replace("\\n", "\n"), (key,))
            shown = value if plain is None else plain.text.replace("\n", "\\n")
            made.append(f"{key}={shown}")
            opener.values.append(shown)  # as a reader that knows no escapes has it
    opener.finish()
    return "\n".join(made).rstrip("\n").encode() + b"\n", opener.values


def _pair(line: str) -> tuple[str | None, str]:
    key, separator, value = line.partition("=")
    if not separator or line.startswith("#"):
        return None, line
    return key, value


def ini(text: str, path: str, keys: Keyring) -> tuple[bytes, list[str]] | None:
    """Return an INI file decrypted, and every text in it; ``None`` if it is not encrypted.

    Raises:
        errors.PlumblineError: it cannot be opened, or was changed since.
    """
    items = list(_items(text))
    flat = {key: value for section, key, value in items if section == _SECTION and key}
    metadata = _unflattened(flat, path)
    if "mac" not in metadata:
        return None
    opener = Opener(keys.data_key(metadata, path), metadata, path)
    made: list[str] = []
    last = _DEFAULT
    for section, key, value in items:
        if section == _SECTION:
            continue
        if section != last:
            made += ["", f"[{section}]"]
            last = section
        if not key:
            continue
        plain = opener.value(value, (section, key))
        made.append(f"{key} = {_quoted(value if plain is None else plain.text)}")
    opener.finish()
    return "\n".join(made).strip("\n").encode() + b"\n", opener.values


def _items(text: str) -> Iterable[tuple[str, str, str]]:
    """Yield (section, key, value); an empty key announces a section."""
    section = _DEFAULT
    for raw in text.split("\n"):
        line = raw.strip()
        if not line or line[0] in ";#":
            continue
        if line[0] == "[" and line[-1] == "]":
            section = line[1:-1].strip()
            yield section, "", ""
            continue
        key, separator, value = line.partition("=")
        if separator:
            yield section, key.strip(), _unquoted(value.strip())


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in '`"'
    return value[1:-1] if quoted else value


def _quoted(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else f"`{value}`"


def _unflattened(flat: Mapping[str, str], path: str) -> dict[str, Any]:
    """Return metadata as the tree it was: ``age__list_0__map_enc`` is ``age[0].enc``."""
    root: dict[str, Any] = {}
    for name, raw in sorted(flat.items()):
        head, *steps = name.split("__")
        places: list[str | int] = [head]
        for step in steps:
            match = _STEP.fullmatch(step)
            if match is None:
                raise errors.InvalidArgument(f"{path}: SOPS metadata {name[:80]!r} is no key")
            if match[1] == "list" and not (match[2].isdigit() and int(match[2]) < _MAX_LIST):
                raise errors.InvalidArgument(f"{path}: SOPS metadata {name[:80]!r} is no key")
            places.append(int(match[2]) if match[1] == "list" else match[2])
        _put(root, places, raw.replace("\\n", "\n"), path)
    return root


def _put(root: dict[str, Any], places: list[str | int], value: str, path: str) -> None:
    here: Any = root
    for place, following in zip(places, [*places[1:], None], strict=True):
        inner: Any = value
        if following is not None:
            inner = [] if isinstance(following, int) else {}
        if isinstance(place, int) and isinstance(here, list):
            while len(here) <= place:
                here.append(type(inner)())
            if following is None:
                here[place] = inner
            here = here[place]
        elif isinstance(place, str) and isinstance(here, dict):
            here = here.setdefault(place, inner)
        else:
            raise errors.InvalidArgument(f"{path}: SOPS metadata contradicts itself")
