"""HTTP beside Git's own protocol, for the batch API of Git LFS.

Used by :mod:`lfs_client`. Redirects are not followed, proxies and variables of
the environment are not looked at, bodies are bounded, and what a repository's Secret says of trust
(own CA, no check, client certificate) is in force for that repository's host alone.
"""

import asyncio
import contextlib
import ssl
import urllib.parse
from collections.abc import AsyncIterator, Mapping
from typing import Final, NamedTuple

import aiohttp

from plumbline.core import errors
from plumbline.repo_server.git import repository as repo
from plumbline.repo_server.proxies import proxy_for
from plumbline.repo_server.remote import origin
from plumbline.repo_server.tls import load_client

__all__ = ["Answer", "request", "stream"]

_BLOCK: Final = 256 * 1024
_MAX_BODY: Final = 8 * 1024 * 1024
_SHOWN: Final = 300  # characters of a refusal


class Answer(NamedTuple):
    """What a server said."""

    status: int
    body: bytes
    headers: Mapping[str, str]


async def request(
    method: str,
    url: str,
    *,
    repository: repo.Repository,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    seconds: float,
) -> Answer:
    """Send one request and return the whole answer, whatever its status.

    Args:
        method: GET or POST.
        url: absolute.
        repository: whose trust and proxy are used.
        headers: with the credential, if any.
        body: to send.
        seconds: for all of it.

    Raises:
        errors.PlumblineError: the server cannot be reached, or says too much.
    """
    async with _response(
        method, url, repository=repository, headers=headers or {}, body=body, seconds=seconds
    ) as response:
        content = bytearray()
        async for piece in response.content.iter_chunked(_BLOCK):
            content += piece
            if len(content) > _MAX_BODY:
                raise errors.ResourceExhausted(f"{_shown(url)}: more than {_MAX_BODY} bytes")
        return Answer(response.status, bytes(content), dict(response.headers))


@contextlib.asynccontextmanager
async def stream(
    url: str, *, repository: repo.Repository, headers: Mapping[str, str], seconds: float
) -> AsyncIterator[AsyncIterator[bytes]]:
    """Get a large body piece by piece.

    Raises:
        errors.PlumblineError: the server cannot be reached or refuses.
    """
    async with _response(
        "GET", url, repository=repository, headers=headers, body=b"", seconds=seconds
    ) as response:
        if response.status != 200:
            raise errors.Unavailable(f"{_shown(url)}: HTTP status {response.status}")
        yield response.content.iter_chunked(_BLOCK)


@contextlib.asynccontextmanager
async def _response(
    method: str,
    url: str,
    *,
    repository: repo.Repository,
    headers: Mapping[str, str],
    body: bytes,
    seconds: float,
) -> AsyncIterator[aiohttp.ClientResponse]:
    scheme, host, _ = origin(url)
    is_own = host == _own_host(repository)
    context = await asyncio.to_thread(_context, repository, is_own=is_own)
    proxy = proxy_for(url, repository.proxy_setting, repository.no_proxy)
    timeout = aiohttp.ClientTimeout(total=seconds)
    try:
        async with (
            aiohttp.ClientSession(
                timeout=timeout, auto_decompress=False, trust_env=False
            ) as session,
            session.request(
                method,
                url,
                headers={"Accept-Encoding": "identity", "User-Agent": "plumbline", **headers},
                data=body or None,
                allow_redirects=False,
                ssl=context if scheme == "https" else True,
                proxy=proxy or None,
            ) as response,
        ):
            yield response
    except TimeoutError as error:
        raise errors.DeadlineExceeded(f"{_shown(url)}: no answer in {seconds:g} s") from error
    except (aiohttp.ClientError, OSError) as error:
        # The library's text may hold the proxy's URL with its password.
        text = repo.scrub(str(error), repository)[:_SHOWN]
        raise errors.Unavailable(f"{_shown(url)}: {text}") from None


def _own_host(repository: repo.Repository) -> str:
    return (urllib.parse.urlsplit(repository.url).hostname or "").lower()


def _shown(url: str) -> str:
    """Return a URL without its query, which may be a signature that opens it."""
    return url.partition("?")[0][:200]


def _context(repository: repo.Repository, *, is_own: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not is_own:
        return context
    if repository.ca_bundle:
        try:
            context.load_verify_locations(cadata=repository.ca_bundle.decode("ascii", "replace"))
        except ssl.SSLError as error:
            raise errors.InvalidArgument("the host's certificates cannot be read") from error
    if repository.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if repository.tls_client_cert:
        try:
            load_client(context, repository.tls_client_cert, repository.tls_client_key)
        except ssl.SSLError as error:
            raise errors.InvalidArgument("the TLS client certificate cannot be read") from error
    return context
