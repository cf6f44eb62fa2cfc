"""Content types and origins, as decisions and over a socket."""

import pytest
from yarl import URL

from plumbline.api_server.port import guard

JSON = "application/json"
COOKIE = {"Cookie": "argocd.token=good"}
CREATE = "/api/v1/applications"


@pytest.mark.parametrize(
    ("method", "kind", "setting", "allowed"),
    [
        ("GET", "", JSON, True),
        ("POST", JSON, JSON, True),
        ("POST", "Application/JSON; charset=utf-8", JSON, True),
        ("POST", "text/plain", JSON, False),
        ("POST", "", JSON, False),
        ("DELETE", "", JSON, False),
        ("PATCH", "application/jsonx", JSON, False),
        ("POST", "text/plain;application/json", JSON, False),
        ("POST", "text/plain", "application/json; text/plain", True),
        ("POST", "anything", "", True),
        ("HEAD", "", JSON, False),
    ],
)
def test_content_types(method, kind, setting, allowed):
    """All that is no GET needs a type of the list; an empty list allows any."""
    assert allowed == guard.content_type_allowed(method, kind, guard.allowed_types(setting))


@pytest.mark.parametrize(
    ("headers", "same"),
    [
        ({}, True),
        ({"Origin": "https://argo.example"}, True),
        ({"Origin": "https://ARGO.example"}, True),
        ({"Origin": "https://argo.example:443"}, True),
        ({"Origin": "https://argo.example:444"}, False),
        ({"Origin": "https://cd.example"}, True),
        ({"Origin": "https://evil.example"}, False),
        ({"Origin": "https://argo.example.evil"}, False),
        ({"Origin": "https://sub.argo.example"}, False),
        ({"Origin": "https://evil@argo.example"}, True),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({"Origin": "https://[bad"}, False),
        ({"Origin": "https://argo.example", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "https://argo.example", "Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Sec-Fetch-Site": "new-word"}, False),
    ],
)
def test_origins(headers, same):
    """Our own pages, or no page; a sibling's is foreign."""
    own = guard.own_hosts("argo.example", ["https://cd.example/argo", "not a url", "https://[x"])
    assert same == guard.same_origin(headers, own)


def test_a_port_of_ours_is_part_of_the_origin():
    """``localhost:8080`` is not ``localhost:9090``."""
    own = guard.own_hosts("localhost:8080", [])
    assert guard.same_origin({"Origin": "http://localhost:8080"}, own)
    assert not guard.same_origin({"Origin": "http://localhost:9090"}, own)
    assert not guard.same_origin({"Origin": "http://localhost"}, own)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_a_form_cannot_change_anything(serve, method):
    """415 with the contract's text; the method is not called."""
    async with serve() as port:
        for kind in "text/plain", "application/x-www-form-urlencoded":
            headers = {**port.auth, "Content-Type": kind}
            path = f"{CREATE}/a"
            async with port.request(method, path, data=b"{}", headers=headers) as response:
                assert 415 == response.status
                assert "Invalid content type" == (await response.text()).strip()
        assert [] == port.asked


async def test_another_list_of_types(serve):
    """The setting rules."""
    async with serve(content_types="application/json;application/yaml") as port:
        headers = {**port.auth, "Content-Type": "application/yaml"}
        async with port.request("POST", CREATE, data=b"{}", headers=headers) as response:
            assert 200 == response.status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (COOKIE, 200),
        ({**COOKIE, "Sec-Fetch-Site": "same-origin"}, 200),
        ({**COOKIE, "Origin": "https://cd.example"}, 200),
        ({**COOKIE, "Origin": "https://evil.example"}, 403),
        ({**COOKIE, "Origin": "null"}, 403),
        ({**COOKIE, "Sec-Fetch-Site": "same-site"}, 403),
        ({**COOKIE, "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Cookie": "argocd.token=2:go; argocd.token-1=od", "Origin": "https://e.x"}, 403),
        # A token in a header is not sent by a foreign page.
        ({"Authorization": "Bearer good", "Origin": "https://evil.example"}, 200),
        # But Basic credentials are, by a browser that knows them.
        ({**COOKIE, "Authorization": "Basic eDp5", "Origin": "https://evil.example"}, 403),
        ({**COOKIE, "Authorization": "Basic eDp5"}, 200),
        ({"token": "good", "Sec-Fetch-Site": "cross-site"}, 200),
        ({"Grpc-Metadata-Token": "good", "Origin": "https://evil.example"}, 200),
    ],
)
async def test_a_foreign_page_cannot_use_the_cookie(serve, headers, status):
    """What changes something must come from our own pages if the cookie speaks for it."""
    async with serve(urls=lambda: ["https://cd.example"]) as port:
        async with port.request("POST", CREATE, json={}, headers=headers) as response:
            assert status == response.status
        assert (status == 200) == bool(port.asked)
        sent = {**headers, "Origin": f"http://localhost:{port.port}"}
        if "Sec-Fetch-Site" not in headers:
            async with port.request("POST", CREATE, json={}, headers=sent) as response:
                assert 200 == response.status
        async with port.request("GET", CREATE, headers=headers) as response:
            assert 200 == response.status


async def test_a_foreign_page_cannot_sign_its_visitor_in(serve):
    """A login sets the cookie, so it is checked without one."""
    async with serve() as port:
        login = {"username": "u", "password": "p"}
        headers = {"Origin": "https://evil.example"}
        path = "/api/v1/session"
        async with port.request("POST", path, json=login, headers=headers) as response:
            assert 403 == response.status
            assert "Set-Cookie" not in response.headers


async def test_another_spelling_of_a_path_is_guarded_too(serve):
    """Security: what the routes decode is what the guards decide by."""
    async with serve() as port:
        login = {"username": "u", "password": "p"}
        headers = {"Origin": "https://evil.example"}
        url = URL(f"{port.url}/api/v1/%73ession", encoded=True)
        async with port.session.post(url, json=login, headers=headers) as response:
            assert 403 == response.status
            assert "Set-Cookie" not in response.headers
        headers = {**port.auth, "Content-Type": "text/plain"}
        url = URL(f"{port.url}/%61pi/v1/applications", encoded=True)
        async with port.session.post(url, data=b"{}", headers=headers) as response:
            assert 415 == response.status
        assert [] == port.asked
