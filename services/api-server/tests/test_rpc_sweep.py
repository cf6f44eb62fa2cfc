"""Every RPC of every public service, called by nobody and by somebody without a role.

The server is the real one, in a process of its own, on a real API server that holds an
application, a project, a repository and a cluster whose texts carry a canary. What is added later
is swept too: methods come from the registry.
"""

import base64
import dataclasses
import datetime as dt
import json
import pathlib
import secrets
import socket
import subprocess
import sys

import bcrypt
import grpc
import pytest
from google.protobuf import descriptor as descriptors
from google.protobuf import json_format, message_factory

from plumbline.api_server.services import registry
from plumbline.pb.server import session_pb2
from plumbline.rpc import credentials
from plumbline.testing.crds import install_crds

pytestmark = pytest.mark.cluster

CANARY = "canary-c41d"
PASSWORD = secrets.token_urlsafe(12)
SECONDS = 30.0  # for an answer
QUIET = 2.0  # seconds in which a stream shows what there is to be seen

PUBLIC = frozenset(
    {
        "/session.SessionService/Create",
        "/session.SessionService/GetUserInfo",
        "/cluster.SettingsService/Get",
        "/version.VersionService/Version",
    }
)
"""What may answer without a session (behaviour.md sections 15 and 17)."""

OWN = frozenset({"/account.AccountService/UpdatePassword", "/session.SessionService/Create"})
"""What concerns the caller's own password; a wrong one is refused in words of its own."""

NAMED = frozenset({"/account.AccountService/CanI"})
"""What refuses a question about a resource that there is not; the answer to others is no."""

HIDDEN = frozenset(
    {
        "uiBannerContent",
        "uiBannerURL",
        "uiBannerPermanent",
        "uiBannerPosition",
        "controllerNamespace",
        "resourceOverrides",
        "passwordPattern",
    }
)
"""Settings that nobody sees without a session (behaviour.md section 17)."""

SHOWN = frozenset(
    {
        "/application.ApplicationService/List",
        "/application.ApplicationService/Watch",
        "/cluster.ClusterService/List",
        "/project.ProjectService/List",
        "/repocreds.RepoCredsService/ListRepositoryCredentials",
        "/repository.RepositoryService/ListRepositories",
    }
)
"""What shows the canary to an administrator: without that the sweep would prove nothing."""

SNAPSHOT = json.loads(pathlib.Path(__file__).with_name("anonymous_keys.json").read_text())

METHODS = [method for service in registry.SERVICES for method in service.descriptor.methods]


def path(method):
    return f"/{method.containing_service.full_name}/{method.name}"


each_method = pytest.mark.parametrize("method", METHODS, ids=path)


@dataclasses.dataclass(frozen=True)
class Answer:
    """A status, its text, and the messages that came."""

    code: grpc.StatusCode
    details: str
    messages: tuple = ()


@dataclasses.dataclass(frozen=True)
class Server:
    """A running server: a channel to it, and the tokens of two accounts."""

    channel: grpc.Channel
    token: str
    """Of an account without a role."""
    admin: str
    log: pathlib.Path

    def call(self, method, token="", *, bare=False):
        """Call a method with a filled request, or one of what is required; return its answer."""
        kinds = (method.client_streaming, method.server_streaming)
        make = {
            (False, False): self.channel.unary_unary,
            (False, True): self.channel.unary_stream,
            (True, False): self.channel.stream_unary,
            (True, True): self.channel.stream_stream,
        }[kinds]
        reply = message_factory.GetMessageClass(method.output_type)
        stub = make(
            path(method),
            request_serializer=lambda m: m.SerializeToString(),
            response_deserializer=reply.FromString,
        )
        if token == self.token and path(method) == "/session.SessionService/Delete":
            token = login(self.channel, "nobody", PASSWORD)  # this one ends the session
        request = filled(message_factory.GetMessageClass(method.input_type)(), bare=bare)
        metadata = (("token", token),) if token else ()
        timeout = QUIET if method.server_streaming else SECONDS
        messages = []
        try:
            given = iter([request]) if method.client_streaming else request
            answer = stub(given, metadata=metadata, timeout=timeout)
            messages.extend(answer if method.server_streaming else [answer])
        except grpc.RpcError as error:
            return Answer(error.code(), error.details() or "", tuple(messages))
        return Answer(grpc.StatusCode.OK, "", tuple(messages))


