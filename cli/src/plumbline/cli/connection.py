"""The connection to the api-server: channel, token, and errors as users should read them.

Imports gRPC, so that it is imported by commands that call and by nothing else.
"""

import ssl
from collections.abc import Iterator
from typing import Any

import grpc

from plumbline.cli import context
from plumbline.core import errors
from plumbline.pb.server import (
    application_pb2_grpc,
    session_pb2_grpc,
    version_pb2_grpc,
)
from plumbline.rpc import status

__all__ = ["Connection"]

_MAX_MESSAGE = 200 * 1024 * 1024


class Connection:
    """Calls of one api-server."""

    def __init__(self, server: context.Server) -> None:
        """Connect lazily.

        Raises:
            errors.Unavailable: the server's certificate cannot be fetched (with --insecure).
        """
        self._channel = _channel(server)
        self._metadata = [("token", server.token.reveal())] if server.token else []
        self.applications = application_pb2_grpc.ApplicationServiceStub(self._channel)  # type: ignore[no-untyped-call]
        self.session = session_pb2_grpc.SessionServiceStub(self._channel)  # type: ignore[no-untyped-call]
        self.version = version_pb2_grpc.VersionServiceStub(self._channel)  # type: ignore[no-untyped-call]

    def call(self, method: Any, request: Any, *, seconds: float = 120.0) -> Any:
        """Make a unary call.

        Raises:
            errors.PlumblineError: as the server said.
        """
        try:
            return method(request, metadata=self._metadata, timeout=seconds)
        except grpc.RpcError as error:
            raise _readable(error) from error

    def stream(self, method: Any, request: Any, *, seconds: float) -> Iterator[Any]:
        """Make a streaming call.

        Raises:
            errors.PlumblineError: as the server said; DeadlineExceeded after ``seconds``.
        """
        try:
            yield from method(request, metadata=self._metadata, timeout=seconds)
        except grpc.RpcError as error:
            raise _readable(error) from error


def _channel(server: context.Server) -> grpc.Channel:
    options = [
        ("grpc.max_receive_message_length", _MAX_MESSAGE),
        ("grpc.enable_http_proxy", 0),
    ]
    if server.plaintext:
        return grpc.insecure_channel(server.address, options=options)
    if not server.insecure:
        return grpc.secure_channel(server.address, grpc.ssl_channel_credentials(), options)
    # gRPC cannot skip verification: trust exactly the certificate the server shows now.
    host, _, port = server.address.rpartition(":")
    try:
        shown = ssl.get_server_certificate((host, int(port)), timeout=10)
    except (OSError, ValueError) as error:
        raise errors.Unavailable(f"{server.address}: {error}") from error
    trusted = grpc.ssl_channel_credentials(shown.encode())
    name = [("grpc.ssl_target_name_override", "argocd-server")]
    return grpc.secure_channel(server.address, trusted, [*options, *name])


def _readable(error: grpc.RpcError) -> errors.PlumblineError:
    found = status.from_rpc_error(error)
    if "CERTIFICATE_VERIFY_FAILED" in found.message:
        return errors.Unavailable(
            "the server's certificate is not trusted; if that is expected, add --insecure"
        )
    return found
