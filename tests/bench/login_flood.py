"""What a flood of wrong logins costs everybody else, on the real service.

    .venv/bin/python -m tests.bench.login_flood [SECONDS] [PER_SECOND]

A local Kubernetes with 100 Applications and one api-server on loopback. A process of its own sends
wrong logins (half for one account, half for names that change), open loop: 500 a second for ten
seconds. Meanwhile one client asks, one call after the other: a list of all Applications, the
version, and now and then the administrator's right login. The same calls without the flood come
first. CPU-seconds are the api-server's.
"""

import asyncio
import collections
import statistics
import subprocess
import sys
import time

import grpc
from google.protobuf import empty_pb2

from plumbline.local import plumb
from plumbline.local.environment import Environment
from plumbline.pb.server import (
    application_pb2,
    application_pb2_grpc,
    session_pb2,
    session_pb2_grpc,
    version_pb2_grpc,
)
from tests.bench import meter
from tests.bench.api_lists import application

APPLICATIONS = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"
NUMBER = 100
DEADLINE = 30.0
SLOW_ONE = 25
"""Each so many turns of the client there is a login among its calls."""
VICTIM = "victim"
MOST = 1000
"""Logins a second beyond which this is no measurement any more."""


async def flood(address, seconds, rate):
    """Send wrong logins at a rate, whether answers come or not; print what came of them."""
    told = collections.Counter()

    async def one(stub, number):
        name = VICTIM if number % 2 else f"name-{number}"
        request = session_pb2.SessionCreateRequest(username=name, password="wrong")
        call = stub.Create(request, timeout=DEADLINE)
        told[(await call.code()).name] += 1

    async with grpc.aio.insecure_channel(address) as channel:
        stub = session_pb2_grpc.SessionServiceStub(channel)
        start, running = time.monotonic(), set()
        for number in range(int(seconds * rate)):
            await asyncio.sleep(start + number / rate - time.monotonic())
            task = asyncio.create_task(one(stub, number))
            running.add(task)
            task.add_done_callback(running.discard)
        sent = time.monotonic() - start
        await asyncio.gather(*running)
    print(f"{sum(told.values())} wrong logins in {sent:.1f} s: {dict(told)}", flush=True)


class Client:
    """The calls of somebody who works."""

    def __init__(self, address, password):
        self._channel = grpc.insecure_channel(address)
        self._apps = application_pb2_grpc.ApplicationServiceStub(self._channel)
        self._version = version_pb2_grpc.VersionServiceStub(self._channel)
        self._sessions = session_pb2_grpc.SessionServiceStub(self._channel)
        self._login = session_pb2.SessionCreateRequest(username="admin", password=password)
        self._metadata = (("token", self._sessions.Create(self._login).token),)

    def list(self):
        query = application_pb2.ApplicationQuery()
        answer = self._apps.List(query, metadata=self._metadata, timeout=DEADLINE)
        if len(answer.items) != NUMBER:
            raise AssertionError(f"{len(answer.items)} applications")

    def version(self):
        self._version.Version(empty_pb2.Empty(), metadata=self._metadata, timeout=DEADLINE)

    def login(self):
        self._sessions.Create(self._login, timeout=DEADLINE)

    def work(self, goes_on):
        """Return {call: milliseconds of each} and the refusals, as long as it goes on."""
        taken, refused = collections.defaultdict(list), collections.Counter()
        turn = 0
        while goes_on():
            turn += 1
            for call in (self.list, self.version, *([self.login] if turn % SLOW_ONE == 1 else [])):
                start = time.perf_counter()
                try:
                    call()
                except grpc.RpcError as error:
                    refused[f"{call.__name__}: {error.code().name}"] += 1
                taken[call.__name__].append((time.perf_counter() - start) * 1000)
        return taken, refused


def show(title, taken, refused, used, seconds):
    """Print one table."""
    print(f"{title}: {used:.1f} CPU-seconds in {seconds:.1f} s; refused: {dict(refused)}")
    for name, times in taken.items():
        ordered = sorted(times)
        last = ordered[max(0, int(len(ordered) * 0.99) - 1)]
        print(f"  {name:<10}{len(ordered):>6} calls  p50 {statistics.median(ordered):>8.1f} ms"
              f"  p99 {last:>8.1f} ms  worst {ordered[-1]:>8.1f} ms")  # fmt: skip


def prepare(environment):
    """Start everything; what is not measured is stopped again."""
    environment.use_cluster()
    environment.install("argocd")
    for number in range(NUMBER):
        environment.api.create(APPLICATIONS, application(number) | {"metadata": {
            "name": f"app-{number:05d}", "namespace": "argocd",
        }})  # fmt: skip
    environment.start_services(insecure=True)
    for name in ("controller", "repo-server"):
        environment.services.component(name).stop()
    path = "/api/v1/namespaces/argocd/configmaps/argocd-cm"
    environment.api.merge(path, {"data": {f"accounts.{VICTIM}": "login"}})
    return Client(environment.services.address, plumb.admin_password(environment.api, "argocd"))


def main():
    """Measure twice, and print."""
    if sys.argv[1:2] == ["--flood"]:
        asyncio.run(flood(sys.argv[2], float(sys.argv[3]), float(sys.argv[4])))
        return
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    rate = min(float(sys.argv[2]) if len(sys.argv) > 2 else 500.0, MOST)
    with Environment() as environment:
        client = prepare(environment)
        services = environment.services
        watched = {"api-server": services.pids["api-server"]}
        warm = iter(range(20))
        client.work(lambda: next(warm, None) is not None)
        for title in ("quiet", "flood"):
            measured, start = meter.Meter(watched), time.monotonic()
            if title == "quiet":
                found = client.work(lambda s=start: time.monotonic() < s + seconds)
            else:
                command = [sys.executable, "-m", "tests.bench.login_flood", "--flood"]
                command += [services.address, str(seconds), str(rate)]
                with subprocess.Popen(command) as flooding:
                    found = client.work(lambda p=flooding: p.poll() is None)
            took = time.monotonic() - start
            show(title, *found, measured.read()["api-server"].cpu_seconds, took)
        peak = measured.read()["api-server"].peak_mib
        print(f"api-server: {peak:.0f} MiB at most")


if __name__ == "__main__":
    main()
