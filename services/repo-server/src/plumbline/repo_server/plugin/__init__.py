"""Config management plugins: the client of their sidecars, and a sidecar of our own.

``sidecars`` is used by the renderer and the service: it finds sockets in a shared folder and speaks
the contract's plugin protocol (grpc_internal, ``plugin.ConfigManagementPluginService``) to whatever
listens there. A plugin receives files and variables and returns manifests; it is never given a
credential, a cache or a route to either. ``python -m plumbline.repo_server.plugin`` is the other
end: it reads a ConfigManagementPlugin file and runs its commands in the sandbox.
"""

from plumbline.repo_server.plugin.sidecars import Asked, Sidecars

__all__ = ["Asked", "Sidecars"]
