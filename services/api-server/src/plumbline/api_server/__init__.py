"""The API and RBAC server: not there yet, its distribution is.

Will answer the public protocol of ``plumbline.pb.server`` on one port, and ask the controller for
what only the controller knows.
"""

__all__: list[str] = []
