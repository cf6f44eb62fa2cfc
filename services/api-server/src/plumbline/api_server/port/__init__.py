"""One port for everybody: gRPC, gRPC-web, REST and what other parts add as routes.

One listening socket in the asyncio process. The first byte tells TLS from plain text; ALPN or the
HTTP/2 preface tells gRPC from HTTP/1.1. gRPC's bytes are spliced to the gRPC server on a private
Unix socket; an HTTP/1.1 connection is handed to aiohttp's own protocol, without a second hop. REST
and gRPC-web call the same servicers, behind the same interceptors, inside the process
(``dispatch``). Nothing here decides about permission: identity and policy are the interceptors' and
the services'. Built by ``wiring``.
"""

from plumbline.api_server.port._port import Port

__all__ = ["Port"]
