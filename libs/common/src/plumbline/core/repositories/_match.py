"""Read repository secrets and choose the one for a URL and a project."""

import dataclasses
import re
from collections.abc import Iterable, Mapping
from typing import Final

from plumbline.core.secret import Secret

__all__ = [
    "CREDENTIALS_LABELS",
    "REPOSITORY_LABELS",
    "SECRET_TYPE_LABEL",
    "Repository",
    "decode_repository",
    "find",
    "normalise_url",
]

SECRET_TYPE_LABEL: Final = "argocd.argoproj.io/secret-type"  # noqa: S105 -- a label
REPOSITORY_LABELS: Final = frozenset({"repository"})
CREDENTIALS_LABELS: Final = frozenset({"repo-creds"})

_SCP_FORM = re.compile(r"^(?:(?P<user>[^@/]+)@)?(?P<host>[^:/@]+):(?!/)(?P<path>.+)$")
_EMPTY: Final = Secret("")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Repository:
    """A repository and what opens it; also a credential template, whose URL is a prefix."""

    url: str
    type: str = "git"
    name: str = ""
    project: str = ""
    username: str = ""
    password: Secret = _EMPTY
    bearer_token: Secret = _EMPTY
    ssh_private_key: Secret = _EMPTY
    tls_client_cert_data: str = ""
    tls_client_cert_key: Secret = _EMPTY
    insecure: bool = False
    insecure_ignore_host_key: bool = False
    force_http_basic_auth: bool = False
    enable_lfs: bool = False
    enable_oci: bool = False
    proxy: str = ""
    no_proxy: str = ""
    depth: int = 0

    @property
    def has_credential(self) -> bool:
        """Whether anything here authenticates; if not, a template may."""
        return bool(
            self.username
            or self.password
            or self.bearer_token
            or self.ssh_private_key
            or self.tls_client_cert_data
        )


def normalise_url(url: str) -> str:
    """Bring the spellings of one repository together, for comparison only.

    Lower case, no ``.git`` and no trailing slash, ``user@host:path`` as ``ssh://host/path``, no
    user part (behaviour.md section 9). A URL that cannot be read is returned in lower case.
    """
    text = url.strip().lower()
    if "://" not in text:
        scp = _SCP_FORM.match(text)
        if scp:
            text = f"ssh://{scp['host']}/{scp['path']}"
    scheme, separator, rest = text.partition("://")
    if separator:
        authority, slash, path = rest.partition("/")
        if scheme != "file":
            authority = authority.rpartition("@")[2]
        text = f"{scheme}://{authority}{slash}{path}"
    return text.rstrip("/").removesuffix(".git")


def _flag(data: Mapping[str, str], key: str) -> bool:
    return data.get(key, "").strip().lower() == "true"


def decode_repository(data: Mapping[str, Secret]) -> Repository:
    """Read the data of a repository or repo-creds Secret; unknown keys are ignored."""
    text = {key: value.reveal() for key, value in data.items()}
    depth = text.get("depth", "")
    return Repository(
        url=text.get("url", "").strip(),
        type=text.get("type") or "git",
        name=text.get("name", ""),
        project=text.get("project", ""),
        username=text.get("username", ""),
        password=data.get("password", _EMPTY),
        bearer_token=data.get("bearerToken", _EMPTY),
        ssh_private_key=data.get("sshPrivateKey", _EMPTY),
        tls_client_cert_data=text.get("tlsClientCertData", ""),
        tls_client_cert_key=data.get("tlsClientCertKey", _EMPTY),
        insecure=_flag(text, "insecure"),
        insecure_ignore_host_key=_flag(text, "insecureIgnoreHostKey"),
        force_http_basic_auth=_flag(text, "forceHttpBasicAuth"),
        enable_lfs=_flag(text, "enableLfs"),
        enable_oci=_flag(text, "enableOCI"),
        proxy=text.get("proxy", ""),
        no_proxy=text.get("noProxy", ""),
        depth=int(depth) if depth.isdecimal() else 0,
    )


def find(
    url: str,
    project: str,
    repositories: Iterable[Repository],
    templates: Iterable[Repository],
) -> Repository:
    """Return what to open ``url`` with on behalf of ``project``.

    A repository secret of that project is preferred, then one without a project; another
    project's secret is never used. One without any credential takes them from the template with
    the longest matching URL prefix (config.md section 7). Without any secret the repository is
    opened anonymously.
    """
    wanted = normalise_url(url)
    candidates = [r for r in repositories if normalise_url(r.url) == wanted]
    chosen = next((r for r in candidates if project and r.project == project), None)
    chosen = chosen or next((r for r in candidates if not r.project), None)
    chosen = dataclasses.replace(chosen, url=url) if chosen else Repository(url=url)
    if chosen.has_credential:
        return chosen
    prefix = max(
        (t for t in templates if t.url and _is_prefix(t.url, wanted)),
        key=lambda t: len(t.url),
        default=None,
    )
    if prefix is None:
        return chosen
    return dataclasses.replace(
        chosen,
        username=prefix.username,
        password=prefix.password,
        bearer_token=prefix.bearer_token,
        ssh_private_key=prefix.ssh_private_key,
        tls_client_cert_data=prefix.tls_client_cert_data,
        tls_client_cert_key=prefix.tls_client_cert_key,
        force_http_basic_auth=prefix.force_http_basic_auth,
        proxy=chosen.proxy or prefix.proxy,
        no_proxy=chosen.no_proxy or prefix.no_proxy,
    )


def _is_prefix(template_url: str, wanted: str) -> bool:
    """Whether a template's URL covers a repository; only whole path segments count.

    Without that rule a template for ``https://host/team`` would send its password to
    ``https://host/team-of-others``.
    """
    prefix = normalise_url(template_url)
    if not wanted.startswith(prefix):
        return False
    rest = wanted[len(prefix) :]
    return not rest or rest.startswith("/") or prefix.endswith(("/", "://"))
