"""Choose the repository Secret for a URL and a project."""

import dataclasses
import re
from collections.abc import Iterable
from typing import Any, Final

from plumbline.core.repositories._fields import FIELDS, Repository

__all__ = [
    "CREDENTIALS_LABELS",
    "REPOSITORY_LABELS",
    "SECRET_TYPE_LABEL",
    "find",
    "normalise_url",
    "wire_fields",
]

SECRET_TYPE_LABEL: Final = "argocd.argoproj.io/secret-type"  # noqa: S105 -- a label
REPOSITORY_LABELS: Final = frozenset({"repository"})
CREDENTIALS_LABELS: Final = frozenset({"repo-creds"})

_SCP_FORM = re.compile(r"^(?:(?P<user>[^@/]+)@)?(?P<host>[^:/@]+):(?!/)(?P<path>.+)$")
_ACCOUNT = re.compile(r"[^@/:]+@(?P<host>[^:/@]+):?")
_AUTHORITY_END = re.compile(r"[/?\\]")
_PORTS: Final = {"https": ":443", "http": ":80", "ssh": ":22", "git": ":9418"}


def normalise_url(url: str) -> str:
    """Bring the spellings of one repository together, for comparison only.

    Lower case, no ``.git`` and no trailing slash, ``user@host:path`` as ``ssh://host/path``, no
    user part, no default port (behaviour.md section 9). A URL that cannot be read is returned in
    lower case. The host ends where it does for whoever connects: else a rule and a credential for
    one host would be applied to another (``https://evil#@host/repo``).
    """
    text = url.strip().lower()
    if "://" not in text:
        scp = _SCP_FORM.match(text)
        account = _ACCOUNT.fullmatch(text)
        if scp:
            text = f"ssh://{scp['host']}/{scp['path']}"
        elif account:
            text = f"ssh://{account['host']}"
    scheme, separator, rest = text.partition("://")
    if separator:
        if scheme == "file":
            return text.rstrip("/").removesuffix(".git")
        rest = rest.partition("#")[0]
        end = _AUTHORITY_END.search(rest)
        authority, path = (rest[: end.start()], rest[end.start() :]) if end else (rest, "")
        authority = authority.rpartition("@")[2].removesuffix(_PORTS.get(scheme, "\n"))
        text = f"{scheme}://{authority}{path}"
    return text.rstrip("/").removesuffix(".git")


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
    if prefix is None or _would_leak(chosen, prefix):
        return chosen
    inherited: dict[str, Any] = {
        field.attribute: getattr(prefix, field.attribute) for field in FIELDS if field.is_credential
    }
    return dataclasses.replace(
        chosen,
        **inherited,
        proxy=chosen.proxy or prefix.proxy,
        no_proxy=chosen.no_proxy or prefix.no_proxy,
        inherited=prefix.has_credential,
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


def _would_leak(chosen: Repository, template: Repository) -> bool:
    """Whether a repository could read the template's credential on the way.

    Who may declare a repository must not learn an administrator's password by naming a proxy of
    their own together with "do not check the server".
    """
    own_proxy = bool(chosen.proxy) and chosen.proxy != template.proxy
    is_plain = chosen.url.lower().startswith("http://")
    return own_proxy and (chosen.insecure or is_plain)


def wire_fields(repository: Repository) -> dict[str, Any]:
    """Return the fields of a ``plumbline.repo.v1.Repository``, secrets revealed.

    Called where a request to the repo-server is made, and nowhere else: mutual TLS protects it.
    """
    return {
        "url": repository.url,
        "type": repository.type,
        "name": repository.name,
        "username": repository.username,
        "password": repository.password.reveal(),
        "bearer_token": repository.bearer_token.reveal(),
        "ssh_private_key": repository.ssh_private_key.reveal(),
        "insecure": repository.insecure,
        "insecure_ignore_host_key": repository.insecure_ignore_host_key,
        "tls_client_cert": repository.tls_client_cert_data.encode(),
        "tls_client_key": repository.tls_client_cert_key.reveal().encode(),
        "proxy": repository.proxy,
        "no_proxy": repository.no_proxy,
        "enable_lfs": repository.enable_lfs,
        "enable_oci": repository.enable_oci,
        "insecure_oci_force_http": repository.insecure_oci_force_http,
        "depth": repository.depth,
        "ca_bundle": repository.ca_bundle,
        "ssh_known_hosts": repository.ssh_known_hosts,
        "project": repository.project,
        "force_http_basic_auth": repository.force_http_basic_auth,
        "chart": repository.chart,
        "pass_credentials": repository.pass_credentials,
        "github_app_private_key": repository.github_app_private_key.reveal(),
        "github_app_id": repository.github_app_id,
        "github_app_installation_id": repository.github_app_installation_id,
        "github_app_enterprise_base_url": repository.github_app_enterprise_base_url,
        "gcp_service_account_key": repository.gcp_service_account_key.reveal(),
        "use_azure_workload_identity": repository.use_azure_workload_identity,
        "azure_client_id": repository.azure_client_id,
        "azure_client_secret": repository.azure_client_secret.reveal(),
        "azure_tenant_id": repository.azure_tenant_id,
        "azure_endpoint": repository.azure_endpoint,
    }
