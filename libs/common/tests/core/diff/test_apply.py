"""What a client-side apply sends."""

from typing import Any

import orjson
import pytest

from plumbline.core import diff, errors, patch

SCHEMA = patch.builtin.schema()


def config_map(data: Any = None, **metadata: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c", **metadata},
        "data": data or {"a": "1"},
    }


def created(desired: dict[str, Any]) -> dict[str, Any]:
    request = diff.client_side_apply(desired, None, schema=SCHEMA)
    assert isinstance(request, diff.Create)
    return request.body


def patched(desired: dict[str, Any], live: dict[str, Any]) -> diff.Patch:
    request = diff.client_side_apply(desired, live, schema=SCHEMA)
    assert isinstance(request, diff.Patch)
    return request


def test_created_object_records_what_was_applied() -> None:
    """The annotation is kubectl's: sorted compact JSON, Go's escapes, a final newline."""
    body = created(config_map({"b": "<&>", "a": "é"}, creationTimestamp=None, uid="u"))

    text = body["metadata"]["annotations"][diff.LAST_APPLIED]
    want = (
        '{"apiVersion":"v1","data":{"a":"é","b":"\\u003c\\u0026\\u003e"},"kind":"ConfigMap",'
        '"metadata":{"annotations":{},"name":"c"}}\n'
    )
    assert want == text
    assert "uid" not in body["metadata"]


def test_record_does_not_hold_a_record() -> None:
    """A manifest copied out of a cluster does not nest its old annotation."""
    desired = config_map(annotations={diff.LAST_APPLIED: "{}", "x": "y"})

    record = orjson.loads(created(desired)["metadata"]["annotations"][diff.LAST_APPLIED])
    assert {"x": "y"} == record["metadata"]["annotations"]


def test_applied_again_nothing_is_sent() -> None:
    """The created object needs no second write."""
    desired = config_map()

    assert diff.Unchanged() == diff.client_side_apply(desired, created(desired), schema=SCHEMA)


def test_object_made_by_others_is_only_marked() -> None:
    """An equal object without a record gets the record and nothing else."""
    request = patched(config_map(), config_map(labels={"theirs": "x"}))

    assert request.content_type == "application/strategic-merge-patch+json"
    assert ["metadata"] == list(request.patch)
    assert [diff.LAST_APPLIED] == list(request.patch["metadata"]["annotations"])


def test_only_what_was_applied_is_deleted() -> None:
    """A key that left the desired object goes; a key of somebody else stays."""
    live = created(config_map({"a": "1", "b": "2"}))
    live["data"]["theirs"] = "3"

    assert {"b": None} == patched(config_map({"a": "1"}), live).patch["data"]


def test_custom_kind_gets_a_merge_patch() -> None:
    """Lists of a custom kind are sent whole."""
    live = {"apiVersion": "e.com/v1", "kind": "G", "metadata": {"name": "g"}, "spec": {"l": [1, 2]}}
    desired = {**live, "spec": {"l": [2]}}

    request = patched(desired, live)
    assert request.content_type == "application/merge-patch+json"
    assert {"l": [2]} == request.patch["spec"]


def test_status_of_a_built_in_kind_is_not_sent() -> None:
    """A status in the repository cannot be applied there, so it is no reason to write."""
    desired = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "n"},
        "status": {"x": 1},
    }
    live = created({**desired})
    live.pop("status")

    assert (
        "status"
        not in patched({**desired, "metadata": {"name": "n", "labels": {"a": "b"}}}, live).patch
    )
    assert diff.Unchanged() == diff.client_side_apply(desired, live, schema=SCHEMA)


@pytest.mark.parametrize("field", ["$patch", "$retainKeys", "$setElementOrder/x"])
def test_field_named_like_a_directive_is_refused(field: str) -> None:
    """A repository cannot smuggle instructions into a patch."""
    live = config_map()
    desired = {**config_map(), "data": {"a": "1", "nested": {field: "replace"}}}

    with pytest.raises(errors.InvalidArgument, match="reserved"):
        diff.client_side_apply(desired, live, schema=SCHEMA)
    direct = {**config_map(), "data": {"a": "1", field: "replace"}}
    with pytest.raises(errors.InvalidArgument, match="reserved"):
        diff.client_side_apply(direct, live, schema=SCHEMA)


DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "d", "finalizers": ["a.e/1"]},
    "spec": {
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}},
        "template": {
            "spec": {"containers": [{"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"}]}
        },
    },
}


def test_directives_of_a_strategic_patch() -> None:
    """Order, deletion by key, retained keys and primitive deletions are spelled as documented."""
    live = created(DEPLOYMENT)
    live["metadata"]["finalizers"] = ["a.e/1", "theirs.e/2"]
    desired = {
        **DEPLOYMENT,
        "metadata": {"name": "d", "finalizers": ["c.e/3"]},
        "spec": {
            "strategy": {"type": "Recreate"},
            "template": {
                "spec": {
                    "containers": [{"name": "c", "image": "c:1"}, {"name": "a", "image": "a:2"}]
                }
            },
        },
    }

    change = patched(desired, live).patch
    assert ["c.e/3"] == change["metadata"]["finalizers"]
    assert ["a.e/1"] == change["metadata"]["$deleteFromPrimitiveList/finalizers"]
    assert ["c.e/3"] == change["metadata"]["$setElementOrder/finalizers"]
    assert {
        "type": "Recreate", "rollingUpdate": None, "$retainKeys": ["type"],
    } == change["spec"]["strategy"]  # fmt: skip
    pod = change["spec"]["template"]["spec"]
    assert [{"name": "c"}, {"name": "a"}] == pod["$setElementOrder/containers"]
    assert [
        {"name": "c", "image": "c:1"},
        {"name": "a", "image": "a:2"},
        {"$patch": "delete", "name": "b"},
    ] == pod["containers"]
