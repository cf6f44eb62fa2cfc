"""Each difference says who wrote the live value, as far as the API server knows."""

from typing import Any

import pytest

from plumbline.core import diff, patch

MANAGED: list[Any] = [
    {
        "manager": "argocd-controller", "operation": "Update", "time": "2024-01-01T00:00:00Z",
        "fieldsV1": {"f:spec": {"f:replicas": {}, "f:template": {"f:spec": {"f:containers": {
            'k:{"name":"web"}': {".": {}, "f:name": {}, "f:image": {}}}}}}},
    },
    {
        "manager": "kubectl-scale", "operation": "Update", "time": "2024-01-02T00:00:00Z",
        "subresource": "scale", "fieldsV1": {"f:spec": {"f:replicas": {}}},
    },
    {"manager": "odd", "fieldsV1": ["x"]},
    "odd",
    {"manager": "odder", "fieldsV1": {"f:spec": {"f:template": {"f:spec": {"f:containers": {
        "k:{broken": {"f:image": {}}}}}}}},
]  # fmt: skip


def deployment(replicas: int, image: str, managed: Any = None) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "d", "managedFields": managed},
        "spec": {
            "replicas": replicas,
            "paused": bool(managed),
            "template": {"spec": {"containers": [{"name": "web", "image": image}]}},
        },
    }


@pytest.fixture
def owners() -> dict[str, diff.Owner | None]:
    result = diff.three_way(
        deployment(1, "a"), deployment(5, "b", MANAGED), schema=patch.builtin.schema()
    )
    return {item.text: item.owner for item in result}


def test_newest_claim_of_equals_owns(owners: dict[str, diff.Owner | None]) -> None:
    """Of two managers of one field the later one wrote its value."""
    want = diff.Owner("kubectl-scale", "Update", "2024-01-02T00:00:00Z", "scale")

    assert want == owners["spec.replicas"]


def test_list_item_is_found_by_its_key(owners: dict[str, diff.Owner | None]) -> None:
    """Paths through merged lists follow the item's key."""
    owner = owners["spec.template.spec.containers[name=web].image"]

    assert owner is not None
    assert owner.manager == "argocd-controller"


def test_unclaimed_value_has_no_owner(owners: dict[str, diff.Owner | None]) -> None:
    """Nobody is blamed where the server names nobody."""
    assert owners["spec.paused"] is None
