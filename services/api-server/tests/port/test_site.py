"""Health, security headers, the root path, routes of others."""

import json

import pytest
from aiohttp import web

from plumbline.core import errors


def headers_of(response):
    names = (
        *("X-Content-Type-Options", "X-Frame-Options", "Content-Security-Policy"),
        *("X-XSS-Protection", "X-Robots-Tag", "Cache-Control", "Referrer-Policy", "Server"),
    )
    return {name: response.headers.get(name) for name in names}


SAFE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "sameorigin",
    "Content-Security-Policy": "frame-ancestors 'self';",
    "X-XSS-Protection": "1",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "Server": "plumbline",
}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/healthz"),
        ("GET", "/api/version"),
        ("GET", "/api/v1/applications/missing"),
        ("GET", "/api/v1/applications/defect"),
        ("GET", "/api/v1/stream/applications"),
        ("GET", "/nothing"),
        ("POST", "/healthz"),
        ("POST", "/api/v1/applications"),
        ("DELETE", "/api/v1/applications"),
        ("GET", "/api/v1/applications/a/sync"),
        ("GET", "/boom"),
        ("GET", "/refused"),
    ],
)
async def test_every_answer_has_the_security_headers(serve, method, path):
    """Errors too."""

    async def boom(_):
        raise RuntimeError("canary-9e1d")

    async def refused(_):
        raise errors.NotFound("no such thing")

    extra = [web.get("/boom", boom), web.get("/refused", refused)]
    async with serve(extra=extra) as port, port.request(method, path) as response:
        assert SAFE == headers_of(response)
        assert "canary-9e1d" not in await response.text()


async def test_a_defect_of_a_route_is_an_internal_error(serve):
    """Code 13, with an id in the place of its text."""

    async def boom(_):
        raise RuntimeError("canary-9e1d")

    extra = [web.get("/boom", boom)]
    async with serve(extra=extra) as port, port.request("GET", "/boom") as response:
        found = json.loads(await response.text())
        assert (500, 13) == (response.status, found["code"])
        assert found["message"].startswith("internal error, id ")


async def test_the_two_headers_that_are_settings(serve):
    """Empty ones are not sent."""
    changes = {"frame_options": "deny", "content_security_policy": ""}
    async with serve(**changes) as port, port.request("GET", "/nothing") as response:
        assert "deny" == response.headers["X-Frame-Options"]
        assert "Content-Security-Policy" not in response.headers


async def test_health(serve):
    """503 until ready; the full form asks more."""
    state = {"ready": False, "wrong": "the Kubernetes API cannot be reached"}

    async def full():
        return state["wrong"]

    async with serve(ready=lambda: state["ready"], full_health=full) as port:

        async def ask(path):
            async with port.request("GET", path, headers={}) as response:
                return response.status, await response.text()

        assert (503, "starting") == await ask("/healthz")
        state["ready"] = True
        assert (200, "ok") == await ask("/healthz")
        assert (503, state["wrong"]) == await ask("/healthz?full=true")
        state["wrong"] = ""
        assert (200, "ok") == await ask("/healthz?full=true")


async def test_a_port_that_is_taken_is_an_error(serve):
    """Named, and the first one goes on."""
    async with serve() as port:
        with pytest.raises(errors.FailedPrecondition, match=f"127.0.0.1:{port.port}"):
            async with serve(number=port.port):
                pass
        async with port.request("GET", "/healthz") as response:
            assert 200 == response.status


async def test_the_root_path_is_stripped(serve):
    """What is outside it is not found, but health."""

    async def extra(request):
        return web.Response(text=request.path)

    async with serve(root="argo/cd", extra=[web.post("/api/webhook", extra)]) as port:
        for path, status in (
            ("/argo/cd/api/version", 200),
            ("/argo/cd/api/v1/applications/a", 200),
            ("/api/version", 404),
            ("/argo/api/version", 404),
            ("/argo/cdx/api/version", 404),
            ("/argo/cd", 404),
            ("/healthz", 200),
        ):
            async with port.request("GET", path) as response:
                assert status == response.status, path
        async with port.request("POST", "/argo/cd/api/webhook", data=b"x") as response:
            assert 200 == response.status


async def test_routes_of_others_come_first(serve):
    """And are not under the API's guards; their errors are JSON."""

    async def hook(request):
        return web.Response(text=f"{request.remote} {await request.text()}")

    async def logout(_):
        raise web.HTTPFound("/login")

    async def refuse(_):
        raise errors.PermissionDenied("not you")

    extra = [
        web.post("/api/webhook", hook),
        web.get("/auth/logout", logout),
        web.get("/api/badge", refuse),
    ]
    async with serve(extra=extra) as port:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        async with port.request("POST", "/api/webhook", data=b"x=y", headers=headers) as response:
            assert "127.0.0.1 x=y" == await response.text()
        async with port.request("GET", "/auth/logout", allow_redirects=False) as response:
            assert (302, "/login") == (response.status, response.headers["Location"])
        async with port.request("GET", "/api/badge") as response:
            assert (403, 7) == (response.status, json.loads(await response.text())["code"])
        async with port.request("GET", "/api/webhook") as response:
            assert 404 == response.status
