"""Every public service and the servicer that answers it.

Called by ``wiring``. A service that has no servicer of ours yet is registered with the generated
one, whose methods all answer Unimplemented (``rpc.interceptors`` maps them);
:func:`unimplemented` lists what is left, and a test holds that list.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import grpc
from google.protobuf import message_factory

from plumbline.api_server.parts import Parts
from plumbline.api_server.prepared import Prepared
from plumbline.api_server.services.account import AccountService
from plumbline.api_server.services.application import ApplicationService
from plumbline.api_server.services.certificate import CertificateService
from plumbline.api_server.services.cluster import ClusterService
from plumbline.api_server.services.gpgkey import GPGKeyService
from plumbline.api_server.services.project import ProjectService
from plumbline.api_server.services.repocreds import RepoCredsService
from plumbline.api_server.services.repository import RepositoryService
from plumbline.api_server.services.session import SessionService
from plumbline.api_server.services.settings import SettingsService
from plumbline.api_server.services.version import VersionService
from plumbline.pb.server import (
    account_pb2,
    account_pb2_grpc,
    application_pb2,
    application_pb2_grpc,
    applicationset_pb2,
    applicationset_pb2_grpc,
    certificate_pb2,
    certificate_pb2_grpc,
    cluster_pb2,
    cluster_pb2_grpc,
    gpgkey_pb2,
    gpgkey_pb2_grpc,
    notification_pb2,
    notification_pb2_grpc,
    project_pb2,
    project_pb2_grpc,
    repocreds_pb2,
    repocreds_pb2_grpc,
    repository_pb2,
    repository_pb2_grpc,
    session_pb2,
    session_pb2_grpc,
    settings_pb2,
    settings_pb2_grpc,
    version_pb2,
    version_pb2_grpc,
)

__all__ = ["SERVICES", "Service", "names", "register", "unimplemented"]


class Service(NamedTuple):
    """A public service: its descriptors, generated module, and our servicer if there is one."""

    file: Any
    module: Any
    name: str
    servicer: Callable[[Parts], Any] | None = None

    @property
    def descriptor(self) -> Any:
        """The service's descriptor."""
        return self.file.DESCRIPTOR.services_by_name[self.name]

    @property
    def generated(self) -> Any:
        """The generated servicer, whose methods are all unimplemented."""
        return getattr(self.module, f"{self.name}Servicer")


SERVICES: Final = (
    Service(account_pb2, account_pb2_grpc, "AccountService", AccountService),
    Service(application_pb2, application_pb2_grpc, "ApplicationService", ApplicationService),
    Service(applicationset_pb2, applicationset_pb2_grpc, "ApplicationSetService"),
    Service(certificate_pb2, certificate_pb2_grpc, "CertificateService", CertificateService),
    Service(cluster_pb2, cluster_pb2_grpc, "ClusterService", ClusterService),
    Service(gpgkey_pb2, gpgkey_pb2_grpc, "GPGKeyService", GPGKeyService),
    Service(notification_pb2, notification_pb2_grpc, "NotificationService"),
    Service(project_pb2, project_pb2_grpc, "ProjectService", ProjectService),
    Service(repocreds_pb2, repocreds_pb2_grpc, "RepoCredsService", RepoCredsService),
    Service(repository_pb2, repository_pb2_grpc, "RepositoryService", RepositoryService),
    Service(session_pb2, session_pb2_grpc, "SessionService", SessionService),
    Service(settings_pb2, settings_pb2_grpc, "SettingsService", SettingsService),
    Service(version_pb2, version_pb2_grpc, "VersionService", VersionService),
)


def register(server: grpc.aio.Server, parts: Parts) -> None:
    """Put every service onto a server."""
    for service in SERVICES:
        make = service.servicer
        servicer = make(parts) if make is not None else service.generated()
        handlers = {m.name: _handler(servicer, m) for m in service.descriptor.methods}
        generic = grpc.method_handlers_generic_handler(service.descriptor.full_name, handlers)
        server.add_generic_rpc_handlers((generic,))
        # By name too, as generated code does: REST and gRPC-web find them there (``port``).
        server.add_registered_method_handlers(service.descriptor.full_name, handlers)


def _handler(servicer: Any, method: Any) -> grpc.RpcMethodHandler:
    """Return the handler of a method, which may answer with a message or with a prepared answer.

    What is sent to many is serialised once (``rows``); the generated registration would not let it
    pass.
    """
    make = {
        (False, False): grpc.unary_unary_rpc_method_handler,
        (False, True): grpc.unary_stream_rpc_method_handler,
        (True, False): grpc.stream_unary_rpc_method_handler,
        (True, True): grpc.stream_stream_rpc_method_handler,
    }[method.client_streaming, method.server_streaming]
    request: Any = message_factory.GetMessageClass(method.input_type)
    return make(
        getattr(servicer, method.name),
        request_deserializer=request.FromString,
        response_serializer=_serialised,
    )


def _serialised(answer: Any) -> bytes:
    return answer.wire() if type(answer) is Prepared else answer.SerializeToString()


def names() -> list[str]:
    """Return the full names of all services, for reflection."""
    return [service.descriptor.full_name for service in SERVICES]


def unimplemented() -> list[str]:
    """Return the methods that answer Unimplemented, as ``/package.Service/Method``, sorted."""
    found = []
    for service in SERVICES:
        ours = service.servicer or service.generated
        found += [
            f"/{service.descriptor.full_name}/{method.name}"
            for method in service.descriptor.methods
            if getattr(ours, method.name) is getattr(service.generated, method.name)
        ]
    return sorted(found)
