"""A repository as a caller describes it: a URL that was checked, and typed credentials.

Made by the service from a request. The URL kept here never holds a credential: a user part moves
into the credentials, so that no log, error or directory name can show it.
"""

import dataclasses
import hashlib
import hmac
import re
import urllib.parse
from typing import Final, Protocol

from plumbline.core import errors
from plumbline.core.secret import Secret
from plumbline.repo_server.proxies import proxy_secrets

__all__ = ["Identity", "Repository", "make", "scrub"]

_SCP = re.compile(r"(?:(?P<user>[A-Za-z0-9._-]+)@)?(?P<host>[A-Za-z0-9.-]+):(?P<path>[^/:].*)")
_SCHEMES: Final = frozenset({"https", "http", "ssh", "git", "file"})
_MAX_URL: Final = 2048
_MASK: Final = "******"
_EMPTY: Final = Secret("")
_SHORTEST_SECRET: Final = 4  # characters; shorter ones would mask ordinary words


@dataclasses.dataclass(frozen=True, kw_only=True)
class Identity:
    """A credential that is never sent itself: tokens are bought with it."""

    github_app_private_key: Secret = _EMPTY
    github_app_id: int = 0
    github_app_installation_id: int = 0
    github_app_base_url: str = ""
    gcp_service_account_key: Secret = _EMPTY
    use_azure_workload_identity: bool = False
    azure_client_id: str = ""
    azure_client_secret: Secret = _EMPTY
    azure_tenant_id: str = ""
    azure_endpoint: str = ""

    @property
    def is_set(self) -> bool:
        """Whether there is one."""
        return bool(
            self.github_app_private_key
            or self.gcp_service_account_key
            or self.azure_client_secret
            or self.use_azure_workload_identity
        )

    def secrets(self) -> tuple[Secret, ...]:
        """Return what no text may show."""
        return (
            self.github_app_private_key,
            self.gcp_service_account_key,
            self.azure_client_secret,
        )

    def parts(self) -> tuple[str, ...]:
        """Return what tells it from another."""
        if not self.is_set:
            return ()
        return (
            *(secret.reveal() for secret in self.secrets()),
            str(self.github_app_id),
            str(self.github_app_installation_id),
            self.github_app_base_url,
            str(self.use_azure_workload_identity),
            self.azure_client_id,
            self.azure_tenant_id,
            self.azure_endpoint,
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Repository:
    """What opens a repository."""

    url: str
    username: str = ""
    password: Secret = _EMPTY
    bearer_token: Secret = _EMPTY
    ssh_private_key: Secret = _EMPTY
    insecure: bool = False
    insecure_ignore_host_key: bool = False
    ca_bundle: bytes = b""
    ssh_known_hosts: str = ""
    proxy: str = ""
    """In force for the URL; empty where :attr:`no_proxy` names its host."""
    proxy_setting: str = ""
    no_proxy: str = ""
    depth: int = 0
    enable_lfs: bool = False
    force_http_basic_auth: bool = False
    tls_client_cert: bytes = b""
    tls_client_key: Secret = _EMPTY
    identity: Identity = Identity()

    @property
    def scheme(self) -> str:
        """The URL's scheme, lower case."""
        return self.url.partition("://")[0].lower()

    def secrets(self) -> tuple[str, ...]:
        """Return every secret text, for scrubbing."""
        texts = [self.password, self.bearer_token, self.ssh_private_key, self.tls_client_key]
        texts += self.identity.secrets()
        found = [text.reveal() for text in texts if text]
        return (*found, *proxy_secrets(self.proxy_setting))

    def scope(self, key: bytes) -> str:
        """Return the name of this URL as opened by this credential.

        Callers with another credential have another mirror (architecture.md, rule 3). The digest
        is keyed, so that a directory name tells nothing about a credential.
        """
        parts = (
            _mirror_url(self.url),
            self.username,
            self.password.reveal(),
            self.bearer_token.reveal(),
            self.ssh_private_key.reveal(),
            str(self.depth),
            self.tls_client_cert.decode(errors="replace"),
            self.tls_client_key.reveal(),
            *self.identity.parts(),
            # Whoever may stand between decides what is answered.
            str(self.insecure),
            self.proxy_setting,
            self.no_proxy,
        )
        text = "".join(f"{len(part)}:{part}" for part in parts)
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:40]


