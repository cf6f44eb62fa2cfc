"""One connection to a remote: list refs, or fetch some, by libgit2 with our own checks.

Called by the mirror, in a worker thread. Redirects to another host are refused: a
credential goes to the host that it was given for, nowhere else. Credentials are handed over once; a
second question means that they were refused.
"""

import time
from collections.abc import Sequence
from typing import Any, Final

import pygit2
from pygit2 import callbacks as pygit2_callbacks
from pygit2.enums import CredentialType
from pygit2.ffi import C, ffi
from pygit2.remotes import git_proxy_options
from pygit2.utils import StrArray

from plumbline.core import errors
from plumbline.repo_server.git import cli, trust
from plumbline.repo_server.git import repository as repo
from plumbline.repo_server.git.cli import Limits

__all__ = ["BrokenMirror", "Limits", "fetch", "list_refs"]

_ACCEPT: Final = 0
_REFUSE: Final = -17  # GIT_ECERTIFICATE
_NO_REDIRECTS: Final = 1  # GIT_REMOTE_REDIRECT_NONE
_NOTHING: Final = "refs/plumbline-nothing/*:refs/plumbline-nothing/*"
_X509: Final = 1  # GIT_CERT_X509
_HOSTKEY: Final = 2  # GIT_CERT_HOSTKEY_LIBSSH2
_HOSTKEY_BYTES: Final = 96
_LOCAL_CLASSES: Final = frozenset({4, 5, 6, 9, 11})
"""libgit2's classes of errors about our own files: refs, zlib, repository, odb, object."""


class BrokenMirror(Exception):
    """The mirror's own files cannot be read; a fresh fetch is needed."""


class _Callbacks(pygit2.RemoteCallbacks):  # type: ignore[misc]
    """libgit2's questions, answered from one repository's credentials."""

    def __init__(self, repository: repo.Repository, limits: Limits) -> None:
        super().__init__()
        self._repository = repository
        self._limits = limits
        self._deadline = time.monotonic() + limits.seconds
        self._asked = False
        self.checker = ffi.callback(
            "int(git_cert *, int, const char *, void *)", self._check, error=_REFUSE
        )

    def custom_headers(self) -> list[str] | None:
        """Authenticate without a question where the scheme needs it."""
        repository = self._repository
        if repository.scheme not in ("http", "https"):
            return None
        header = cli.authorization(repository)
        return [header] if header else None

    def credentials(self, url: str, username_from_url: str | None, allowed_types: int) -> Any:
        """Hand over the credential once."""
        del url
        repository = self._repository
        user = repository.username or username_from_url or "git"
        if allowed_types & CredentialType.USERNAME and not (
            allowed_types & (CredentialType.SSH_KEY | CredentialType.USERPASS_PLAINTEXT)
        ):
            return pygit2.Username(user)
        if self._asked:
            raise errors.Unauthenticated(f"{repository.url}: authentication failed")
        self._asked = True
        if allowed_types & CredentialType.SSH_KEY and repository.ssh_private_key:
            return pygit2.KeypairFromMemory(user, "", repository.ssh_private_key.reveal(), "")
        if allowed_types & CredentialType.USERPASS_PLAINTEXT and repository.password:
            return pygit2.UserPass(repository.username or "git", repository.password.reveal())
        raise errors.Unauthenticated(f"{repository.url}: authentication required")

    def transfer_progress(self, stats: Any) -> None:
        """Stop a fetch that is too long or too large."""
        if time.monotonic() > self._deadline:
            raise errors.DeadlineExceeded(
                f"{self._repository.url}: fetch took longer than {self._limits.seconds:g} s"
            )
        if stats.received_bytes > self._limits.received:
            raise errors.ResourceExhausted(
                f"{self._repository.url}: fetch exceeds {self._limits.received} bytes"
            )

    def _check(self, certificate: Any, valid: int, host: Any, _: Any) -> int:
        repository = self._repository
        if certificate.cert_type == _HOSTKEY:
            return self._check_host_key(certificate)
        if repository.insecure or valid:
            return _ACCEPT
        if certificate.cert_type != _X509 or not repository.ca_bundle:
            return _REFUSE
        x509 = ffi.cast("git_cert_x509 *", certificate)
        leaf = bytes(ffi.buffer(x509.data, x509.len))
        name = ffi.string(host).decode(errors="replace")
        return _ACCEPT if trust.signed_by(repository.ca_bundle, leaf, name) else _REFUSE

    def _check_host_key(self, certificate: Any) -> int:
        repository = self._repository
        if repository.insecure or repository.insecure_ignore_host_key:
            return _ACCEPT
        structure = bytes(ffi.buffer(ffi.cast("char *", certificate), _HOSTKEY_BYTES))
        fingerprint = trust.ssh_fingerprint(structure)
        host, port = trust.trusted_host(repository)
        if fingerprint is None:
            return _REFUSE
        known = trust.host_key_is_known(repository.ssh_known_hosts, host, port, fingerprint)
        return _ACCEPT if known else _REFUSE


