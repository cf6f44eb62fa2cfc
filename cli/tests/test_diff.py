"""`app diff`: a unified diff, and exit codes that scripts can rely on."""

import json

import grpc
import pytest

from plumbline.cli import comparison
from plumbline.cli.printing.difference import differences


def deployment(replicas, **annotations):
    metadata = {"name": "web", "namespace": "shop", "annotations": annotations}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata,
        "spec": {"replicas": replicas},
    }


def item(live, target, **more):
    return {
        "group": "apps",
        "kind": "Deployment",
        "namespace": "shop",
        "name": "web",
        "liveState": json.dumps(live),
        "targetState": json.dumps(target),
        "normalizedLiveState": json.dumps(live),
        "predictedLiveState": json.dumps(target),
        **more,
    }


def test_difference(api, ask):
    """Differences are shown as a unified diff below the resource's name, and end with 1."""
    api.answers["ManagedResources"] = {"items": [item(deployment(1), deployment(2))]}

    done = ask("app", "diff", "shop")

    assert (1, "") == (done.code, done.err)
    assert "===== apps/Deployment shop/web ======" == done.out.splitlines()[0]
    assert {"-  replicas: 1", "+  replicas: 2"} <= set(done.out.splitlines())


@pytest.mark.parametrize(
    ("words", "code"),
    [(["--exit-code=false"], 0), (["--diff-exit-code", "3"], 3), (["--exit-code"], 1)],
)
def test_exit_code(api, ask, words, code):
    """The exit code can be turned off, or chosen."""
    api.answers["ManagedResources"] = {"items": [item(deployment(1), deployment(2))]}

    assert code == ask("app", "diff", "shop", *words).code


def test_no_difference(api, ask):
    """Equal objects, and hooks, are no difference."""
    same, hook = item(deployment(1), deployment(1)), item(None, deployment(1), hook=True)
    api.answers["ManagedResources"] = {"items": [same, hook]}

    done = ask("app", "diff", "shop")

    assert (0, "", "") == (done.code, done.out, done.err)


def test_error_is_no_difference(api, ask):
    """An error ends with 20, never with the code of a difference."""
    api.answers["ManagedResources"] = api.refusal(
        grpc.StatusCode.PERMISSION_DENIED, "permission denied"
    )

    done = ask("app", "diff", "shop")

    assert (20, "") == (done.code, done.out)
    assert "code = PermissionDenied desc = permission denied" in done.err
    assert 20 == ask("app", "diff", "shop", "--no-such-flag").code


def test_refresh_comes_first(api, ask, application):
    """`--refresh` looks again before it compares."""
    api.answers["Get"] = application()

    assert 0 == ask("app", "diff", "shop", "--refresh").code
    assert ["Get", "ManagedResources"] == api.names()


def test_new_and_gone():
    """A new object is all additions, one that Git no longer holds all removals."""
    new = item(None, deployment(1))
    gone = item(deployment(1), None)

    assert {"+"} == {line[0] for line in differences([new]).splitlines()[4:]}
    assert {"-"} == {line[0] for line in differences([gone]).splitlines()[4:]}


def test_terminal_controls():
    """What a cluster says cannot steer the terminal it is shown on."""
    hostile = deployment(1, note="\x1b[2Jcanary\x07")

    shown = differences([item(hostile, deployment(1))])

    assert "canary" in shown
    assert all(c.isprintable() or c == "\n" for c in shown)


