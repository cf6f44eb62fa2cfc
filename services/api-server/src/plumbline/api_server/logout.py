"""GET /auth/logout: end the session whose token the browser sends, and go to the front page.

A handler for the HTTP port. It answers everybody alike: whoever has no session has none afterwards.
"""

from collections.abc import Callable
from typing import Final

import structlog
from aiohttp import web

from plumbline.api_server import credentials
from plumbline.api_server.control import Control
from plumbline.api_server.sessions import Sessions
from plumbline.core import errors

__all__ = ["PATH", "Logout"]

log = structlog.get_logger()

PATH: Final = "/auth/logout"


class Logout:
    """The handler and its route."""

    def __init__(
        self,
        sessions: Sessions,
        control: Control,
        *,
        base: str = "/",
        provider: Callable[[str], str] = lambda _: "",
    ) -> None:
        """Prepare.

        Args:
            sessions: verifies and revokes.
            control: the installation's address.
            base: the path of the UI (``--basehref``), also the path of the cookies.
            provider: the address at which an identity provider ends the session of a token, if
                there is one (``logoutURL``).
        """
        self._sessions = sessions
        self._control = control
        self._base = "/" + base.strip("/")
        self._provider = provider

    def route(self) -> web.RouteDef:
        """Return the route to add to an application."""
        return web.get(PATH, self.handle)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Revoke the token, drop its cookies, and redirect.

        A revocation that cannot be stored fails the request, and the cookies stay: a session must
        not look ended while its token still opens the door.
        """
        token = credentials.token_of(request.headers.items())
        target = ""
        if token:
            try:
                who = await self._sessions.identify(token)
                await self._sessions.revoke(who)
            except errors.Unauthenticated:
                log.debug("logout with a token that does not hold")
            except errors.PlumblineError as error:
                log.warning("logout failed", error=error.message)
                raise web.HTTPServiceUnavailable(text="logout failed; try again") from None
            else:
                target = self._provider(token)
        home = self._control.installation.url or self._base
        answer = web.Response(status=303, headers={"Location": target or home})
        for name in credentials.cookie_names():
            if name == credentials.COOKIE or name in request.cookies:
                answer.del_cookie(name, path=self._base)
        return answer
