"""A repository of charts or artifacts as a caller describes it: checked, with typed credentials.

Made by the service from a request, or from the address of a dependency. As with Git repositories,
the URL kept here never holds a credential, so that no log, error or file name can show it.
"""

import base64
import dataclasses
import enum
import hashlib
import hmac
import re
import urllib.parse
from typing import Final

from plumbline.core import errors
from plumbline.core.secret import Secret
from plumbline.repo_server.proxies import proxy_secrets

__all__ = ["Kind", "Remote", "join", "make", "origin"]

_MAX_URL: Final = 2048
_MAX_HOST: Final = 253
_EMPTY: Final = Secret("")
_REGISTRY_PATH: Final = re.compile(r"[a-z0-9]+(?:[._/-]+[a-z0-9]+)*")
"""Names of repositories in a registry (OCI distribution specification, "Pulling manifests")."""
_CHART: Final = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._-]{0,249}(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,249})*"
)
_HUBS: Final = {"docker.io": "registry-1.docker.io", "index.docker.io": "registry-1.docker.io"}
_PORTS: Final = {"https": 443, "http": 80}
_LABEL: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?|(?=[0-9A-Fa-f.]*:)[0-9A-Fa-f:.]{{2,45}}")
"""Names and addresses as everybody reads them: others may be turned into an address later."""


class Kind(enum.Enum):
    """What is asked of it."""

    INDEX = "index"
    """A Helm repository: ``index.yaml`` and archives."""
    CHART = "chart"
    """A chart in an OCI registry."""
    ARTIFACT = "artifact"
    """Any files in an OCI registry."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Remote:
    """What opens a repository of charts, or a registry."""

    kind: Kind
    url: str
    """``https://host/path``, ``http://…`` or ``oci://host/path``."""
    chart: str = ""
    username: str = ""
    password: Secret = _EMPTY
    bearer_token: Secret = _EMPTY
    insecure: bool = False
    plain_http: bool = False
    """Speak HTTP to the registry (insecureOCIForceHttp)."""
    pass_credentials: bool = False
    """Send the credential to other hosts that the index names (helm.passCredentials)."""
    ca_bundle: bytes = b""
    tls_client_cert: bytes = b""
    tls_client_key: Secret = _EMPTY
    proxy: str = ""
    no_proxy: str = ""
    content_named: bool = False
    """Whether the content of another repository named it, and no declared repository covers it."""

    @property
    def base(self) -> str:
        """The URL of its HTTP server, with the path of a Helm repository."""
        if self.kind is Kind.INDEX:
            return self.url
        host = self.url.removeprefix("oci://").partition("/")[0]
        return f"{'http' if self.plain_http else 'https'}://{_HUBS.get(host, host)}"

    @property
    def path(self) -> str:
        """The name of the repository in the registry, with the chart's."""
        path = self.url.removeprefix("oci://").partition("/")[2]
        return "/".join(part for part in (path, self.chart) if part)

    @property
    def shown(self) -> str:
        """How messages and the log name it: without a query, which may hold a token."""
        if self.kind is Kind.INDEX:
            return self.url.partition("?")[0]
        host = self.url.removeprefix("oci://").partition("/")[0]
        return f"oci://{host}/{self.path}" if self.path else f"oci://{host}"

    def secrets(self) -> tuple[str, ...]:
        """Return every secret text, for scrubbing."""
        texts = [self.password, self.bearer_token, self.tls_client_key]
        return (*(text.reveal() for text in texts if text), *proxy_secrets(self.proxy))

    def authorization(self) -> Secret:
        """Return the value of an Authorization header; empty without a credential."""
        if self.bearer_token:
            return Secret(f"Bearer {self.bearer_token.reveal()}")
        if self.username or self.password:
            pair = f"{self.username}:{self.password.reveal()}"
            return Secret(f"Basic {base64.b64encode(pair.encode()).decode()}")
        return _EMPTY

    def scope(self, key: bytes) -> str:
        """Return the name of this server as opened by this credential (architecture.md, rule 3).

        The digest is keyed, so that a name tells nothing about a credential.
        """
        parts = (
            self.kind.value,
            self.url if self.kind is Kind.INDEX else f"{self.base}/{self.path}",
            self.username,
            self.password.reveal(),
            self.bearer_token.reveal(),
            self.tls_client_cert.decode(errors="replace"),
            self.tls_client_key.reveal(),
            str(self.insecure),
            str(self.content_named),
            str(self.pass_credentials),
            # Whoever may stand between decides what is answered.
            self.proxy,
            self.no_proxy,
        )
        text = "".join(f"{len(part)}:{part}" for part in parts)
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:40]


