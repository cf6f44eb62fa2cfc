"""Git's own client, for what libgit2 cannot do: TLS client certificates, and partial fetches.

Called by the transport, in a worker thread. Settings and credentials are in files of a private
directory that lives as long as the call, never in arguments; no other program is started, no
configuration but ours is read, and only http and https are spoken.
"""

import base64
import dataclasses
import os
import shutil
import signal
import ssl
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Final

from plumbline.core import errors
from plumbline.repo_server.git import repository as repo

__all__ = ["Limits", "authorization", "fetch", "fetch_objects", "header", "list_refs"]

_LOOK: Final = 0.1  # seconds between two looks at a running fetch
_MAX_REFS: Final = 64 * 1024**2  # bytes of a list of refs
_ERROR: Final = 4000  # bytes of an error text
_DENIED: Final = ("Authentication failed", "error: 401", "error: 403", "could not read Username")
_HELPERS: Final = "/usr/bin:/bin"
_FETCH: Final = (
    "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance",
    "--no-recurse-submodules",
)  # fmt: skip
_PROMISOR: Final = "origin"
_WITHOUT_CONTENTS: Final = "--filter=blob:none"


@dataclasses.dataclass(frozen=True)
class Limits:
    """Bounds of one connection."""

    seconds: float = 120.0
    """How long a fetch may take."""
    received: int = 4 * 1024**3
    """Bytes a fetch may receive."""


def authorization(repository: repo.Repository) -> str:
    """Return the header that authenticates without being asked; empty if the server must ask."""
    if repository.bearer_token:
        return f"Authorization: Bearer {repository.bearer_token.reveal()}"
    if repository.force_http_basic_auth and repository.password:
        return _basic(repository)
    return ""


def header(repository: repo.Repository) -> str:
    """Return the header that authenticates; empty if there is no credential for http."""
    found = authorization(repository)
    return found or (_basic(repository) if repository.password else "")


def _basic(repository: repo.Repository) -> str:
    pair = f"{repository.username or 'git'}:{repository.password.reveal()}"
    return f"Authorization: Basic {base64.b64encode(pair.encode()).decode()}"


def list_refs(repository: repo.Repository, limits: Limits) -> dict[str, str]:
    """Return the remote's refs: full name to object id, peeled tags as ``name^{}``.

    Raises:
        errors.PlumblineError: as :func:`fetch`.
    """
    text = _run(["ls-remote", "--end-of-options", repository.url], repository, limits)
    lines = (line.split("\t", 1) for line in text.splitlines())
    return {pair[1]: pair[0] for pair in lines if len(pair) == 2}


def fetch(
    mirror: str,
    repository: repo.Repository,
    limits: Limits,
    *,
    refspecs: Sequence[str],
    is_partial: bool = False,
) -> None:
    """Fetch into a bare repository.

    Args:
        mirror: its directory.
        repository: what to open.
        limits: time and size.
        refspecs: what to fetch.
        is_partial: without the contents of files.

    Raises:
        errors.Unauthenticated: the credential or the certificate was refused.
        errors.DeadlineExceeded: it took too long.
        errors.ResourceExhausted: it was too large.
        errors.Unavailable: the remote cannot be reached or read.
        errors.Unimplemented: there is no git here.
    """
    argv = [*_FETCH, "--force"]
    if repository.depth:
        argv.append(f"--depth={repository.depth}")
    if is_partial:
        argv.append(_WITHOUT_CONTENTS)
    argv += ["--end-of-options", _PROMISOR if is_partial else repository.url, *refspecs]
    _run(argv, repository, limits, mirror=mirror)


def fetch_objects(
    mirror: str, repository: repo.Repository, limits: Limits, oids: Sequence[str]
) -> None:
    """Fetch contents of files that a partial fetch left out.

    Raises:
        errors.PlumblineError: as :func:`fetch`.
    """
    argv = ["-c", "fetch.negotiationAlgorithm=noop", *_FETCH, _WITHOUT_CONTENTS, "--stdin"]
    argv += ["--end-of-options", _PROMISOR]
    _run(argv, repository, limits, mirror=mirror, given="".join(f"{oid}\n" for oid in oids))


