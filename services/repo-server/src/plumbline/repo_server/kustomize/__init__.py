"""Kustomize: `kustomize build` of a materialised closure, in the sandbox.

Used by the renderer through ``tools.Tool``. Which files are read is decided in
``plumbline.core.render``; here is only the running of the binary.
"""

from plumbline.repo_server.kustomize.tool import Kustomize, allowed_options

__all__ = ["Kustomize", "allowed_options"]
