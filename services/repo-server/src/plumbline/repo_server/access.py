"""Repositories of charts as the fetch side opens them: those of sources and of dependencies.

Called by the service and the renderer. Which credential goes with which URL is decided in core;
whether the content of a source may ask for a URL is decided by the project's rules, which the
caller sends along (security.md, docs/security.md "remote bases").
"""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Final

from plumbline.core import errors, project, repositories
from plumbline.core.secret import Secret
from plumbline.pb.repo import repo_pb2
from plumbline.repo_server import remote as remotes
from plumbline.repo_server.proxies import proxy_for
from plumbline.repo_server.remote import Remote

__all__ = ["access", "dependency", "is_remote", "remote", "scope_of"]

_MAX_DECLARED: Final = 10_000
_REGISTRY: Final = "oci://"


def is_remote(message: repo_pb2.Repository) -> bool:
    """Tell whether a repository holds charts or artifacts rather than commits."""
    is_registry = message.url.lower().startswith(_REGISTRY)
    return bool(message.chart) or message.type in ("helm", "oci") or is_registry


def remote(message: repo_pb2.Repository) -> Remote:
    """Return the repository of charts or artifacts that a request describes.

    Raises:
        errors.InvalidArgument: a URL that cannot be one.
        errors.Unimplemented: a kind of credential that is not supported.
    """
    return _opened(_declared(message))


def access(message: repo_pb2.ChartAccess) -> repositories.ChartAccess:
    """Return what may be fetched for the content of sources.

    Raises:
        errors.InvalidArgument: more declared repositories than one call may bring.
    """
    if len(message.repositories) + len(message.templates) > _MAX_DECLARED:
        raise errors.InvalidArgument(f"more than {_MAX_DECLARED} repositories of charts")
    return repositories.ChartAccess(
        tuple(map(_declared, message.repositories)),
        tuple(map(_declared, message.templates)),
        tuple(message.source_repos),
        tuple((host, text.decode(errors="replace")) for host, text in message.ca_bundles.items()),
    )


def dependency(address: str, chart: str, allowed: repositories.ChartAccess) -> Remote:
    """Return the repository of a chart that the content of a source asks for.

    Raises:
        errors.PermissionDenied: the project does not permit it.
        errors.NotFound: it is given by a name that nothing has.
        errors.InvalidArgument: a URL that cannot be one.
    """
    found, is_declared = repositories.find_charts(address, allowed.repositories, allowed.templates)
    if not found.ca_bundle:
        bundle = dict(allowed.ca_bundles).get(repositories.host_of(found.url), "")
        found = dataclasses.replace(found, ca_bundle=bundle.encode())
    shown = repositories.public_url(found.url).partition("?")[0]  # a query may hold a token
    plain = found.url.removeprefix(_REGISTRY)
    if not _permits(allowed.source_repos, {found.url, plain}):
        raise errors.PermissionDenied(
            f"chart {chart!r} is not in charts/, and its repository {shown[:200]} is not permitted"
            " in the project: add it to sourceRepos, or vendor the chart"
        )
    is_named = is_declared or project.permits_url(
        [rule for rule in allowed.source_repos if rule != "*"], found.url
    )
    return _opened(found, chart=chart, content_named=not is_named)


def _permits(rules: Sequence[str], spellings: Iterable[str]) -> bool:
    """Whether a URL is permitted by one of its spellings, and denied by none."""
    spellings = tuple(spellings)
    denials = ["*", *(rule for rule in rules if rule.startswith("!"))]
    return any(project.permits_url(rules, url) for url in spellings) and all(
        project.permits_url(denials, url) for url in spellings
    )


def scope_of(allowed: repositories.ChartAccess) -> str:
    """Return a text that changes when what may be fetched does, for this process only."""
    return str(hash(allowed))


def _opened(
    found: repositories.Repository, *, chart: str = "", content_named: bool = False
) -> Remote:
    for kind, is_given in (
        ("GitHub App", found.github_app_private_key or found.github_app_id),
        ("Google Cloud service account", found.gcp_service_account_key),
        ("Azure workload identity", found.use_azure_workload_identity),
        ("Azure service principal", found.azure_client_id or found.azure_client_secret),
    ):
        if is_given:
            raise errors.Unimplemented(
                f"{repositories.public_url(found.url).partition('?')[0]}: a {kind} opens Git"
                " repositories only; give charts a username and password, or a bearer token"
            )
    proxy_for(_with_scheme(found.url), found.proxy, found.no_proxy)  # an unreadable one is told
    return remotes.make(
        found.url,
        chart=chart or found.chart,
        is_registry=found.enable_oci or found.type == "oci" or "://" not in found.url,
        username=found.username,
        password=found.password,
        bearer_token=found.bearer_token,
        insecure=found.insecure,
        plain_http=found.insecure_oci_force_http,
        pass_credentials=found.pass_credentials,
        ca_bundle=found.ca_bundle,
        tls_client_cert=found.tls_client_cert_data.encode(),
        tls_client_key=found.tls_client_cert_key,
        proxy=found.proxy,
        no_proxy=found.no_proxy,
        content_named=content_named,
    )


def _with_scheme(url: str) -> str:
    return url if "://" in url else f"{_REGISTRY}{url}"


def _declared(message: repo_pb2.Repository) -> repositories.Repository:
    return repositories.Repository(
        url=message.url.strip(),
        type=message.type or "git",
        name=message.name,
        project=message.project,
        username=message.username,
        password=Secret(message.password),
        bearer_token=Secret(message.bearer_token),
        insecure=message.insecure,
        enable_oci=message.enable_oci,
        insecure_oci_force_http=message.insecure_oci_force_http,
        tls_client_cert_data=message.tls_client_cert.decode(errors="replace"),
        tls_client_cert_key=Secret(message.tls_client_key.decode(errors="replace")),
        proxy=message.proxy,
        no_proxy=message.no_proxy,
        ca_bundle=message.ca_bundle,
        chart=message.chart,
        pass_credentials=message.pass_credentials,
        github_app_private_key=Secret(message.github_app_private_key),
        github_app_id=message.github_app_id,
        gcp_service_account_key=Secret(message.gcp_service_account_key),
        use_azure_workload_identity=message.use_azure_workload_identity,
        azure_client_id=message.azure_client_id,
        azure_client_secret=Secret(message.azure_client_secret),
    )
