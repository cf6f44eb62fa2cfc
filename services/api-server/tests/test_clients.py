"""Which clients are served."""

import pytest

from plumbline.api_server.clients import require_version
from plumbline.core import errors


@pytest.mark.parametrize(
    "agent",
    [
        "argocd-client/1.4.0", "argocd-client/v3.6.0+abc grpc-go/1.70", "argocd-client/99.99.99",
        "argocd-client/dev", "plumb/0.1.0", "", "curl/1.0.0", "grpc-node-js/1.3.0",
        "not-argocd-client/1.0.0", "argocd-client/v2.0.0-rc1",
    ],
)  # fmt: skip
def test_these_pass(agent):
    """Newer ones, and all others."""
    require_version(agent)


@pytest.mark.parametrize(
    "agent", ["argocd-client/1.3.9", "argocd-client/v0.12.0 grpc-go/1", "x argocd-client/1.3"]
)
def test_these_are_refused(agent):
    """Before 1.4.0."""
    with pytest.raises(errors.FailedPrecondition, match=r"1\.4\.0"):
        require_version(agent)
