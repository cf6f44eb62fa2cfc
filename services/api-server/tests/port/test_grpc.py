"""gRPC through the port: TLS and plain text, streams, the client's address, limits."""

import asyncio

import grpc
import pytest
from google.protobuf import empty_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2

from plumbline.pb.server import application_pb2, application_pb2_grpc, version_pb2_grpc

AUTH = (("authorization", "Bearer good"),)
PARALLEL = 64


def applications(channel):
    return application_pb2_grpc.ApplicationServiceStub(channel)


@pytest.mark.parametrize("secure", [True, False])
async def test_calls_and_streams(serve, secure):
    """Both kinds arrive and are answered."""
    async with serve(secure=secure) as port, port.channel() as channel:
        version = await version_pb2_grpc.VersionServiceStub(channel).Version(empty_pb2.Empty())
        assert "v1" == version.Version
        query = application_pb2.ApplicationQuery(selector="5")
        events = [e async for e in applications(channel).Watch(query, metadata=AUTH)]
        found = [e.application.metadata.resourceVersion for e in events]
        assert ["0", "1", "2", "3", "4"] == found


@pytest.mark.parametrize("secure", [True, False])
async def test_many_streams_at_once(serve, secure):
    """Sixty-four streams of a thousand events each, on one connection, lose nothing."""
    async with serve(secure=secure) as port, port.channel() as channel:
        query = application_pb2.ApplicationQuery(selector="1000")

        async def read():
            stream = applications(channel).Watch(query, metadata=AUTH)
            return [e.application.metadata.resourceVersion async for e in stream]

        got = await asyncio.gather(*(read() for _ in range(PARALLEL)))
        assert [[str(n) for n in range(1000)]] * PARALLEL == got


async def test_large_messages_pass_with_back_pressure(serve):
    """Megabytes each way; what is too large is refused by its size."""
    async with serve(max_message=8 * 2**20) as port:
        where = f"localhost:{port.port}"
        options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
        async with grpc.aio.insecure_channel(where, options=options) as channel:
            request = application_pb2.ApplicationCreateRequest()
            request.application.metadata.annotations["x"] = "y" * (6 * 2**20)
            got = await applications(channel).Create(request, metadata=AUTH)
            assert 6 * 2**20 == len(got.metadata.annotations["x"])
            request.application.metadata.annotations["x"] = "y" * (9 * 2**20)
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await applications(channel).Create(request, metadata=AUTH)
            assert grpc.StatusCode.RESOURCE_EXHAUSTED == refused.value.code()


async def test_the_address_is_the_clients(serve):
    """Not the splice's; what the client sends in metadata is not believed."""
    async with serve(secure=True) as port, port.channel() as channel:
        metadata = (*AUTH, ("peer", "9.9.9.9:1"), ("x-forwarded-for", "9.9.9.9"))
        query = application_pb2.ApplicationQuery(name="a")
        got = await applications(channel).Get(query, metadata=metadata)
        host, _, number = got.metadata.annotations["peer"].rpartition(":")
        assert host in {"127.0.0.1", "[::1]"}
        assert number.isdigit()


async def test_identity_and_errors_are_the_same(serve):
    """The interceptors stand in front of this way too."""
    async with serve() as port, port.channel() as channel:
        for metadata, code in ((), "UNAUTHENTICATED"), (AUTH, "NOT_FOUND"):
            query = application_pb2.ApplicationQuery(name="missing")
            with pytest.raises(grpc.aio.AioRpcError) as raised:
                await applications(channel).Get(query, metadata=metadata)
            assert code == raised.value.code().name


async def test_a_client_that_hangs_up_cancels(serve):
    """Cancellation crosses the splice."""
    async with serve() as port, port.channel() as channel:
        query = application_pb2.ApplicationQuery(name="slow")
        call = applications(channel).Get(query, metadata=AUTH)
        await port.applications.begun.wait()
        call.cancel()
        await port.applications.cancelled.wait()


async def test_a_lost_connection_cancels(serve):
    """A client that is gone leaves nothing running."""
    async with serve() as port:
        channel = port.channel()
        query = application_pb2.ApplicationQuery(name="slow")
        call = applications(channel).Get(query, metadata=AUTH)
        await port.applications.begun.wait()
        await channel.close()
        await port.applications.cancelled.wait()
        call.cancel()


async def test_health_and_reflection(serve):
    """The protocol's own services answer, reflection under both names."""
    async with serve() as port, port.channel() as channel:
        health = health_pb2_grpc.HealthStub(channel)
        answer = await health.Check(health_pb2.HealthCheckRequest())
        assert health_pb2.HealthCheckResponse.SERVING == answer.status
        for version in ("v1", "v1alpha"):
            ask = channel.stream_stream(
                f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
                request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
                response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
            )
            call = ask(iter([reflection_pb2.ServerReflectionRequest(list_services="*")]))
            listed = {s.name for s in (await call.read()).list_services_response.service}
            assert "application.ApplicationService" in listed
            assert "cluster.SettingsService" in listed
