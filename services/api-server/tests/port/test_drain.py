"""Stopping: calls in progress end, nothing new begins, the grace is kept."""

import asyncio
import json

import grpc
import pytest

from plumbline.pb.server import application_pb2, application_pb2_grpc

AUTH = (("token", "good"),)
SLOW = "/api/v1/applications/slow"


async def stopping(port):
    """Begin to stop; return the task when the port accepts no more."""
    task = asyncio.ensure_future(port.server.stop(20))
    while True:
        try:
            _, writer = await port.raw()
        except ConnectionError:
            return task
        writer.close()


@pytest.mark.parametrize("secure", [True, False])
async def test_calls_in_progress_end(serve, secure):
    """REST and gRPC both get their answer; connections that idle are closed."""
    async with serve(secure=secure) as port, port.channel() as channel:
        async with port.request("GET", "/healthz") as response:
            assert 200 == response.status
        rest = asyncio.ensure_future(_read(port, SLOW))
        await port.applications.begun.wait()
        port.applications.begun.clear()
        stub = application_pb2_grpc.ApplicationServiceStub(channel)
        call = stub.Get(application_pb2.ApplicationQuery(name="slow"), metadata=AUTH)
        await port.applications.begun.wait()
        task = await stopping(port)
        port.applications.finish.set()
        assert "slow" == json.loads(await rest)["metadata"]["name"]
        assert "slow" == (await call).metadata.name
        await task
        assert not port.applications.cancelled.is_set()


async def _read(port, path):
    async with port.request("GET", path) as response:
        return await response.text()


async def test_the_grace_ends(serve):
    """What takes longer is cut off: calls are cancelled, streams end."""
    async with serve() as port, port.channel() as channel:
        stub = application_pb2_grpc.ApplicationServiceStub(channel)
        call = stub.Get(application_pb2.ApplicationQuery(name="slow"), metadata=AUTH)
        await port.applications.begun.wait()
        port.applications.begun.clear()
        path = "/api/v1/stream/applications?name=endless"
        async with port.request("GET", path) as response:
            await port.applications.begun.wait()
            await port.server.stop(0.1)
            assert port.applications.cancelled.is_set()
            with pytest.raises(grpc.aio.AioRpcError):
                await call
            del response


async def test_idle_connections_are_closed_at_once(serve):
    """A client that keeps a connection does not hold the stop up."""
    async with serve() as port:
        reader, writer = await port.raw()
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b"ok")
        silent_reader, silent = await port.raw()
        rest = asyncio.ensure_future(_read(port, SLOW))
        await port.applications.begun.wait()
        task = await stopping(port)
        assert b"" == await reader.read()
        port.applications.finish.set()
        await task
        await rest
        writer.close()
        silent.close()
        del silent_reader


async def test_grpc_clients_are_told_to_go(serve):
    """GOAWAY: the client does not use the connection for its next call."""
    async with serve() as port, port.channel() as channel:
        stub = application_pb2_grpc.ApplicationServiceStub(channel)
        call = stub.Get(application_pb2.ApplicationQuery(name="slow"), metadata=AUTH)
        await port.applications.begun.wait()
        task = await stopping(port)
        await channel.wait_for_state_change(grpc.ChannelConnectivity.READY)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await stub.Get(application_pb2.ApplicationQuery(name="a"), metadata=AUTH)
        assert grpc.StatusCode.UNAVAILABLE == refused.value.code()
        port.applications.finish.set()
        assert "slow" == (await call).metadata.name
        await task