def test_revision(api, ask, application):
    """`--revision` compares the live objects with what that revision wants."""
    live = item(deployment(1, left="by hand"), deployment(1))
    old = {**live, "kind": "Job", "name": "old", "group": "batch"}
    other = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "new"}}
    api.answers.update(Get=application(), ManagedResources={"items": [live, old]})
    api.answers["GetManifests"] = {"manifests": [json.dumps(deployment(4)), json.dumps(other)]}

    done = ask("app", "diff", "shop", "--revision", "v4")

    assert 1 == done.code
    assert [{"name": "shop", "revision": "v4"}] == api.requests("GetManifests")
    heads = [line for line in done.out.splitlines() if line.startswith("=====")]
    assert [
        "===== apps/Deployment shop/web ======",
        "===== /Service /new ======",
        "===== batch/Job shop/old ======",
    ] == heads
    changed = {line for line in done.out.splitlines() if line[:1] in "+-" and "replicas" in line}
    assert {"-  replicas: 1", "+  replicas: 4"} <= changed
    assert "by hand" not in "".join(line for line in done.out.splitlines() if line[:1] == "-")[:40]


def test_revision_ignores_what_the_application_ignores(application):
    """ignoreDifferences of the application count for other revisions too."""
    app = application()
    app["spec"]["ignoreDifferences"] = [
        {"group": "apps", "kind": "Deployment", "jsonPointers": ["/spec/replicas"]}
    ]

    found = comparison.with_manifests([item(deployment(1), None)], [deployment(4)], app)

    assert "" == differences(found)


def test_revision_and_secrets(application):
    """Masks of two answers say nothing of values: only keys of a Secret are compared."""

    def secret(**data):
        return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": data}

    live = {"kind": "Secret", "name": "s", "liveState": json.dumps(secret(a="++++++++"))}
    live |= {"targetState": live["liveState"]}

    same = comparison.with_manifests([live], [secret(a="++++++++++++")], application())
    more = comparison.with_manifests([live], [secret(a="++++", b="++++")], application())

    assert "" == differences(same)
    assert "+  b: ++++" in differences(more)


def test_server_side(api, ask):
    """`--server-side-diff` has the API server predict what is there on both sides."""
    both = item(deployment(1), deployment(2))
    new = {**item(None, deployment(1)), "name": "new"}
    api.answers["ManagedResources"] = {"items": [both, new]}
    api.answers["ServerSideDiff"] = {
        "items": [item(deployment(1), deployment(3))],
        "modified": True,
    }

    done = ask("app", "diff", "shop", "--server-side-diff")

    assert 1 == done.code
    request = api.requests("ServerSideDiff")[0]
    assert ("shop", [both["targetState"]]) == (request["appName"], request["targetManifests"])
    assert ["web"] == [r["name"] for r in request["liveResources"]]
    assert "+  replicas: 3" in done.out
    assert "apps/Deployment shop/new" in done.out


def test_revisions_need_their_sources(api, ask, application):
    """`--revisions` without sources is refused, and not silently left out."""
    api.answers["Get"] = application()

    done = ask("app", "diff", "shop", "--revisions", "v1")

    assert 20 == done.code
    assert "as many --revisions" in done.err


def test_text_of_several_lines():
    """A change in a long text is shown line by line, tabs and spaces at line ends included."""
    one = deployment(1, script="first\n\tsecond \nthird\n")
    two = deployment(1, script="first\n    second\nthird")

    shown = differences([item(one, two)]).splitlines()

    assert ["-    script: |", "-      \tsecond ", "+    script: |-", "+          second"] == sorted(
        (line for line in shown if line[:1] in "-+" and line[1:3] == "  "),
        key=lambda line: (line[0] == "+", "script" not in line),
    )
    assert "       first" in shown


def test_namespace_of_manifests(application):
    """A manifest that names no namespace is in the destination's, if its kind lives in one."""
    bare = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}}
    bare["spec"] = {"replicas": 1}
    role = {"apiVersion": "x/v1", "kind": "ClusterThing", "metadata": {"name": "one"}}

    found = comparison.with_manifests([item(deployment(1), None)], [bare, role], application())

    assert [("web", "shop"), ("one", "")] == [(i["name"], i["namespace"]) for i in found]
    assert "ClusterThing /one" in differences(found)
    assert "Deployment" not in differences(found)
