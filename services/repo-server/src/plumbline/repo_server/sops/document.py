"""The formats of SOPS files: YAML, JSON, dotenv, INI and binary, chosen by the file's name.

A YAML file keeps its text: each encrypted value is replaced where it stands, and the ``sops``
section is cut out. The others are small enough to be written anew.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from plumbline.core import errors
from plumbline.repo_server.sops import lines, yamltext
from plumbline.repo_server.sops.keys import Keyring
from plumbline.repo_server.sops.values import Opener, Plain, text_of

__all__ = ["decrypted", "may_be_encrypted"]

_MARKS: Final = (b"sops", b"ENC[AES256_GCM,")
_DEPTH: Final = 200


def may_be_encrypted(content: bytes) -> bool:
    """Tell, quickly, whether a file could be one of SOPS."""
    return all(mark in content for mark in _MARKS)


def decrypted(content: bytes, path: str, keys: Keyring) -> tuple[bytes, list[str]] | None:
    """Return what a file holds, and every text in it; ``None`` if it is not encrypted.

    Args:
        content: of the file.
        path: its name tells the format.
        keys: of the project.

    Raises:
        errors.PlumblineError: it is encrypted and cannot be opened, or was changed since.
    """
    suffix = path.rpartition("/")[2].rpartition(".")[2].lower()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if suffix in ("yaml", "yml"):
        return _yaml(text, path, keys)
    if suffix == "env" or path.rpartition("/")[2] == ".env":
        return lines.dotenv(text, path, keys)
    if suffix == "ini":
        return lines.ini(text, path, keys)
    return _json(text, path, keys, binary=suffix != "json")


def _yaml(text: str, path: str, keys: Keyring) -> tuple[bytes, list[str]] | None:
    metadata = yamltext.metadata(text)
    if metadata is None:
        return None
    opener = Opener(keys.data_key(metadata, path), metadata, path)
    made = yamltext.replaced(text, path, opener)
    opener.finish()
    return made.encode(), opener.values


def _json(text: str, path: str, keys: Keyring, *, binary: bool) -> tuple[bytes, list[str]] | None:
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError):
        return None
    metadata = tree.pop("sops", None) if isinstance(tree, dict) else None
    if not isinstance(metadata, Mapping) or "mac" not in metadata:
        return None
    opener = Opener(keys.data_key(metadata, path), metadata, path)
    if binary:
        plain = opener.value(tree.get("data"), ("data",))
        if plain is None or set(tree) != {"data"}:
            raise errors.InvalidArgument(f"{path}: not a SOPS file of the binary format")
        opener.finish()
        return plain.content, [plain.text]
    made = _walked(tree, (), opener)
    opener.finish()
    return json.dumps(made, indent="\t", ensure_ascii=False).encode() + b"\n", opener.values


def _walked(value: Any, path: tuple[str, ...], opener: Opener) -> Any:
    """Return a JSON value decrypted; recursion is as deep as the parser allowed."""
    if len(path) > _DEPTH:
        raise errors.InvalidArgument("a SOPS file is nested too deeply")
    if isinstance(value, dict):
        return {key: _walked(inner, (*path, key), opener) for key, inner in value.items()}
    if isinstance(value, list):
        # Positions in a list are no part of a path.
        return [_walked(inner, path, opener) for inner in value]
    plain = opener.value(value, path)
    return value if plain is None else _native(plain)


def _native(plain: Plain) -> Any:
    if plain.kind == "int":
        return int(plain.text)
    if plain.kind == "float":
        number = float(plain.text)
        return int(text_of(number)) if number.is_integer() else number
    if plain.kind == "bool":
        return plain.text == "True"
    return plain.text
