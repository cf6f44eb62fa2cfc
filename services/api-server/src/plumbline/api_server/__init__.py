"""The API and RBAC server: the public protocol, for users and their clients.

Authenticates, checks permission, and writes what was asked for into the control plane's objects;
the controller does the rest. What only the controller knows (trees, differences) is asked of it.
"""

__all__: list[str] = []
