"""``plumb``, the thin command line client: not there yet, its distribution is.

Will speak to the api-server by gRPC and decide nothing itself.
"""

__all__: list[str] = []
