"""A declared repository as the repo-server's message: the edge where its secrets are revealed.

Used by the callers of RepoService; the call goes over mutual TLS (docs/architecture.md).
"""

from plumbline.core import repositories
from plumbline.pb.repo import repo_pb2

__all__ = ["repository_message"]


def repository_message(repository: repositories.Repository) -> repo_pb2.Repository:
    """Return the message that opens a repository."""
    r = repository
    return repo_pb2.Repository(
        url=r.url,
        type=r.type,
        username=r.username,
        password=r.password.reveal(),
        bearer_token=r.bearer_token.reveal(),
        ssh_private_key=r.ssh_private_key.reveal(),
        insecure=r.insecure,
        insecure_ignore_host_key=r.insecure_ignore_host_key,
        tls_client_cert=r.tls_client_cert_data.encode(),
        tls_client_key=r.tls_client_cert_key.reveal().encode(),
        proxy=r.proxy,
        no_proxy=r.no_proxy,
        enable_lfs=r.enable_lfs,
        depth=r.depth,
        project=r.project,
        force_http_basic_auth=r.force_http_basic_auth,
    )
