"""Rows of security.md 1b and 1c that only a whole Plumbline can show; each test names its row.

What single services hold is tested beside them; docs/security.md says where.
"""

import datetime as dt
import http.client
import json
import ssl
import time
import urllib.parse

import grpc
import psutil
import pytest

from plumbline.api_server.port import routes
from plumbline.api_server.services import registry
from plumbline.core import errors
from plumbline.local import git_http, plumb
from plumbline.pb.controller import controller_pb2
from plumbline.pb.repo import repo_pb2
from plumbline.rpc import channels, credentials
from tests.conftest import conditions_of, config_map

pytestmark = pytest.mark.cluster

PROJECTS = "/apis/argoproj.io/v1alpha1/namespaces/argocd/appprojects"
OPEN = {
    ("POST", "/api/v1/session"),
    ("GET", "/api/v1/session/userinfo"),
    ("GET", "/api/v1/settings"),
    ("GET", "/api/version"),
}
"""What answers a stranger over REST; what it tells is another test's snapshot."""
INTERNAL = {
    "repo-server": repo_pb2.DESCRIPTOR.services_by_name["RepoService"],
    "controller": controller_pb2.DESCRIPTOR.services_by_name["ControllerService"],
}
# A role that the service does not serve; the repo-server's own is served by neither.
STRANGE_ROLE = "repo-server"


def ask(address, verb, path, *, secure=True, body=None, **headers):
    """Return status and body of one request; certificates are not this test's matter."""
    if secure:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(address, context=context, timeout=30)
    else:
        connection = http.client.HTTPConnection(address, timeout=30)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(verb, path, body, {"Content-Type": "application/json", **named})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def rules():
    for service in registry.SERVICES:
        yield from routes.bindings_of(service.descriptor)


def some_path(template):
    """A path of a rule's form."""
    parts = ["x" if part.startswith("{") else part for part in template.split("/")]
    return "/".join(parts)


def ports(plane):
    """{port: what listens there} of the services, as they were told."""
    services = plane.services
    named = {}
    for name in services.pids:
        named[urllib.parse.urlsplit(services.metrics_url(name)).port] = f"metrics of {name}"
    named[int(services.address.rpartition(":")[2])] = "users"
    for name in INTERNAL:
        named[int(services.internal(name).rpartition(":")[2])] = name
    return named


