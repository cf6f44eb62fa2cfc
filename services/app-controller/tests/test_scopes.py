"""Scopes that were guessed when the target was prepared: nothing is planned by a wrong one."""

import pytest

from plumbline.app_controller.application.planning import require_scopes
from plumbline.core import errors
from plumbline.core.model import GroupKind, ResourceKey

KINDS = {GroupKind("", "ConfigMap"): True, GroupKind("example.com", "Zone"): False}


class Scopes:
    """What a cluster serves now."""

    def namespaced(self, group_kind):
        return KINDS.get(group_kind)


@pytest.mark.parametrize(
    "key",
    [
        ResourceKey("", "ConfigMap", "n", "x"),
        ResourceKey("example.com", "Zone", "", "x"),
        ResourceKey("example.com", "Unknown", "n", "x"),
        ResourceKey("example.com", "Unknown", "", "x"),
    ],
)
def test_right_and_unknown_scopes_pass(key):
    """What the cluster does not serve cannot be live either."""
    require_scopes(Scopes(), [key])


@pytest.mark.parametrize(
    "key", [ResourceKey("example.com", "Zone", "n", "x"), ResourceKey("", "ConfigMap", "", "x")]
)
def test_a_wrong_scope_is_no_reason_to_prune(key):
    """The live object has another key, and would count as unwanted."""
    with pytest.raises(errors.Unavailable, match="scope"):
        require_scopes(Scopes(), [key])