def make(url: str, *, allow_file: bool, **fields: object) -> Repository:
    """Check a URL and return the repository.

    Args:
        url: ``https://``, ``http://``, ``ssh://``, ``git://``, ``user@host:path`` or, if allowed,
            ``file://``.
        allow_file: whether ``file://`` is allowed (architecture.md, rule 15).
        fields: the other fields of :class:`Repository`.

    Raises:
        errors.InvalidArgument: an empty, oversized or unreadable URL, or a scheme we do not speak.
        errors.PermissionDenied: ``file://`` while it is switched off.
    """
    text = url.strip()
    if not text or len(text) > _MAX_URL or text.startswith("-"):
        raise errors.InvalidArgument("repository URL is empty, too long or begins with '-'")
    if any(char.isspace() or ord(char) < 0x20 for char in text):
        raise errors.InvalidArgument("repository URL holds white space or control characters")
    if "://" not in text:
        scp = _SCP.fullmatch(text)
        if scp is None:
            raise errors.InvalidArgument(f"repository URL {_shown(text)!r} cannot be read")
        user = f"{scp['user']}@" if scp["user"] else ""
        text = f"ssh://{user}{scp['host']}/{scp['path']}"
    scheme = text.partition("://")[0].lower()
    if scheme not in _SCHEMES:
        raise errors.InvalidArgument(f"repository URL has scheme {scheme!r}, which is not Git's")
    if scheme == "file":
        if not allow_file:
            raise errors.PermissionDenied("file:// repositories are switched off by a setting")
        return dataclasses.replace(Repository(url=text), **fields)  # type: ignore[arg-type]
    return _without_user_part(text, scheme, fields)


def _without_user_part(text: str, scheme: str, fields: dict[str, object]) -> Repository:
    try:
        parts = urllib.parse.urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise errors.InvalidArgument(f"repository URL {_shown(text)!r} cannot be read") from error
    if not host:
        raise errors.InvalidArgument(f"repository URL {_shown(text)!r} names no host")
    if host.startswith("-"):
        raise errors.InvalidArgument("repository host begins with '-'")
    if "#" in text or "\\" in text or (parts.query and not parts.path):
        # Readers of URLs differ about where the host ends there; a credential goes to one only.
        raise errors.InvalidArgument("repository URL holds '#', a backslash or '?' beside its host")
    segments = urllib.parse.unquote(parts.path).replace("\\", "/").split("/")
    if ".." in segments or "." in segments:
        # What a project's rules say about URLs must not be walked around.
        raise errors.InvalidArgument("repository URL holds a path segment '.' or '..'")
    authority = f"[{host}]" if ":" in host else host
    if port is not None:
        authority += f":{port}"
    user = urllib.parse.unquote(parts.username or "")
    if scheme == "ssh" and user:
        authority = f"{parts.username}@{authority}"
    elif user and not fields.get("username"):
        fields["username"] = user
    if parts.password and not fields.get("password"):
        fields["password"] = Secret(urllib.parse.unquote(parts.password))
    clean = urllib.parse.urlunsplit((scheme, authority, parts.path, parts.query, ""))
    return dataclasses.replace(Repository(url=clean), **fields)  # type: ignore[arg-type]


def _shown(url: str) -> str:
    """Mask a user part in a URL that could not be read."""
    return re.sub(r"//[^/@]*@", f"//{_MASK}@", url)[:200]


def _mirror_url(url: str) -> str:
    """Scheme and host have no case; paths do on many servers, so they keep theirs."""
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme.lower()}://{authority.lower()}{slash}{path.rstrip('/').removesuffix('.git')}"


class _Holder(Protocol):
    """Whatever opens a repository."""

    def secrets(self) -> tuple[str, ...]:
        """Return every secret text."""
        ...


def scrub(text: str, repository: _Holder) -> str:
    """Mask every secret of a repository in a text, by value, also in its URL-quoted form."""
    for secret in repository.secrets():
        if len(secret) < _SHORTEST_SECRET:
            continue
        for form in (secret, urllib.parse.quote(secret, safe=""), urllib.parse.quote(secret)):
            text = text.replace(form, _MASK)
    return re.sub(r"(://)[^/@\s]*:[^/@\s]*@", rf"\1{_MASK}@", text)
