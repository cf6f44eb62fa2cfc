"""A small, blocking client of the Kubernetes API for tests and for starting a cluster.

Called by ``cluster``, ``load`` and tests. Deliberately not Plumbline's own client: what tests hold
Plumbline's work against must not share its code. One connection per request; no retries.
"""

import collections.abc
import http.client
import json
import pathlib
import ssl
import urllib.parse
from typing import Any, Self

from plumbline.core import errors
from plumbline.testcluster import kubeconfig

__all__ = ["Api"]

_MERGE = "application/merge-patch+json"
_APPLY = "application/apply-patch+yaml"


class Api:
    """Requests against one API server; paths are as in the Kubernetes API reference."""

    def __init__(self, access: kubeconfig.Access, *, seconds: float = 10.0) -> None:
        self._access = access
        self._seconds = seconds
        self._url = urllib.parse.urlsplit(access.server)

    @classmethod
    def of(cls, path: pathlib.Path) -> Self:
        """Return a client for the current context of a kubeconfig."""
        return cls(kubeconfig.read(path))

    def get(self, path: str) -> Any:
        """Return the object or list at `path`."""
        return self.request("GET", path)

    def create(self, path: str, body: Any) -> Any:
        """Create an object in the collection `path` and return it as stored."""
        return self.request("POST", path, body)

    def merge(self, path: str, body: Any) -> Any:
        """Change an object by a JSON merge patch (RFC 7386) and return it."""
        return self.request("PATCH", path, body, kind=_MERGE)

    def apply(self, path: str, body: Any) -> Any:
        """Create or change an object by server-side apply, taking over conflicting fields."""
        query = "?fieldManager=plumbline-testcluster&force=true"
        return self.request("PATCH", f"{path}{query}", body, kind=_APPLY)

    def delete(self, path: str) -> Any:
        """Delete the object at `path`."""
        return self.request("DELETE", path)

    def wait(
        self,
        path: str,
        condition: collections.abc.Callable[[Any], bool],
        *,
        seconds: int = 60,
    ) -> Any:
        """Return the object at `path` once it exists and `condition` holds, following its changes.

        Raises DeadlineExceeded, showing the object as last seen.
        """
        seen = None
        for seen in self._versions(path, seconds):
            if seen is not None and condition(seen):
                return seen
        raise errors.DeadlineExceeded(f"{path} after {seconds}s: {json.dumps(seen)[:3000]}")

    def wait_gone(self, path: str, *, seconds: int = 60) -> None:
        """Return once there is no object at `path`; raises DeadlineExceeded, showing it."""
        for seen in self._versions(path, seconds, absent=True):
            if seen is None:
                return
        raise errors.DeadlineExceeded(f"{path} is still there after {seconds}s")

    def ready(self) -> bool:
        """Return whether the server says on /readyz that all its parts are up."""
        try:
            status, _ = self._send("GET", "/readyz", None, {})
        except errors.Unavailable:
            return False
        return status == 200

    def request(
        self, method: str, path: str, body: Any = None, *, kind: str = "application/json"
    ) -> Any:
        """Send one request and return the decoded answer.

        Raises NotFound, AlreadyExists (409 on create), Conflict, Unavailable or InvalidArgument by
        the status code.
        """
        data = None if body is None else json.dumps(body).encode()
        headers = {"Accept": "application/json", **({"Content-Type": kind} if data else {})}
        status, content = self._send(method, path, data, headers)
        if status < 300:
            return json.loads(content) if content else None
        text = f"{method} {path}: {status} {content[:500].decode(errors='replace')}"
        if status == 409:
            raise (errors.AlreadyExists if method == "POST" else errors.Conflict)(text)
        known = {401: errors.Unauthenticated, 403: errors.PermissionDenied, 404: errors.NotFound}
        fallback = errors.Unavailable if status >= 500 or status == 429 else errors.InvalidArgument
        raise known.get(status, fallback)(text)

    def _send(
        self, method: str, path: str, data: bytes | None, headers: dict[str, str]
    ) -> tuple[int, bytes]:
        connection = self._connection(self._seconds)
        try:
            connection.request(
                method, f"{self._url.path}{path}", data, {**headers, **self._access.headers}
            )
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException, ssl.SSLError) as problem:
            raise errors.Unavailable(f"{method} {path}: {problem}") from problem
        finally:
            connection.close()

    def _connection(self, seconds: float) -> http.client.HTTPConnection:
        host, port, tls = self._url.hostname or "", self._url.port, self._access.tls
        if tls is None:
            return http.client.HTTPConnection(host, port, timeout=seconds)
        return http.client.HTTPSConnection(host, port, context=tls, timeout=seconds)

    def _versions(
        self, path: str, seconds: int, *, absent: bool = False
    ) -> collections.abc.Iterator[Any]:
        """Yield the object at `path` now and after each change, None when it is deleted.

        With `absent`, None comes first if it is not there to begin with.
        """
        collection, name = path.rsplit("/", 1)
        found = self.get(f"{collection}?fieldSelector=metadata.name%3D{name}")
        items = found["items"]
        yield from items or ([None] if absent else [])
        query = (
            f"watch=1&fieldSelector=metadata.name%3D{name}&timeoutSeconds={seconds}"
            f"&resourceVersion={found['metadata']['resourceVersion']}"
        )
        connection = self._connection(seconds + 5)
        try:
            connection.request(
                "GET", f"{self._url.path}{collection}?{query}", headers=self._access.headers
            )
            answer = connection.getresponse()
            if answer.status != 200:
                raise errors.Unavailable(f"watch {path}: {answer.status} {answer.read()!r}")
            for line in answer:
                event = json.loads(line)
                if event["type"] == "ERROR":
                    raise errors.Unavailable(f"watch {path}: {event['object']}")
                yield None if event["type"] == "DELETED" else event["object"]
        except (OSError, http.client.HTTPException) as problem:
            raise errors.Unavailable(f"watch {path}: {problem}") from problem
        finally:
            connection.close()