def make(url: str, *, chart: str = "", is_registry: bool = False, **fields: object) -> Remote:
    """Check a URL and return the repository.

    Args:
        url: ``https://…``, ``http://…``, ``oci://host/path``, or ``host/path`` of a registry.
        chart: the chart in it; empty: the files of an artifact, or the whole repository.
        is_registry: whether a URL without scheme is a registry's (enableOCI).
        fields: the other fields of :class:`Remote`.

    Raises:
        errors.InvalidArgument: an unreadable URL, one of another kind, or a chart's name that
            is none; the URL is quoted only where it can hold no credential.
    """
    text = url.strip()
    if not text or len(text) > _MAX_URL or not text.isprintable() or " " in text:
        raise errors.InvalidArgument("repository URL is empty, too long or holds white space")
    if chart and (not _CHART.fullmatch(chart) or ".." in chart):
        raise errors.InvalidArgument(f"chart name {chart[:200]!r} is not one")
    if "://" not in text and is_registry:
        text = f"oci://{text}"
    scheme, _, rest = text.partition("://")
    scheme = scheme.lower()
    if scheme not in ("https", "http", "oci") or not rest:
        raise errors.InvalidArgument(
            "repository URL has none of the schemes https, http and oci, which charts come by"
        )
    try:
        parts = urllib.parse.urlsplit(f"{scheme}://{rest}")
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise errors.InvalidArgument("repository URL cannot be read") from error
    _check(text, parts, host)
    authority = f"[{host}]" if ":" in host else host
    authority += f":{port}" if port is not None else ""
    if parts.username and not fields.get("username"):
        fields["username"] = urllib.parse.unquote(parts.username)
    if parts.password and not fields.get("password"):
        fields["password"] = Secret(urllib.parse.unquote(parts.password))
    path = parts.path.rstrip("/")
    clean = f"{scheme}://{authority}{path}"
    if scheme != "oci":
        query = f"?{parts.query}" if parts.query else ""
        made = Remote(kind=Kind.INDEX, url=clean + query, chart=chart)
        return dataclasses.replace(made, **fields)  # type: ignore[arg-type]
    kind = Kind.CHART if chart else Kind.ARTIFACT
    made = Remote(kind=kind, url=clean, chart=chart)
    if made.path and not _REGISTRY_PATH.fullmatch(made.path):
        raise errors.InvalidArgument(f"{made.path[:200]!r} is no name in a registry")
    return dataclasses.replace(made, **fields)  # type: ignore[arg-type]


def _check(text: str, parts: urllib.parse.SplitResult, host: str) -> None:
    if not _is_host(host):
        raise errors.InvalidArgument(
            "repository URL names no host (an international name is written in its xn-- form)"
        )
    if "#" in text or "\\" in text or (parts.query and not parts.path):
        # Readers of URLs differ about where the host ends there; a credential goes to one only.
        raise errors.InvalidArgument("repository URL holds '#', a backslash or '?' beside its host")
    segments = urllib.parse.unquote(parts.path).replace("\\", "/").split("/")
    if ".." in segments or "." in segments:
        raise errors.InvalidArgument("repository URL holds a path segment '.' or '..'")


def origin(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port: what a credential belongs to.

    Raises:
        errors.InvalidArgument: it is no plain http or https URL.
    """
    try:
        parts = urllib.parse.urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise errors.InvalidArgument("a server named an address that cannot be read") from error
    if parts.scheme not in _PORTS or not _is_host(host) or "@" in parts.netloc or "\\" in url:
        raise errors.InvalidArgument("a server named an address that is no plain http(s) URL")
    return parts.scheme, host.lower(), port or _PORTS[parts.scheme]


def join(base: str, reference: str) -> str:
    """Return the address that a reference means, seen from another (RFC 3986, section 5).

    Raises:
        errors.InvalidArgument: it cannot be read.
    """
    try:
        return urllib.parse.urljoin(base, reference)
    except ValueError as error:
        raise errors.InvalidArgument("a server named an address that cannot be read") from error


def _is_host(host: str) -> bool:
    return len(host) <= _MAX_HOST and _HOST.fullmatch(host) is not None
