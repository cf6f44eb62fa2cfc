"""The client side of Git LFS: ask for contents by the batch API, and fetch them.

Called by the mirrors, on the event loop. The API's address is the repository's own
(``<url>/info/lfs``), or what ``git-lfs-authenticate`` answers over ssh; a repository's own
``.lfsconfig`` is not read, so that a commit cannot choose whom we talk to. The repository's
credential goes to its own host; a storage that the API names gets only the headers that the API
gave for it, and over https only.
"""

import asyncio
import json
import os
import shlex
import shutil
import signal
import tempfile
import urllib.parse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from plumbline.core import errors
from plumbline.core.secret import Secret
from plumbline.repo_server.git import cli, web
from plumbline.repo_server.git import repository as repo
from plumbline.repo_server.git.lfs import Contents, Pointer
from plumbline.repo_server.remote import origin

__all__ = ["Limits", "fetch"]

_MEDIA: Final = "application/vnd.git-lfs+json"
_BATCH: Final = 100  # objects of one question
_DOWNLOADS: Final = 4  # at the same time
_MAX_HEADERS: Final = 32
_MAX_ANSWER: Final = 64 * 1024
_DENIED: Final = frozenset({401, 403})
_REFUSED_HEADERS: Final = frozenset({"host", "content-length", "transfer-encoding", "connection"})

Limits = cli.Limits


class _Api:
    """Where the batch API is, and what opens it."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self.url = url
        self.headers = dict(headers)


async def fetch(
    repository: repo.Repository, contents: Contents, pointers: Sequence[Pointer], limits: Limits
) -> None:
    """Fetch what is not here yet.

    Args:
        repository: whose contents they are, with the credential in force.
        contents: takes them.
        pointers: what to fetch.
        limits: time and size of all of it.

    Raises:
        errors.Unauthenticated: the credential was refused.
        errors.NotFound: the server has no such object.
        errors.ResourceExhausted: they are too large together.
        errors.FailedPrecondition: a content is not what its pointer says.
        errors.PlumblineError: the server cannot be reached or understood.
    """
    wanted = [one for one in dict.fromkeys(pointers) if not contents.has(one)]
    if sum(one.size for one in wanted) > limits.received:
        raise errors.ResourceExhausted(
            f"{repository.url}: Git LFS objects exceed {limits.received} bytes"
        )
    try:
        async with asyncio.timeout(limits.seconds):
            api = await _api(repository)
            for start in range(0, len(wanted), _BATCH):
                await _fetch(api, repository, contents, wanted[start : start + _BATCH], limits)
    except TimeoutError as error:
        raise errors.DeadlineExceeded(
            f"{repository.url}: Git LFS took longer than {limits.seconds:g} s"
        ) from error


async def _fetch(
    api: _Api,
    repository: repo.Repository,
    contents: Contents,
    wanted: Sequence[Pointer],
    limits: Limits,
) -> None:
    actions = await _batch(api, repository, wanted, limits)
    slots = asyncio.Semaphore(_DOWNLOADS)

    async def one(pointer: Pointer) -> None:
        async with slots:
            await _download(api, repository, contents, pointer, actions[pointer.oid], limits)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_caught(one(pointer))) for pointer in wanted]
    for task in tasks:
        if (problem := task.result()) is not None:
            raise problem


async def _caught(work: Any) -> errors.PlumblineError | None:
    """Return an error: a group of tasks would wrap it."""
    try:
        await work
    except errors.PlumblineError as error:
        return error
    return None


async def _api(repository: repo.Repository) -> _Api:
    if repository.scheme == "ssh":
        return await _authenticated_by_ssh(repository)
    if repository.scheme not in ("https", "http"):
        raise errors.FailedPrecondition(
            f"{repository.url}: Git LFS needs an https, http or ssh repository"
        )
    header = cli.header(repository)
    name, _, value = header.partition(": ")
    return _Api(_lfs_url(repository.url), {name: value} if header else {})


def _lfs_url(url: str) -> str:
    """Return the API's address by Git LFS' own rule for server discovery."""
    base = url.partition("?")[0].rstrip("/")
    return f"{base if base.endswith('.git') else f'{base}.git'}/info/lfs"


async def _batch(
    api: _Api, repository: repo.Repository, wanted: Sequence[Pointer], limits: Limits
) -> dict[str, dict[str, Any]]:
    """Ask where the objects are; return the download action of each."""
    question = {
        "operation": "download",
        "transfers": ["basic"],
        "objects": [{"oid": one.oid, "size": one.size} for one in wanted],
        "hash_algo": "sha256",
    }
    answer = await web.request(
        "POST",
        f"{api.url}/objects/batch",
        repository=repository,
        headers={"Accept": _MEDIA, "Content-Type": _MEDIA, **api.headers},
        body=json.dumps(question).encode(),
        seconds=limits.seconds,
    )
    if answer.status in _DENIED:
        raise errors.Unauthenticated(f"{repository.url}: Git LFS: authentication failed")
    if answer.status != 200:
        raise errors.Unavailable(
            f"{repository.url}: Git LFS: the batch API answers HTTP status {answer.status}"
        )
    try:
        tree = json.loads(answer.body)
        if tree.get("transfer", "basic") != "basic":
            raise errors.Unavailable(f"{repository.url}: Git LFS: an unknown kind of transfer")
        found = {item["oid"]: item for item in tree["objects"]}
        return {one.oid: _action(found[one.oid], one, repository) for one in wanted}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise errors.Unavailable(
            f"{repository.url}: Git LFS: the batch API's answer cannot be read"
        ) from error


def _action(item: dict[str, Any], pointer: Pointer, repository: repo.Repository) -> dict[str, Any]:
    problem = item.get("error")
    if problem:
        code, text = problem.get("code"), str(problem.get("message", ""))[:200]
        kind = errors.NotFound if code in (404, 410) else errors.Unavailable
        raise kind(f"{repository.url}: Git LFS: object {pointer.oid}: {text} ({code})")
    action = item["actions"]["download"]
    if not isinstance(action["href"], str) or not isinstance(action.get("header") or {}, dict):
        raise TypeError("action")
    return dict(action)


async def _download(
    api: _Api,
    repository: repo.Repository,
    contents: Contents,
    pointer: Pointer,
    action: Mapping[str, Any],
    limits: Limits,
) -> None:
    href = action["href"]
    target, own = origin(href), origin(api.url)
    if target != own and target[0] != "https":
        raise errors.FailedPrecondition(
            f"{repository.url}: Git LFS: a storage on another host must speak https"
        )
    headers = _given(action.get("header") or {})
    if target == own and not any(name.lower() == "authorization" for name in headers):
        headers |= api.headers
    async with web.stream(
        href, repository=repository, headers=headers, seconds=limits.seconds
    ) as pieces:
        writer = await asyncio.to_thread(contents.writer, pointer)
        with writer:
            async for piece in pieces:
                await asyncio.to_thread(writer.write, piece)
            await asyncio.to_thread(writer.finish)


def _given(headers: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers that the API gave for a download, those that frame a message left out."""
    found = {str(name): str(value) for name, value in headers.items()}
    if len(found) > _MAX_HEADERS or any(c in f"{n}{v}" for n, v in found.items() for c in "\r\n\0"):
        raise errors.Unavailable("Git LFS: the batch API names headers that cannot be sent")
    return {name: value for name, value in found.items() if name.lower() not in _REFUSED_HEADERS}