def _failure(error: Exception, repository: repo.Repository) -> Exception:
    if isinstance(error, errors.PlumblineError):
        return error
    if getattr(error, "error_class", 0) in _LOCAL_CLASSES:
        return BrokenMirror(repo.scrub(str(error), repository)[:500])
    text = repo.scrub(str(error), repository)[:500]
    if isinstance(error, pygit2.AuthError):
        return errors.Unauthenticated(f"{repository.url}: {text}")
    return errors.Unavailable(f"{repository.url}: {text}")


_FAILURES: Final = (errors.PlumblineError, pygit2.GitError, KeyError, ValueError, OSError)


def list_refs(
    mirror: pygit2.Repository, repository: repo.Repository, limits: Limits
) -> dict[str, str]:
    """Return the remote's refs: full name to object id, peeled tags as ``name^{}``.

    Raises:
        errors.Unauthenticated: the credential was refused, or one is needed.
        errors.Unavailable: the remote cannot be reached or read.
        BrokenMirror: our own files cannot be read.
    """
    if repository.tls_client_cert:
        return cli.list_refs(repository, limits)
    # pygit2's "connect" cannot be told to refuse redirects to other hosts, a fetch can: one that
    # matches no ref lists them and receives nothing.
    remote = _fetch(mirror, repository, limits, [_NOTHING])
    return {head.name: str(head.oid) for head in remote.list_heads(connect=False) if head.name}


def fetch(
    mirror: pygit2.Repository,
    repository: repo.Repository,
    limits: Limits,
    *,
    refspecs: Sequence[str],
    is_partial: bool = False,
) -> None:
    """Fetch into a mirror.

    Args:
        mirror: where to.
        repository: what to open.
        limits: time and size.
        refspecs: what to fetch.
        is_partial: without the contents of files, where the scheme allows it.

    Raises:
        errors.Unauthenticated: the credential was refused, or one is needed.
        errors.DeadlineExceeded: it took too long.
        errors.ResourceExhausted: it was too large.
        errors.Unavailable: the remote cannot be reached or read.
        BrokenMirror: our own files cannot be read.
    """
    if repository.tls_client_cert or is_partial:
        cli.fetch(mirror.path, repository, limits, refspecs=refspecs, is_partial=is_partial)
        return
    _fetch(mirror, repository, limits, refspecs)


def _fetch(
    mirror: pygit2.Repository,
    repository: repo.Repository,
    limits: Limits,
    refspecs: Sequence[str],
) -> Any:
    remote = mirror.remotes.create_anonymous(repository.url)
    answers = _Callbacks(repository, limits)
    try:
        with pygit2_callbacks.git_fetch_options(answers) as payload:
            options = payload.fetch_options
            options.callbacks.certificate_check = answers.checker
            options.depth = repository.depth
            options.follow_redirects = _NO_REDIRECTS
            options.download_tags = C.GIT_REMOTE_DOWNLOAD_TAGS_NONE
            with (
                git_proxy_options(remote, options.proxy_opts, repository.proxy or None),
                StrArray(list(refspecs)) as specs,
            ):
                status = C.git_remote_fetch(
                    remote._remote,  # noqa: SLF001 -- as above
                    specs.ptr,
                    options,
                    ffi.NULL,
                )
                payload.check_error(status)
    except _FAILURES as error:
        raise _failure(error, repository) from None
    return remote
