"""Helm: `helm template` of a materialised chart, in the sandbox.

Used by the renderer through ``tools.Tool``. What helm reads and is told is decided in
``plumbline.core.render``; here is only the running of the binary.
"""

from plumbline.repo_server.helm.tool import Helm

__all__ = ["Helm"]