def _run(
    argv: list[str],
    repository: repo.Repository,
    limits: Limits,
    *,
    mirror: str = "",
    given: str = "",
) -> str:
    program = shutil.which("git", path=os.defpath + ":/usr/local/bin")
    if program is None:
        raise errors.Unimplemented(
            "TLS client certificates and partial fetches need git, which is not here"
        )
    with tempfile.TemporaryDirectory(prefix="plumbline-git-") as folder:
        private = Path(folder)
        environment = {
            "PATH": _HELPERS,
            "HOME": folder,
            "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": str(_configuration(private, repository)),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "/bin/false",
            "GIT_ALLOW_PROTOCOL": repository.scheme,
            "GIT_PROTOCOL_FROM_USER": "0",
            **({"GIT_DIR": mirror} if mirror else {"GIT_CEILING_DIRECTORIES": str(private.parent)}),
        }
        _private(private / "in", given.encode())
        with (
            (private / "in").open("rb") as standard_input,
            (private / "out").open("w+b") as out,
            (private / "err").open("w+b") as err,
        ):
            process = subprocess.Popen(
                [program, *argv],
                env=environment,
                cwd=folder,
                stdin=standard_input,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
            try:
                _wait(process, repository, limits, mirror=mirror, out=out)
            finally:
                _end(process)
            err.seek(0)
            if process.returncode:
                raise _failure(err.read(_ERROR).decode(errors="replace"), repository)
            out.seek(0)
            return out.read().decode(errors="replace")


def _configuration(private: Path, repository: repo.Repository) -> Path:
    """Write what git is to know: whom to trust, how to authenticate, and to follow nobody."""
    values = {
        "sslVerify": "false" if repository.insecure else "true",
        "followRedirects": "false",
        "proxy": repository.proxy,
    }
    if repository.tls_client_cert:
        certificate = _private(private / "client.crt", repository.tls_client_cert)
        key = _private(private / "client.key", repository.tls_client_key.reveal().encode())
        values |= {"sslCert": str(certificate), "sslKey": str(key)}
    if repository.ca_bundle:
        system = Path(ssl.get_default_verify_paths().openssl_cafile)
        known = system.read_bytes() if system.is_file() else b""
        bundle = _private(private / "ca.crt", known + b"\n" + repository.ca_bundle)
        values["sslCAInfo"] = str(bundle)
    if authenticating := header(repository):
        values["extraHeader"] = authenticating
    lines = ["[http]", *(f"\t{name} = {_quoted(value)}" for name, value in values.items())]
    lines += ["[protocol]", "\tallow = never", "\tversion = 2"]
    lines += [f'[protocol "{repository.scheme}"]', "\tallow = always"]
    lines += [f'[remote "{_PROMISOR}"]', f"\turl = {_quoted(repository.url)}", "\tpromisor = true"]
    lines += ["\tpartialclonefilter = blob:none"]
    lines += ["[transfer]", "\tfsckObjects = true", "[safe]", "\tdirectory = *"]
    return _private(private / "config", ("\n".join(lines) + "\n").encode())


def _quoted(value: str) -> str:
    """Return a value as git-config reads it; one that could end its line is refused."""
    if any(c in value for c in "\n\r\x00"):
        raise errors.InvalidArgument("a credential of the repository holds a line break")
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _private(path: Path, content: bytes) -> Path:
    path.touch(mode=0o600)
    path.write_bytes(content)
    return path


def _wait(
    process: "subprocess.Popen[bytes]",
    repository: repo.Repository,
    limits: Limits,
    *,
    mirror: str,
    out: IO[bytes],
) -> None:
    """Wait for the end, or for a limit."""
    until = time.monotonic() + limits.seconds
    while True:
        try:
            process.wait(_LOOK)
        except subprocess.TimeoutExpired:
            if time.monotonic() > until:
                raise errors.DeadlineExceeded(
                    f"{repository.url}: fetch took longer than {limits.seconds:g} s"
                ) from None
            if _arrived(mirror) > limits.received or os.fstat(out.fileno()).st_size > _MAX_REFS:
                raise errors.ResourceExhausted(
                    f"{repository.url}: fetch exceeds {limits.received} bytes"
                ) from None
        else:
            return


def _arrived(mirror: str) -> int:
    """Return the bytes of packs that are being received."""
    if not mirror:
        return 0
    total = 0
    for path in Path(mirror, "objects", "pack").glob("tmp_pack_*"):
        try:
            total += path.stat().st_size
        except FileNotFoundError:
            continue  # it is complete and has its name
    return total


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the whole group: git's helpers are its children."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _failure(text: str, repository: repo.Repository) -> errors.PlumblineError:
    clean = repo.scrub(text, repository).strip()
    last = clean.splitlines()[-1] if clean else "git failed"
    if any(word in clean for word in _DENIED):
        return errors.Unauthenticated(f"{repository.url}: {last[:500]}")
    return errors.Unavailable(f"{repository.url}: {last[:500]}")
