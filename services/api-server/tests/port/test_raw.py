"""Raw sockets: silence, slowness, garbage, excess, half-closed connections."""

import asyncio
import contextlib
import json
import socket

import grpc
import pytest

from plumbline.pb.server import application_pb2, application_pb2_grpc

CANARY = b"canary-9e1d"
ALIVE = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
NEVER = 3600.0


async def ended(reader):
    """Return what comes until the end; a reset is an end."""
    data = b""
    with contextlib.suppress(ConnectionError):
        while part := await reader.read(65536):
            data += part
    return data


async def closed(*writers):
    for writer in writers:
        writer.close()
    for writer in writers:
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def healthy(port):
    async with port.request("GET", "/healthz") as response:
        return await response.text()


@pytest.mark.parametrize("secure", [True, False])
@pytest.mark.parametrize("begin", [b"", b"G", ALIVE[:-2], PREFACE[:14], b"\x16\x03\x01"])
async def test_silence_is_ended(serve, limits, secure, begin):
    """Who does not say what he wants in time is cut off, whatever he began with."""
    async with serve(secure=secure, limits=limits(seconds=0.2)) as port:
        reader, writer = await port.raw()
        writer.write(begin)
        assert b"" == await ended(reader)
        assert "ok" == await healthy(port)
        await closed(writer)


async def test_a_head_byte_by_byte_is_ended(serve, limits):
    """The time is for the whole head, not between bytes."""
    async with serve(limits=limits(seconds=0.2)) as port:
        reader, writer = await port.raw()

        async def drip():
            writer.write(b"GET / HTTP/1.1\r\nX: ")
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.01)

        dripping = asyncio.ensure_future(drip())
        assert b"" == await ended(reader)
        dripping.cancel()
        await asyncio.gather(dripping, return_exceptions=True)
        await closed(writer)


async def test_a_crowd_of_silent_connections_costs_the_crowd(serve, limits):
    """The oldest silent one goes; who speaks is served."""
    async with serve(limits=limits(silent=5, seconds=NEVER)) as port:
        crowd = [await port.raw() for _ in range(20)]
        assert "ok" == await healthy(port)
        for reader, _ in crowd[:14]:
            assert b"" == await ended(reader)
        await closed(*(writer for _, writer in crowd))


async def test_too_many_connections_are_refused(serve, limits):
    """The limit holds, and is free again when a connection ends."""
    async with serve(limits=limits(connections=2)) as port:
        writers = []
        for _ in range(2):
            reader, writer = await port.raw()
            writer.write(ALIVE)
            assert b"200" in await reader.readline()
            writers.append(writer)
        reader, writer = await port.raw()
        assert b"" == await ended(reader)
        await closed(writer, *writers)
        while True:  # until the server has seen the end
            reader, writer = await port.raw()
            writer.write(ALIVE)
            line = await reader.read(15)
            await closed(writer)
            if b"200" in line:
                return


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00" * 64 + b"\r\n\r\n",
        CANARY + b"\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA b: " + CANARY + b"\r\n\r\n",
        b"\x16\x03\x01" + b"\xff" * 300 + b"\r\n\r\n",
    ],
)
async def test_garbage_is_a_bad_request(serve, garbage):
    """400 with our headers, nothing repeated, and the connection ends."""
    async with serve() as port:
        reader, writer = await port.raw()
        writer.write(garbage)
        head, _, body = (await ended(reader)).partition(b"\r\n\r\n")
        assert b" 400 " in head.splitlines()[0]
        assert b"X-Content-Type-Options: nosniff" in head
        assert b"aiohttp" not in head
        assert {"error", "code", "message"} == set(json.loads(body))
        assert CANARY not in body
        await closed(writer)


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 140_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 400_000,
    ],
    ids=["line", "field", "count", "endless"],
)
async def test_an_excessive_head_is_a_bad_request(serve, head):
    """Lines, fields and their number are bounded."""
    async with serve() as port:
        reader, writer = await port.raw()
        writer.write(head)
        assert b" 400 " in (await ended(reader)).splitlines()[0]
        assert "ok" == await healthy(port)
        await closed(writer)


