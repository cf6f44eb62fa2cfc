"""Read an image that ``docker save`` wrote, without a Docker engine.

Called by ``build`` (to take the bills of materials out) and by the images' tests. Knows both
layouts that engines write; layers are put over one another as the OCI image specification says.
"""

import collections.abc
import contextlib
import json
import pathlib
import posixpath
import tarfile
from typing import Any, Self

WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"


class SavedImage:
    """A saved image: its config, and its files as the last layer left them."""

    def __init__(self, path: pathlib.Path) -> None:
        """Open the tar at ``path``; ``close`` it, or use it as a context manager."""
        self._archive = tarfile.open(path)  # noqa: SIM115 -- closed by close()
        manifest = json.loads(self._read("manifest.json"))[0]
        self.tags: list[str] = manifest["RepoTags"]
        self.config: dict[str, Any] = json.loads(self._read(manifest["Config"]))
        self._layers = [self._open(name) for name in manifest["Layers"]]
        self.members: dict[str, tuple[tarfile.TarFile, tarfile.TarInfo]] = {}
        for layer in self._layers:
            self._lay_over(layer)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the tar."""
        for layer in self._layers:
            layer.close()
        self._archive.close()

    @property
    def files(self) -> collections.abc.Iterator[tuple[str, tarfile.TarInfo]]:
        """Every path without a leading slash, with what the layer says of it."""
        return ((path, member) for path, (_, member) in sorted(self.members.items()))

    def read(self, path: str) -> bytes:
        """Return a regular file's content; KeyError if there is none."""
        layer, member = self.members[path]
        if member.islnk():
            return self.read(_clean(member.linkname))
        with contextlib.closing(_content(layer, member)) as content:
            return content.read()

    def unpack(self, target: pathlib.Path) -> None:
        """Write the files under ``target`` with their owners and modes (needs root)."""
        links = []
        for path, (layer, member) in sorted(self.members.items()):
            if member.islnk():  # its target may come later
                links.append((path, _clean(member.linkname)))
                continue
            layer.extract(member, target, filter="fully_trusted", numeric_owner=True)
        for path, linked in links:
            (target / path).hardlink_to(target / linked)

    def _read(self, name: str) -> bytes:
        with contextlib.closing(_content(self._archive, self._archive.getmember(name))) as content:
            return content.read()

    def _open(self, name: str) -> tarfile.TarFile:
        return tarfile.open(fileobj=_content(self._archive, self._archive.getmember(name)))

    def _lay_over(self, layer: tarfile.TarFile) -> None:
        added = {}
        for member in layer:
            path = _clean(member.name)
            folder, name = posixpath.split(path)
            if name == OPAQUE:
                self._remove(folder, itself=False)
            elif name.startswith(WHITEOUT):
                self._remove(posixpath.join(folder, name.removeprefix(WHITEOUT)), itself=True)
            elif path:
                added[path] = (layer, member)
        for path, entry in added.items():
            if not entry[1].isdir():
                self._remove(path, itself=True)
        self.members.update(added)

    def _remove(self, path: str, *, itself: bool) -> None:
        if itself:
            self.members.pop(path, None)
        for inner in [name for name in self.members if name.startswith(f"{path}/")]:
            del self.members[inner]


def _clean(name: str) -> str:
    path = posixpath.normpath(name).lstrip("/")
    return "" if path == "." else path


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Any:
    content = archive.extractfile(member)
    if content is None:
        raise KeyError(member.name)
    return content
