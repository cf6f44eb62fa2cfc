"""CertificateService: SSH host keys and TLS certificates that connections to Git trust."""

import grpc

from plumbline.api_server.parts import Parts
from plumbline.api_server.services.certificate_store import CertificateStore, Selector
from plumbline.core import errors
from plumbline.pb.server import certificate_pb2, certificate_pb2_grpc
from plumbline.pb.v1alpha1 import generated_pb2

__all__ = ["CertificateService"]

_MAX_CERTIFICATES = 1000  # in one request


class CertificateService(certificate_pb2_grpc.CertificateServiceServicer):
    """certificate.CertificateService."""

    def __init__(self, parts: Parts) -> None:
        """Keep the two ConfigMaps of trusted hosts."""
        self._permissions = parts.permissions
        self._store = CertificateStore(parts)

    async def ListCertificates(  # noqa: N802 -- gRPC requires this name
        self, request: certificate_pb2.RepositoryCertificateQuery, _: grpc.aio.ServicerContext
    ) -> generated_pb2.RepositoryCertificateList:
        """Return the trusted certificates."""
        self._permissions.require("certificates", "get", "")
        return generated_pb2.RepositoryCertificateList(
            items=self._store.selected(_selector(request))
        )

    async def CreateCertificate(  # noqa: N802 -- gRPC requires this name
        self,
        request: certificate_pb2.RepositoryCertificateCreateRequest,
        _: grpc.aio.ServicerContext,
    ) -> generated_pb2.RepositoryCertificateList:
        """Trust certificates; those that are trusted already are not answered."""
        self._permissions.require("certificates", "create", "")
        if request.upsert:
            self._permissions.require("certificates", "update", "")
        wanted = list(request.certificates.items)
        if len(wanted) > _MAX_CERTIFICATES:
            raise errors.InvalidArgument(f"more than {_MAX_CERTIFICATES} certificates at once")
        made = await self._store.put(wanted, replace=request.upsert)
        return generated_pb2.RepositoryCertificateList(items=made)

    async def DeleteCertificate(  # noqa: N802 -- gRPC requires this name
        self, request: certificate_pb2.RepositoryCertificateQuery, _: grpc.aio.ServicerContext
    ) -> generated_pb2.RepositoryCertificateList:
        """Trust certificates no longer.

        Raises:
            errors.InvalidArgument: no host is named; all hosts are ``*``.
        """
        self._permissions.require("certificates", "delete", "")
        if not request.hostNamePattern:
            raise errors.InvalidArgument("name the host whose certificates are to go, or '*'")
        return generated_pb2.RepositoryCertificateList(
            items=await self._store.remove(_selector(request))
        )


def _selector(query: certificate_pb2.RepositoryCertificateQuery) -> Selector:
    return Selector(query.hostNamePattern, query.certType, query.certSubType)
