"""Install Plumbline's custom resource definitions on a test's API server."""

from pathlib import Path
from typing import Any, Final

import yaml

__all__ = ["install_crds"]

_CRDS: Final = Path(__file__).resolve().parents[5] / "deploy/helm/plumbline/files/crds"


def _served(definition: dict[str, Any]) -> bool:
    conditions = (definition.get("status") or {}).get("conditions") or []
    return any(c["type"] == "Established" and c["status"] == "True" for c in conditions)


def install_crds(api: Any) -> None:
    """Apply the definitions of the checkout and wait until they are served.

    Args:
        api: a ``plumbline.testcluster.api.Api``.
    """
    for file in sorted(_CRDS.glob("*.yaml")):
        definition = yaml.load(file.read_text(), Loader=yaml.CSafeLoader)
        name = definition["metadata"]["name"]
        path = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}"
        api.apply(path, definition)
        api.wait(path, _served, seconds=30)