def test_every_listener_is_a_known_one(plane):
    """CVE-2026-82456: nothing else listens, and nothing beyond loopback unless told to."""
    found = {
        (connection.laddr.ip.removeprefix("::ffff:"), connection.laddr.port)
        for pid in plane.services.pids.values()
        for process in (psutil.Process(pid), *psutil.Process(pid).children(recursive=True))
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert {("127.0.0.1", port) for port in ports(plane)} == found


def test_the_users_port_answers_no_stranger(plane):
    """CVE-2026-82456, CVE-2018-21034: 401 on every HTTP rule but the documented few."""
    address = plane.services.address
    # A stream of the client's is for gRPC alone, and says so to everybody.
    unary = [rule for rule in rules() if not rule.method.client_streaming]
    asked = sorted({(rule.verb, some_path(rule.path)) for rule in unary})
    assert len(asked) > 100
    assert set(asked) >= OPEN
    for verb, path in asked:
        if (verb, path) not in OPEN:
            status, body = ask(address, verb, path, body=None if verb == "GET" else "{}")
            told = json.loads(body)
            told = told.get("error", told) if isinstance(told.get("error"), dict) else told
            assert (verb, path, 401, "no session information") == (
                verb, path, status, told["message"],
            )  # fmt: skip


@pytest.mark.parametrize(
    ("verb", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/healthz?full=true", 200),
        ("GET", "/auth/logout", 303),
        ("POST", "/api/webhook", 400),  # a hint of no known provider
        ("GET", "/api/badge?name=x", 404),  # not there
        ("GET", "/terminal?pod=p&container=c&appName=a", 404),  # CVE-2023-40025: not there
        ("GET", "/auth/login", 404),  # CVE-2022-31102: single sign-on is not there
        ("GET", "/auth/callback?error=%3Cscript%3E", 404),
        ("GET", "/api/dex/.well-known/openid-configuration", 404),
        ("GET", "/extensions/x", 404),
        ("GET", "/download/argocd-linux-amd64", 404),
        ("GET", "/metrics", 404),
        ("GET", "/debug/pprof/", 404),
        ("GET", "/swagger.json", 404),
        ("GET", "/../../etc/passwd", 404),
        ("GET", "/%2e%2e/%2e%2e/etc/passwd", 404),
        ("TRACE", "/api/version", 405),
        ("OPTIONS", "/api/v1/applications", 405),
    ],
)
def test_other_paths_of_the_users_port(plane, verb, path, status):
    """What is no method of the protocol: documented, or not there."""
    kind = {} if verb == "GET" else {"body": "{}"}
    found, body = ask(plane.services.address, verb, path, **kind)
    assert (path, status) == (path, found)
    assert b"<script" not in body
    assert b"root:" not in body


@pytest.mark.parametrize("name", ["api-server", "repo-server", "controller"])
def test_metrics_ports_tell_health_and_counts_only(plane, name):
    """CVE-2026-82456: two documented paths, to be read only."""
    address = plane.services.metrics_url(name).removeprefix("http://")
    assert (200, b"ok") == ask(address, "GET", "/healthz", secure=False)
    status, counts = ask(address, "GET", "/metrics", secure=False)
    assert 200 == status
    for word in (b"password", b"token=", b"secret=", b"repo=", b"http://", b"https://"):
        assert word not in counts.lower(), word
    for verb, path, want in (
        ("GET", "/", 404),
        ("GET", "/debug/pprof/", 404),
        ("GET", "/healthz/x", 404),
        ("POST", "/metrics", 405),
        ("DELETE", "/healthz", 405),
        ("PUT", "/metrics", 405),
    ):
        assert (path, want) == (path, ask(address, verb, path, secure=False)[0])


def internal_calls(channel, service):
    """Yield (method, code) of a call of each method with an empty message."""
    for method in service.methods:
        make = {
            (False, False): channel.unary_unary,
            (False, True): channel.unary_stream,
            (True, False): channel.stream_unary,
            (True, True): channel.stream_stream,
        }[method.client_streaming, method.server_streaming]
        call = make(f"/{service.full_name}/{method.name}")
        try:
            answer = call(iter([b""]) if method.client_streaming else b"", timeout=20)
            if method.server_streaming:
                list(answer)
        except grpc.RpcError as error:
            yield method.name, error.code().name
        else:
            yield method.name, "OK"


@pytest.mark.parametrize("name", INTERNAL)
def test_cve_2026_15416_internal_ports_need_a_certificate(plane, name):
    """No certificate, plain text, or one of another authority: no answer from any method."""
    target, service = plane.services.internal(name), INTERNAL[name]
    authority = (plane.directory / "tls/ca.crt").read_bytes()
    override = [("grpc.ssl_target_name_override", "plumbline.internal")]
    stranger = _foreign_identity()
    plain = grpc.insecure_channel(target)
    bare = grpc.secure_channel(target, grpc.ssl_channel_credentials(authority), override)
    foreign = grpc.secure_channel(
        target, grpc.ssl_channel_credentials(authority, stranger.key.reveal().encode(),
                                             stranger.certificate), override,
    )  # fmt: skip
    for channel in (plain, bare, foreign):
        with channel:
            found = dict(internal_calls(channel, service))
        assert {method.name: "UNAVAILABLE" for method in service.methods} == found


@pytest.mark.parametrize("name", INTERNAL)
async def test_cve_2026_15416_internal_ports_need_the_right_role(plane, name):
    """A certificate of ours of another role: refused by every method, also undeclared ones."""
    target, service = plane.services.internal(name), INTERNAL[name]
    async with channels.channel(target, _identity(plane, STRANGE_ROLE)) as channel:
        for method in [m.name for m in service.methods]:
            call = channel.unary_unary(f"/{service.full_name}/{method}")(b"", timeout=20)
            assert (method, "PERMISSION_DENIED") == (method, (await call.code()).name)


def _identity(plane, role):
    folder = plane.directory / "tls"
    paths = (folder / f"{role}.crt", folder / f"{role}.key", folder / "ca.crt")
    return credentials.read_identity(*map(str, paths))


def _foreign_identity():
    now = dt.datetime.now(dt.UTC)
    return credentials.issue("controller", *credentials.issue_authority(now), now)


class Signed:
    """A session of the administrator over HTTPS."""

    def __init__(self, plane):
        self.address = plane.services.address
        login = {"username": "admin", "password": plumb.admin_password(plane.api, "argocd")}
        status, body = ask(self.address, "POST", "/api/v1/session", body=json.dumps(login))
        assert 200 == status
        self.token = json.loads(body)["token"]

    def __call__(self, verb, path, body=None, **headers):
        headers = headers or {"Authorization": f"Bearer {self.token}"}
        text = None if body is None else json.dumps(body)
        return ask(self.address, verb, path, body=text, **headers)


@pytest.fixture(scope="module")
def admin(plane):
    return Signed(plane)


@pytest.fixture
def project(shop):
    """Return what makes a project that permits the test's namespace and a repository."""
    made = []

    def make(*repositories, **spec):
        name = f"p-{shop.name}"
        shop.api.create(PROJECTS, {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "AppProject",
            "metadata": {"name": name, "namespace": "argocd"},
            "spec": {
                "sourceRepos": list(repositories),
                "destinations": [{"server": "*", "namespace": shop.name}],
                **spec,
            },
        })  # fmt: skip
        made.append(name)
        return name

    yield make
    for name in made:
        shop.api.delete(f"{PROJECTS}/{name}")


def test_multi_source_every_source_is_checked(shop, project, tmp_path):
    """The second of two sources is a forbidden repository: nothing is fetched from it, or written.

    It is on a server of its own, which counts what it is asked.
    """
    good = shop.repository("good")
    good.write("a/map.yaml", config_map())
    good.push()
    root = tmp_path / "other"
    root.mkdir()
    server = git_http.GitServer(root)
    bad = shop.repository("bad", server=server, root=root)
    bad.write("a/map.yaml", config_map("other"))
    bad.push()
    name = project(good.url)
    shop.create("app", good.url, "a", automated={})
    shop.config_map("settings", lambda _: True)
    one = {"repoURL": good.url, "path": "a", "targetRevision": "main"}
    two = {**one, "repoURL": bad.url}
    good.write("a/map.yaml", config_map(), config_map("more"))
    good.write("b/map.yaml", config_map("beside"))
    try:
        shop.api.merge(
            shop.path("app"), {"spec": {"project": name, "source": None, "sources": [one, two]}}
        )
        app = shop.app("app", lambda a: "InvalidSpecError" in conditions_of(a))
        assert bad.url in conditions_of(app)["InvalidSpecError"]
        # Neither a commit nor a wish is a way around: another application of that commit goes on.
        asked = {"operation": {"sync": {"revisions": ["main", "main"]}}}
        shop.api.merge(shop.path("app"), asked)
        good.push()
        shop.create("beside", good.url, "b", automated={})
        shop.config_map("beside", lambda _: True)
        state = shop.app("app", lambda a: "operation" not in a)["status"]["operationState"]
        assert ("Error", True) == (state["phase"], bad.url in state["message"])
        assert {} == dict(server.requests)
        found = shop.api.get(f"/api/v1/namespaces/{shop.name}/configmaps")["items"]
        assert {"settings", "beside"} == {m["metadata"]["name"] for m in found} - {
            "kube-root-ca.crt"
        }
    finally:
        server.close()


def test_cve_2023_22736_an_application_elsewhere_is_left_alone(shop):
    """One in a namespace that is not the control plane's is neither rendered nor written."""
    repo = shop.repository()
    repo.write("a/map.yaml", config_map())
    repo.write("b/map.yaml", config_map("beside"))
    repo.push()
    elsewhere = f"/apis/argoproj.io/v1alpha1/namespaces/{shop.name}/applications"
    shop.api.create(elsewhere, {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "app", "namespace": shop.name},
        "spec": {
            "project": "default",
            "source": {"repoURL": repo.url, "path": "a", "targetRevision": "main"},
            "destination": {"server": "https://kubernetes.default.svc", "namespace": shop.name},
            "syncPolicy": {"automated": {}},
        },
    })  # fmt: skip
    shop.create("beside", repo.url, "b", automated={})
    shop.config_map("beside", lambda _: True)
    stored = shop.api.get(f"{elsewhere}/app")
    assert (1, False) == (stored["metadata"]["generation"], "status" in stored)
    with pytest.raises(errors.NotFound):
        shop.api.get(shop.object_path())


