"""How an object is written, which live values are kept, and what an operation says meanwhile."""

import pytest

from plumbline.core import sync
from plumbline.core.model import ResourceKey
from plumbline.core.patch import parse_pointer


def annotated(words):
    return {"metadata": {"annotations": {"argocd.argoproj.io/sync-options": words}}}


@pytest.mark.parametrize(
    ("app", "target", "live", "force", "kind", "forced"),
    [
        ([], "", None, False, "apply", False),
        (["ServerSideApply=true"], "", None, False, "server-side", False),
        (["ServerSideApply=true"], "ServerSideApply=false", None, False, "apply", False),
        ([], "ServerSideApply=true", None, False, "server-side", False),
        (["Replace=true"], "", None, False, "replace", False),
        (["ServerSideApply=true"], "Replace=true", None, False, "replace", False),
        ([], "", "Replace=true", False, "replace", False),
        ([], "Force=true", None, False, "apply", True),
        ([], "", "Force=true", False, "apply", True),
        (["Force=true"], "", None, False, "apply", False),
        ([], "", None, True, "apply", True),
    ],
)
def test_the_way_of_writing(app, target, live, force, kind, forced):
    """config.md section 10: =false on the resource wins; Force is no option of the application."""
    found = sync.method_of(
        sync.parse_options(app),
        sync.resource_options(annotated(target)),
        annotated(live) if live is not None else None,
        force=force,
    )
    assert sync.Method(kind, forced) == found


def test_a_guard_stays_whatever_follows():
    """Prune=false and Delete=false are not undone by a later word for the same option."""
    found = sync.parse_options(["Prune=false", "Prune=true", " Delete=confirm ", "nonsense"])
    assert ("false", "confirm", True) == (found.prune, found.delete, found.validate)


@pytest.mark.parametrize(
    ("word", "policy"),
    [("foreground", "Foreground"), ("background", "Background"), ("orphan", "Orphan"),
     ("sideways", "Foreground")],
)  # fmt: skip
def test_the_propagation_policy(word, policy):
    """Foreground where it is not one of the three."""
    assert policy == sync.parse_options([f"PrunePropagationPolicy={word}"]).propagation


LIVE = {
    "spec": {"replicas": 7, "list": [{"a": 1, "b": 2}], "only": {"live": 1}},
    "status": {"x": 1},
}


@pytest.mark.parametrize(
    ("pointer", "target", "kept"),
    [
        ("/spec/replicas", {"spec": {"replicas": 1}}, {"spec": {"replicas": 7}}),
        ("/spec/replicas", {"spec": {}}, {"spec": {"replicas": 7}}),
        ("/spec/absent", {"spec": {"absent": 1, "b": 2}}, {"spec": {"b": 2}}),
        ("/spec/only/live", {"spec": {}}, {"spec": {}}),
        ("/spec/list/0/a", {"spec": {"list": [{"a": 9}]}}, {"spec": {"list": [{"a": 1}]}}),
        ("/spec/list/3/a", {"spec": {"list": [{"a": 9}]}}, {"spec": {"list": [{"a": 9}]}}),
        ("/status/x", {"status": {"x": 9}}, {"status": {"x": 9}}),
        ("", {"spec": {}}, {"spec": {}}),
    ],
)
def test_ignored_places_keep_their_live_values(pointer, target, kept):
    """Never status; places that one side cannot hold are left alone; inputs are not changed."""
    before = repr(target)
    assert kept == sync.keep_ignored(target, LIVE, [parse_pointer(pointer)])
    assert before == repr(target)


KEYS = [ResourceKey("batch", "Job", "n", "a"), ResourceKey("", "Pod", "n", "b")]


@pytest.mark.parametrize(
    ("what", "count", "hooks", "text"),
    [
        ("completion", 1, True, "waiting for completion of hook batch/Job/a"),
        ("completion", 2, True, "waiting for completion of hook batch/Job/a and 1 more hooks"),
        ("healthy state", 2, False,
         "waiting for healthy state of batch/Job/a and 1 more resources"),
        ("deletion", 1, True, "waiting for deletion of hook batch/Job/a"),
        ("deletion", 1, False, "waiting for deletion of batch/Job/a"),
        ("pruning confirmation", 1, False, "waiting for pruning confirmation of batch/Job/a"),
    ],
)  # fmt: skip
def test_what_an_operation_waits_for(what, count, hooks, text):
    """behaviour.md section 3."""
    assert text == sync.waiting_text(what, KEYS[:count], hooks=hooks)


def test_reasons_are_said_once():
    """Joined by commas; empty ones are left out."""
    assert "it failed, reason: a,b" == sync.operation_text("it failed", ["a", "", "b", "a"])
    assert "it failed" == sync.operation_text("it failed", [""])
