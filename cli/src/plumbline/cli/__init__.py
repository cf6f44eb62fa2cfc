"""``plumb``, the thin command line client of the api-server.

Speaks the public protocol and decides nothing; flags, output and exit codes are those the field
knows (contract: cli_flags.tsv). Start-up is quick: gRPC is imported by the command that calls.
"""

__all__: list[str] = []