async def _authenticated_by_ssh(repository: repo.Repository) -> _Api:
    """Ask the ssh server for the API's address and a token for it (``git-lfs-authenticate``)."""
    program = shutil.which("ssh", path=os.defpath + ":/usr/local/bin")
    if program is None:
        raise errors.Unimplemented("Git LFS over ssh needs ssh, which is not here")
    with tempfile.TemporaryDirectory(prefix="plumbline-lfs-") as folder:
        argv = await asyncio.to_thread(_ssh_command, program, Path(folder), repository)
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={"PATH": "", "HOME": folder, "LC_ALL": "C"},
            cwd=folder,
            start_new_session=True,
            limit=_MAX_ANSWER,
        )
        try:
            out, err = await process.communicate()
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
    if process.returncode:
        lines = repo.scrub(err.decode(errors="replace"), repository).strip().splitlines()
        raise errors.Unavailable(
            f"{repository.url}: git-lfs-authenticate: {(lines or ['failed'])[-1][:200]}"
        )
    try:
        tree = json.loads(out[:_MAX_ANSWER])
        url = str(tree["href"]).rstrip("/")
        headers = _given(tree.get("header") or {})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise errors.Unavailable(
            f"{repository.url}: git-lfs-authenticate: the answer cannot be read"
        ) from error
    origin(url)
    return _Api(url, headers)


def _ssh_command(program: str, folder: Path, repository: repo.Repository) -> list[str]:
    """Write key and known hosts into a private directory; return the command."""
    parts = urllib.parse.urlsplit(repository.url)
    key, hosts = folder / "key", folder / "known_hosts"
    hosts.write_text(repository.ssh_known_hosts, encoding="utf-8")
    _private(key, repository.ssh_private_key)
    unchecked = repository.insecure or repository.insecure_ignore_host_key
    options = {
        "BatchMode": "yes",
        "StrictHostKeyChecking": "no" if unchecked else "yes",
        "UserKnownHostsFile": str(hosts),
        "GlobalKnownHostsFile": "/dev/null",
        "IdentitiesOnly": "yes",
        "IdentityAgent": "none",
        "IdentityFile": str(key),
        "ConnectTimeout": "15",
        "ClearAllForwardings": "yes",
        "PermitLocalCommand": "no",
    }
    argv = [program, "-F", "/dev/null", "-T"]
    for name, value in options.items():
        argv += ["-o", f"{name}={value}"]
    if parts.port:
        argv += ["-p", str(parts.port)]
    user = urllib.parse.unquote(parts.username or "") or repository.username or "git"
    argv += ["-l", user, "--", parts.hostname or ""]
    # The other side's shell reads this.
    return [*argv, f"git-lfs-authenticate {shlex.quote(parts.path.lstrip('/'))} download"]


def _private(path: Path, secret: Secret) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(secret.reveal().rstrip("\n") + "\n")
