"""JSON over HTTP as the gateway of the contract has it (contract/NOTES.md), on a whole Plumbline.

The story of test_clients.py checks each of its answers against the table of messages; here is what
it does not come across.
"""

import http.cookies
import json

import pytest

from .clients.shapes import Shapes
from .clients.transports import Refused

APPS = "/api/v1/applications"
V1 = "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1"
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("message", "tree", "faults"),
    [
        (f"{V1}.ApplicationList", {"metadata": {}, "items": None}, []),
        (f"{V1}.ApplicationList", {"metadata": {}}, [
            "ApplicationList.items: must always be there",
        ]),
        (f"{V1}.JWTToken", {"iat": 1}, []),
        (f"{V1}.JWTToken", {"iat": "1"}, ["JWTToken.iat: str for int64"]),
        (f"{V1}.JWTToken", {"iat": 1, "id": ""}, ["JWTToken.id: empty, so it must not be there"]),
        (f"{V1}.JWTToken", {"iat": 1, "jti": "x"}, ["JWTToken.jti: not in the contract"]),
        ("version.VersionMessage", {"version": "1"}, [
            "VersionMessage.version: not in the contract",
        ]),
        (f"{V1}.ResourceNode", {"kind": "Pod", "createdAt": "2026-01-01"}, [
            "ResourceNode.createdAt: '2026-01-01' for a time",
        ]),
    ],
)  # fmt: skip
def test_shapes_are_checked(message, tree, faults):
    """The check that the story leans on finds what it is for."""
    assert faults == Shapes().faults(message, tree)


@pytest.fixture
def rest(admin):
    """Sends requests with the admin's token; an answer that is no success is raised."""

    def send(verb, path, tree=None, **headers):
        headers = {"Authorization": f"Bearer {admin.token}", **headers}
        body = None if tree is None else json.dumps(tree).encode()
        _, _, answer = admin.transport.send(verb, path, body, headers)
        return answer

    send.raw = admin.transport.raw
    send.lines = admin.transport.lines
    send.authorization = {"Authorization": f"Bearer {admin.token}"}
    return send


def refusal(send, *arguments, **headers):
    """Return the code and the message of a refusal."""
    with pytest.raises(Refused) as caught:
        send(*arguments, **headers)
    return caught.value.code, caught.value.message


@pytest.mark.cluster
def test_an_empty_list_is_null(rest):
    """Clients of the field look for ``items`` and expect null where there are none."""
    found = rest("GET", f"{APPS}?projects=nobodys")
    assert {"metadata", "items"} == found.keys()
    assert found["items"] is None


@pytest.mark.cluster
def test_members_that_are_always_there(rest, shop):
    """A fresh Application has status, health, sync, summary and the like, be they empty."""
    repo = shop.repository()
    name = shop.create("a", repo.url, "missing")
    # The watch of the api-server may be a moment behind our write to the cluster.
    with rest.lines(f"/api/v1/stream/applications?name={name}", rest.authorization) as (_, lines):
        app = json.loads(next(iter(lines)))["result"]["application"]
    assert {"metadata", "spec", "status"} <= app.keys()
    assert "kind" not in app
    assert {"health", "sync", "summary", "sourceHydrator"} <= app["status"].keys()
    assert type(app["metadata"]["generation"]) is int
    (listed,) = rest("GET", f"{APPS}?selector=&repo={repo.url}")["items"]
    assert {"health", "sync", "summary", "sourceHydrator"} <= listed["status"].keys()
    chosen = rest("GET", f"{APPS}?repo={repo.url}&fields=items.metadata.name,items.spec.project")
    assert [{"metadata": {"name": name}, "spec": {"project": "default"}}] == chosen["items"]
    assert {"metadata", "items"} == chosen.keys()
    events = rest("GET", f"{APPS}/{name}/events")
    assert {"metadata", "items"} == events.keys()


@pytest.mark.cluster
def test_refusals(rest, shop):
    """Each status has the HTTP code of the gateway and a body of error, code and message."""
    missing = f"{APPS}/{shop.name}-none"
    nothing = f'applications.argoproj.io "{shop.name}-none" not found'
    assert (7, "permission denied") == refusal(rest, "GET", missing)
    assert (5, nothing) == refusal(rest, "GET", f"{missing}?project=default")
    assert 16 == refusal(rest, "GET", APPS, Authorization="")[0]
    assert 16 == refusal(rest, "GET", APPS, Authorization="Bearer a.b.c")[0]
    wrong = {"username": "admin", "password": "wrong"}
    assert (16, "Invalid username or password") == refusal(
        rest, "POST", "/api/v1/session", wrong, Authorization=""
    )
    assert 3 == refusal(rest, "POST", APPS, {"metadata": 5})[0]
    assert 3 == refusal(rest, "POST", APPS, {"metadata": {"name": "a"}, "spec": {}})[0]
    assert 5 == refusal(rest, "GET", "/api/v1/nothing")[0]