async def test_a_long_cookie_header_is_none_of_them(serve):
    """Twenty cookies of four thousand bytes are a token, not an attack."""
    async with serve() as port:
        headers = {"Cookie": "; ".join(f"argocd.token-{n}={'x' * 4000}" for n in range(20))}
        async with port.request("GET", "/healthz", headers=headers) as response:
            assert 200 == response.status


async def test_garbage_after_the_preface_ends_the_connection(serve):
    """gRPC's own server sees it and hangs up; the port goes on."""
    async with serve() as port:
        reader, writer = await port.raw()
        writer.write(PREFACE + b"\xff" * 200)
        await ended(reader)
        assert "ok" == await healthy(port)
        await closed(writer)


async def test_half_closed_http_gets_its_answer(serve):
    """A client may close its side after the request, as ``nc -N`` does."""
    async with serve() as port:
        reader, writer = await port.raw()
        writer.write(ALIVE)
        writer.write_eof()
        assert (await ended(reader)).endswith(b"ok")
        await closed(writer)


async def test_a_half_closed_idle_connection_ends(serve):
    """Nothing is waited for there."""
    async with serve() as port:
        reader, writer = await port.raw()
        writer.write(ALIVE)
        await reader.readuntil(b"ok")
        writer.write_eof()
        assert b"" == await ended(reader)
        await closed(writer)


async def test_half_closed_http2_gets_its_answer(serve):
    """The splice passes a half-close on: what gRPC still sends arrives."""
    async with serve() as port:
        reader, writer = await port.raw()
        settings = b"\0\0\0\4\0\0\0\0\0"
        writer.write(PREFACE + settings)
        writer.write_eof()
        data = await ended(reader)
        assert 4 == data[3], "the server's SETTINGS frame"
        await closed(writer)


async def test_pipelined_requests_are_answered_in_order(serve):
    """One write, three answers."""
    async with serve() as port:
        reader, writer = await port.raw()
        paths = ["/healthz", "/api/version", "/nothing"]
        writer.write(b"".join(f"GET {p} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for p in paths))
        writer.write_eof()
        text = await ended(reader)
        assert [b"200", b"200", b"404"] == [p[:3] for p in text.split(b"HTTP/1.1 ")[1:]]
        await closed(writer)


async def test_a_reader_that_does_not_read_costs_no_memory(serve):
    """A stream of hundreds of megabytes stops when its reader does, and goes on when he does."""
    async with serve() as port:
        small = socket.socket()
        small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        small.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(small, ("127.0.0.1", port.port))
        reader, writer = await asyncio.open_connection(sock=small, limit=1024)
        path = "/api/v1/stream/applications?selector=1000000"
        auth = "Authorization: Bearer good"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n{auth}\r\n\r\n".encode())
        await reader.readexactly(10_000)
        # The method has long been able to make all of them; it has made no more than fit.
        made = -1
        while made != port.applications.made:
            made = port.applications.made
            for _ in range(20):
                assert "ok" == await healthy(port)
        assert made < 100_000
        while made == port.applications.made:
            await reader.readexactly(100_000)
        await closed(writer)


async def test_a_grpc_reader_that_does_not_read_stops_the_method(serve):
    """Back-pressure crosses the splice too."""
    async with serve() as port, port.channel() as channel:
        query = application_pb2.ApplicationQuery(selector="1000000")
        stub = application_pb2_grpc.ApplicationServiceStub(channel)
        stream = stub.Watch(query, metadata=(("token", "good"),))
        assert await stream.read() is not grpc.aio.EOF
        made = -1
        while made != port.applications.made:
            made = port.applications.made
            for _ in range(20):
                assert "ok" == await healthy(port)
        assert made < 1_000_000
        stream.cancel()
