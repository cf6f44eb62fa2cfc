"""OCI registries over HTTP: charts and artifacts by tag or digest, verified.

Used by ``charts``. Speaks the distribution specification; nothing here reads what is in an archive.
"""

from plumbline.repo_server.oci.registry import Content, Registries

__all__ = ["Content", "Registries"]
