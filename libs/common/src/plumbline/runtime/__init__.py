"""What every service process needs: settings, logging, signals, health and metrics endpoints.

Called by the services' ``__main__`` and ``wiring`` modules. Must not know any service, any
Kubernetes object or any RPC message.
"""

__all__: list[str] = []