TEXTS = {
    "appNamespace": "",
    "namespace": "",
    "noProxy": "",
    "proxy": "",
    "refresh": "",
    "resourceVersion": "",
    "selector": "",
    "type": "git",
    "project": f"{CANARY}-project",
    "repo": f"https://git.example/{CANARY}",
    "repoURL": f"https://git.example/{CANARY}",
    "url": f"https://git.example/{CANARY}",
    "server": f"https://{CANARY}.example",
    "kind": "ConfigMap",
    "version": "v1",
    "revision": "HEAD",
}


def filled(message, depth=0, *, bare=False):
    """Set texts so that they name what exists, and whatever is required."""
    for field in message.DESCRIPTOR.fields:
        required = field.is_required
        is_message = field.type == descriptors.FieldDescriptor.TYPE_MESSAGE
        deep = depth > 2 or (depth > 1 and is_message)
        if field.is_repeated or ((bare or deep) and not required):
            continue
        if is_message:
            filled(getattr(message, field.name), depth + 1, bare=bare)
            getattr(message, field.name).SetInParent()
        elif field.type == descriptors.FieldDescriptor.TYPE_STRING:
            named = field.name == "name" or not depth
            usual = f"{CANARY}-app" if named else ""
            setattr(message, field.name, TEXTS.get(field.name, usual))
        elif required:
            setattr(message, field.name, field.default_value)
    return message


def labelled(kind, name, data, **labels):
    key = "stringData" if kind == "Secret" else "data"
    metadata = {"name": name, "labels": labels}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, key: data}


def populate(api, namespace):
    """Make an account without a role, and one of everything that must stay unseen."""
    part = {"app.kubernetes.io/part-of": "argocd"}
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    made_at = dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(hours=1)
    account = {
        "accounts.nobody.password": hashed,
        "accounts.nobody.passwordMtime": made_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    core = f"/api/v1/namespaces/{namespace}"
    settings = {"accounts.nobody": "login", "ui.bannercontent": f"{CANARY}-banner"}
    api.create(f"{core}/configmaps", labelled("ConfigMap", "argocd-cm", settings, **part))
    api.create(f"{core}/secrets", labelled("Secret", "argocd-secret", account, **part))
    kind = "argocd.argoproj.io/secret-type"
    for name, data, type_ in [
        ("repo", {"url": TEXTS["repo"], "password": CANARY}, "repository"),
        ("creds", {"url": f"{TEXTS['repo']}-2", "password": CANARY}, "repo-creds"),
        ("cluster", {"server": TEXTS["server"], "name": CANARY, "config": "{}"}, "cluster"),
    ]:
        api.create(f"{core}/secrets", labelled("Secret", name, data, **{kind: type_}))
    argo = f"/apis/argoproj.io/v1alpha1/namespaces/{namespace}"
    head = {"apiVersion": "argoproj.io/v1alpha1"}
    spec = {"sourceRepos": ["*"], "description": CANARY}
    metadata = {"name": TEXTS["project"]}
    api.create(
        f"{argo}/appprojects", {**head, "kind": "AppProject", "metadata": metadata, "spec": spec}
    )
    spec = {
        "project": TEXTS["project"],
        "source": {"repoURL": TEXTS["repo"], "path": "."},
        "destination": {"server": "https://kubernetes.default.svc", "namespace": CANARY},
    }
    metadata = {"name": f"{CANARY}-app"}
    api.create(
        f"{argo}/applications", {**head, "kind": "Application", "metadata": metadata, "spec": spec}
    )


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def command(folder, kubeconfig, namespace, port):
    """The server's command line; its peers do not exist."""
    now = dt.datetime.now(dt.UTC)
    identity = credentials.issue("api-server", *credentials.issue_authority(now), now)
    certificate, key, authority = identity.write(folder, "api-server")
    flags = {
        "namespace": namespace,
        "kubeconfig": kubeconfig,
        "address": "127.0.0.1",
        "port": port,
        "metrics-port": 0,
        "controller": "127.0.0.1:1",
        "repo-server": "127.0.0.1:1",
        "tls-cert": certificate,
        "tls-key": key,
        "tls-ca": authority,
        "loglevel": "debug",
        "logformat": "json",
    }
    given = [f"--{name}={value}" for name, value in flags.items()]
    return [sys.executable, "-m", "plumbline.api_server", "--insecure", *given]


@pytest.fixture(scope="module")
def server(cluster, tmp_path_factory):
    """The server of this module."""
    folder = tmp_path_factory.mktemp("sweep")
    api = cluster.api
    install_crds(api)
    namespace = f"test-{secrets.token_hex(5)}"
    api.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
    populate(api, namespace)
    port = free_port()
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command(folder, cluster.kubeconfig, namespace, port), stdout=output, stderr=output
        )
        try:
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                grpc.channel_ready_future(channel).result(SECONDS)
                path_ = f"/api/v1/namespaces/{namespace}/secrets/argocd-initial-admin-secret"
                initial = base64.b64decode(api.get(path_)["data"]["password"]).decode()
                tokens = login(channel, "nobody", PASSWORD), login(channel, "admin", initial)
                yield Server(channel, *tokens, log)
        finally:
            process.terminate()
            process.wait(SECONDS)
            api.delete(f"/api/v1/namespaces/{namespace}")


