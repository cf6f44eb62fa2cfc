"""Custom kinds against a real API server: defaults of a structural schema, exact zero values."""

import copy
import pathlib
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from plumbline.core import diff, errors, patch

pytestmark = pytest.mark.cluster

CORPUS = pathlib.Path(__file__).parent / "corpus"


class Gadgets:
    """A custom kind of its own for this run, and one object of it at a time."""

    def __init__(self, api: Any) -> None:
        self.api = api
        group = f"g{uuid.uuid4().hex[:8]}.example"
        crd = next(yaml.safe_load_all((CORPUS / "extension.yaml").read_text()))
        crd["metadata"]["name"] = f"gadgets.{group}"
        crd["spec"]["group"] = group
        crd.pop("status")
        self.crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        self.crd = f"{self.crds}/gadgets.{group}"
        self.url = f"/apis/{group}/v1/namespaces/default/gadgets"
        self.version = f"{group}/v1"
        api.create(self.crds, crd)
        api.wait(self.crd, self._established)
        documents = [api.get("/openapi/v2"), self._document(f"/openapi/v3/apis/{self.version}")]
        self.schema = patch.compile_documents(documents, facts=patch.builtin.facts())

    def _document(self, path: str) -> Any:
        """Ask until the kind is published: the document follows the CRD after a moment."""
        for _ in range(2000):
            try:
                document = self.api.get(path)
            except errors.PlumblineError:
                continue
            if "Gadget" in str(document.get("components")):
                return document
        raise AssertionError(f"{path} never named the kind")

    @staticmethod
    def _established(crd: dict[str, Any]) -> bool:
        conditions = crd.get("status", {}).get("conditions") or []
        return any(c["type"] == "Established" and c["status"] == "True" for c in conditions)

    def gadget(self, **spec: Any) -> dict[str, Any]:
        return {
            "apiVersion": self.version,
            "kind": "Gadget",
            "metadata": {"name": "g", "creationTimestamp": None},
            "spec": spec,
            "status": {},
        }


@pytest.fixture(scope="module")
def gadgets(cluster: Any) -> Iterator[Gadgets]:
    gadgets = Gadgets(cluster.api)
    yield gadgets
    cluster.api.delete(gadgets.crd)


@pytest.fixture
def live(gadgets: Gadgets) -> Iterator[dict[str, Any]]:
    """Create one gadget and return it with its desired form under ``desired``."""
    desired = gadgets.gadget(
        size="", parts=[{"name": "a"}, {"name": "b", "port": "80"}], tags=["y", "x"], free={"z": 0}
    )
    request = diff.client_side_apply(desired, None, schema=gadgets.schema)
    assert isinstance(request, diff.Create)
    yield {"live": gadgets.api.create(gadgets.url, request.body), "desired": desired}
    gadgets.api.delete(f"{gadgets.url}/g")


EDITS: dict[str, dict[str, Any]] = {
    "nothing": {},
    "item added": {"parts": [{"name": "a"}, {"name": "b", "port": "80"}, {"name": "c"}]},
    "default stated": {"count": 1},
    "default changed": {"count": 2},
    "zero stated": {"count": 0},
    "type of a port": {"parts": [{"name": "a"}, {"name": "b", "port": 80}]},
    "order of a map list": {"parts": [{"name": "b", "port": "80"}, {"name": "a"}]},
    "order of a set": {"tags": ["x", "y"]},
    "field removed": {"tags": None},
    "free form zero": {"free": {"z": 0, "y": "", "x": [], "w": {}}},
    "list emptied": {"parts": []},
}


@pytest.mark.parametrize("name", sorted(EDITS), ids=lambda name: name.replace(" ", "-"))
def test_modified_exactly_when_the_server_changes_the_object(
    gadgets: Gadgets, live: dict[str, Any], name: str
) -> None:
    """The verdict is the server's; after the patch nothing differs and nothing is sent."""
    desired = copy.deepcopy(live["desired"])
    desired["spec"] |= {key: value for key, value in EDITS[name].items() if value is not None}
    for key in [key for key, value in EDITS[name].items() if value is None]:
        del desired["spec"][key]

    result = diff.three_way(desired, live["live"], schema=gadgets.schema)
    request = diff.client_side_apply(desired, live["live"], schema=gadgets.schema)
    answer = live["live"]
    if isinstance(request, diff.Patch):
        assert request.content_type == "application/merge-patch+json"
        kind = "application/strategic-merge-patch+json"
        with pytest.raises(errors.PlumblineError):  # the server takes no such patch here
            gadgets.api.request("PATCH", f"{gadgets.url}/g", request.patch, kind=kind)
        answer = gadgets.api.merge(f"{gadgets.url}/g", request.patch)

    assert result.modified == (answer["spec"] != live["live"]["spec"])
    assert answer["spec"] == result.predicted["spec"]
    assert not diff.three_way(desired, answer, schema=gadgets.schema).modified
    assert diff.Unchanged() == diff.client_side_apply(desired, answer, schema=gadgets.schema)
