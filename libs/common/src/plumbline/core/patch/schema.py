"""What the API server knows about a kind, as far as merging and comparing need it.

A ``Schema`` answers, for every place in an object: how lists are merged (patch strategy, merge
key), which scalars have several spellings, which values the server fills in by itself and which
zero values it does not keep. It is built from the cluster's own OpenAPI document
(``openapi.compile_document``) or from the committed table (``builtin``); ``NO_SCHEMA`` knows
nothing, so every kind is merged as JSON.

Nodes are made when first asked for and shared; a schema is read-only after construction.
"""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from plumbline.core.model import GroupVersionKind
from plumbline.core.patch import rules

__all__ = ["ANY", "BUILT_IN", "NO_SCHEMA", "Facts", "Kinds", "Node", "Schema", "Spec"]

Spec = Any
"""Compact type of one place: a code (``.`` scalar, ``q`` quantity, ``d`` duration, ``t`` time,
``b`` bytes, ``?`` anything), ``@Type``, ``[spec`` (list), ``{spec`` (map), or a pair
``[spec, {"k": merge key, "p": patch strategies, "l": list type, "m": list map keys}]``."""


BUILT_IN: Final = (
    "io.k8s.api.",
    "io.k8s.apimachinery.",
    "io.k8s.apiextensions-apiserver.",
    "io.k8s.kube-aggregator.",
)
"""Definition names of the types that Kubernetes itself reads and writes as Go structs."""


class Facts:
    """What OpenAPI does not say, measured at an API server; see ``tools/generate_defaults.py``."""

    __slots__ = ("defaults", "drops", "keeps")

    def __init__(
        self,
        *,
        defaults: Mapping[str, Mapping[str, Any]] | None = None,
        drops: Mapping[str, frozenset[str]] | None = None,
        keeps: Mapping[str, frozenset[str]] | None = None,
    ) -> None:
        self.defaults = defaults or {}
        """Type → field → value the server fills in where the field is missing."""
        self.drops = drops or {}
        """Type → fields whose zero value (``false``, ``0``, ``""``, ``[]``) is not kept."""
        self.keeps = keeps or {}
        """Type → fields whose zero value is kept, that is, differs from a missing field."""


class Node:
    """One place in the type tree."""

    __slots__ = (
        "_children",
        "_fields",
        "_item",
        "_plain",
        "_schema",
        "code",
        "defaults",
        "drops",
        "keeps",
        "kind",
        "list_keys",
        "list_type",
        "merge_key",
        "merges",
        "replaces",
        "retains",
        "rules",
        "type_name",
    )

    kind: str
    """``o`` typed object, ``m`` map, ``l`` list, ``s`` scalar, ``?`` unknown."""

    def __init__(self, schema: "Schema", spec: Spec, *, plain: bool = False) -> None:
        attributes: Mapping[str, Any] = {}
        if isinstance(spec, list | tuple):
            spec, attributes = spec
        strategies = () if plain else str(attributes.get("p", "")).split(",")
        self._schema = schema
        self._plain = plain
        self._children: dict[str, Node] = {}
        self._fields: Mapping[str, Spec] = {}
        self._item: Spec = "?"
        self.merges = "merge" in strategies
        self.retains = "retainKeys" in strategies
        self.replaces = "replace" in strategies
        self.merge_key: str = attributes.get("k", "")
        self.list_type: str = attributes.get("l", "")
        self.list_keys: tuple[str, ...] = tuple(attributes.get("m", ()))
        self.type_name = ""
        self.code = "."
        self.defaults: Mapping[str, Any] = {}
        self.drops: frozenset[str] = frozenset()
        self.keeps: frozenset[str] = frozenset()
        self.rules: Mapping[str, rules.Rule] = {}
        head = spec[0]
        if head == "@":
            self.kind = "o"
            self.type_name = spec[1:]
            self._fields = schema.types.get(self.type_name, {})
            self.rules = rules.RULES.get(self.type_name, {})
            self.defaults = schema.facts.defaults.get(self.type_name, {})
            self.drops = schema.facts.drops.get(self.type_name, frozenset())
            self.keeps = schema.facts.keeps.get(self.type_name, frozenset())
        elif head in "[{":
            self.kind = "l" if head == "[" else "m"
            self._item = spec[1:] or "?"
        else:
            self.kind = "?" if head == "?" else "s"
            self.code = head

    def child(self, name: str) -> "Node":
        """Return the node of a field of an object, or of any key of a map."""
        node = self._children.get(name)
        if node is not None:
            return node
        if self.kind == "m":
            return self.item()
        spec = self._fields.get(name)
        if spec is None:
            return ANY  # not remembered: names come from hostile objects and are without number
        node = self._schema.at(spec, plain=self._plain)
        self._children[name] = node
        return node

    def item(self) -> "Node":
        """Return the node of the items of a list or the values of a map."""
        node = self._children.get("")
        if node is None:
            if self.kind not in ("l", "m"):
                return ANY
            node = self._schema.at(self._item, plain=self._plain)
            self._children[""] = node
        return node

    def vanishes(self, name: str, value: Any) -> bool:
        """Tell whether the server stores a zero value of this field as no field at all."""
        if value:
            return False
        if self.kind != "o" or not self.type_name.startswith(BUILT_IN):
            return False  # a custom resource is stored as it is sent
        if name in self.drops:
            return True
        if name in self.keeps:
            return False
        # Not measured: Go's `omitempty` drops empty texts, lists and maps; a pointer to an empty
        # struct, `false` and 0 may mean something, so they stay.
        child = self.child(name)
        if isinstance(value, str | list):
            return child.kind != "?"
        return isinstance(value, dict) and child.kind == "m"


