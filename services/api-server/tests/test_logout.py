"""GET /auth/logout: revoke, drop the cookies, redirect."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from plumbline.api_server.control import Control
from plumbline.api_server.logout import Logout
from plumbline.api_server.sessions import Caller
from plumbline.core import errors

WHO = Caller(subject="admin", kind="login", token_id="j")


class Sessions:
    """Knows one token."""

    def __init__(self):
        self.revoked = []
        self.broken = False

    async def identify(self, token):
        if token != "canary-token":
            raise errors.Unauthenticated("invalid session: failed to verify the token")
        return WHO

    async def revoke(self, who):
        if self.broken:
            raise errors.Unavailable("no Kubernetes")
        self.revoked.append(who)


@pytest.fixture
def sessions():
    return Sessions()


@pytest.fixture
async def client(sessions):
    app = web.Application()
    control = Control()
    app.add_routes([Logout(sessions, control, base="/cd/").route()])
    async with TestClient(TestServer(app)) as made:
        made.control = control
        yield made


async def get(client, **headers):
    return await client.get("/auth/logout", headers=headers, allow_redirects=False)


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": "argocd.token=canary-token"},
        {"Cookie": "argocd.token=2:canary; argocd.token-1=-token"},
        {"Authorization": "Bearer canary-token"},
    ],
)
async def test_the_token_is_revoked_and_its_cookies_dropped(client, sessions, headers):
    """However it was carried."""
    answer = await get(client, **headers)

    assert (303, "/cd") == (answer.status, answer.headers["Location"])
    assert [WHO] == sessions.revoked
    dropped = answer.headers.getall("Set-Cookie")
    assert all("Max-Age=0" in c and "Path=/cd" in c for c in dropped)
    names = {c.partition("=")[0] for c in dropped}
    assert (
        {"argocd.token", "argocd.token-1"} if "2:" in str(headers) else {"argocd.token"}
    ) == names


@pytest.mark.parametrize("headers", [{}, {"Cookie": "argocd.token=forged"}])
async def test_whoever_has_no_session_has_none_afterwards(client, sessions, headers):
    """The same answer."""
    answer = await get(client, **headers)
    assert (303, "/cd", []) == (answer.status, answer.headers["Location"], sessions.revoked)


async def test_the_installations_address_is_home(client):
    """url of argocd-cm."""
    client.control.take_map("argocd-cm", {"url": "https://cd.example.com"})
    assert "https://cd.example.com" == (await get(client)).headers["Location"]


async def test_a_revocation_that_is_not_stored_is_no_logout(client, sessions):
    """The cookies stay, so that nobody believes the session ended."""
    sessions.broken = True
    answer = await get(client, Cookie="argocd.token=canary-token")

    assert 503 == answer.status
    assert "Set-Cookie" not in answer.headers
    assert "canary" not in await answer.text()
