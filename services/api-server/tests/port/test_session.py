"""The session's cookies over a socket."""

import json

LOGIN = "/api/v1/session"


async def test_a_login_sets_the_cookie(serve):
    """And answers the token."""
    async with serve(cookie_path="/argo") as port:
        sent = {"username": "tok", "password": "p"}
        async with port.request("POST", LOGIN, json=sent, headers={}) as response:
            assert {"token": "tok"} == json.loads(await response.read())
            assert ["argocd.token=tok; Path=/argo; SameSite=lax; httpOnly"] == (
                response.headers.getall("Set-Cookie")
            )
    async with (
        serve(secure=True) as port,
        port.request("POST", LOGIN, json=sent, headers={}) as response,
    ):
        assert response.headers["Set-Cookie"].endswith("; httpOnly; Secure")


async def test_a_long_token_is_split(serve):
    """And read again from its parts."""
    async with serve() as port:
        sent = {"username": "x" * 9000, "password": "p"}
        async with port.request("POST", LOGIN, json=sent, headers={}) as response:
            lines = response.headers.getall("Set-Cookie")
            names = [line.partition("=")[0] for line in lines]
            assert ["argocd.token", "argocd.token-1", "argocd.token-2"] == names
            assert lines[0].startswith("argocd.token=3:xxx")
        port.session.cookie_jar.clear()
        headers = {"Cookie": "argocd.token=2:go; argocd.token-1=od"}
        path = "/api/v1/applications/a"
        async with port.request("GET", path, headers=headers) as response:
            found = json.loads(await response.read())["metadata"]["annotations"]
            assert "good" == found["token"]


async def test_a_failed_login_sets_nothing(serve):
    """401 and no cookie."""
    async with serve() as port:
        sent = {"username": "u", "password": "wrong"}
        async with port.request("POST", LOGIN, json=sent, headers={}) as response:
            assert 401 == response.status
            assert "Set-Cookie" not in response.headers


async def test_leaving_clears_the_cookies(serve):
    """All parts, even if the session is not valid any more."""
    async with serve() as port:
        for token, status in ("2:go; argocd.token-1=od", 200), ("old; argocd.token-1=x", 401):
            headers = {"Cookie": f"argocd.token={token}", "Content-Type": "application/json"}
            async with port.request("DELETE", LOGIN, headers=headers) as response:
                assert status == response.status
                lines = response.headers.getall("Set-Cookie")
                assert ["argocd.token=", "argocd.token-1="] == [li.split(";")[0] for li in lines]
                assert all(line.endswith("; Max-Age=0") for line in lines)


async def test_a_session_that_did_not_end_keeps_its_cookies(serve):
    """It must not look ended while its token still opens the door."""
    async with serve() as port:
        port.sessions.failing = True
        headers = {"Cookie": "argocd.token=good", "Content-Type": "application/json"}
        async with port.request("DELETE", LOGIN, headers=headers) as response:
            assert 503 == response.status
            assert "Set-Cookie" not in response.headers


async def test_a_header_goes_before_the_cookie(serve):
    """A bad header is not made good by a cookie."""
    async with serve() as port:
        headers = {"Authorization": "Bearer bad", "Cookie": "argocd.token=good"}
        path = "/api/v1/applications/a"
        async with port.request("GET", path, headers=headers) as response:
            assert 401 == response.status