class Kinds(Protocol):
    """What merging asks of a schema; the only type the other modules name."""

    def node(self, gvk: GroupVersionKind) -> Node:
        """Return the root node of a kind, or ``ANY``."""
        ...

    def strategic(self, gvk: GroupVersionKind) -> bool:
        """Tell whether the API server takes strategic merge patches for a kind."""
        ...

    def type_node(self, name: str) -> Node:
        """Return the node of a named type (``core/v1/PodSpec``), or ``ANY``."""
        ...


class Schema:
    """Types of one API server."""

    __slots__ = ("_kinds", "_nodes", "_plain_nodes", "_strategic", "facts", "types")

    def __init__(
        self,
        types: Mapping[str, Mapping[str, Spec]],
        kinds: Mapping[GroupVersionKind, str],
        *,
        strategic: frozenset[GroupVersionKind] = frozenset(),
        facts: Facts | None = None,
    ) -> None:
        self.types = types
        self.facts = facts or Facts()
        self._kinds = kinds
        self._strategic = strategic
        self._nodes: dict[str, Node] = {}
        self._plain_nodes: dict[str, Node] = {}

    @property
    def kinds(self) -> Mapping[GroupVersionKind, str]:
        """Type name by kind."""
        return self._kinds

    @property
    def strategic_kinds(self) -> frozenset[GroupVersionKind]:
        """The kinds that take strategic merge patches."""
        return self._strategic

    def node(self, gvk: GroupVersionKind) -> Node:
        """Return the root node of a kind, or ``ANY`` where the schema does not know it.

        Below a kind that takes no strategic merge patch no list is merged, not even the
        finalizers of its metadata: a JSON merge patch replaces lists (RFC 7386).
        """
        name = self._kinds.get(gvk)
        if name is None:
            return ANY
        return self.at(f"@{name}", plain=gvk not in self._strategic)

    def strategic(self, gvk: GroupVersionKind) -> bool:
        """Tell whether the API server takes strategic merge patches for a kind."""
        return gvk in self._strategic

    def type_node(self, name: str) -> Node:
        """Return the node of a type named as in ``knownTypeFields`` (config.md, section 1)."""
        if name == "core/Quantity":
            return self.at("q")
        if name == "meta/v1/Duration":
            return self.at("d")
        prefix, _, last = name.rpartition("/")
        full = f"io.k8s.api.{prefix.replace('/', '.')}.{last}"
        return self.at(f"@{full}") if full in self.types else ANY

    def at(self, spec: Spec, *, plain: bool = False) -> Node:
        """Return the node of a compact type, ``plain`` without patch strategies."""
        if not isinstance(spec, str):
            return Node(self, spec, plain=plain)
        nodes = self._plain_nodes if plain else self._nodes
        node = nodes.get(spec)
        if node is None:
            node = nodes[spec] = Node(self, spec, plain=plain)
        return node


NO_SCHEMA: Final = Schema({}, {})
"""Knows no kind: everything is merged as JSON (custom kinds, before discovery)."""

ANY: Final = Node(NO_SCHEMA, "?")
"""The node of everything unknown: atomic lists, exact scalars, no defaults."""