def test_project_narrowed_mid_operation(shop, project):
    """CVE-2026-77459's class: each write needs a grant of the project as it is at that moment.

    The operation waits for a Job of its PreSync phase; meanwhile the project loses ConfigMaps.
    The Job ends, and what would have come after it is never written.
    """
    repo = shop.repository()
    job = {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "wait", "annotations": {"argocd.argoproj.io/hook": "PreSync"}},
        "spec": {
            "suspend": True,
            "backoffLimit": 0,
            "template": {"spec": {
                "restartPolicy": "Never", "containers": [{"name": "c", "image": "busybox:1"}],
            }},
        },
    }  # fmt: skip
    repo.write("a/all.yaml", job, config_map())
    repo.push()
    name = project(repo.url)
    shop.create("app", repo.url, "a")
    shop.api.merge(shop.path("app"), {"spec": {"project": name}})
    shop.api.merge(shop.path("app"), {"operation": {"sync": {"revision": "main"}}})
    path = f"/apis/batch/v1/namespaces/{shop.name}/jobs/wait"
    shop.api.wait(path, lambda _: True, seconds=60)

    forbidden = [{"group": "", "kind": "ConfigMap"}]
    shop.api.merge(f"{PROJECTS}/{name}", {"spec": {"namespaceResourceBlacklist": forbidden}})
    shop.api.merge(path, {"spec": {"suspend": False}})

    state = shop.app("app", _ended)["status"]["operationState"]
    assert "Failed" == state["phase"]
    assert "not permitted" in json.dumps(state)
    with pytest.raises(errors.NotFound):
        shop.api.get(shop.object_path())


