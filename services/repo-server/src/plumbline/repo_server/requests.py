"""Parts of a request as the values that planning and rendering take.

Called by the service. Sources share what they have in common: positions in the request's tables
become the same value here.
"""

import functools
from collections.abc import Iterator

from plumbline.core import errors, render
from plumbline.core import integrity as signatures
from plumbline.core.secret import Secret
from plumbline.pb.repo import repo_pb2
from plumbline.repo_server.batch import Question
from plumbline.repo_server.git.repository import Identity

__all__ = ["demand", "identity", "questions", "tool_settings"]

_MAX_CAPABILITIES = 1000  # clusters of one call
_MAX_API_VERSIONS = 20_000  # of one cluster
_MAX_KEYS = 1000
_TYPES = frozenset({"Helm", "Kustomize", "Jsonnet"})


def questions(
    request: repo_pb2.ResolveRequest | repo_pb2.RenderRequest, commit: str
) -> Iterator[Question]:
    """Yield the sources of a request.

    Args:
        request: its tables are referred to by the sources.
        commit: what the revision is.

    Raises:
        errors.InvalidArgument: a position that is in no table, a ref that is no name, or tables
            that are too large.
    """
    if len(request.capabilities) > _MAX_CAPABILITIES:
        raise errors.InvalidArgument(f"more than {_MAX_CAPABILITIES} capabilities in one call")
    known: list[tuple[str, tuple[str, ...]]] = [("", ())]
    known += [(c.kube_version, _shared(tuple(c.api_versions))) for c in request.capabilities]
    if any(len(versions) > _MAX_API_VERSIONS for _, versions in known):
        raise errors.InvalidArgument(f"more than {_MAX_API_VERSIONS} API versions of one cluster")
    for message in request.sources:
        if message.capabilities >= len(known):
            raise errors.InvalidArgument("a source names capabilities that the request has not")
        kube_version, api_versions = known[message.capabilities]
        if not message.capabilities:
            kube_version = message.kube_version
            api_versions = _shared(tuple(message.api_versions))
        yield Question(
            id=message.id,
            source_json=message.source_json,
            context=render.Context(
                app_name=message.app_name,
                app_namespace=message.app_namespace,
                project=message.project,
                revision=commit,
                kube_version=kube_version,
                api_versions=api_versions,
            ),
            known_key=message.known_key,
            no_cache=message.no_cache,
            build_options=message.kustomize_build_options,
            references=_references(message, len(request.referenced)),
        )


@functools.lru_cache(maxsize=64)
def _shared(versions: tuple[str, ...]) -> tuple[str, ...]:
    """Return one tuple for equal ones: plans keep them."""
    return versions


def _references(message: repo_pb2.SourceRequest, count: int) -> dict[str, int]:
    render.check_names([reference.name for reference in message.references], [])
    if any(not r.name or r.repository >= count for r in message.references):
        raise errors.InvalidArgument("a source refers to a repository that the request has not")
    return {reference.name: reference.repository for reference in message.references}


def tool_settings(message: repo_pb2.RenderSettings) -> render.ToolSettings:
    """Return the operator's settings.

    Raises:
        errors.InvalidArgument: a source type that is none.
    """
    unknown = sorted(set(message.disabled) - _TYPES)
    if unknown:
        raise errors.InvalidArgument(f"source type {unknown[0][:40]!r} is not one")
    return render.ToolSettings(
        disabled=frozenset(message.disabled),
        build_options=message.kustomize_build_options,
        versions=tuple(sorted(message.kustomize_versions.items())),
        version_options=tuple(sorted(message.kustomize_version_options.items())),
    )


def demand(message: repo_pb2.Integrity) -> signatures.Demand:
    """Return what a request asks of signatures.

    Raises:
        errors.InvalidArgument: a mode that is none, or too many keys.
    """
    if max(len(message.keys), len(message.public_keys)) > _MAX_KEYS:
        raise errors.InvalidArgument(f"more than {_MAX_KEYS} keys")
    try:
        mode = signatures.Mode(message.mode)
    except ValueError:
        raise errors.InvalidArgument(f"integrity mode {message.mode[:40]!r} is not one") from None
    keys = tuple(key.upper() for key in message.keys)
    return signatures.Demand(mode, keys, tuple(message.public_keys))


def identity(message: repo_pb2.Repository) -> Identity:
    """Return the credential of a repository that buys tokens."""
    return Identity(
        github_app_private_key=Secret(message.github_app_private_key),
        github_app_id=message.github_app_id,
        github_app_installation_id=message.github_app_installation_id,
        github_app_base_url=message.github_app_enterprise_base_url,
        gcp_service_account_key=Secret(message.gcp_service_account_key),
        use_azure_workload_identity=message.use_azure_workload_identity,
        azure_client_id=message.azure_client_id,
        azure_client_secret=Secret(message.azure_client_secret),
        azure_tenant_id=message.azure_tenant_id,
        azure_endpoint=message.azure_endpoint,
    )
