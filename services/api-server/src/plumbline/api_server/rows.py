"""The Applications as clients see them: a message made once per change, and who watches.

Fed by an informer; read by the application service. A watcher gets every change in order; one that
is too slow is told so and must start again.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final, NamedTuple

import orjson

from plumbline.core import errors, model
from plumbline.kube.client import KubeClient
from plumbline.kube.informer import Informer, Lens
from plumbline.pb.v1alpha1 import generated_pb2
from plumbline.rpc import convert

__all__ = ["Row", "Rows"]

_BUFFER: Final = 1000  # events a watcher may lag behind (ARGOCD_WATCH_API_BUFFER_SIZE)


class Row(NamedTuple):
    """One Application: its tree, its lens, and its message."""

    tree: model.Manifest
    app: model.Application
    message: generated_pb2.Application


class Rows:
    """All Applications of the control plane's namespace."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], Row] = {}
        self._watchers: set[asyncio.Queue[tuple[str, Row] | None]] = set()

    def informer(self, client: KubeClient, namespace: str) -> Informer:
        """Return the informer that feeds this object."""
        path = f"/apis/argoproj.io/v1alpha1/namespaces/{namespace}/applications"
        return Informer(client, path, self)

    def get(self, namespace: str, name: str) -> Row | None:
        """Return one row."""
        return self._rows.get((namespace, name))

    def all(self) -> list[Row]:
        """Return all rows, sorted by namespace and name."""
        return [self._rows[k] for k in sorted(self._rows)]

    @contextlib.asynccontextmanager
    async def watch(self) -> AsyncIterator[AsyncIterator[tuple[str, Row]]]:
        """Yield (ADDED | MODIFIED | DELETED, row) from now on."""
        queue: asyncio.Queue[tuple[str, Row] | None] = asyncio.Queue(_BUFFER)
        self._watchers.add(queue)

        async def events() -> AsyncIterator[tuple[str, Row]]:
            while True:
                event = await queue.get()
                if event is None:
                    raise errors.ResourceExhausted("the watch fell behind; start it again")
                yield event

        try:
            yield events()
        finally:
            self._watchers.discard(queue)

    def upsert(self, lens: Lens, raw: bytes) -> None:
        """Take an Application; one that cannot be read is not shown."""
        key = (lens.metadata.namespace, lens.metadata.name)
        tree = orjson.loads(raw)
        try:
            row = Row(
                tree,
                model.decode_application(tree),
                convert.to_message(tree, generated_pb2.Application),
            )
        except errors.InvalidArgument:
            self._rows.pop(key, None)
            return
        kind = "MODIFIED" if key in self._rows else "ADDED"
        self._rows[key] = row
        self._tell(kind, row)

    def remove(self, lens: Lens) -> None:
        """Take it that an Application is gone."""
        row = self._rows.pop((lens.metadata.namespace, lens.metadata.name), None)
        if row is not None:
            self._tell("DELETED", row)

    def _tell(self, kind: str, row: Row) -> None:
        for queue in list(self._watchers):
            try:
                queue.put_nowait((kind, row))
            except asyncio.QueueFull:
                self._watchers.discard(queue)
                queue.get_nowait()
                queue.put_nowait(None)
