"""Write a container image as the archive that ``docker save`` writes and every runtime imports.

Called by ``images`` and by tests that need an image of their own. No engine is asked: an image is
one layer (a tar), a configuration and a manifest. The same content gives the same bytes.
"""

import collections.abc
import dataclasses
import hashlib
import io
import json
import pathlib
import platform
import tarfile
import tempfile

from plumbline.core import errors

__all__ = ["Config", "File", "write"]

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_CREATED = "1970-01-01T00:00:00Z"


@dataclasses.dataclass(frozen=True)
class Config:
    """How containers of an image run, in the words of a Dockerfile."""

    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    user: str = ""
    directory: str = "/"


@dataclasses.dataclass(frozen=True)
class File:
    """One file of an image: its content, or where to take it from."""

    content: bytes | pathlib.Path
    mode: int = 0o644


def write(
    archive: pathlib.Path,
    tag: str,
    config: Config,
    *,
    files: collections.abc.Mapping[str, File] | None = None,
    rootfs: pathlib.Path | None = None,
) -> None:
    """Write `archive`, an image called `tag` with the tree `rootfs` and over it `files`.

    Keys of `files` are absolute paths in the image; their directories are made. Files belong to
    root whoever owns them here. Raises InvalidArgument for a tag without a name and a version, and
    for a path that is not absolute.
    """
    if ":" not in tag.rpartition("/")[2]:
        raise errors.InvalidArgument(f"image tag {tag!r} must be NAME:VERSION")
    with tempfile.TemporaryFile(dir=archive.parent) as layer:
        with tarfile.open(fileobj=layer, mode="w", format=tarfile.PAX_FORMAT) as tar:
            if rootfs is not None:
                tar.add(rootfs, arcname=".", filter=_neutral)
            _add_files(tar, files or {})
        size = layer.tell()
        layer.seek(0)
        digest = hashlib.file_digest(layer, "sha256").hexdigest()
        layer.seek(0)
        content = json.dumps(_configuration(config, digest), sort_keys=True).encode()
        name = f"{hashlib.sha256(content).hexdigest()}.json"
        place = f"{digest}/layer.tar"
        manifest = [{"Config": name, "RepoTags": [tag], "Layers": [place]}]
        with tarfile.open(archive, mode="w", format=tarfile.PAX_FORMAT) as tar:
            _add(tar, name, io.BytesIO(content), len(content), 0o644)
            _add(tar, place, layer, size, 0o644)
            listed = json.dumps(manifest).encode()
            _add(tar, "manifest.json", io.BytesIO(listed), len(listed), 0o644)


def _configuration(config: Config, digest: str) -> dict[str, object]:
    """Return the image configuration of the OCI image specification."""
    return {
        "architecture": _ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "created": _CREATED,
        "config": {
            "Entrypoint": list(config.entrypoint),
            "Cmd": list(config.command),
            "Env": list(config.environment),
            "User": config.user,
            "WorkingDir": config.directory,
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
        "history": [{"created": _CREATED, "created_by": "plumbline.testcluster.node.ociimage"}],
    }


def _add_files(tar: tarfile.TarFile, files: collections.abc.Mapping[str, File]) -> None:
    made: set[pathlib.PurePosixPath] = set()
    for path, file in sorted(files.items()):
        place = pathlib.PurePosixPath(path)
        if not place.is_absolute():
            raise errors.InvalidArgument(f"path {path!r} in an image must be absolute")
        for parent in [*place.parents][-2::-1]:
            if parent not in made:
                made.add(parent)
                entry = tarfile.TarInfo(str(parent).lstrip("/"))
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(entry)
        name = path.lstrip("/")
        if isinstance(file.content, bytes):
            _add(tar, name, io.BytesIO(file.content), len(file.content), file.mode)
        else:
            with file.content.open("rb") as source:
                _add(tar, name, source, file.content.stat().st_size, file.mode)


def _add(
    tar: tarfile.TarFile,
    name: str,
    source: "io.BufferedIOBase | tempfile._TemporaryFileWrapper[bytes]",
    size: int,
    mode: int,
) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, mode
    tar.addfile(entry, source)


def _neutral(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mtime = 0
    return entry
