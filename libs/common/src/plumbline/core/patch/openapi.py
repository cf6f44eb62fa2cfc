"""OpenAPI documents (v2 or v3) of an API server, compiled to the compact form of ``schema``.

Called by the kube shell with the decoded documents of ``/openapi/v2`` or ``/openapi/v3/...``, and
by ``tools/generate_defaults.py``. Descriptions and examples are dropped, so the result is a small
fraction of the input. Never raises on odd documents except ``InvalidArgument`` for a wrong shape:
a CRD author may put almost anything into a schema.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from plumbline.core import errors
from plumbline.core.model import GroupVersionKind
from plumbline.core.patch.schema import BUILT_IN, Facts, Schema, Spec

__all__ = ["compile_documents"]

_GVK: Final = "x-kubernetes-group-version-kind"
_STRATEGIC_TYPE: Final = "application/strategic-merge-patch+json"
_SCALAR_TYPES: Final = {
    "io.k8s.apimachinery.pkg.api.resource.Quantity": "q",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Duration": "d",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Time": "t",
    "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime": "t",
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": ".",
}
_FORMATS: Final = {"byte": "b", "date-time": "t"}
_MAX_DEPTH: Final = 64
"""Nesting of inline schemas of a CRD; structural schemas of real CRDs stay below 30."""


def compile_documents(documents: Iterable[Mapping[str, Any]], *, facts: Facts) -> Schema:
    """Build a schema from decoded OpenAPI documents of one API server.

    Args:
        documents: one v2 document, or any number of v3 documents (one per group and version).
        facts: measured defaults of the built-in types (``builtin.facts()``); defaults that the
            documents state for custom kinds are added.

    Raises:
        errors.InvalidArgument: a document is not a JSON object.
    """
    compiler = _Compiler()
    for document in documents:
        if not isinstance(document, Mapping):
            raise errors.InvalidArgument("the OpenAPI document is not a JSON object")
        compiler.add(document)
    return compiler.finish(facts)


class _Compiler:
    def __init__(self) -> None:
        self.types: dict[str, dict[str, Spec]] = {}
        self.kinds: dict[GroupVersionKind, str] = {}
        self.defaults: dict[str, dict[str, Any]] = {}
        self.strategic: set[GroupVersionKind] = set()

    def add(self, document: Mapping[str, Any]) -> None:
        definitions = _mapping(document, "definitions") or _mapping(
            _mapping(document, "components"), "schemas"
        )
        self.definitions = definitions
        paths = _mapping(document, "paths")
        self.strategic.update(_strategic_kinds(paths))
        for name, definition in definitions.items():
            if not isinstance(definition, Mapping):
                continue
            gvks = list(_gvks(definition))
            if name in _SCALAR_TYPES:
                continue
            if _mapping(definition, "properties") or gvks:
                self.types[name] = self._properties(name, definition, 0)
            if len(gvks) == 1:  # option types are registered for every group: no kind of their own
                self.kinds[gvks[0]] = name
                if not paths and name.startswith(BUILT_IN):
                    self.strategic.add(gvks[0])

    def finish(self, facts: Facts) -> Schema:
        defaults = {**self.defaults, **facts.defaults}
        merged = Facts(defaults=defaults, drops=facts.drops, keeps=facts.keeps)
        return Schema(self.types, self.kinds, strategic=frozenset(self.strategic), facts=merged)

    def _properties(self, owner: str, schema: Mapping[str, Any], depth: int) -> dict[str, Spec]:
        fields: dict[str, Spec] = {}
        built_in = owner.startswith(BUILT_IN)
        for field, prop in _mapping(schema, "properties").items():
            if not isinstance(prop, Mapping):
                continue
            fields[field] = self._spec(f"{owner}#{field}", prop, depth + 1)
            default = prop.get("default")
            # Kubernetes' own documents state Go zero values as defaults of required fields; they
            # are no values the server writes. In a CRD every default is one.
            if default or (default is not None and not built_in):
                self.defaults.setdefault(owner, {})[field] = default
        return fields

    def _spec(self, owner: str, prop: Mapping[str, Any], depth: int) -> Spec:
        plain = self._plain(owner, prop, depth)
        attributes: dict[str, Any] = {}
        for short, extension in (
            ("k", "x-kubernetes-patch-merge-key"),
            ("p", "x-kubernetes-patch-strategy"),
            ("l", "x-kubernetes-list-type"),
        ):
            value = prop.get(extension)
            if isinstance(value, str) and value:
                attributes[short] = value
        keys = prop.get("x-kubernetes-list-map-keys")
        if isinstance(keys, list) and keys:
            attributes["m"] = [key for key in keys if isinstance(key, str)]
        return [plain, attributes] if attributes else plain

    def _plain(self, owner: str, prop: Mapping[str, Any], depth: int) -> str:
        if depth > _MAX_DEPTH:
            return "?"
        reference = _reference(prop)
        if reference:
            return self._referenced(reference)
        kind = prop.get("type")
        if kind == "array":
            items = prop.get("items")
            below = self._plain(owner, items, depth + 1) if isinstance(items, Mapping) else "?"
            return f"[{below}"
        if kind == "object" or "properties" in prop:
            if _mapping(prop, "properties"):
                self.types[owner] = self._properties(owner, prop, depth)
                return f"@{owner}"
            values = prop.get("additionalProperties")
            if isinstance(values, Mapping) and values:
                return "{" + self._plain(owner, values, depth + 1)
            return "?" if prop.get("x-kubernetes-preserve-unknown-fields") else "{?"
        if not isinstance(kind, str):
            return "?" if not prop.get("x-kubernetes-int-or-string") else "."
        if not owner.startswith(BUILT_IN):
            return "."  # texts of a custom resource are stored as they are sent
        return _FORMATS.get(str(prop.get("format")), ".")

    def _referenced(self, name: str) -> str:
        if name in _SCALAR_TYPES:
            return _SCALAR_TYPES[name]
        target = self.definitions.get(name)
        if not isinstance(target, Mapping):
            return "?"
        if _mapping(target, "properties"):
            return f"@{name}"
        kind = target.get("type")
        if kind == "object":
            return "{?" if name.endswith(".FieldsV1") else "?"
        return "." if isinstance(kind, str) and kind != "array" else "?"


def _mapping(tree: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = tree.get(key)
    return value if isinstance(value, Mapping) else {}


def _reference(prop: Mapping[str, Any]) -> str:
    """Name of the referenced definition; v3 wraps a reference with siblings into ``allOf``."""
    text = prop.get("$ref")
    if not isinstance(text, str):
        parts = prop.get("allOf")
        if not (isinstance(parts, list) and len(parts) == 1 and isinstance(parts[0], Mapping)):
            return ""
        text = parts[0].get("$ref")
    return text.rpartition("/")[2] if isinstance(text, str) else ""


def _gvks(schema: Mapping[str, Any]) -> Iterator[GroupVersionKind]:
    entries = schema.get(_GVK)
    if isinstance(entries, Mapping):  # on operations it is one object, on definitions a list
        entries = [entries]
    if not isinstance(entries, list):
        return
    for entry in entries:
        if isinstance(entry, Mapping):
            parts = [entry.get(part) for part in ("group", "version", "kind")]
            if all(isinstance(part, str) for part in parts):
                yield GroupVersionKind(*(str(part) for part in parts))


def _strategic_kinds(paths: Mapping[str, Any]) -> Iterator[GroupVersionKind]:
    """Kinds whose PATCH operation takes a strategic merge patch, as the document itself says."""
    for methods in paths.values():
        operation = _mapping(methods, "patch") if isinstance(methods, Mapping) else {}
        accepted: Any = operation.get("consumes")
        if accepted is None:
            accepted = _mapping(_mapping(operation, "requestBody"), "content")
        if isinstance(accepted, list | Mapping) and _STRATEGIC_TYPE in accepted:
            yield from _gvks(operation)