def login(channel, username, password):
    create = channel.unary_unary(
        "/session.SessionService/Create",
        request_serializer=session_pb2.SessionCreateRequest.SerializeToString,
        response_deserializer=session_pb2.SessionResponse.FromString,
    )
    request = session_pb2.SessionCreateRequest(username=username, password=password)
    return create(request, timeout=SECONDS).token


@each_method
def test_without_a_session_nothing_is_answered(server, method):
    """Also what is not built yet; the documented few apart."""
    answer = server.call(method)
    if path(method) not in PUBLIC:
        assert grpc.StatusCode.UNAUTHENTICATED == answer.code, answer
    assert () == tuple(m for m in answer.messages if CANARY in str(m))
    assert CANARY not in answer.details


@each_method
def test_a_session_that_proves_nothing_is_none(server, method):
    """A forged token is refused like a missing one, or counts as one."""
    answer = server.call(method, token=server.token[:-6] + "AAAAAA")
    if path(method) not in PUBLIC:
        assert grpc.StatusCode.UNAUTHENTICATED == answer.code, answer
    assert () == tuple(m for m in answer.messages if CANARY in str(m))


@each_method
def test_without_a_role_nothing_is_seen(server, method):
    """Denied, or empty of what exists; what is not built says so now."""
    answer = server.call(method, token=server.token)
    expected = {grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.OK}
    if path(method) in registry.unimplemented():
        expected = {grpc.StatusCode.UNIMPLEMENTED}
    elif method.server_streaming:
        expected |= {grpc.StatusCode.DEADLINE_EXCEEDED}  # it waits, and has shown nothing
    elif path(method) in OWN | NAMED:
        expected |= {grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.INVALID_ARGUMENT}
    assert answer.code in expected, answer
    if path(method) not in PUBLIC:  # the banner is for everybody who is logged in
        assert () == tuple(m for m in answer.messages if CANARY in str(m))


@each_method
def test_without_a_role_nothing_is_seen_unasked(server, method):
    """A request that names nothing is no way around; it is refused or empty, never a failure."""
    answer = server.call(method, token=server.token, bare=True)
    failures = {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.UNAVAILABLE}
    assert answer.code not in failures, answer
    if path(method) not in PUBLIC:
        assert () == tuple(m for m in answer.messages if CANARY in str(m))


@pytest.mark.parametrize("name", sorted(SHOWN - set(registry.unimplemented())))
def test_an_administrator_sees_what_others_do_not(server, name):
    """The canary is there to be seen, by the same calls."""
    method = next(m for m in METHODS if path(m) == name)
    answer = server.call(method, token=server.admin, bare=True)
    assert [m for m in answer.messages if CANARY in str(m)], answer


def keys(tree, prefix=""):
    """Return the paths of an answer's JSON."""
    if isinstance(tree, dict):
        return {k for name, inner in tree.items() for k in keys(inner, f"{prefix}{name}.")}
    if isinstance(tree, list):
        return {k for inner in tree for k in keys(inner, f"{prefix}[].")}
    return {prefix.rstrip(".")}


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_what_anybody_may_read(server, name):
    """The keys of each answer without a session, as ``anonymous_keys.json`` lists them."""
    method = next(m for m in METHODS if path(m) == name)
    answer = server.call(method)
    shown = set()
    for message in answer.messages:
        shown |= keys(json_format.MessageToDict(message, preserving_proto_field_name=True))
    assert SNAPSHOT.get(name, []) == sorted(shown)
    assert not {part for key in shown for part in key.split(".")} & HIDDEN


def test_the_log_holds_no_secret(server):
    """Of the calls of this module, whichever have run."""
    for method in METHODS:
        server.call(method, token=server.token)
    text = server.log.read_text()
    assert "rpc" in text
    assert PASSWORD not in text
    assert server.token not in text
