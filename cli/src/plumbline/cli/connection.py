"""The connection to the api-server: calls by name, JSON trees in and out, errors as users read.

Requests and answers are trees in the API's JSON form; the codec of ``plumbline.rpc.convert`` makes
protobuf of them. Imports protobuf, and gRPC unless gRPC-Web is asked for, so that it is imported by
commands that call and by nothing else.
"""

import importlib
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, Protocol

from google.protobuf import message_factory

from plumbline.cli.context import Server
from plumbline.core import errors
from plumbline.rpc import convert

if TYPE_CHECKING:
    from google.protobuf.descriptor import MethodDescriptor

__all__ = ["Connection", "Transport", "served_error"]

_MODULES: Final = {
    "account.AccountService": "account_pb2",
    "application.ApplicationService": "application_pb2",
    "certificate.CertificateService": "certificate_pb2",
    "cluster.ClusterService": "cluster_pb2",
    "cluster.SettingsService": "settings_pb2",
    "project.ProjectService": "project_pb2",
    "repocreds.RepoCredsService": "repocreds_pb2",
    "repository.RepositoryService": "repository_pb2",
    "session.SessionService": "session_pb2",
    "version.VersionService": "version_pb2",
}
_UNARY_SECONDS: Final = 120.0


class Transport(Protocol):
    """Carries messages to a method and back."""

    def unary(self, path: str, payload: bytes, seconds: float) -> bytes:
        """Make a call.

        Raises:
            errors.PlumblineError: as the server said, or why it was not reached.
        """
        ...

    def stream(self, path: str, payload: bytes, seconds: float) -> Iterator[bytes]:
        """Make a call with a stream of answers; same errors."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...


class Connection:
    """Calls of one api-server."""

    def __init__(
        self,
        server: Server,
        transport: Transport | None = None,
        *,
        trace: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Connect lazily, over gRPC or gRPC-Web as the server's entry says.

        Args:
            server: where, and how it is trusted.
            transport: what carries the calls; by default what the server's entry says.
            trace: is told of every call, by name and time.

        Raises:
            errors.Unavailable: the server's certificate cannot be fetched (with --insecure).
            errors.InvalidArgument: a header or certificate cannot be used.
        """
        self.server = server
        self._transport = transport or _transport(server)
        self._trace = trace

    def call(
        self, method: str, request: dict[str, Any] | None = None, *, seconds: float = _UNARY_SECONDS
    ) -> Any:
        """Make a unary call, such as ``application.ApplicationService/Get``.

        Raises:
            errors.PlumblineError: as the server said.
        """
        found = _method(method)
        start = time.monotonic()
        answer = self._transport.unary(f"/{method}", _payload(found, request or {}), seconds)
        self._trace(f"{method} took {time.monotonic() - start:.3f}s, {len(answer)} bytes came")
        return _tree(found, answer)

    def stream(self, method: str, request: dict[str, Any], *, seconds: float) -> Iterator[Any]:
        """Make a call with a stream of answers.

        Raises:
            errors.PlumblineError: as the server said; DeadlineExceeded after ``seconds``.
        """
        found = _method(method)
        self._trace(f"{method} is followed")
        for answer in self._transport.stream(f"/{method}", _payload(found, request), seconds):
            yield _tree(found, answer)

    def close(self) -> None:
        """Let go of the connection."""
        self._transport.close()


def _transport(server: Server) -> Transport:
    if server.grpc_web or server.root_path:
        from plumbline.cli import grpcweb  # noqa: PLC0415 -- only where asked for

        return grpcweb.WebTransport(server)
    from plumbline.cli import channel  # noqa: PLC0415 -- gRPC is slow to import

    return channel.GrpcTransport(server)


def _method(name: str) -> "MethodDescriptor":
    service, _, method = name.partition("/")
    module = importlib.import_module(f"plumbline.pb.server.{_MODULES[service]}")
    described = module.DESCRIPTOR.services_by_name[service.rpartition(".")[2]]
    found: MethodDescriptor = described.methods_by_name[method]
    return found


def _payload(method: "MethodDescriptor", request: dict[str, Any]) -> bytes:
    cls = message_factory.GetMessageClass(method.input_type)
    return convert.to_message(request, cls).SerializeToString()


def _tree(method: "MethodDescriptor", answer: bytes) -> Any:
    cls = message_factory.GetMessageClass(method.output_type)
    return convert.to_json(cls.FromString(answer))


_GO_NAMES: Final = {
    "CANCELLED": "Canceled",
    "OK": "OK",
}


def served_error(code: str, message: str) -> errors.PlumblineError:
    """Return the error for what a server said, in the words users search for.

    A code that has no class of its own counts as Unavailable; its name stays in the text.
    """
    name = _GO_NAMES.get(code) or "".join(part.capitalize() for part in code.split("_"))
    for cls in errors.PlumblineError.__subclasses__():
        if cls.code.value == code:
            return cls(f"rpc error: code = {name} desc = {message}")
    return errors.Unavailable(f"rpc error: code = {name} desc = {message}")
