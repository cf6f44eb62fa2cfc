"""Health of applications: the worst counts, missing resources do not, causes are named."""

from hypothesis import given
from hypothesis import strategies as st

from plumbline.core import health
from plumbline.core.model import Health, ResourceKey

STATUSES = ["Healthy", "Suspended", "Progressing", "Missing", "Degraded", "Unknown"]


def part(name, status=None, **options):
    kind = options.pop("kind", "Deployment")
    group = options.pop("group", "apps")
    judged = Health(status=status) if status else None
    defaults = {"wanted": True, "live": True}
    return health.Part(ResourceKey(group, kind, "n", name), health=judged, **defaults | options)


def test_the_worst_status_rules_and_its_causes_are_named():
    """At most three names, then a count."""
    parts = [
        part("a", "Healthy"),
        part("b", "Progressing"),
        *(part(f"d{i}", "Degraded") for i in range(5)),
    ]
    got = health.aggregate(parts)
    message = (
        "Caused by apps/Deployment:n/d0, apps/Deployment:n/d1, apps/Deployment:n/d2 and 2 more"
    )
    assert ("Degraded", message) == (got.status, got.message)


def test_a_missing_resource_does_not_degrade_but_nothing_at_all_is_missing():
    """Missing rules."""
    assert "Healthy" == health.aggregate([part("a", "Healthy"), part("b", live=False)]).status
    assert "Missing" == health.aggregate([part("a", live=False)]).status
    assert "Healthy" == health.aggregate([]).status


def test_child_applications_without_verdict_and_ignored_resources_do_not_count():
    """App of apps."""
    child = {"group": "argoproj.io", "kind": "Application"}
    parts = [part("c", "Unknown", **child), part("d", "Missing", **child)]
    assert "Healthy" == health.aggregate(parts).status
    assert "Degraded" == health.aggregate([part("c", "Degraded", **child)]).status
    assert "Healthy" == health.aggregate([part("x", "Degraded", ignored=True)]).status


@given(st.lists(st.sampled_from(STATUSES), min_size=1), st.sampled_from(STATUSES))
def test_adding_a_part_never_improves_the_whole(statuses, more):
    """Monotone."""
    before = health.aggregate([part(str(i), s) for i, s in enumerate(statuses)]).status
    after = health.aggregate([part(str(i), s) for i, s in enumerate([*statuses, more])]).status
    assert after == health.worst(before, after)
