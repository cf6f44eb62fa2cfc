"""A secret's value comes out nowhere: one canary in every place that holds one, then a sweep."""

import base64
import http.client
import json
import ssl
import subprocess
import urllib.parse

import pytest
import redis as redis_client

from plumbline.api_server.port import routes
from plumbline.api_server.services import registry
from plumbline.local import git_http, plumb

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


class Rest:
    """The administrator over HTTPS."""

    def __init__(self, environment):
        self._address = environment.services.address
        self._headers = {"Content-Type": "application/json", "Grpc-Timeout": "2S"}
        password = plumb.admin_password(environment.api, "argocd")
        _, body = self("POST", "/api/v1/session", {"username": "admin", "password": password})
        self._headers["Authorization"] = f"Bearer {json.loads(body)['token']}"

    def __call__(self, verb, path, body=None):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(self._address, context=context, timeout=60)
        try:
            connection.request(verb, path, body and json.dumps(body), self._headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def gets(app, namespace, url):
    """Every path of the protocol that a GET reads, about an application and its Secret ``one``."""
    known = {
        "repo": url, "url": url, "source.repoURL": url, "revision": "main",
        "id.value": "https://kubernetes.default.svc",
    }  # fmt: skip
    query = urllib.parse.urlencode({
        "namespace": namespace, "resourceName": "one", "version": "v1", "kind": "Secret",
        "resourceNamespace": namespace, "revision": "main", "refresh": "normal", "name": app,
    })  # fmt: skip
    for service in registry.SERVICES:
        for rule in routes.bindings_of(service.descriptor):
            if rule.verb != "GET":
                continue
            parts = []
            for part in rule.path.split("/"):
                named = part.strip("{}").partition("=")[0]
                value = known.get(named, app) if part.startswith("{") else part
                parts.append(urllib.parse.quote(value, safe=""))
            yield rule.path, "/".join(parts) + f"?{query}"


def rest_places(shop, url):
    """Return {path: answer} of every GET route, and the rules that answered."""
    rest, places, answered = Rest(shop.environment), {}, set()
    for app in shop.asked:
        for rule, path in gets(app, shop.name, url):
            status, body = rest("GET", path)
            assert status != 500, (path, body)
            places[f"GET {path}"] = body
            if status == 200:
                answered.add(rule)
    return places, answered


SHOWING = {
    f"/api/v1/applications/{rule}"
    for rule in (
        "{name}",
        "{name}/manifests",
        "{name}/resource",
        "{name}/events",
        "{applicationName}/managed-resources",
        "{applicationName}/resource-tree",
    )
}
"""What must answer about the Secret: without that the sweep of the routes would prove little."""
LISTS = {"/api/v1/repositories", "/api/v1/repositories/{repo}", "/api/v1/applications"}


def sweep(shop, canary, *, rendered=True, url="", showing=SHOWING):
    """Return the places in which the canary is found; something is in Redis if rendered.

    With the URL of a repository: in the answers of every GET route of the API too.
    """
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
    if url:
        answers, answered = rest_places(shop, url)
        places |= answers
        assert answered >= showing, showing - answered
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

    assert [] == sweep(shop, canary, url=repo.url)
    # A Secret that the server refuses: its text must not be told.
    repo.write("a/three.yaml", secret("three", canary, data={"bad key!": encoded}))
    repo.push()
    refused = "the API server refused the Secret"
    shop.app("app", lambda a: refused in a["status"]["operationState"]["message"])
    assert [] == sweep(shop, canary, url=repo.url)


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
        assert [] == sweep(shop, canary, url=repo.url, showing=LISTS)
        server.close()
        shop.api.merge(
            shop.path("app"), {"metadata": {"annotations": {"argocd.argoproj.io/refresh": "hard"}}}
        )
        refresh = "argocd.argoproj.io/refresh"
        shop.app("app", lambda a: refresh not in (a["metadata"].get("annotations") or {}))
        assert [] == sweep(shop, canary)
    finally:
        shop.api.delete(f"{path}/{name}")
