"""argocd-cm as values."""

import pytest

from plumbline.core import diff, settings, tracking
from plumbline.core.model import GroupKind, ResourceKey

CLUSTER = "https://kubernetes.default.svc"


def test_nothing_set_means_the_defaults():
    """An empty ConfigMap is the contract's defaults, without a problem."""
    found, problems = settings.read({})

    assert (settings.Settings(), []) == (found, problems)
    assert tracking.Method.ANNOTATION is found.marks.method
    assert found.in_cluster
    assert found.reconciliation is None


def test_tracking_is_read_from_three_keys():
    """Method, label key and installation id."""
    found, _ = settings.read(
        {
            "application.resourceTrackingMethod": "annotation+label",
            "application.instanceLabelKey": "example.org/app",
            "installationID": "blue",
        }
    )

    wanted = tracking.Tracking(tracking.Method.ANNOTATION_AND_LABEL, "example.org/app", "blue")
    assert wanted == found.marks


FILTER = """
- apiGroups: ["*.cilium.io"]
  kinds: ["*"]
- apiGroups: [""]
  kinds: [Secret]
  clusters: ["https://other*"]
"""


@pytest.mark.parametrize(
    ("group", "kind", "cluster", "excluded"),
    [
        ("policy.cilium.io", "CiliumIdentity", CLUSTER, True),
        ("apps", "Deployment", CLUSTER, False),
        ("", "Secret", CLUSTER, False),
        ("", "Secret", "https://other:6443", True),
    ],
)
def test_exclusions(group, kind, cluster, excluded):
    """Groups and clusters are globs, kinds exact or `*`."""
    found, problems = settings.read({"resource.exclusions": FILTER})

    assert [] == problems
    assert excluded is found.filter.excludes(GroupKind(group, kind), cluster)


def test_inclusions_leave_the_rest_out_where_they_apply():
    """Inclusions for a cluster exclude everything else there, and nothing elsewhere."""
    text = "[{apiGroups: [apps], kinds: [Deployment], clusters: ['https://a*']}]"
    filters = settings.read({"resource.inclusions": text})[0].filter

    assert not filters.excludes(GroupKind("apps", "Deployment"), "https://a")
    assert filters.excludes(GroupKind("", "Pod"), "https://a")
    assert not filters.excludes(GroupKind("", "Pod"), "https://b")


def test_an_exclusion_wins_over_an_inclusion():
    """Both name the kind: it is out."""
    text = "[{apiGroups: [apps], kinds: ['*']}]"
    filters = settings.read({"resource.inclusions": text, "resource.exclusions": text})[0].filter

    assert filters.excludes(GroupKind("apps", "Deployment"), CLUSTER)


def test_ignored_differences_of_all_applications():
    """One key per kind, `all` for every kind, and the legacy map."""
    prefix = "resource.customizations.ignoreDifferences."
    found, problems = settings.read(
        {
            f"{prefix}all": "jsonPointers: [/spec/a]",
            f"{prefix}apps_Deployment": "jsonPointers: [/spec/replicas]",
            f"{prefix}ConfigMap": "jsonPointers: [/data/x]",
            "resource.customizations": "apps/StatefulSet:\n"
            "  ignoreDifferences: |\n    jsonPointers: [/spec/old]\n",
        }
    )

    def pointers(group, kind):
        key = ResourceKey(group, kind, "n", "x")
        options = found.diff_options()
        return {"/" + "/".join(p) for r in options.ignore if r.matches(key) for p in r.pointers}

    assert [] == problems
    assert {"/spec/a", "/spec/replicas"} == pointers("apps", "Deployment")
    assert {"/spec/a", "/spec/old"} == pointers("apps", "StatefulSet")
    assert {"/spec/a", "/data/x"} == pointers("", "ConfigMap")


def test_compare_options():
    """ignoreAggregatedRoles and ignoreResourceStatusField; an unknown value of it is `all`."""
    text = "ignoreAggregatedRoles: true\nignoreResourceStatusField: {}\n"

    for word, status in (
        ("crd", diff.IgnoreStatus.CRD),
        ("none", diff.IgnoreStatus.NONE),
        ("off", diff.IgnoreStatus.NONE),
        ("nonsense", diff.IgnoreStatus.ALL),
    ):
        found, _ = settings.read({"resource.compareoptions": text.format(word)})
        assert (True, status) == (found.ignore_aggregated_roles, found.ignore_status), word


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("application.resourceTrackingMethod", "CANARY"),
        ("resource.exclusions", "{a: CANARY"),
        ("resource.exclusions", "CANARY"),
        ("resource.exclusions", "[{apiGroups: CANARY}]"),
        ("resource.inclusions", "[CANARY]"),
        ("resource.compareoptions", "[CANARY]"),
        ("timeout.reconciliation", "CANARY"),
        ("timeout.reconciliation", "-5s"),
        ("resource.customizations.ignoreDifferences.apps_Deployment", "jsonPointers: CANARY"),
        ("resource.customizations.ignoreDifferences.all", "jsonPointers: [no-slash]"),
        ("resource.customizations", "'a: [CANARY'"),
    ],
)
def test_a_value_that_cannot_be_read_is_named_and_counts_as_not_set(key, text):
    """The message names the key and never quotes the value."""
    found, problems = settings.read({key: text})

    assert settings.Settings() == found
    assert 1 == len(problems)
    assert key in problems[0]
    assert "CANARY" not in problems[0]


def test_the_reconciliation_timeout_is_in_seconds():
    """Go durations; 0 switches polling off."""
    assert 180.0 == settings.read({"timeout.reconciliation": "3m"})[0].reconciliation
    assert 0.0 == settings.read({"timeout.reconciliation": "0s"})[0].reconciliation


def test_unknown_keys_are_found():
    """A mistyped key is named; families with a free part are known."""
    keys = ["url", "accounts.alice", "accounts.alice.enabled", "resource.exclusion"]

    assert ["resource.exclusion"] == settings.unknown_keys(keys)


def test_plugins_of_the_old_style_are_refused_by_name():
    """The key is no slip of the pen: the problem says what to do instead."""
    found, problems = settings.read({"configManagementPlugins": "- name: cue\n"})

    assert settings.Settings() == found
    assert ["argocd-cm: configManagementPlugins is refused"] == [
        text.partition(": plugins are")[0] for text in problems
    ]
    assert [] == settings.unknown_keys(["configManagementPlugins"])
    assert [] == settings.read({"configManagementPlugins": " "})[1]
