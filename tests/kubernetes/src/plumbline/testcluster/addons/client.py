"""Talk to the API server asynchronously: single requests, and following a collection.

Called by every add-on. Knows no kind of object.
"""

import asyncio
import collections.abc
import json
from typing import Any

import aiohttp
import structlog

from plumbline.core import errors
from plumbline.testcluster import kubeconfig

__all__ = ["Client", "Handler"]

Handler = collections.abc.Callable[[dict[str, Any]], collections.abc.Awaitable[None]]
"""Brings the world in line with one object as it is now; called again whenever it changes."""

log = structlog.get_logger()

_RETRY_SECONDS = 0.5
_TYPES = {
    "POST": "application/json",
    "PATCH": "application/merge-patch+json",
    "APPLY": "application/apply-patch+yaml",
}


class Client:
    """Requests against one API server."""

    def __init__(self, access: kubeconfig.Access, session: aiohttp.ClientSession) -> None:
        self._access = access
        self._session = session

    async def get(self, path: str, **query: str) -> Any:
        """Return what is at `path`."""
        return await self._request("GET", path, query=query)

    async def create(self, path: str, body: Any) -> Any:
        """Create an object in the collection `path`."""
        return await self._request("POST", path, body)

    async def merge(self, path: str, body: Any) -> Any:
        """Change an object by a JSON merge patch."""
        return await self._request("PATCH", path, body)

    async def apply(self, path: str, body: Any) -> Any:
        """Create or change an object by server-side apply; unchanged, it is not written."""
        query = {"fieldManager": "plumbline-testcluster", "force": "true"}
        return await self._request("APPLY", path, body, query=query)

    async def establish(self, path: str, body: Any) -> None:
        """Apply an object the add-on cannot work without, trying until the API server takes it."""
        while True:
            try:
                await self.apply(path, body)
            except (aiohttp.ClientError, TimeoutError, errors.PlumblineError) as problem:
                log.info("trying again", path=path, cause=str(problem))
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                return

    async def delete(self, path: str) -> None:
        """Delete the object at `path`."""
        await self._request("DELETE", path)

    async def follow(self, path: str, handle: Handler) -> None:
        """Call `handle` with every object of a collection, now and after each change, for ever.

        A failing handler or connection leads to listing anew after a moment, so nothing is missed.
        """
        while True:
            try:
                version = await self._list(path, handle)
                await self._watch(path, version, handle)
            except (aiohttp.ClientError, TimeoutError, errors.PlumblineError) as problem:
                log.info("listing anew", path=path, cause=str(problem))
                await asyncio.sleep(_RETRY_SECONDS)

    async def _list(self, path: str, handle: Handler) -> str:
        found = await self.get(path)
        for item in found["items"]:
            await _settle(handle, item)
        version: str = found["metadata"]["resourceVersion"]
        return version

    async def _watch(self, path: str, version: str, handle: Handler) -> None:
        """Follow changes until the server ends the watch for good (410 Gone)."""
        while True:
            query = {"watch": "1", "resourceVersion": version, "allowWatchBookmarks": "true"}
            async with self._send("GET", path, None, query) as answer:
                if answer.status != 200:
                    raise errors.Unavailable(f"watch {path}: {answer.status}")
                async for line in answer.content:
                    event = json.loads(line)
                    if event["type"] == "ERROR":
                        raise errors.Unavailable(f"watch {path}: {event['object'].get('message')}")
                    version = event["object"]["metadata"]["resourceVersion"]
                    if event["type"] in {"ADDED", "MODIFIED"}:
                        await _settle(handle, event["object"])

    async def _request(
        self, method: str, path: str, body: Any = None, *, query: dict[str, str] | None = None
    ) -> Any:
        async with self._send(method, path, body, query or {}) as answer:
            content = await answer.read()
            if answer.status < 300:
                return json.loads(content)
            text = f"{method} {path}: {answer.status} {content[:300].decode(errors='replace')}"
            if answer.status == 404:
                raise errors.NotFound(text)
            if answer.status == 409:
                raise (errors.AlreadyExists if method == "POST" else errors.Conflict)(text)
            refused = 400 <= answer.status < 500 and answer.status != 429
            raise (errors.InvalidArgument if refused else errors.Unavailable)(text)

    def _send(
        self, method: str, path: str, body: Any, query: dict[str, str]
    ) -> "aiohttp.client._RequestContextManager":
        headers = dict(self._access.headers)
        if body is not None:
            headers["Content-Type"] = _TYPES[method]
        watching = "watch" in query
        return self._session.request(
            "PATCH" if method == "APPLY" else method,
            f"{self._access.server}{path}",
            params=query,
            data=None if body is None else json.dumps(body).encode(),
            headers=headers,
            ssl=self._access.tls or False,
            timeout=aiohttp.ClientTimeout(total=None if watching else 30, sock_connect=5),
        )


async def _settle(handle: Handler, item: dict[str, Any]) -> None:
    """Handle one object; that it changed or went meanwhile is no error: the watch will tell."""
    try:
        await handle(item)
    except (errors.NotFound, errors.Conflict, errors.AlreadyExists) as problem:
        log.info("object changed meanwhile", cause=problem.message)
    except errors.InvalidArgument as problem:  # only a change of the object can help
        log.warning("request refused", cause=problem.message)
