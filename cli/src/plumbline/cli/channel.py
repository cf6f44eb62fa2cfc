"""Native gRPC: the channel, its trust and its metadata.

Imported by ``connection`` when a command calls; the only module of the client that imports grpc.
"""

from collections.abc import Iterator
from typing import Any

import grpc

from plumbline.cli import trust
from plumbline.cli.connection import served_error
from plumbline.cli.context import Server
from plumbline.core import errors

__all__ = ["GrpcTransport"]


class GrpcTransport:
    """Calls over one channel."""

    def __init__(self, server: Server) -> None:
        """Make the channel; it connects with the first call."""
        self._channel = _channel(server)
        self._metadata = [(k.lower(), v) for k, v in trust.headers(server)]
        if server.token:
            token = server.token.reveal()
            self._metadata += [("token", token), ("authorization", f"Bearer {token}")]
        self._patient = server.connect_retries > 0

    def unary(self, path: str, payload: bytes, seconds: float) -> bytes:
        """Make a call."""
        method = self._channel.unary_unary(path)
        try:
            answer: bytes = method(payload, **self._options(seconds))
        except grpc.RpcError as error:
            raise _readable(error) from error
        return answer

    def stream(self, path: str, payload: bytes, seconds: float) -> Iterator[bytes]:
        """Make a call with a stream of answers."""
        answers = self._channel.unary_stream(path)(payload, **self._options(seconds))
        try:
            yield from answers
        except grpc.RpcError as error:
            raise _readable(error) from error
        finally:
            answers.cancel()

    def close(self) -> None:
        """Close the channel."""
        self._channel.close()

    def _options(self, seconds: float) -> dict[str, Any]:
        """Return the options of a call; with retries, it waits for the connection."""
        return {"metadata": self._metadata, "timeout": seconds, "wait_for_ready": self._patient}


def _channel(server: Server) -> grpc.Channel:
    options: list[tuple[str, Any]] = [
        ("grpc.max_receive_message_length", server.max_message),
        ("grpc.enable_http_proxy", 0),
    ]
    if server.plaintext:
        return grpc.insecure_channel(trust.with_port(server.address, plaintext=True), options)
    authority = server.authority or None
    if server.insecure:
        # gRPC cannot skip verification: trust exactly the certificate the server shows now.
        authority, name = _shown(server.address)
        options.append(("grpc.ssl_target_name_override", name))
    credentials = grpc.ssl_channel_credentials(
        authority, server.key.reveal().encode() or None, server.certificate or None
    )
    return grpc.secure_channel(trust.with_port(server.address), credentials, options)


def _shown(address: str) -> tuple[bytes, str]:
    """Return the certificate a server shows, and a name it is for."""
    import ssl  # noqa: PLC0415 -- only with --insecure

    host, port = trust.host_port(address)
    try:
        shown = ssl.get_server_certificate((host, port), timeout=10)
    except (OSError, ValueError) as error:
        raise errors.Unavailable(f"{address}: {error}") from error
    return shown.encode(), trust.name_of(shown) or host


def _readable(error: grpc.RpcError) -> errors.PlumblineError:
    if not isinstance(error, grpc.Call):
        return errors.Unavailable(str(error))
    code, details = error.code(), error.details() or ""
    if "CERTIFICATE_VERIFY_FAILED" in details:
        return errors.Unavailable(
            "the server's certificate is not trusted; if that is expected, add --insecure"
        )
    return served_error(code.name, details or code.name)
