"""A secret's value comes out nowhere: one canary in every place that holds one, then a sweep."""

import base64
import json
import subprocess

import pytest
import redis as redis_client

from plumbline.local import git_http

pytestmark = pytest.mark.cluster


def synced(app):
    return ((app.get("status") or {}).get("sync") or {}).get("status") == "Synced"


def secret(name, canary, **more):
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name},
        "stringData": {"password": canary, "other": "x"},
        **more,
    }


def spellings(canary):
    """The ways a value may be written down."""
    raw = canary.encode()
    return [raw, base64.b64encode(raw)[:-4], raw.hex().encode(), json.dumps(canary)[1:-1].encode()]


def sweep(shop, canary, *, rendered=True):
    """Return the places in which the canary is found; something is in Redis if rendered."""
    environment = shop.environment
    places = {}
    for log in environment.directory.glob("*.log"):
        places[log.name] = log.read_bytes()
    api = environment.api
    for what in ("applications", "appprojects"):
        found = api.get(f"/apis/argoproj.io/v1alpha1/namespaces/argocd/{what}")
        places[what] = json.dumps(found).encode()
    for where in ("argocd", shop.name):
        places[f"events in {where}"] = json.dumps(
            api.get(f"/api/v1/namespaces/{where}/events")
        ).encode()
    for name in shop.asked:
        for argv in (
            ("app", "get", name, "-o", "json"),
            ("app", "get", name),
            ("app", "list", "-o", "json"),
        ):
            places[f"plumb {' '.join(argv)}"] = shop.plumb(*argv).encode()
        done = shop.plumb("app", "diff", name, "--exit-code=false")
        places[f"plumb app diff {name}"] = done.encode()
    host, _, port = environment.services.redis.partition(":")
    client = redis_client.Redis(host, int(port), password=environment.services.redis_password)
    dump = b"".join(key + b"=" + (client.dump(key) or b"") for key in client.scan_iter(count=1000))
    assert dump or not rendered, "Redis is empty: the sweep would prove nothing"
    places["redis"] = dump
    for name, pid in environment.services.pids.items():
        listing = subprocess.run(
            ["ps", "-o", "args=", "--ppid", str(pid), "-p", str(pid)],
            capture_output=True, check=True,
        )  # fmt: skip
        places[f"arguments of {name}"] = listing.stdout
    return [p for p, content in places.items() if any(s in content for s in spellings(canary))]


@pytest.fixture
def asked(shop):
    shop.asked = []
    return shop


def test_secrets_of_git_and_cluster(asked, canary):
    """In stringData, data, last-applied, and drifted by hand; refused by the server; rendered."""
    shop = asked
    repo = shop.repository()
    encoded = base64.b64encode(canary.encode()).decode()
    repo.write("a/one.yaml", secret("one", canary))
    repo.write("a/two.yaml", secret("two", "", stringData=None, data={"password": encoded}))
    repo.push()
    shop.asked = [shop.create("app", repo.url, "a", automated={"selfHeal": False})]
    shop.app("app", synced)
    live = shop.api.get(shop.object_path("one", "secrets"))
    assert encoded == live["data"]["password"]
    # Drift by hand, so that target and live differ and both hold the canary.
    shop.api.merge(shop.object_path("one", "secrets"), {"stringData": {"other": canary + "-live"}})
    shop.app("app", lambda a: not synced(a))

    assert [] == sweep(shop, canary)
    # A Secret that the server refuses: its text must not be told.
    repo.write("a/three.yaml", secret("three", canary, data={"bad key!": encoded}))
    repo.push()
    refused = "the API server refused the Secret"
    shop.app("app", lambda a: refused in a["status"]["operationState"]["message"])
    assert [] == sweep(shop, canary)


def test_a_render_error_beside_a_secret(asked, canary):
    """kustomize fails on a file that holds the value; its words are scrubbed of manifests."""
    shop = asked
    repo = shop.repository()
    repo.write("a/kustomization.yaml", text="resources: [one.yaml]\n")
    repo.write("a/one.yaml", text=f"kind: Secret\nstringData: {{password: {canary}\n")
    repo.push()
    shop.asked = [shop.create("app", repo.url, "a", automated={})]
    shop.app("app", lambda a: (a.get("status") or {}).get("conditions"))

    assert [] == sweep(shop, canary, rendered=False)


def test_the_credential_of_a_repository(asked, canary, tmp_path):
    """Password in a repository Secret and in a failing URL: fetched with it, told nowhere."""
    shop = asked
    root = tmp_path / "private"
    root.mkdir()
    server = git_http.GitServer(root, credential=f"user:{canary}")
    repo = shop.repository("private", server=server, root=root)
    repo.write("a/map.yaml", {
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}, "data": {"a": "b"},
    })  # fmt: skip
    repo.push()
    path = "/api/v1/namespaces/argocd/secrets"
    name = f"repo-{shop.name}"
    data = {"type": "git", "url": repo.url, "username": "user", "password": "wrong-" + canary}
    shop.api.create(path, {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "labels": {"argocd.argoproj.io/secret-type": "repository"}},
        "stringData": data,
    })  # fmt: skip
    try:
        shop.asked = [shop.create("app", repo.url, "a", automated={})]
        shop.app("app", lambda a: (a.get("status") or {}).get("conditions"))
        assert [] == sweep(shop, canary, rendered=False)
        shop.api.merge(f"{path}/{name}", {"stringData": {"password": canary}})
        shop.app("app", synced)
        assert [] == sweep(shop, canary)
        server.close()
        shop.api.merge(
            shop.path("app"), {"metadata": {"annotations": {"argocd.argoproj.io/refresh": "hard"}}}
        )
        refresh = "argocd.argoproj.io/refresh"
        shop.app("app", lambda a: refresh not in (a["metadata"].get("annotations") or {}))
        assert [] == sweep(shop, canary)
    finally:
        shop.api.delete(f"{path}/{name}")
