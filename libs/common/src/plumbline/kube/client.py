"""A thin asynchronous client of one API server: bytes in, bytes out, typed errors.

Used by discovery, informers and the two writers of this package. It retries nothing by itself but a
throttled request (429 with Retry-After), which the server has not begun. Error texts of Secrets are
cut to the reason, because the API server echoes values in them (security.md, 1d).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any, Final, Self

import aiohttp
import orjson
from yarl import URL

from plumbline.core import errors
from plumbline.kube.config import RestConfig

__all__ = ["ApiConflict", "ApiGone", "KubeClient", "api_error"]

_ATTEMPTS: Final = 5
_TOKEN_SECONDS: Final = 60.0
_TEXT_LIMIT: Final = 1024
_GOODBYE_SECONDS: Final = 0.25
_NO_PATH: Final = b"404 page not found"  # the API server's text for a kind that it does not serve


class ApiConflict(errors.Conflict):
    """409 Conflict: the object changed since it was read."""


class ApiGone(errors.Unavailable):
    """410 Gone: the resource version is too old; list again."""


_BY_REASON: Final[Mapping[str, type[errors.PlumblineError]]] = {
    "AlreadyExists": errors.AlreadyExists,
    "Conflict": ApiConflict,
    "Expired": ApiGone,
    "Gone": ApiGone,
    "Timeout": errors.DeadlineExceeded,
    "TooManyRequests": errors.ResourceExhausted,
    "ServerTimeout": errors.DeadlineExceeded,
}
_BY_STATUS: Final[Mapping[int, type[errors.PlumblineError]]] = {
    400: errors.InvalidArgument,
    401: errors.Unauthenticated,
    403: errors.PermissionDenied,
    404: errors.NotFound,
    405: errors.FailedPrecondition,
    409: ApiConflict,
    410: ApiGone,
    413: errors.InvalidArgument,
    415: errors.InvalidArgument,
    422: errors.InvalidArgument,
    429: errors.ResourceExhausted,
    504: errors.DeadlineExceeded,
}


def api_error(status: int, body: bytes, *, secret: bool = False) -> errors.PlumblineError:
    """Return the error for an answer of the API server.

    Args:
        status: the HTTP status.
        body: a Kubernetes Status object, or anything else, which is not shown.
        secret: whether the request was about a Secret: then only the reason is shown.
    """
    reason, message = "", f"the API server answered {status}"
    if status == 404 and not body.lstrip().startswith((b"{", _NO_PATH)):
        # A page of a proxy says nothing about objects; taken for an answer, all would be gone.
        return errors.Unavailable("the address answered 404, and not as an API server does")
    with contextlib.suppress(orjson.JSONDecodeError):
        tree = orjson.loads(body)
        if isinstance(tree, dict) and tree.get("kind") == "Status":
            reason = str(tree.get("reason") or "")
            message = str(tree.get("message") or message)[:_TEXT_LIMIT]
    # A webhook's words are its own and may quote what it refused.
    if secret and (status not in (401, 403, 404, 409) or "admission webhook" in message):
        message = f"the API server refused the Secret: {reason or status}"
    cls = _BY_REASON.get(reason) or _BY_STATUS.get(status) or errors.Unavailable
    return cls(message)


class KubeClient:
    """Connections to one API server."""

    def __init__(
        self,
        config: RestConfig,
        *,
        user_agent: str,
        count: Callable[[str, str, int], None] = lambda *_: None,
    ) -> None:
        """Connect lazily.

        Args:
            config: address and identity.
            user_agent: sent with every request.
            count: called with method, path and status of every request (metrics).
        """
        self.server = config.server
        self._config = config
        self._agent = user_agent
        self._count = count
        self._session: aiohttp.ClientSession | None = None
        self._token = config.token.reveal()
        self._token_read = float("-inf")

    async def __aenter__(self) -> Self:
        """Open the connection pool."""
        connector = aiohttp.TCPConnector(
            ssl=self._config.ssl_context() or False, limit=0, keepalive_timeout=75
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            headers={"User-Agent": self._agent},
            auto_decompress=True,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=10),
            read_bufsize=1 << 18,
            skip_auto_headers=["Accept-Encoding"],
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
            # TLS transports say goodbye after close() returns; the loop must not end before.
            await asyncio.sleep(_GOODBYE_SECONDS)

    async def request(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        seconds: float = 60.0,
        secret: bool = False,
    ) -> bytes:
        """Send one request and return the body of a 2xx answer.

        Args:
            method: the HTTP method.
            path: absolute, with its query, already encoded.
            body: sent as it is.
            headers: further headers (Accept, Content-Type).
            seconds: how long the whole request may take.
            secret: whether it is about a Secret, whose error texts must not be shown.

        Raises:
            errors.PlumblineError: by status and reason; Unavailable if there is no connection.
        """
        for attempt in range(_ATTEMPTS):
            status, answer, pause = await self._once(method, path, body, headers, seconds)
            if status < 300:
                return answer
            if status != 429 or attempt == _ATTEMPTS - 1:
                raise api_error(status, answer, secret=secret)
            await asyncio.sleep(pause)
        raise errors.Unavailable("unreachable")  # the loop always returns or raises

    async def get(self, path: str, *, accept: str = "application/json") -> Any:
        """Return the JSON of a GET.

        Raises:
            errors.PlumblineError: as :meth:`request`; Unavailable if the answer is no JSON.
        """
        answer = await self.request("GET", path, headers={"Accept": accept})
        try:
            return orjson.loads(answer)
        except orjson.JSONDecodeError:
            raise errors.Unavailable(f"{self.server}: an answer cannot be read") from None

    @contextlib.asynccontextmanager
    async def stream(
        self, path: str, *, accept: str = "application/json", idle: float = 330.0
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Open a watch; the value yields chunks of bytes as they arrive.

        Args:
            path: absolute, with its query.
            accept: the wanted media type.
            idle: seconds without a byte after which the connection counts as dead.
        """
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=idle)
        try:
            headers = {"Accept": accept, **self._authorization()}
            async with self._opened().get(
                URL(self.server + path, encoded=True),
                headers=headers,
                timeout=timeout,
                server_hostname=self._config.server_name or None,
            ) as answer:
                self._count("WATCH", path, answer.status)
                if answer.status >= 300:
                    raise api_error(answer.status, await answer.read())
                yield answer.content.iter_any()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise errors.Unavailable(f"{self.server}: {_reason(error)}") from error

    async def _once(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str] | None,
        seconds: float,
    ) -> tuple[int, bytes, float]:
        try:
            async with (
                asyncio.timeout(seconds),
                self._opened().request(
                    method,
                    URL(self.server + path, encoded=True),
                    data=body,
                    headers={**(headers or {}), **self._authorization()},
                    server_hostname=self._config.server_name or None,
                ) as answer,
            ):
                content = await answer.read()
                self._count(method, path, answer.status)
                pause = answer.headers.get("Retry-After", "1")
                return answer.status, content, float(pause) if pause.isdecimal() else 1.0
        except TimeoutError as error:
            raise errors.DeadlineExceeded(f"{self.server}: no answer in {seconds:g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise errors.Unavailable(f"{self.server}: {_reason(error)}") from error

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise errors.FailedPrecondition("the client is not open: use `async with`")
        return self._session

    def _authorization(self) -> dict[str, str]:
        if self._config.token_file:
            now = asyncio.get_running_loop().time()
            if now - self._token_read > _TOKEN_SECONDS:
                # Rotated by the kubelet; reading a small file in memory does not block.
                self._token = Path(self._config.token_file).read_text().strip()
                self._token_read = now
        return {"Authorization": f"Bearer {self._token}"} if self._token else {}


def _reason(error: BaseException) -> str:
    """Return a text that says what happened without addresses of credentials in it."""
    return str(error) or type(error).__name__
