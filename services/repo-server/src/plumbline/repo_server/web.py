"""HTTP to servers of charts and artifacts: bounded, and careful where a credential goes.

Used by ``helm.repository`` and ``oci.registry``. Redirects are followed here, one by one: the
credential, the client certificate and the trust of a repository are for its own server, not for
where it sends us (security.md, sections 1a and 7). Addresses of this host's own network links are
never connected to; loopback only where an operator or an application named the server.
"""

import asyncio
import dataclasses
import ipaddress
import socket
import ssl
import urllib.parse
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import aiohttp
import aiohttp.abc

from plumbline.core import errors
from plumbline.core.secret import Secret
from plumbline.repo_server.proxies import proxy_for
from plumbline.repo_server.remote import Remote, join, origin
from plumbline.repo_server.tls import load_client

__all__ = ["Answer", "Ask", "Sink", "Web", "refused", "shown"]

_MAX_HOPS: Final = 5
_CHUNK: Final = 256 * 1024
_CONTEXTS: Final = 64  # TLS settings remembered
_METADATA: Final = frozenset({"100.100.100.200", "fd00:ec2::254", "192.0.0.192"})
"""Addresses of clouds' metadata that lie outside the link-local networks."""
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ask:
    """One request."""

    url: str
    limit: int
    """Bytes of the answer's body."""
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    authorization: Secret = Secret("")  # noqa: RUF009 -- a frozen value
    """The header's value, for the repository's own server."""


@dataclasses.dataclass(frozen=True)
class Answer:
    """A status, headers (names in lower case) and the body of a 200."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


class Sink:
    """Takes a body piece by piece, in the loop's executor."""

    def write(self, piece: bytes) -> None:
        """Take a piece."""
        raise NotImplementedError

    def restart(self) -> None:
        """Forget what came: another server answers."""
        raise NotImplementedError


