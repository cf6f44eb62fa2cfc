"""The committed table of Kubernetes' own kinds: types, merge keys, defaults and zero values.

Used for comparisons before a cluster's OpenAPI document has been read, by tests, and always for
what no document says (``facts``). Generated from a running API server by
``tools/generate_defaults.py``; never edited. Reading the package's own data is the one file access
of core: the table is code in the form of JSON.
"""

import functools
import importlib.resources
from typing import Any

import orjson

from plumbline.core.model import GroupVersionKind
from plumbline.core.patch.schema import Facts, Schema

__all__ = ["facts", "schema", "version"]


@functools.cache
def _table() -> dict[str, Any]:
    data = importlib.resources.files("plumbline.core.patch").joinpath("data", "kubernetes.json")
    table: dict[str, Any] = orjson.loads(data.read_bytes())
    return table


def version() -> str:
    """Return the version of the API server that the table was generated from."""
    return str(_table()["version"])


@functools.cache
def facts() -> Facts:
    """Return the measured defaults and zero values of built-in types."""
    table = _table()
    return Facts(
        defaults=table["defaults"],
        drops={name: frozenset(fields) for name, fields in table["drops"].items()},
        keeps={name: frozenset(fields) for name, fields in table["keeps"].items()},
    )


@functools.cache
def schema() -> Schema:
    """Return the schema of Kubernetes' own kinds."""
    table = _table()
    kinds = {GroupVersionKind(*text.split("/")): name for text, name in table["kinds"].items()}
    return Schema(table["types"], kinds, strategic=frozenset(kinds), facts=facts())
