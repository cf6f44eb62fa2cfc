"""Helm: `helm template` of a chart in the sandbox, and repositories of charts over HTTP.

The two never meet: :class:`Helm` runs without a network and knows no credential, used by the
renderer through ``tools.Tool``; :class:`HelmRepositories` fetches, and runs nothing but the reading
of an index, in the sandbox.
"""

from plumbline.repo_server.helm.index import IndexReader
from plumbline.repo_server.helm.repository import HelmRepositories
from plumbline.repo_server.helm.tool import Helm

__all__ = ["Helm", "HelmRepositories", "IndexReader"]
