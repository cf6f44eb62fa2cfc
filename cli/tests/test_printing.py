"""What commands print, column by column."""

import datetime as dt
import json

import pytest
import yaml

from plumbline.cli import printing
from plumbline.cli.printing import application as shown
from plumbline.cli.printing import project


def lines(text):
    return text.splitlines()


def test_table():
    """Columns are two spaces apart; no line ends with spaces."""
    assert ["A    LONG", "bbb  c", "d"] == lines(
        printing.table([("A", "LONG"), ("bbb", "c"), ("d", "")])
    )


def test_control_characters():
    """No cell can move the cursor or begin a new line."""
    found = printing.table([("A",), ("x\n\x1b[31mcanary",)])

    assert "x  [31mcanary" == lines(found)[1]


def test_applications(application):
    """The wide list of applications."""
    conditions = [{"type": "SyncError"}, {"type": "ComparisonError"}, {"type": "SyncError"}]
    other = application("1", "OutOfSync", "Degraded", conditions=conditions)
    other["spec"]["syncPolicy"] = {"automated": {"prune": True}}

    found = [line.split() for line in lines(shown.applications([application(), other]))]

    assert [
        "NAME", "CLUSTER", "NAMESPACE", "PROJECT", "STATUS", "HEALTH", "SYNCPOLICY", "CONDITIONS",
        "REPO", "PATH", "TARGET",
    ] == found[0]  # fmt: skip
    tail = ["https://git.example/shop.git", "deploy", "main"]
    middle = ["https://kubernetes.default.svc", "shop", "default"]
    assert ["argocd/shop", *middle, "Synced", "Healthy", "Manual", "<none>", *tail] == found[1]
    errors = "ComparisonError,SyncError(2)"
    assert ["argocd/shop", *middle, "OutOfSync", "Degraded", "Auto-Prune", errors, *tail] == found[
        2
    ]


SUMMARY = """\
Name:               argocd/shop
Project:            default
Server:             https://kubernetes.default.svc
Namespace:          shop
Source:
- Repo:             https://git.example/shop.git
  Target:           main
  Path:             deploy
SyncWindow:         Sync Denied
Assigned Windows:   deny:0 22 * * *:1h
Sync Policy:        Automated (Prune, Self Heal)
Sync Status:        OutOfSync from main (1111111)
Health Status:      Degraded (it is bad)"""


def test_summary(application):
    """The block of `app get`."""
    app = application("1", "OutOfSync", health="Degraded")
    app["status"]["health"]["message"] = "it is bad"
    app["spec"]["syncPolicy"] = {"automated": {"prune": True, "selfHeal": True}}
    window = {"kind": "deny", "schedule": "0 22 * * *", "duration": "1h"}

    assert SUMMARY == shown.summary(app, windows={"canSync": False, "assignedWindows": [window]})


def test_several_sources(application):
    """Several sources are listed; one of them can be chosen."""
    app = application()
    app["spec"]["sources"] = [
        {"repoURL": "https://a", "path": "x", "ref": "values"},
        {
            "repoURL": "https://b",
            "chart": "c",
            "name": "two",
            "helm": {"valueFiles": ["$values/v"]},
        },
    ]

    every, second = shown.summary(app), shown.summary(app, source=2)

    assert "Sources:" in every
    assert {"  Ref:              values", "  Helm Values:      $values/v"} <= set(lines(every))
    assert "https://a" not in second
    assert "- Name:             two" in second


def test_resources(application, finished):
    """Resources show health, hook and what the last operation said of them."""
    results = [
        {"group": "apps", "kind": "Deployment", "namespace": "shop", "name": "web",
         "message": "deployment.apps/web configured"},
        {"group": "batch", "kind": "Job", "namespace": "shop", "name": "migrate",
         "hookType": "PreSync", "hookPhase": "Succeeded", "message": "done"},
    ]  # fmt: skip
    app = application(operationState=finished(syncResult={"resources": results}))

    found = [line.split() for line in lines(shown.resources(app))]

    assert ["GROUP", "KIND", "NAMESPACE", "NAME", "STATUS", "HEALTH", "HOOK", "MESSAGE"] == found[0]
    configured = ["deployment.apps/web", "configured"]
    assert ["apps", "Deployment", "shop", "web", "Synced", "Healthy", *configured] == found[1]
    assert ["Service", "shop", "web", "Synced"] == found[2]
    assert ["batch", "Job", "shop", "migrate", "Succeeded", "PreSync", "done"] == found[3]


def test_health_of_the_tree(application):
    """Health that the application does not keep comes from the resource tree."""
    app = application()
    del app["status"]["resources"][0]["health"]
    node = {"group": "apps", "kind": "Deployment", "namespace": "shop", "name": "web"}

    states = shown.states(app, {"nodes": [{**node, "health": {"status": "Suspended"}}]})

    assert "Suspended" == states[0]["health"]


def test_tree():
    """Resources stand below their owners; an owner that is not there makes a root."""

    def node(kind, name, *parents):
        refs = [{"uid": parent} for parent in parents]
        return {"kind": kind, "name": name, "uid": name, "parentRefs": refs}

    nodes = [
        node("Pod", "p2", "rs"),
        node("Deployment", "d"),
        node("Pod", "p1", "rs"),
        node("ReplicaSet", "rs", "d"),
        node("ConfigMap", "orphan", "gone"),
    ]

    found = [line.rstrip() for line in lines(shown.tree(nodes, {}))]

    assert [
        "KIND/NAME         STATUS  HEALTH  MESSAGE",
        "ConfigMap/orphan",
        "Deployment/d",
        "└─ReplicaSet/rs",
        "  ├─Pod/p1",
        "  └─Pod/p2",
    ] == found


