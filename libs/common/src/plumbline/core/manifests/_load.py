"""Turn the text of a file into Kubernetes objects.

Called by the repo-server for directories and for the output of tools. An error names the file and
the position of the document in it.
"""

import json
from typing import Any, Final, NoReturn

import orjson

from plumbline.core import errors
from plumbline.core.manifests import _builder, _split
from plumbline.core.model import Manifest

__all__ = ["load_document", "load_documents", "load_json"]

_DEFAULT: Final = _builder.Limits()


def load_documents(
    text: str, *, name: str = "", limits: _builder.Limits = _DEFAULT
) -> list[Manifest]:
    """Return the objects of a YAML text; null documents are dropped, lists are expanded.

    Args:
        text: any number of documents.
        name: the file, for messages.
        limits: bounds of each document and of their number.

    Raises:
        errors.InvalidArgument: a document cannot be read or is no Kubernetes object.
    """
    documents = _split.split_numbered(text)
    if len(documents) > limits.documents:
        raise errors.InvalidArgument(f"{name}: more than {limits.documents} documents")
    objects: list[Manifest] = []
    for number, (line, document) in enumerate(documents, 1):
        label = f"{name}, document {number}" if len(documents) > 1 else name
        objects.extend(load_document(document, name=label, limits=limits, first_line=line))
    return objects


def load_document(
    text: str, *, name: str = "", limits: _builder.Limits = _DEFAULT, first_line: int = 1
) -> list[Manifest]:
    """Return the objects of one YAML document.

    Args:
        text: the document.
        name: the file, for messages.
        limits: bounds of the document.
        first_line: the number of the document's first line in its file.

    Raises:
        errors.InvalidArgument: it cannot be read or is no Kubernetes object.
    """
    try:
        tree = _builder.parse_yaml(text, limits, first_line=first_line)
    except errors.InvalidArgument as error:
        raise errors.InvalidArgument(f"{name}: {error.message}" if name else error.message) from (
            error
        )
    return _objects(tree, name)


def load_json(text: str, *, name: str = "", limits: _builder.Limits = _DEFAULT) -> list[Manifest]:
    """Return the objects of a JSON text, which may hold several values after one another.

    Raises:
        errors.InvalidArgument: it cannot be read or holds something else than objects.
    """
    objects: list[Manifest] = []
    for number, tree in enumerate(_json_values(text, name, limits), 1):
        objects.extend(_objects(tree, f"{name}, document {number}" if number > 1 else name))
    return objects


def _json_values(text: str, name: str, limits: _builder.Limits) -> list[Any]:
    body = text.removeprefix("\ufeff").strip()
    if not body:
        return []
    try:
        return [orjson.loads(body)]
    except orjson.JSONDecodeError as error:
        single = error
    decoder = json.JSONDecoder(parse_constant=_refuse_constant)
    values: list[Any] = []
    position = 0
    try:
        while position < len(body):
            value, position = decoder.raw_decode(body, position)
            values.append(value)
            if len(values) > limits.documents:
                raise errors.InvalidArgument(f"{name}: more than {limits.documents} documents")
            while position < len(body) and body[position].isspace():
                position += 1
    except ValueError:
        raise errors.InvalidArgument(f"{name}: {single}") from single
    except RecursionError as error:
        raise errors.InvalidArgument(f"{name}: nested too deeply") from error
    return values


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"unsupported value: {text}")


def _objects(tree: Any, name: str) -> list[Manifest]:
    """Check that a tree is a Kubernetes object; expand a list of them."""
    if tree is None or tree == {}:
        return []
    prefix = f"{name}: " if name else ""
    if not isinstance(tree, dict):
        raise errors.InvalidArgument(f"{prefix}a manifest must be a mapping")
    kind, version = tree.get("kind"), tree.get("apiVersion")
    for field, value in (("kind", kind), ("apiVersion", version)):
        if not isinstance(value, str) or not value:
            raise errors.InvalidArgument(f"{prefix}Object '{field}' is missing")
    items = tree.get("items")
    if isinstance(kind, str) and kind.endswith("List") and isinstance(items, list):
        return [
            found
            for number, item in enumerate(items, 1)
            for found in _objects(item, f"{prefix}{kind} item {number}")
        ]
    return [tree]