class _Resolver(aiohttp.abc.AbstractResolver):
    """Names to addresses that may be connected to; what it returns is what is connected to."""

    def __init__(self, *, loopback: bool) -> None:
        self._inner = aiohttp.ThreadedResolver()
        self._loopback = loopback

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[aiohttp.abc.ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        allowed = [one for one in found if is_allowed(one["host"], loopback=self._loopback)]
        if found and not allowed:
            raise OSError(None, "the address is one that is never connected to")
        return allowed

    async def close(self) -> None:
        await self._inner.close()


def is_allowed(address: str, *, loopback: bool) -> bool:
    """Tell whether an address may be connected to."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    ip = mapped or ip
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified or str(ip) in _METADATA:
        return False
    return loopback or not ip.is_loopback


class Web:
    """Sessions to servers of charts."""

    def __init__(self, *, silence: float, total: float, agent: str) -> None:
        """Open nothing yet.

        Args:
            silence: seconds a server may send nothing.
            total: seconds one request may take.
            agent: the User-Agent header.
        """
        self._timeout = aiohttp.ClientTimeout(total=total, sock_connect=silence, sock_read=silence)
        self._total = total
        self._agent = agent
        self._sessions: dict[bool, aiohttp.ClientSession] = {}
        self._contexts: OrderedDict[tuple[Any, ...], ssl.SSLContext] = OrderedDict()
        self.sent = 0
        """Requests sent; for tests."""

    async def close(self) -> None:
        """Close the connections."""
        sessions, self._sessions = list(self._sessions.values()), {}
        for session in sessions:
            await session.close()

    def _session(self, *, loopback: bool) -> aiohttp.ClientSession:
        if loopback not in self._sessions:
            self._sessions[loopback] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    resolver=_Resolver(loopback=loopback), use_dns_cache=False, limit_per_host=8
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=self._timeout,
                auto_decompress=False,
                trust_env=False,
            )
        return self._sessions[loopback]

    async def get(
        self, remote: Remote, ask: Ask, *, sink: Sink | None = None, home: str = ""
    ) -> Answer:
        """Send a GET, following redirects.

        Args:
            remote: whose credential, trust and proxy are used; they are for its own server.
            ask: what is asked.
            sink: takes the body of a 200 in place of the answer.
            home: the server that the credential is for, where it is not the remote's.

        Raises:
            errors.Unavailable: the server cannot be reached, or its certificate is not trusted.
            errors.DeadlineExceeded: it was silent, or took too long.
            errors.ResourceExhausted: the body is larger than the limit.
            errors.PermissionDenied: an address that is not connected to, or a redirect from https
                to http.
            errors.InvalidArgument: a redirect that cannot be read.
        """
        own = origin(home or remote.base)
        url = ask.url
        try:
            async with asyncio.timeout(self._total):
                for _ in range(_MAX_HOPS):
                    answer = await self._one(remote, ask, url, own=own, sink=sink)
                    if answer.status not in _REDIRECTS:
                        return answer
                    url = _next(url, answer.headers.get("location", ""))
        except TimeoutError as error:
            raise errors.DeadlineExceeded(f"{shown(url)}: the server took too long") from error
        except (aiohttp.ClientError, OSError, ssl.SSLError) as error:
            raise errors.Unavailable(f"{shown(url)}: {_reason(error)}") from None
        raise errors.Unavailable(f"{shown(ask.url)}: more than {_MAX_HOPS} redirects")

    async def _one(
        self,
        remote: Remote,
        ask: Ask,
        url: str,
        *,
        own: tuple[str, str, int],
        sink: Sink | None,
    ) -> Answer:
        here = origin(url)
        # Only the repository's own address was named by an operator or an application: a token
        # server or an archive's host is what a server says, even where it may see the credential.
        loopback = here[1] == origin(remote.base)[1] and not remote.content_named
        _check_literal(here[1], url, loopback=loopback)
        headers = {"User-Agent": self._agent, "Accept-Encoding": "identity", **ask.headers}
        if ask.authorization and here == own:
            headers["Authorization"] = ask.authorization.reveal()
        self.sent += 1
        proxy = proxy_for(url, remote.proxy, remote.no_proxy)
        async with self._session(loopback=loopback or bool(proxy)).get(
            url,
            headers=headers,
            allow_redirects=False,
            ssl=self._context(remote, own=here[1:] == own[1:]),
            proxy=proxy or None,
        ) as answer:
            lower = {name.lower(): value for name, value in answer.headers.items()}
            if answer.status != 200:
                # Nothing is said of what a server has to say; so it is not read either.
                return Answer(answer.status, lower, b"", url)
            body = bytearray()
            if sink is not None:
                await asyncio.to_thread(sink.restart)
            async for piece in _pieces(answer, ask.limit, url):
                if sink is not None:
                    await asyncio.to_thread(sink.write, piece)
                else:
                    body += piece
            return Answer(answer.status, lower, bytes(body), url)

    def _context(self, remote: Remote, *, own: bool) -> ssl.SSLContext:
        """Return how a server is checked: by the repository's settings only if it is its own."""
        key = (
            (remote.insecure, remote.ca_bundle, remote.tls_client_cert, remote.tls_client_key)
            if own
            else ()
        )
        if key not in self._contexts:
            self._contexts[key] = _tls(remote) if own else ssl.create_default_context()
            while len(self._contexts) > _CONTEXTS:
                self._contexts.popitem(last=False)
        self._contexts.move_to_end(key)
        return self._contexts[key]


async def _pieces(answer: aiohttp.ClientResponse, limit: int, url: str) -> AsyncIterator[bytes]:
    length = answer.content_length
    if length is not None and length > limit:
        raise errors.ResourceExhausted(f"{shown(url)}: {length} bytes exceed {limit} bytes")
    seen = 0
    async for piece in answer.content.iter_chunked(_CHUNK):
        seen += len(piece)
        if seen > limit:
            raise errors.ResourceExhausted(f"{shown(url)}: the answer exceeds {limit} bytes")
        yield piece


def _check_literal(host: str, url: str, *, loopback: bool) -> None:
    """An address in a URL is not looked up, so it is judged here."""
    try:
        allowed = is_allowed(host, loopback=loopback)
    except ValueError:
        return
    if not allowed:
        raise errors.PermissionDenied(f"{shown(url)}: this address is never connected to")


def _next(url: str, location: str) -> str:
    if not location:
        raise errors.Unavailable(f"{shown(url)}: a redirect to nowhere")
    target = join(url, location).partition("#")[0]
    if origin(url)[0] == "https" and origin(target)[0] != "https":
        raise errors.PermissionDenied(f"{shown(url)}: a redirect from https to http was refused")
    return target


def _tls(remote: Remote) -> ssl.SSLContext:
    context = ssl.create_default_context()
    try:
        if remote.ca_bundle:
            context.load_verify_locations(cadata=remote.ca_bundle.decode("ascii"))
        if remote.tls_client_cert:
            load_client(context, remote.tls_client_cert, remote.tls_client_key)
    except (ssl.SSLError, ValueError, OSError) as error:
        raise errors.InvalidArgument(
            f"{remote.shown}: the TLS certificate or key cannot be read"
        ) from error
    if remote.insecure:
        # An operator's own setting of this repository.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def shown(url: str) -> str:
    """Return a URL without its query and user part, which may hold a token."""
    parts = urllib.parse.urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"[:300]


def refused(answer: Answer, what: str) -> errors.PlumblineError:
    """Return the error of an answer that is not the thing asked for; nothing of its body."""
    if answer.status == 401:
        return errors.Unauthenticated(f"{what}: authentication failed")
    if answer.status == 403:
        return errors.PermissionDenied(f"{what}: access denied")
    if answer.status in (404, 410):
        return errors.NotFound(f"{what}: not found")
    if answer.status == 429 or answer.status >= 500:
        return errors.Unavailable(f"{what}: the server answered {answer.status}")
    return errors.FailedPrecondition(f"{what}: the server answered {answer.status}")


def _reason(error: BaseException) -> str:
    """Return why a connection failed; never what a server wrote."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError | ssl.SSLError):
        return "the server's TLS certificate is not trusted"
    if isinstance(error, aiohttp.ClientProxyConnectionError | aiohttp.ClientHttpProxyError):
        return "the proxy cannot be used"
    if isinstance(error, aiohttp.ClientConnectorError):
        return error.os_error.strerror or "cannot connect"
    if isinstance(error, OSError):
        return error.strerror or "cannot connect"
    return f"the server's answer cannot be read ({type(error).__name__})"
