"""How long lists, gets and watches of many Applications take, over a real gRPC server.

    .venv/bin/python -m tests.bench.api_lists [N]

The server is a process of its own: the application service on rows that were fed through the
informer's handler, with the real policy decision. The client measures until the last byte, without
and with decoding. No cluster is needed.
"""

import asyncio
import logging
import os
import pathlib
import statistics
import subprocess
import sys
import time
import types

import grpc
import msgspec
import orjson
import structlog
from google.protobuf import message_factory

from plumbline.api_server import present
from plumbline.api_server import rows as rows_module
from plumbline.api_server.control import Control
from plumbline.api_server.permissions import Permissions
from plumbline.api_server.projects import Projects
from plumbline.api_server.rows import Rows
from plumbline.api_server.services import registry
from plumbline.api_server.services.application import ApplicationService
from plumbline.api_server.sessions import Caller
from plumbline.kube.informer import Lens
from plumbline.pb.server import application_pb2
from plumbline.rpc import interceptors

NAMESPACE = "argocd"
POLICY = "p, team, applications, *, project-3/*, allow\n"
SERVICE = application_pb2.DESCRIPTOR.services_by_name["ApplicationService"]


def application(number):
    """An Application as a busy installation has them: twenty resources, ten deployments."""
    name = f"app-{number:05d}"
    source = {
        "repoURL": f"https://git.example.com/team-{number % 50}/deploy.git",
        "path": f"apps/{name}/overlays/prod", "targetRevision": "main",
    }  # fmt: skip
    commit = f"{number:040x}"
    resources = [
        {"group": "apps", "version": "v1", "kind": "Deployment", "namespace": name,
         "name": f"part-{i}", "status": "Synced", "health": {"status": "Healthy"}}
        for i in range(20)
    ]  # fmt: skip
    history = [
        {"id": i, "revision": commit, "source": source, "deployedAt": "2026-01-01T00:00:00Z",
         "deployStartedAt": "2026-01-01T00:00:00Z", "initiatedBy": {"automated": True}}
        for i in range(10)
    ]  # fmt: skip
    result = {"revision": commit, "source": source, "resources": [
        {"group": "apps", "version": "v1", "kind": "Deployment", "namespace": name,
         "name": f"part-{i}", "status": "Synced", "message": "configured", "hookPhase": "Running",
         "syncPhase": "Sync"} for i in range(20)
    ]}  # fmt: skip
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {
            "name": name, "namespace": NAMESPACE, "uid": f"{number:032x}",
            "resourceVersion": str(1000 + number), "creationTimestamp": "2026-01-01T00:00:00Z",
            "labels": {"team": f"team-{number % 50}", "tier": "web" if number % 2 else "db"},
        },
        "spec": {
            "project": f"project-{number % 10}", "source": source,
            "destination": {"server": "https://kubernetes.default.svc", "namespace": name},
            "syncPolicy": {"automated": {"prune": True, "selfHeal": True}},
        },
        "status": {
            "sync": {"status": "Synced", "revision": commit,
                     "comparedTo": {"source": source, "destination": {"namespace": name}}},
            "health": {"status": "Healthy"}, "resources": resources, "history": history,
            "operationState": {"phase": "Succeeded", "message": "successfully synced",
                               "operation": {"sync": {"revision": commit}}, "syncResult": result,
                               "startedAt": "2026-01-01T00:00:00Z",
                               "finishedAt": "2026-01-01T00:00:09Z"},
            "reconciledAt": "2026-01-01T00:00:00Z",
        },
    }  # fmt: skip


class Callers(grpc.aio.ServerInterceptor):
    """Takes the subject in the metadata for the caller."""

    async def intercept_service(self, continuation, details):
        subject = dict(details.invocation_metadata).get("subject", "")
        present.acting_as(Caller(subject=subject, kind="login"))
        return await continuation(details)


async def serve(number):
    """Serve until killed; print the port and the figures of ingestion."""
    # As in production; and nobody reads what this process prints after its first line.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    raws = [orjson.dumps(application(i)) for i in range(number)]
    rows = Rows()
    start = time.process_time()
    for raw in raws:
        rows.upsert(msgspec.json.decode(raw, type=Lens), raw)
    ingestion = (time.process_time() - start) / number * 1e6
    size = sum(map(len, raws)) / number
    del raws
    control = Control()
    control.take_map("argocd-rbac-cm", {"policy.csv": POLICY})
    idle = grpc.aio.insecure_channel("127.0.0.1:1")
    parts = types.SimpleNamespace(
        rows=rows, objects=None, permissions=Permissions(control, Projects()), controller=idle,
        repo_server=idle, namespace=NAMESPACE, control=control,
    )  # fmt: skip
    server = grpc.aio.server(
        interceptors=[interceptors.Errors(), Callers()],
        options=[("grpc.max_send_message_length", 200 << 20)],
    )
    servicer = ApplicationService(parts)
    handlers = {m.name: registry._handler(servicer, m) for m in SERVICE.methods}
    generic = grpc.method_handlers_generic_handler(SERVICE.full_name, handlers)
    server.add_generic_rpc_handlers((generic,))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    texts = []
    for _ in range(2):
        start = time.process_time()
        rows_module.listed(rows.all(), rows.version).json()
        texts.append((time.process_time() - start) * 1000)
    told = {"port": port, "ingestion": ingestion, "size": size, "texts": texts}
    print(orjson.dumps(told).decode(), flush=True)
    await server.wait_for_termination()