@pytest.mark.parametrize(
    ("created", "age"),
    [
        ("2026-01-02T03:04:05Z", "0s"),
        ("2026-01-02T03:03:06Z", "59s"),
        ("2026-01-02T02:04:06Z", "59m"),
        ("2026-01-01T03:04:05Z", "1d"),
        (None, ""),
    ],
)
def test_age(created, age):
    """The detailed tree shows ages in their largest unit."""
    now = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    node = {"kind": "A", "name": "a", "createdAt": created, "health": {"message": "why"}}

    found = lines(shown.tree([node], {}, detailed=True, now=now))

    assert ["KIND/NAME", "STATUS", "HEALTH", "AGE", "MESSAGE", "REASON"] == found[0].split()
    assert ["A/a", *([age] if age else []), "why"] == found[1].split()


def test_tree_of_owners_in_a_circle():
    """Objects that claim to own each other do not make the tree endless."""
    nodes = [
        {"kind": "A", "name": "root", "uid": "r"},
        {"kind": "A", "name": "a", "uid": "a", "parentRefs": [{"uid": "b"}, {"uid": "r"}]},
        {"kind": "A", "name": "b", "uid": "b", "parentRefs": [{"uid": "a"}]},
    ]

    assert len(lines(shown.tree(nodes, {}))) < 10


def test_operation(application, finished):
    """The block of the last operation."""
    state = finished("Failed", "it broke", finishedAt="2026-01-02T04:05:06Z", retryCount=2)

    assert [
        "Operation:          Sync",
        f"Sync Revision:      {'1' * 40}",
        "Phase:              Failed",
        "Start:              2026-01-02T03:04:05Z",
        "Finished:           2026-01-02T04:05:06Z",
        "Duration:           1h1m1s",
        "Retries:            2",
        "Message:            it broke",
    ] == lines(shown.operation(application(operationState=state)))


def test_history(application):
    """History shows id, date, and target with commit."""
    source = {"repoURL": "https://a", "targetRevision": "main"}
    entry = {"id": 3, "revision": "2" * 40, "deployedAt": "2026-01-02T03:04:05Z", "source": source}
    app = application(history=[entry])

    assert "3" == shown.history(app, "id")
    assert [
        "SOURCE  https://a",
        "ID  DATE                  REVISION",
        "3   2026-01-02T03:04:05Z  main (2222222)",
    ] == lines(shown.history(app, "wide"))


PROJECT = """\
Name:                         team
Description:                  ours
Destinations:                 https://c,x
                              prod,*
Repositories:                 https://a
Source Namespaces:            <none>
Scoped Repositories:          https://scoped
Allowed Cluster Resources:    /Namespace
                              rbac/ClusterRole/one
Denied Cluster Resources:     <none>
Scoped Clusters:              <none>
Allowed Namespaced Resources: <none>
Denied Namespaced Resources:  <none>
Signature keys:               <none>
Orphaned Resources:           enabled (warn=true, ignored 1)
Destination Service Accounts: <none>"""


def test_project():
    """The block of `proj get`."""
    spec = {
        "description": "ours",
        "destinations": [
            {"server": "https://c", "namespace": "x"},
            {"name": "prod", "namespace": "*"},
        ],
        "sourceRepos": ["https://a"],
        "clusterResourceWhitelist": [
            {"group": "", "kind": "Namespace"},
            {"group": "rbac", "kind": "ClusterRole", "name": "one"},
        ],
        "orphanedResources": {"warn": True, "ignore": [{"kind": "Secret"}]},
    }
    detailed = {"project": {"metadata": {"name": "team"}, "spec": spec}}

    assert PROJECT == project.project({**detailed, "repositories": [{"repo": "https://scoped"}]})


def test_projects():
    """The list counts what does not fit a column."""
    spec = {"sourceRepos": ["a", "b"], "destinations": [{"server": "*", "namespace": "*"}]}

    found = lines(project.projects([{"metadata": {"name": "team"}, "spec": spec}]))

    assert found[1].split()[:4] == ["team", "*,*", "2", "repos"]


def test_windows():
    """Windows have their place as ID, and tell whether they are open."""
    one = {"kind": "allow", "schedule": "* * * * *", "duration": "1h", "applications": ["a", "b"]}
    two = {**one, "kind": "deny", "manualSync": True, "timeZone": "Europe/Berlin"}

    found = [line.split("  ") for line in lines(project.windows([one, two], [two]))]

    assert ["0", "1"] == [row[0] for row in found[1:]]
    assert ["Inactive", "Active"] == [[c for c in row if c][1].strip() for row in found[1:]]


@pytest.mark.parametrize(
    "text",
    ["y", "n", "Y", "true", "null", "1", "1e3", "0x1f", "1_000", ".5", "", "~", "2026-01-02"],
)
def test_text_stays_text(text):
    """A text that some reader of YAML takes for something else is quoted."""
    printed = printing.structured({text or "k": text}, "yaml")

    assert text == yaml.safe_load(printed)[text or "k"]
    assert printed.rstrip().endswith(("'", '"'))


def test_structured():
    """JSON is indented by two; YAML writes several lines as a block."""
    tree = {"b": 1, "a": "x\ny\n"}

    assert tree == json.loads(printing.structured(tree, "json"))
    assert '{\n  "b": 1,' in printing.structured(tree, "json")
    assert "a: |\n  x\n  y\nb: 1" == printing.structured(tree, "yaml")
