"""A small api-server in this process, and a function that runs command lines against it."""

import concurrent.futures
import dataclasses
import importlib

import grpc
import pytest
from google.protobuf import message_factory

from plumbline.cli import program
from plumbline.rpc import convert

_MODULES = (
    "account", "application", "certificate", "cluster", "project", "repocreds", "repository",
    "session", "version",
)  # fmt: skip


def _methods():
    found = {}
    for name in _MODULES:
        described = importlib.import_module(f"plumbline.pb.server.{name}_pb2").DESCRIPTOR
        for service in described.services_by_name.values():
            for method in service.methods:
                found[f"{service.full_name}/{method.name}"] = method
    return found


class Refusal(Exception):
    """What a fake answers instead of an answer."""

    def __init__(self, code, details):
        super().__init__(details)
        self.code, self.details = code, details


class FakeApi(grpc.GenericRpcHandler):
    """Answers calls with trees, and remembers what was asked.

    An answer is a tree, a list of answers for the calls one after another (the last one stays), a
    Refusal, or, for streams, a list of lists: the events of each stream.
    """

    def __init__(self):
        self.answers = {}
        self.asked = []
        self.metadata = {}
        self._methods = _methods()
        self.address = ""

    refusal = Refusal

    def requests(self, name):
        """All requests of a method, as trees."""
        return [tree for asked, tree in self.asked if asked.endswith(f"/{name}")]

    def names(self):
        """The names of the methods that were called, in order."""
        return [name.rpartition("/")[2] for name, _ in self.asked]

    def service(self, details):
        name = details.method.removeprefix("/")
        method = self._methods[name]
        request = message_factory.GetMessageClass(method.input_type)
        make = grpc.unary_unary_rpc_method_handler
        act = self._unary
        if method.server_streaming:
            make, act = grpc.unary_stream_rpc_method_handler, self._stream
        return make(
            lambda message, context: act(name, method, message, context),
            request_deserializer=request.FromString,
            response_serializer=lambda message: message.SerializeToString(),
        )

    def _next(self, name, message, context):
        self.asked.append((name, convert.to_json(message)))
        self.metadata = dict(context.invocation_metadata())
        short = name.rpartition("/")[2]
        answer = self.answers.get(short, {})
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if isinstance(answer, Refusal):
            context.abort(answer.code, answer.details)
        return answer

    def _unary(self, name, method, message, context):
        answer = self._next(name, message, context)
        return convert.to_message(answer, message_factory.GetMessageClass(method.output_type))

    def _stream(self, name, method, message, context):
        cls = message_factory.GetMessageClass(method.output_type)
        for event in self._next(name, message, context):
            if isinstance(event, Refusal):
                context.abort(event.code, event.details)
            yield convert.to_message(event, cls)


@pytest.fixture
def api():
    """A server of public RPCs on a port of this machine."""
    fake = FakeApi()
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers((fake,))
    fake.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    yield fake
    server.stop(None).wait()


@dataclasses.dataclass(frozen=True)
class Result:
    """How a command line ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def plumb(tmp_path, capsys):
    """Run a command line in this process: `plumb("app", "list", environ={...})`."""

    def run(*args, environ=None):
        capsys.readouterr()
        code = program.run(args, {"ARGOCD_CONFIG_DIR": str(tmp_path), **(environ or {})})
        captured = capsys.readouterr()
        return Result(code, captured.out, captured.err)

    return run


@pytest.fixture
def ask(plumb, api):
    """Run a command line against the fake server."""

    def run(*args, environ=None):
        return plumb(*args, "--server", api.address, "--plaintext", environ=environ)

    return run


@pytest.fixture
def application():
    """Return a small application; keyword arguments change parts of its status."""

    def make(version="5", sync="Synced", health="Healthy", operation=None, **status):
        tree = {
            "metadata": {"name": "shop", "namespace": "argocd", "resourceVersion": version},
            "spec": {
                "project": "default",
                "source": {
                    "repoURL": "https://git.example/shop.git",
                    "path": "deploy",
                    "targetRevision": "main",
                },
                "destination": {
                    "server": "https://kubernetes.default.svc",
                    "namespace": "shop",
                },
            },
            "status": {
                "sync": {"status": sync, "revision": "1" * 40},
                "health": {"status": health},
                "reconciledAt": "2026-01-02T03:04:09Z",
                "resources": [
                    {
                        "group": "apps",
                        "version": "v1",
                        "kind": "Deployment",
                        "namespace": "shop",
                        "name": "web",
                        "status": sync,
                        "health": {"status": health},
                    },
                    {
                        "version": "v1",
                        "kind": "Service",
                        "namespace": "shop",
                        "name": "web",
                        "status": sync,
                    },
                ],
                **status,
            },
        }
        if operation is not None:
            tree["operation"] = operation
        return tree

    return make


@pytest.fixture
def finished():
    """Return an operation state that has ended."""

    def make(phase="Succeeded", message="successfully synced (all tasks run)", **more):
        return {
            "operation": {"sync": {}},
            "phase": phase,
            "message": message,
            "startedAt": "2026-01-02T03:04:05Z",
            "finishedAt": "2026-01-02T03:04:08Z",
            "syncResult": {"revision": "1" * 40, "resources": []},
            **more,
        }

    return make