def _ended(app):
    state = (app.get("status") or {}).get("operationState") or {}
    return bool(state.get("finishedAt"))


def test_cve_2022_24768_resources_outside_the_project(shop, project, admin):
    """Get, patch and delete of a live object that the project does not permit any more: refused."""
    repo = shop.repository()
    repo.write("a/map.yaml", config_map(colour="blue"))
    repo.push()
    name = project(repo.url)
    full = shop.create("app", repo.url, "a", automated={})
    shop.api.merge(shop.path("app"), {"spec": {"project": name}})
    shop.config_map("settings", lambda _: True)
    query = urllib.parse.urlencode({
        "namespace": shop.name, "resourceName": "settings", "version": "v1", "kind": "ConfigMap",
    })  # fmt: skip
    path = f"/api/v1/applications/{full}/resource?{query}"
    shop.app("app", lambda a: (a.get("status") or {}).get("resources"))
    assert 200 == admin("GET", path)[0]
    shop.api.merge(
        f"{PROJECTS}/{name}", {"spec": {"namespaceResourceBlacklist": [{"group": "", "kind": "*"}]}}
    )
    until = time.monotonic() + 30
    while admin("GET", path)[0] == 200:
        assert time.monotonic() < until, "the project's change is not in force"
        time.sleep(0.05)
    patch = f"{path}&patchType=application%2Fmerge-patch%2Bjson"
    before = shop.config_map("settings", lambda _: True)
    answers = [
        admin("GET", path),
        admin("POST", patch, '{"data":{"colour":"red"}}'),
        admin("DELETE", path),
    ]
    assert [403] * 3 == [status for status, _ in answers], answers
    after = shop.config_map("settings", lambda _: True)
    assert before["metadata"]["resourceVersion"] == after["metadata"]["resourceVersion"]


def test_cve_2024_22424_csrf(shop, admin):
    """A sibling's page with the visitor's cookie changes nothing: content type, Origin, fetch site.

    The same request from our own page does.
    """
    repo = shop.repository()
    repo.write("a/map.yaml", config_map())
    repo.push()
    full = shop.create("app", repo.url, "a")
    path = f"/api/v1/applications/{full}"
    cookie = {"Cookie": f"argocd.token={admin.token}"}
    patch = {"patch": '{"metadata":{"labels":{"forged":"yes"}}}', "patchType": "merge"}
    own = f"https://{admin.address}"
    for headers, want in (
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": f"http://evil.{admin.address}"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": own}, 403),
    ):
        status, body = admin("PATCH", path, patch, **cookie, **headers)
        assert (headers, want) == (headers, status), body
    assert "labels" not in shop.api.get(shop.path("app"))["metadata"]
    status, body = admin("PATCH", path, patch, **cookie, Origin=own)
    assert 200 == status, body
    assert {"forged": "yes"} == shop.api.get(shop.path("app"))["metadata"]["labels"]


def test_cve_2023_50726_operation_and_status_of_a_body(shop, admin):
    """A create over REST that brings a status and an unknown field: neither is stored."""
    repo = shop.repository()
    full = f"{shop.name}-app"
    shop._apps.append(full)
    body = {
        "metadata": {"name": full, "namespace": "argocd"},
        "spec": {
            "project": "default",
            "source": {"repoURL": repo.url, "path": "a", "targetRevision": "main"},
            "destination": {"server": "https://kubernetes.default.svc", "namespace": shop.name},
            "unknownField": {"x": 1},
        },
        "status": {"sync": {"status": "Synced"}, "history": [{"id": 1, "revision": "forged"}]},
        "unknown": "x",
    }
    repo.write("a/map.yaml", config_map())
    repo.push()
    status, answer = admin("POST", "/api/v1/applications", body)
    assert 200 == status, answer
    stored = shop.api.get(shop.path("app"))
    assert "forged" not in json.dumps(stored)
    assert "unknown" not in json.dumps(stored["spec"])
    assert "operation" not in stored
