"""Tracking marks: set, read back, told apart."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumbline.core import errors, tracking
from plumbline.core.model import ResourceKey
from plumbline.core.tracking import INSTALLATION_ID, TRACKING_ID, Method, Tracking, TrackingId

dns = st.text("abz09-.", min_size=1, max_size=20)
ids = st.builds(
    TrackingId,
    st.text("abz09-._", min_size=1, max_size=20),
    st.builds(
        ResourceKey,
        st.just("") | dns,
        st.text("ABab", min_size=1, max_size=10),
        st.just("") | dns,
        st.text("ab:/-. é", min_size=1, max_size=20),
    ),
)


@given(ids)
def test_parse_undoes_format(tracking_id: TrackingId) -> None:
    """What was written is read back, whatever the object's name holds."""
    assert tracking_id == tracking.parse_id(tracking.format_id(tracking_id))


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    """A text that is read is written back as it was; everything else is no id."""
    found = tracking.parse_id(text)

    assert found is None or text == tracking.format_id(found)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("app:apps/Deployment:ns/web", ("app", "apps", "Deployment", "ns", "web")),
        ("team_app:/Service:ns/web", ("team_app", "", "Service", "ns", "web")),
        (
            "a:rbac.authorization.k8s.io/Role:ns/x:y",
            ("a", "rbac.authorization.k8s.io", "Role", "ns", "x:y"),
        ),
        ("app", None),
        ("app:Deployment:ns/web", None),
        (":apps/Deployment:ns/web", None),
        ("app:apps/Deployment:web", None),
        ("app:apps/Deployment:ns/", None),
        ("", None),
    ],
)
def test_format(text: str, want: tuple[str, ...] | None) -> None:
    """The id is <app>:<group>/<kind>:<namespace>/<name>."""
    found = tracking.parse_id(text)

    assert want == (None if found is None else (found.app, *found.key))


def manifest(**metadata: Any) -> dict[str, Any]:
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", **metadata}}


LONG = "a" * 62 + "-" + "b" * 10


@pytest.mark.parametrize(
    ("method", "installation", "annotations", "labels"),
    [
        (Method.ANNOTATION, "", {TRACKING_ID: f"{LONG}:apps/Deployment:ns/web"}, None),
        (
            Method.ANNOTATION,
            "one",
            {TRACKING_ID: f"{LONG}:apps/Deployment:ns/web", INSTALLATION_ID: "one"},
            None,
        ),
        (Method.LABEL, "", None, {"app.kubernetes.io/instance": LONG}),
        (
            Method.ANNOTATION_AND_LABEL,
            "",
            {TRACKING_ID: f"{LONG}:apps/Deployment:ns/web"},
            {"app.kubernetes.io/instance": "a" * 62},
        ),
    ],
)
def test_marks_of_each_method(
    method: Method,
    installation: str,
    annotations: dict[str, str] | None,
    labels: dict[str, str] | None,
) -> None:
    """Each method sets its marks, and only those; the object handed in is left alone."""
    bare = manifest()
    marked = tracking.set_tracking(
        bare, LONG, namespace="ns", tracking=Tracking(method=method, installation_id=installation)
    )

    assert annotations == marked["metadata"].get("annotations")
    assert labels == marked["metadata"].get("labels")
    assert manifest() == bare


@pytest.mark.parametrize("method", list(Method))
def test_owner_is_who_was_set(method: Method) -> None:
    """Setting and reading agree for every method; other marks stay."""
    rules = Tracking(method=method, installation_id="one")
    bare = manifest(labels={"l": "x"}, annotations={"a": "y"}, namespace="other")
    marked = tracking.set_tracking(bare, "ns_app", namespace="ns", tracking=rules)

    assert tracking.owner_app(marked, rules) == "ns_app"
    assert tracking.is_self_reference(marked, rules)
    assert marked["metadata"]["labels"]["l"] == "x"
    assert marked["metadata"]["annotations"]["a"] == "y"


def test_label_alone_does_not_own_where_the_annotation_rules() -> None:
    """Under annotation+label a foreign label means nothing."""
    live = manifest(labels={"app.kubernetes.io/instance": "x"})

    assert tracking.owner_app(live, Tracking(method=Method.ANNOTATION_AND_LABEL)) is None
    assert tracking.owner_app(live, Tracking(method=Method.LABEL)) == "x"


def test_other_installations_marks_do_not_count() -> None:
    """Two control planes on one cluster do not take each other's objects."""
    theirs = tracking.set_tracking(
        manifest(), "app", namespace="ns", tracking=Tracking(installation_id="two")
    )

    assert tracking.owner_app(theirs, Tracking(installation_id="one")) is None
    assert tracking.owner_app(theirs, Tracking()) == "app"


@pytest.mark.parametrize(
    ("change", "want"),
    [
        ({}, True),
        ({"name": "copy"}, False),
        ({"namespace": "elsewhere"}, False),
        ({"annotations": {TRACKING_ID: "broken"}}, False),
        ({"annotations": {}}, True),
    ],
)
def test_copies_do_not_reference_themselves(change: dict[str, Any], want: bool) -> None:
    """An object that carries another object's id is not managed."""
    marked = tracking.set_tracking(manifest(namespace="ns"), "app", namespace="ns")
    marked["metadata"].update(change)

    assert want == tracking.is_self_reference(marked)


def test_cluster_wide_object_carries_the_applications_namespace() -> None:
    """Its id names the destination namespace, and it references itself all the same."""
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "r"},
    }
    marked = tracking.set_tracking(role, "app", namespace="ns")

    text = marked["metadata"]["annotations"][TRACKING_ID]
    assert text == "app:rbac.authorization.k8s.io/ClusterRole:ns/r"
    assert tracking.is_self_reference(marked)


@pytest.mark.parametrize("key", ["labels", "annotations"])
def test_odd_metadata_is_named(key: str) -> None:
    """A manifest whose maps are no maps is the user's mistake."""
    with pytest.raises(errors.InvalidArgument, match=key):
        tracking.set_tracking(
            manifest(**{key: ["x"]}),
            "app",
            namespace="ns",
            tracking=Tracking(method=Method.ANNOTATION_AND_LABEL),
        )
