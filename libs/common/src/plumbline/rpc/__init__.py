"""gRPC plumbing: identities, error mapping, and the codec between JSON trees and messages.

Used by the three services and the CLI. Knows no service's logic. Messages become JSON trees and
back only in ``rpc.convert``; errors become statuses and back only in ``rpc.status``.
"""

__all__: list[str] = []