class Client:
    """Calls of one subject, answers as bytes."""

    def __init__(self, port):
        options = [("grpc.max_receive_message_length", 200 << 20)]
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=options)

    def call(self, method, subject="admin", **query):
        found = SERVICE.methods_by_name[method]
        kind = self._channel.unary_stream if found.server_streaming else self._channel.unary_unary
        call = kind(
            f"/{SERVICE.full_name}/{method}",
            request_serializer=lambda m: m.SerializeToString(),
            response_deserializer=None,
        )
        request = application_pb2.ApplicationQuery(**query)
        return call(request, metadata=(("subject", subject),))


def rss(pid):
    """Return a process's resident memory in MiB."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    line = next(li for li in lines if li.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def cpu(pid):
    """Return a process's CPU time in seconds."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def milliseconds(call, times, pid):
    """Return the sorted times of a call, and the server's CPU time of one."""
    taken, before = [], cpu(pid)
    for _ in range(times):
        start = time.perf_counter()
        call()
        taken.append((time.perf_counter() - start) * 1000)
    return sorted(taken), (cpu(pid) - before) * 1000 / times


def show(name, measured, more=""):
    """Print one line."""
    taken, used = measured
    last = taken[max(0, int(len(taken) * 0.99) - 1)]
    figures = (taken[0], statistics.median(taken), last, used)
    print(f"{name:<40}" + "".join(f"{f:>9.1f}" for f in figures) + f"  {more}")


def measure(client, pid, number):
    """Print the table."""
    answer = message_factory.GetMessageClass(SERVICE.methods_by_name["List"].output_type)
    print(f"{'(milliseconds)':<40}{'best':>9}{'median':>9}{'p99':>9}{'CPU':>9}")
    for title, subject, query in (
        ("list, admin", "admin", {}),
        ("list, one project's user", "team", {}),
        ("list, admin, one project", "admin", {"projects": ["project-3"]}),
        ("list, admin, selector of a team", "admin", {"selector": "team in (team-7),tier!=db"}),
    ):
        raw = client.call("List", subject, **query)
        items = len(answer.FromString(raw).items)
        taken = milliseconds(lambda s=subject, q=query: client.call("List", s, **q), 9, pid)
        show(title, taken, f"{items} items, {len(raw) / 2**20:.1f} MiB")
    decoded = milliseconds(lambda: answer.FromString(client.call("List")), 5, pid)
    show("list, admin, decoded by the client", decoded)
    names = iter(range(10**9))
    gets = milliseconds(
        lambda: client.call("Get", name=f"app-{next(names) % number:05d}"), 1000, pid
    )
    show("get", gets)

    def first(subject="admin"):
        stream = client.call("Watch", subject)
        next(stream)
        stream.cancel()

    def all_of_it():
        stream = client.call("Watch")
        for _ in range(number):
            next(stream)
        stream.cancel()

    show("watch, first byte", milliseconds(first, 21, pid))
    show("watch, first byte, one project's user", milliseconds(lambda: first("team"), 21, pid))
    show(f"watch, all {number}", milliseconds(all_of_it, 3, pid))
    print(f"server: {rss(pid):.0f} MiB resident")


def main():
    """Start the server, measure, end it."""
    if sys.argv[1:2] == ["--serve"]:
        asyncio.run(serve(int(sys.argv[2])))
        return
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    command = [sys.executable, "-m", "tests.bench.api_lists", "--serve", str(number)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        try:
            told = orjson.loads(server.stdout.readline())
            print(f"{number} applications of {told['size'] / 1024:.1f} KiB,"
                  f" {told['ingestion']:.0f} us CPU each to take in")  # fmt: skip
            first, again = told["texts"]
            print(f"JSON of the list: {first:.0f} ms CPU the first time, {again:.0f} again")
            measure(Client(told["port"]), server.pid, number)
        finally:
            server.kill()


if __name__ == "__main__":
    main()
