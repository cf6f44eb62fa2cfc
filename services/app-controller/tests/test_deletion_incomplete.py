"""The cascade on a cluster whose kinds are not all known: it does not end too early."""

import types

import pytest

from plumbline.app_controller.application.deletion import Deletion
from plumbline.core import errors, model
from plumbline.core.model import GroupKind

APP = {
    "metadata": {"name": "a", "namespace": "argocd"},
    "spec": {},
    "status": {"resources": [{"kind": "ConfigMap", "version": "v1", "name": "x"}]},
}


class Live:
    """Knows no object, and of some kinds that it would not."""

    def __init__(self, *kinds):
        self.kinds = frozenset(kinds)

    def tracked_by(self, _):
        return []

    def incomplete(self):
        return self.kinds


async def cascade(*incomplete):
    handle = types.SimpleNamespace(live=Live(*incomplete))
    app = model.decode_application(APP)
    rules = model.decode_project({"metadata": {"name": "p"}, "spec": {}})
    return await Deletion(clock=lambda: 0.0).cascade(handle, app, rules, "a")


async def test_objects_of_an_unknown_kind_may_be_left():
    """The finalizer is kept, and the condition names the kind."""
    with pytest.raises(errors.Unavailable, match="list of /ConfigMap is not complete"):
        await cascade(GroupKind("", "ConfigMap"), GroupKind("apps", "Deployment"))


async def test_kinds_that_it_never_had_do_not_hold_a_deletion():
    """A broken aggregated API is nobody's reason to wait."""
    assert [] == await cascade(GroupKind("metrics.example.com", "Sample"))
