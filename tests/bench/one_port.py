"""CPU of the api-server per unary call, by the way the call takes to the servicer.

    .venv/bin/python tests/bench/one_port.py [CALLS]

One process serves a method that answers at once, on one core; the load runs in this process on the
other. Printed is the serving process's CPU time per call (user + system), the best of three rounds:
gRPC to a bare server over TCP and over a Unix socket (what the port replaces), through the port in
plain text and with TLS, gRPC-web and REST through the port, and REST as it would be if the gateway
called our own gRPC socket instead of the servicer.
"""

import asyncio
import datetime as dt
import os
import pathlib
import ssl
import struct
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import grpc
import psutil
import uvloop
from aiohttp import web
from google.protobuf import empty_pb2

from plumbline.api_server import certificate
from plumbline.api_server.port import Port, answers, tls
from plumbline.api_server.port.config import Config
from plumbline.pb.server import version_pb2, version_pb2_grpc
from plumbline.rpc import convert, interceptors
from plumbline.runtime import logs

CALLS = int(sys.argv[2] if sys.argv[1:2] == ["serve"] else (sys.argv[1:] or ["4000"])[0])
PARALLEL, ROUNDS = 32, 3
METHOD = "/version.VersionService/Version"
Call = Callable[[], Awaitable[Any]]


class Versions(version_pb2_grpc.VersionServiceServicer):
    """Answers 500 bytes."""

    async def Version(self, request: Any, context: Any) -> Any:  # noqa: N802 -- gRPC's name
        """Answer."""
        del request, context
        return version_pb2.VersionMessage(Version="x" * 500)


def register(server: Any) -> None:
    """Put the servicer onto a server."""
    version_pb2_grpc.add_VersionServiceServicer_to_server(Versions(), server)


async def serve(folder: pathlib.Path) -> None:
    """Serve all ways, and tell where."""
    pair = certificate.self_signed("argocd", dt.datetime.now(dt.UTC))
    (folder / "cert.pem").write_bytes(pair[1])
    chain = [interceptors.Errors()]
    bare = grpc.aio.server(interceptors=chain)
    register(bare)
    numbers = [bare.add_insecure_port("127.0.0.1:0")]
    bare.add_insecure_port(f"unix:{folder}/bare")
    await bare.start()
    channel = grpc.aio.insecure_channel(f"unix:{folder}/bare")
    stub = version_pb2_grpc.VersionServiceStub(channel)

    async def twice(_: web.Request) -> web.Response:
        answer = await stub.Version(empty_pb2.Empty())
        body = answers.json_bytes(convert.to_json(answer))
        return web.Response(body=body, content_type="application/json")

    terms = tls.Terms(minimum="", maximum="", ciphers="")
    for secure in (False, True):
        port = Port(
            Config(address="127.0.0.1", port=0, secure=secure),
            services=[version_pb2.DESCRIPTOR.services_by_name["VersionService"]],
            register=register,
            interceptors=chain,
            certificate=tls.Contexts(terms, lambda: pair) if secure else None,
            extra=[web.get("/twice", twice)],
        )
        await port.start()
        numbers.append(port.port)
    sys.stdout.write(f"{' '.join(map(str, numbers))}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


def _channel(where: str, root: bytes = b"") -> grpc.aio.Channel:
    if root:
        return grpc.aio.secure_channel(where, grpc.ssl_channel_credentials(root))
    return grpc.aio.insecure_channel(where)


async def measure(name: str, process: psutil.Process, call: Call) -> None:
    """Print the process's CPU per call."""

    async def some() -> None:
        for _ in range(CALLS // PARALLEL):
            await call()

    await call()
    best = float("inf")
    for _ in range(ROUNDS):
        before = sum(process.cpu_times()[:2])
        await asyncio.gather(*(some() for _ in range(PARALLEL)))
        spent = sum(process.cpu_times()[:2]) - before
        best = min(best, spent / (CALLS // PARALLEL * PARALLEL))
    sys.stdout.write(f"{name:42} {best * 1e6:7.0f} us\n")
    sys.stdout.flush()


async def load(folder: pathlib.Path, child: subprocess.Popen[bytes]) -> None:
    """Measure each way."""
    assert child.stdout is not None
    bare, plain, secure = child.stdout.readline().decode().split()
    root = (folder / "cert.pem").read_bytes()
    process = psutil.Process(child.pid)
    for name, channel in (
        ("gRPC, bare server, TCP", _channel(f"127.0.0.1:{bare}")),
        ("gRPC, bare server, Unix socket", _channel(f"unix:{folder}/bare")),
        ("gRPC, one port, plain text", _channel(f"127.0.0.1:{plain}")),
        ("gRPC, one port, TLS", _channel(f"localhost:{secure}", root)),
    ):
        async with channel:
            stub = version_pb2_grpc.VersionServiceStub(channel)
            await measure(name, process, lambda s=stub: s.Version(empty_pb2.Empty()))  # type: ignore[misc]
    trusted = ssl.create_default_context(cadata=root.decode())
    connector = aiohttp.TCPConnector(ssl=trusted, limit=PARALLEL)
    async with aiohttp.ClientSession(connector=connector) as session:
        frame = {"data": struct.pack(">BI", 0, 0)}
        kind = {"headers": {"Content-Type": "application/grpc-web+proto"}}

        async def ask(method: str, url: str, **extra: Any) -> None:
            async with session.request(method, url, **extra) as response:
                await response.read()

        web_url = f"https://localhost:{secure}{METHOD}"
        await measure(
            "gRPC-web, one port, TLS", process, lambda: ask("POST", web_url, **frame, **kind)
        )
        for name, url in (
            ("REST, one port, plain text", f"http://127.0.0.1:{plain}/api/version"),
            ("REST, one port, TLS", f"https://localhost:{secure}/api/version"),
            ("REST by way of our own gRPC socket, TLS", f"https://localhost:{secure}/twice"),
        ):
            await measure(name, process, lambda u=url: ask("GET", u))  # type: ignore[misc]


def main() -> None:
    """Start the serving process on one core and the load on the other."""
    with tempfile.TemporaryDirectory() as name:
        command = [sys.executable, __file__, "serve", str(CALLS), name]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            try:
                os.sched_setaffinity(child.pid, {0})
                os.sched_setaffinity(0, {1})
                uvloop.run(load(pathlib.Path(name), child))
            finally:
                child.terminate()


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        logs.configure("bench", level="error")
        uvloop.run(serve(pathlib.Path(sys.argv[3])))
    else:
        main()
