"""Project rules: sources, destinations, kinds, and grants that nobody else can make."""

import pytest

from plumbline.core import clusters, errors, project
from plumbline.core.model import GroupKind, ResourceKey, decode_application, decode_project

CLUSTER = clusters.Cluster(server="https://west", name="west")
CONFIG_MAP = ResourceKey("", "ConfigMap", "team-a", "x")
ROLE = ResourceKey("rbac.authorization.k8s.io", "ClusterRole", "", "x")


def make(**spec):
    return decode_project({"metadata": {"name": "p"}, "spec": spec})


@pytest.mark.parametrize(
    ("rules", "url", "want"),
    [
        (["*"], "https://h/o/r", True),
        (["https://h/*"], "https://h/r.git", True),
        (["https://h/*"], "https://h/o/r", False),
        (["https://h/**"], "https://h/o/r", True),
        (["*", "!https://h/bad"], "https://H/bad.git", False),
        (["git@h:o/r.git"], "ssh://git@h/o/r", True),
        ([], "https://h/r", False),
    ],
)
def test_sources_are_matched_normalised_and_denials_win(rules, url, want):
    """sourceRepos."""
    assert want is project.permits_source(make(sourceRepos=rules), url)


@pytest.mark.parametrize(
    ("rules", "namespace", "want"),
    [
        ([{"server": "*", "namespace": "*"}], "x", True),
        ([{"server": "https://west", "namespace": "team-*"}], "team-a", True),
        ([{"server": "https://west", "namespace": "team-*"}], "other", False),
        ([{"name": "west", "namespace": "*"}], "x", True),
        ([{"name": "east", "namespace": "*"}], "x", False),
        (
            [{"server": "*", "namespace": "*"}, {"server": "*", "namespace": "!kube-*"}],
            "kube-system",
            False,
        ),
        ([{"server": "*", "namespace": "*"}, {"server": "!https://west", "namespace": "*"}],
         "x", False),
        ([], "x", False),
    ],
)  # fmt: skip
def test_destinations_need_cluster_and_namespace_and_denials_win(rules, namespace, want):
    """destinations."""
    assert want is project.permits_destination(make(destinations=rules), CLUSTER, namespace)


def test_a_cluster_of_another_project_is_never_permitted():
    """Project-scoped clusters belong to their project."""
    other = clusters.Cluster(server="https://west", name="west", project="q")
    rules = make(destinations=[{"server": "*", "namespace": "*"}])
    assert not project.permits_destination(rules, other, "x")
    only = make(
        destinations=[{"server": "*", "namespace": "*"}], permitOnlyProjectScopedClusters=True
    )
    assert not project.permits_destination(only, CLUSTER, "x")


@pytest.mark.parametrize(
    ("spec", "namespaced", "want"),
    [
        ({}, True, True),
        ({"namespaceResourceWhitelist": []}, True, False),
        ({"namespaceResourceWhitelist": [{"group": "apps", "kind": "Deploy*"}]}, True, True),
        ({"namespaceResourceBlacklist": [{"group": "*", "kind": "Deployment"}]}, True, False),
        ({}, False, False),
        ({"clusterResourceWhitelist": [{"group": "*", "kind": "*"}]}, False, True),
        (
            {"clusterResourceWhitelist": [{"group": "*", "kind": "*", "name": "team-*"}]},
            False,
            False,
        ),
    ],
)
def test_kinds_are_judged_by_the_lists_of_their_scope(spec, namespaced, want):
    """White lists differ when absent and when empty; black lists win."""
    kind = GroupKind("apps", "Deployment")
    got = project.permits_resource(make(**spec), kind, namespaced=namespaced, name="x")
    assert want is got


def test_a_grant_proves_the_check():
    """The object, cluster and verbs it is for are in it."""
    allowed = make(destinations=[{"server": "*", "namespace": "team-*"}])
    made = project.grant(
        allowed, CLUSTER, CONFIG_MAP, namespaced=True, verbs=frozenset({"create"}), app="a",
        expires_at=1.0,
    )  # fmt: skip
    assert ("https://west", CONFIG_MAP, "p") == (made.cluster, made.key, made.project)


@pytest.mark.parametrize(
    ("key", "namespaced", "message"),
    [
        (
            ROLE,
            False,
            "resource rbac.authorization.k8s.io:ClusterRole is not permitted in project p",
        ),
        (
            CONFIG_MAP._replace(namespace="kube-system"),
            True,
            "namespace kube-system is not permitted in project 'p'",
        ),
    ],
)
def test_what_the_project_forbids_gets_no_grant(key, namespaced, message):
    """The contract's texts."""
    rules = make(destinations=[{"server": "*", "namespace": "team-*"}])
    with pytest.raises(errors.PermissionDenied) as caught:
        project.grant(
            rules, CLUSTER, key, namespaced=namespaced, verbs=frozenset(), app="a", expires_at=1.0
        )
    assert message == caught.value.message