@pytest.mark.cluster
def test_refusals_before_any_method(rest):
    """A body that is no JSON, and one that does not say that it is."""
    status, _, body = rest.raw("POST", APPS, b"{", rest.authorization | JSON)
    assert (400, 3) == (status, json.loads(body)["code"])
    forms = rest.authorization | {"Content-Type": "application/x-www-form-urlencoded"}
    status, _, body = rest.raw("POST", APPS, b"{}", forms)
    assert (415, b"Invalid content type") == (status, body.strip())


@pytest.mark.cluster
def test_names_of_a_body(rest, shop):
    """Keys match in any case and unknown ones are passed over, as Go's decoder has it."""
    name = f"{shop.name}-case"
    body = {"Metadata": {"NAME": name, "nobody": 1}, "SPEC": {"Description": "x"}, "more": {}}
    try:
        made = rest("POST", "/api/v1/projects", {"PROJECT": body, "UPSERT": False})
        assert (name, "x") == (made["metadata"]["name"], made["spec"]["description"])
    finally:
        assert {} == rest("DELETE", f"/api/v1/projects/{name}")


@pytest.mark.cluster
def test_a_session_in_a_cookie(rest, password):
    """A login sets the cookie that a browser sends back; a logout takes it away."""
    login = json.dumps({"username": "admin", "password": password}).encode()
    status, headers, body = rest.raw("POST", "/api/v1/session", login, JSON)
    assert 200 == status
    jar = http.cookies.SimpleCookie(headers["Set-Cookie"])
    morsel = jar["argocd.token"]
    assert json.loads(body)["token"] == morsel.value
    assert (True, True, "lax") == (morsel["httponly"], morsel["secure"], morsel["samesite"].lower())
    cookie = {"Cookie": f"argocd.token={morsel.value}"}
    _, _, body = rest.raw("GET", "/api/v1/session/userinfo", None, cookie)
    user = json.loads(body)
    assert (True, "admin", "argocd") == (user["loggedIn"], user["username"], user["iss"])
    # With a cookie alone, a change that another site asks for is refused.
    foreign = cookie | JSON | {"Origin": "https://evil.example"}
    status, _, _ = rest.raw("DELETE", "/api/v1/session", None, foreign)
    assert 403 == status
    status, headers, _ = rest.raw("DELETE", "/api/v1/session", None, cookie | JSON)
    gone = http.cookies.SimpleCookie(headers["Set-Cookie"])["argocd.token"]
    assert (200, "") == (status, gone.value)


@pytest.mark.cluster
def test_a_stream_of_lines_and_of_events(rest, shop):
    """``result`` on each line; as server-sent events if asked; an error is a line of its own."""
    name = shop.create("a", shop.repository().url, "missing")
    fields = "result.type,result.application.metadata.name"
    path = f"/api/v1/stream/applications?name={name}&fields={fields}"
    event = {"result": {"type": "ADDED", "application": {"metadata": {"name": name}}}}
    with rest.lines(path, rest.authorization) as (headers, lines):
        assert "application/json" == headers.get_content_type()
        assert event == json.loads(next(iter(lines)))
    with rest.lines(path, rest.authorization | {"Accept": "text/event-stream"}) as (headers, lines):
        assert "text/event-stream" == headers.get_content_type()
        found = iter(lines)
        text = next(found)
        assert text.startswith(b"data: ")
        assert event == json.loads(text.removeprefix(b"data: "))
        assert b"\n" == next(found)
    status, _, body = rest.raw("GET", "/api/v1/stream/applications", None, {})
    error = json.loads(body)["error"]
    assert (401, 16, 401, "Unauthorized") == (
        status, error["grpc_code"], error["http_code"], error["http_status"],
    )  # fmt: skip


@pytest.mark.cluster
def test_what_the_field_spells_otherwise(rest):
    """Names without JSON tags, and those of the version, keep their capitals."""
    version = rest("GET", "/api/version")
    assert {"Version", "BuildDate", "Platform"} <= version.keys()
    assert {"Version"} == rest("GET", "/api/version", Authorization="").keys()
    settings = rest("GET", "/api/v1/settings")
    assert [] == Shapes().faults("cluster.Settings", settings)
