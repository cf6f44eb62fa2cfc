"""gRPC's own services: health and reflection, for probes and for tools such as grpcurl."""

from collections.abc import Iterable
from typing import Any, Final

import grpc
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2, reflection_pb2_grpc

__all__ = ["register"]

_V1: Final = "grpc.reflection.v1.ServerReflection"


def register(server: Any, names: Iterable[str]) -> None:
    """Put both onto a server.

    Args:
        server: or what stands for one.
        names: the services that reflection lists.
    """
    health_pb2_grpc.add_HealthServicer_to_server(health.aio.HealthServicer(), server)
    listed = [*names, health.SERVICE_NAME, reflection.SERVICE_NAME, _V1]
    servicer = reflection.aio.ReflectionServicer(listed)
    reflection_pb2_grpc.add_ServerReflectionServicer_to_server(servicer, server)
    # Version 1 has the messages of v1alpha, field by field; only the service's name differs.
    handler = grpc.stream_stream_rpc_method_handler(
        servicer.ServerReflectionInfo,
        request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
        response_serializer=reflection_pb2.ServerReflectionResponse.SerializeToString,
    )
    methods = {"ServerReflectionInfo": handler}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(_V1, methods),))
    server.add_registered_method_handlers(_V1, methods)