def test_nobody_else_can_make_a_grant():
    """The constructor wants this package's token."""
    with pytest.raises(errors.PermissionDenied):
        project.WriteGrant("https://west", CONFIG_MAP, frozenset(), "p", "a", 1.0, object())


def app(**spec):
    return decode_application(
        {"metadata": {"name": "a", "namespace": "argocd"}, "spec": {"project": "p", **spec}}
    )


GOOD = {
    "source": {"repoURL": "https://h/r", "path": "x"},
    "destination": {"server": "https://west", "namespace": "team-a"},
}
OPEN = {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}]}


def messages(application, rules, cluster=CLUSTER):
    return project.validate(application, rules, cluster, control_plane_namespace="argocd")


def test_a_good_application_has_no_messages():
    """Nothing to say."""
    assert [] == messages(app(**GOOD), make(**OPEN))


@pytest.mark.parametrize(
    ("spec", "rules", "message"),
    [
        (GOOD, None, "Application referencing project p which does not exist"),
        (
            GOOD,
            {"destinations": OPEN["destinations"]},
            "application repo https://h/r is not permitted in project 'p'",
        ),
        (
            GOOD,
            {"sourceRepos": ["*"]},
            "application destination server 'https://west' and namespace 'team-a'"
            " do not match any of the allowed destinations in project 'p'",
        ),
        (
            {**GOOD, "source": {"repoURL": "https://h/r"}},
            OPEN,
            "spec.source.repoURL and either spec.source.path or spec.source.chart are required",
        ),
        (
            {**GOOD, "source": {"repoURL": "https://h/r", "chart": "c"}},
            OPEN,
            "spec.source.targetRevision is required if the manifest source is a helm chart",
        ),
    ],
)
def test_what_is_wrong_is_said_in_the_contracts_words(spec, rules, message):
    """behaviour.md section 2, InvalidSpecError."""
    assert [message] == messages(app(**spec), None if rules is None else make(**rules))


@pytest.mark.parametrize(
    ("rules", "namespace", "want"),
    [
        ([], "argocd", True),
        ([], "", True),
        ([], "team-a", False),
        (["team-*"], "team-a", True),
        (["team-*"], "other-team-a", False),
        (["team-a"], "team-a-b", False),
        (["/team-[ab]/"], "team-b", True),
        (["/team-[ab]/"], "team-bc", False),
        (["/[/"], "team-a", False),
        (["*"], "kube-system", True),
    ],
)
def test_cve_2024_31990_cve_2023_22736_namespaces_of_applications(rules, namespace, want):
    """A project serves its sourceNamespaces and the control plane's; no part of a name is one."""
    given = {"metadata": {"name": "a", "namespace": namespace}, "spec": {"project": "p", **GOOD}}
    found = make(**OPEN, sourceNamespaces=rules)
    assert want is project.permits_source_namespace(
        found, namespace, control_plane_namespace="argocd"
    )
    text = f"application 'a' in namespace '{namespace}' is not permitted to use project 'p'"
    told = project.validate(
        decode_application(given), found, CLUSTER, control_plane_namespace="argocd"
    )
    assert ([] if want else [text]) == told


def test_an_expression_that_backtracks_ends():
    """A project's owner writes it, and every pass asks it; backtracking would take for ever."""
    found = make(**OPEN, sourceNamespaces=["/(a+)+b/"])
    name = "a" * 60
    assert not project.permits_source_namespace(found, name, control_plane_namespace="argocd")
    assert project.permits_source_namespace(found, f"{name}b", control_plane_namespace="argocd")


def test_every_source_is_checked():
    """A second source in a forbidden repository makes the whole application invalid."""
    spec = {
        **GOOD,
        "sources": [
            {"repoURL": "https://h/r", "path": "x"},
            {"repoURL": "https://no", "path": "y"},
        ],
    }
    rules = make(sourceRepos=["https://h/*"], destinations=OPEN["destinations"])
    assert ["application repo https://no is not permitted in project 'p'"] == messages(
        app(**spec), rules
    )


def test_global_projects_add_their_lists():
    """Concatenation, not replacement."""
    merged = project.with_global_projects(
        make(sourceRepos=["https://h/*"]), [make(sourceRepos=["https://g/*"])]
    )
    assert ["https://h/*", "https://g/*"] == merged.spec.source_repos
