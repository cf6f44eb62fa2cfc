"""Streams over HTTP: one JSON text per line, or server-sent events (contract/NOTES.md)."""

from typing import Any, Final

from aiohttp import web

from plumbline.api_server.port import answers, dispatch, headers, statuses
from plumbline.api_server.port.config import Config
from plumbline.core import fields

__all__ = ["Stream"]

_EVENTS: Final = "text/event-stream"
_WATCHED: Final = 10_000  # applications whose last event is remembered


class Stream:
    """The answer to one streaming call."""

    def __init__(self, config: Config, selection: fields.Selection | None) -> None:
        self._config = config
        self._selection = selection
        self._last: dict[str, bytes] = {}

    async def answer(self, request: web.Request, call: dispatch.Call) -> web.StreamResponse:
        """Send a call's answers until it ends or the client leaves.

        Raises:
            dispatch.Failed: the call failed before the head was sent.
        """
        events = _EVENTS in request.headers.get("Accept", "")
        # An error usually comes at once, and is then the answer's status. A stream that has
        # nothing to say for longer gets its head, so that the client knows it is open.
        if await call.within(self._config.stream_open_seconds):
            failed = call.failed()
            if failed is not None:
                return _refused(failed)
        response = web.StreamResponse()
        response.content_type = _EVENTS if events else "application/json"
        if events:
            response.headers["X-Accel-Buffering"] = "no"
        response.headers.extend(headers.answer_headers(call.metadata))
        try:
            await response.prepare(request)
            await self._send(response, call, events=events)
            await response.write_eof()
        except ConnectionError:
            pass  # the client left; leaving the call cancels it
        return response

    async def _send(
        self, response: web.StreamResponse, call: dispatch.Call, *, events: bool
    ) -> None:
        while True:
            while not await call.within(self._config.keepalive_seconds):
                if events:
                    await response.write(b":\n")
            try:
                text = self._text(await anext(call))
            except StopAsyncIteration:
                return
            except dispatch.Failed as failed:
                text = answers.json_bytes(statuses.stream_error(failed.code, failed.message))
            if text is not None:
                await response.write(b"data: " + text + b" \n\n" if events else text + b"\n")

    def _text(self, message: Any) -> bytes | None:
        """Return an answer's JSON; none if a watch has said the same of its object before."""
        if self._selection is None:
            return b'{"result":%b}' % answers.text_of(message)
        tree = answers.tree_of(message)
        text = answers.json_bytes({"result": fields.select(tree, self._selection)})
        name = _watched(tree)
        if name:
            if self._last.get(name) == text:
                return None
            if tree.get("type") == "DELETED":
                self._last.pop(name, None)
            elif len(self._last) < _WATCHED or name in self._last:
                self._last[name] = text
        return text


def _watched(tree: Any) -> str:
    """Return the name of the application that a watch event is about."""
    if not isinstance(tree, dict) or "type" not in tree:
        return ""
    metadata = (tree.get("application") or {}).get("metadata") or {}
    return f"{metadata.get('namespace', '')}/{metadata.get('name', '')}" if metadata else ""


def _refused(failed: dispatch.Failed) -> web.Response:
    body = answers.json_bytes(statuses.stream_error(failed.code, failed.message))
    return web.Response(
        status=statuses.http_status(failed.code),
        body=body + b"\n",
        content_type="application/json",
    )
