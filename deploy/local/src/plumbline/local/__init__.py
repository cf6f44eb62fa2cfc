"""Plumbline as processes on one machine: what ``make run`` and ``make up`` do.

A development tool: it starts the services with mutual TLS against a given or a local Kubernetes,
serves the example repository over Git's smart HTTP, and stops only what it started. The services
know nothing of it.
"""

__all__: list[str] = []
