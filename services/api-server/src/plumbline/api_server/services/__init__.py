"""The public protocol, one module per gRPC service.

Each module holds one servicer: it asks permission, then reads rows or writes what was asked for
into the control plane's objects. :mod:`registry` is the table of them all; a service without a
module of its own, and a method without code, answer Unimplemented. Nothing here compares, renders
or judges.
"""

__all__: list[str] = []
