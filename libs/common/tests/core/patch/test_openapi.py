"""OpenAPI documents of both versions compile to one schema."""

from typing import Any

import pytest

from plumbline.core import errors, patch
from plumbline.core.model import GroupVersionKind

GVK = "x-kubernetes-group-version-kind"
CORE = "io.k8s.api.core.v1."
THING = GroupVersionKind("", "v1", "Thing")
CUSTOM = GroupVersionKind("e.com", "v1", "Custom")
STRATEGIC = "application/strategic-merge-patch+json"
MERGE = "application/merge-patch+json"


def definitions(prefix: str, *, wrap: bool) -> dict[str, Any]:
    reference: dict[str, Any] = {"$ref": f"{prefix}{CORE}Inner"}
    quantity: dict[str, Any] = {"$ref": f"{prefix}io.k8s.apimachinery.pkg.api.resource.Quantity"}
    if wrap:
        reference, quantity = ({"default": {}, "allOf": [r]} for r in (reference, quantity))
    items = {
        "type": "array",
        "items": reference,
        "x-kubernetes-patch-merge-key": "name",
        "x-kubernetes-patch-strategy": "merge,retainKeys",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name", "kind"],
    }
    return {
        f"{CORE}Thing": {
            "properties": {
                "items": items,
                "map": {"type": "object", "additionalProperties": quantity},
            },
            GVK: [{"group": "", "version": "v1", "kind": "Thing"}],
        },
        f"{CORE}Inner": {
            "properties": {"size": quantity, "raw": {"type": "string", "format": "byte"}},
        },
        "io.k8s.apimachinery.pkg.api.resource.Quantity": {"type": "string"},
        "com.e.v1.Custom": {
            "properties": {
                "spec": {
                    "type": "object",
                    "properties": {
                        "list": {"type": "array", "items": {"type": "object", "properties": {
                            "n": {"type": "integer", "default": 0},
                            "when": {"type": "string", "format": "date-time"}}}},
                    },
                },
            },
            GVK: [{"group": "e.com", "version": "v1", "kind": "Custom"}],
        },
    }  # fmt: skip


def operation(gvk: GroupVersionKind) -> dict[str, str]:
    return {"group": gvk.group, "version": gvk.version, "kind": gvk.kind}


V2 = {
    "definitions": definitions("#/definitions/", wrap=False),
    "paths": {
        "/things": {"patch": {"consumes": [MERGE, STRATEGIC], GVK: operation(THING)}},
        "/customs": {"patch": {"consumes": [MERGE], GVK: operation(CUSTOM)}},
    },
}
V3 = {
    "components": {"schemas": definitions("#/components/schemas/", wrap=True)},
    "paths": {
        "/things": {"patch": {"requestBody": {"content": {STRATEGIC: {}}}, GVK: operation(THING)}},
        "/customs": {"patch": {"requestBody": {"content": {MERGE: {}}}, GVK: operation(CUSTOM)}},
    },
}
BARE = {"definitions": V2["definitions"]}


@pytest.fixture(params=[V2, V3, BARE], ids=["v2", "v3", "without-paths"])
def schema(request: pytest.FixtureRequest) -> patch.Schema:
    return patch.compile_documents([request.param], facts=patch.Facts())


def test_list_of_a_built_in_kind_is_merged(schema: patch.Schema) -> None:
    """Strategies, merge key and list keys stand where the document has them."""
    node = schema.node(THING).child("items")

    assert schema.strategic(THING)
    assert (True, "name", True) == (node.merges, node.merge_key, node.retains)
    assert ("map", ("name", "kind")) == (node.list_type, node.list_keys)


def test_types_are_followed_through_references(schema: patch.Schema) -> None:
    """Scalars with several spellings are known below lists and maps."""
    node = schema.node(THING)

    assert "q" == node.child("items").item().child("size").code
    assert "b" == node.child("items").item().child("raw").code
    assert "q" == node.child("map").child("any").code


def test_custom_kind_is_stored_as_sent(schema: patch.Schema) -> None:
    """Its defaults count, zero ones too; its texts have one spelling; nothing is merged."""
    item = schema.node(CUSTOM).child("spec").child("list").item()

    assert not schema.strategic(CUSTOM)
    assert {"n": 0} == dict(item.defaults)
    assert "." == item.child("when").code
    assert not item.vanishes("when", "")


def test_unknown_kind_and_field_know_nothing(schema: patch.Schema) -> None:
    """Asking for what is not there is no error."""
    assert patch.ANY is schema.node(GroupVersionKind("x", "v1", "Y"))
    assert patch.ANY is schema.node(THING).child("nobody").child("deeper")


def test_document_that_is_none_is_refused() -> None:
    """A list is no OpenAPI document."""
    document: Any = []
    with pytest.raises(errors.InvalidArgument):
        patch.compile_documents([document], facts=patch.Facts())


def test_committed_table_knows_its_server() -> None:
    """The generated table names the version it was made from and merges containers by name."""
    pod = patch.builtin.schema().type_node("core/v1/PodSpec")

    assert patch.builtin.version().startswith("v1.")
    assert "name" == pod.child("containers").merge_key
    assert patch.ANY is patch.builtin.schema().type_node("core/v1/Nothing")
