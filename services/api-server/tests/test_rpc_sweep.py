"""Every RPC of every public service, by five callers, over gRPC, gRPC-web and REST.

The server is the real one, in a process of its own, on a real API server that holds an
application, a project, a repository and a cluster whose texts carry a canary. What is added later
is swept too: methods come from the registry. Outcomes are those of ``outcomes.json``; a method that
is new, or behaves otherwise, fails until somebody has looked at its row.
"""

import base64
import dataclasses
import datetime as dt
import http.client
import json
import os
import pathlib
import secrets
import socket
import struct
import subprocess
import sys
import urllib.parse

import bcrypt
import grpc
import pytest
from google.protobuf import descriptor as descriptors
from google.protobuf import json_format, message_factory

from plumbline.api_server.port import routes
from plumbline.api_server.services import registry
from plumbline.pb.server import project_pb2, project_pb2_grpc, session_pb2
from plumbline.rpc import convert, credentials
from plumbline.testing.crds import install_crds

pytestmark = pytest.mark.cluster

CANARY = "canary-c41d"
HIDDEN_VALUE = "hidden-71be"
"""What opens the repository and the cluster: nobody is shown it, the administrator neither."""
PASSWORD = secrets.token_urlsafe(12)
SECONDS = 30.0  # for an answer
QUIET = 2.0  # seconds in which a stream shows what there is to be seen

ASKS_OTHERS = frozenset({"/cluster.SettingsService/GetPlugins"})
"""What asks the repo-server, which is not here."""
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

CALLERS = ("anonymous", "nobody", "reader", "foreign", "token")
"""No token; no role; role:readonly; every right in another project; get in this one."""

POLICY = """
g, reader, role:readonly
p, foreign, applications, *, other/*, allow
p, foreign, applicationsets, *, other/*, allow
p, foreign, clusters, *, other/*, allow
p, foreign, repositories, *, other/*, allow
p, foreign, write-repositories, *, other/*, allow
p, foreign, logs, *, other/*, allow
p, foreign, exec, *, other/*, allow
p, foreign, projects, *, other, allow
"""

OUTCOMES = json.loads(pathlib.Path(__file__).with_name("outcomes.json").read_text())
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
    """A running server: a channel to it, and the tokens of its callers."""

    channel: grpc.Channel
    port: int
    tokens: dict
    log: pathlib.Path

    @property
    def token(self):
        """Of an account without a role."""
        return self.tokens["nobody"]

    @property
    def admin(self):
        return self.tokens["admin"]

    def token_for(self, caller, method):
        """Return a caller's token; one of its own where the method ends the session."""
        if caller == "anonymous":
            return ""
        if path(method) != "/session.SessionService/Delete":
            return self.tokens[caller]
        if caller == "token":
            return project_token(self.channel, self.admin)
        return login(self.channel, caller, PASSWORD)

    def call(self, method, token="", *, bare=False, request=None):
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
        if token == self.token:
            token = self.token_for("nobody", method)
        request = request or asked_of(method, bare=bare)
        metadata = (("token", token),) if token else ()
        timeout = QUIET if method.server_streaming else SECONDS
        messages = []
        try:
            given = iter([request]) if method.client_streaming else request
            answer = stub(given, metadata=metadata, timeout=timeout)
            messages.extend(answer if method.server_streaming else [answer])
        except grpc.RpcError as error:
            details = error.details() or ""
            # The client's own words for the end of the time it gave.
            details = details.replace("Stream removed (Deadline Exceeded)", "Deadline Exceeded")
            assert HIDDEN_VALUE not in str(messages) + details, path(method)
            return Answer(error.code(), details, tuple(messages))
        assert HIDDEN_VALUE not in str(messages), path(method)
        return Answer(grpc.StatusCode.OK, "", tuple(messages))

    def web(self, method, token, request):
        """Call a method by gRPC-web; return code and text."""
        data = request.SerializeToString()
        body = struct.pack(">BI", 0, len(data)) + data
        kind = {"Content-Type": "application/grpc-web+proto"}
        _, answer = self._send("POST", path(method), body, method, {**kind, "token": token})
        while answer:
            flags, length = struct.unpack_from(">BI", answer)
            part, answer = answer[5 : 5 + length], answer[5 + length :]
            if flags & 0x80:
                lines = dict(line.split(": ", 1) for line in part.decode().split("\r\n") if line)
                text = urllib.parse.unquote(lines.get("grpc-message", ""))
                return CODES[int(lines["grpc-status"])], text
        raise AssertionError("no trailers")

    def rest(self, binding, token, request):
        """Call a method by one of its HTTP rules; return status, code and text."""
        where, body = http_request(binding, request)
        kind = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        if not token:
            del kind["Authorization"]
        status, answer = self._send(binding.verb, where, body, binding.method, kind)
        lines = answer.splitlines() if binding.method.server_streaming else [answer]
        last = json.loads(lines[-1]) if lines and lines[-1] else {}
        if binding.method.server_streaming and "error" in last:
            wrong = last["error"]
            return status, CODES[wrong["grpc_code"]], wrong["message"]
        if status != 200:
            assert last["error"] == last["message"], last
            return status, CODES[last["code"]], last["message"]
        return status, grpc.StatusCode.OK, ""

    def _send(self, verb, where, body, method, headers):
        seconds = QUIET if method.server_streaming else SECONDS
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2 * SECONDS)
        try:
            limit = {"Grpc-Timeout": f"{int(seconds * 1000)}m"}
            connection.request(verb, where, body, {**headers, **limit})
            answer = connection.getresponse()
            content = answer.read()
            assert HIDDEN_VALUE.encode() not in content, (verb, where)
            return answer.status, content
        finally:
            connection.close()


CODES = {code.value[0]: code for code in grpc.StatusCode}
ABSENT = "canary-0000"
"""As long as the canary, and the name of nothing."""


def asked_of(method, *, bare=False):
    """A request that names what there is."""
    return filled(message_factory.GetMessageClass(method.input_type)(), bare=bare)


def of_nothing(request):
    """The same request with names that nothing has."""
    data = request.SerializeToString().replace(CANARY.encode(), ABSENT.encode())
    return type(request).FromString(data)


def inner(message, dotted):
    """Return a field by its path."""
    for name in dotted.split("."):
        message = getattr(message, name)
    return message


def scalars(message, prefix=""):
    """Yield the fields of a request that may be parameters of a URL, by path."""
    for field, value in message.ListFields():
        if field.is_repeated:
            continue
        if field.type == descriptors.FieldDescriptor.TYPE_MESSAGE:
            yield from scalars(value, f"{prefix}{field.name}.")
        else:
            yield f"{prefix}{field.name}", str(value).lower() if value in (True, False) else value


def http_request(binding, request):
    """Return the path with its query, and the body, that ask the same as a request."""
    named, parts = set(), []
    for segment in binding.path.split("/"):
        if segment.startswith("{"):
            dotted = segment.strip("{}").partition("=")[0]
            named.add(dotted)
            segment = urllib.parse.quote(str(inner(request, dotted)) or "x", safe="")  # noqa: PLW2901
        parts.append(segment)
    where = "/".join(parts)
    if binding.body == "*":
        return where, json.dumps(convert.to_json(request))
    body = None
    if binding.body:
        value = inner(request, binding.body)
        body = json.dumps(convert.to_json(value) if hasattr(value, "DESCRIPTOR") else value)
        named.add(binding.body)
    query = [
        (name, value) for name, value in scalars(request) if name.partition(".")[0] not in named
    ]
    return f"{where}?{urllib.parse.urlencode(query)}", body


TEXTS = {
    "appNamespace": "",
    "certSubType": "",
    "certType": "",
    "hostNamePattern": "",
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
        if field.full_name.startswith("cluster.ClusterID."):
            setattr(message, field.name, {"type": "server", "value": TEXTS["server"]}[field.name])
        elif is_message:
            filled(getattr(message, field.name), depth + 1, bare=bare)
            getattr(message, field.name).SetInParent()
        elif field.type == descriptors.FieldDescriptor.TYPE_STRING:
            named = field.name == "name" or not depth
            usual = f"{CANARY}-app" if named else ""
            if field.name == "name" and field.full_name.startswith("project."):
                usual = TEXTS["project"]
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
    account, settings = {}, {"ui.bannercontent": f"{CANARY}-banner"}
    for name in ("nobody", "reader", "foreign"):
        settings[f"accounts.{name}"] = "login"
        account[f"accounts.{name}.password"] = hashed
        account[f"accounts.{name}.passwordMtime"] = made_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    core = f"/api/v1/namespaces/{namespace}"
    policy = {"policy.csv": POLICY}
    api.create(f"{core}/configmaps", labelled("ConfigMap", "argocd-rbac-cm", policy, **part))
    api.create(f"{core}/configmaps", labelled("ConfigMap", "argocd-cm", settings, **part))
    api.create(f"{core}/secrets", labelled("Secret", "argocd-secret", account, **part))
    kind = "argocd.argoproj.io/secret-type"
    opening = json.dumps({"bearerToken": HIDDEN_VALUE, "password": HIDDEN_VALUE})
    for name, data, type_ in [
        ("repo", {"url": TEXTS["repo"], "password": HIDDEN_VALUE}, "repository"),
        ("creds", {"url": f"{TEXTS['repo']}-2", "password": HIDDEN_VALUE}, "repo-creds"),
        ("cluster", {"server": TEXTS["server"], "name": CANARY, "config": opening}, "cluster"),
    ]:
        api.create(f"{core}/secrets", labelled("Secret", name, data, **{kind: type_}))
    argo = f"/apis/argoproj.io/v1alpha1/namespaces/{namespace}"
    head = {"apiVersion": "argoproj.io/v1alpha1"}
    right = f"p, proj:{TEXTS['project']}:ci, applications, get, {TEXTS['project']}/*, allow"
    roles = [{"name": "ci", "policies": [right]}]
    spec = {"sourceRepos": ["*"], "description": CANARY, "roles": roles}
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
                tokens = {n: login(channel, n, PASSWORD) for n in ("nobody", "reader", "foreign")}
                tokens["admin"] = login(channel, "admin", initial)
                tokens["token"] = project_token(channel, tokens["admin"])
                yield Server(channel, port, tokens, log)
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


def project_token(channel, admin):
    """Return a new token of the role ``ci`` of the canary's project."""
    request = project_pb2.ProjectTokenCreateRequest(project=TEXTS["project"], role="ci")
    stub = project_pb2_grpc.ProjectServiceStub(channel)
    return stub.CreateToken(request, metadata=(("token", admin),), timeout=SECONDS).token


def test_the_outcomes_list_every_method():
    """A method that is new has a row for each caller before it is merged."""
    assert sorted(map(path, METHODS)) == sorted(OUTCOMES)
    assert {tuple(sorted(CALLERS))} == {tuple(sorted(row)) for row in OUTCOMES.values()}


@each_method
def test_rpc_authz_sweep(server, method):
    """Each caller's outcome is the file's, the same over gRPC, gRPC-web and every HTTP rule.

    CVE-2018-21034, CVE-2022-24768 and others: what a method gives whom. CVE-2025-55190: and never,
    in any form, a value that opens something.
    """
    rules = [b for b in routes.bindings_of(method.containing_service) if b.method is method]
    request = asked_of(method)
    found = {}
    for caller in CALLERS:
        answer = server.call(method, server.token_for(caller, method), request=request)
        found[caller] = answer.code.name
        if caller == "foreign" and path(method) not in PUBLIC:
            assert () == tuple(m for m in answer.messages if CANARY in str(m))
        if method.client_streaming:
            continue  # not over HTTP/1.1
        code, text = server.web(method, server.token_for(caller, method), request)
        assert (answer.code, answer.details) == (code, text), caller
        for rule in rules:
            _, code, text = server.rest(rule, server.token_for(caller, method), request)
            assert (answer.code, answer.details) == (code, text), (caller, rule.verb, rule.path)
    if record := os.environ.get("SWEEP_RECORD"):  # a file to which the present outcomes are added
        with pathlib.Path(record).open("a") as out:
            out.write(json.dumps({path(method): found}) + "\n")
    assert OUTCOMES[path(method)] == found


@each_method
def test_cve_2022_41354_forbidden_and_absent_look_the_same(server, method):
    """Also CVE-2024-36106, -2023-23947: status, code and text differ in the asked name alone."""
    rules = [b for b in routes.bindings_of(method.containing_service) if b.method is method]
    there = asked_of(method)
    absent = of_nothing(there)
    for caller in ("nobody", "foreign"):
        token = server.token_for(caller, method)
        if path(method) == "/session.SessionService/Delete":
            continue  # names nothing
        answers = []
        for request in (there, absent):
            answer = server.call(method, token, request=request)
            seen = [(answer.code, answer.details)]
            if not method.client_streaming and not method.server_streaming:
                seen += [server.rest(rule, token, request) for rule in rules]
            answers.append(repr(seen).replace(CANARY, "X").replace(ABSENT, "X"))
        assert answers[0] == answers[1], caller


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
    expected |= {grpc.StatusCode.UNAVAILABLE} if path(method) in ASKS_OTHERS else set()
    assert answer.code in expected, answer
    if path(method) not in PUBLIC:  # the banner is for everybody who is logged in
        assert () == tuple(m for m in answer.messages if CANARY in str(m))


@each_method
def test_without_a_role_nothing_is_seen_unasked(server, method):
    """A request that names nothing is no way around; it is refused or empty, never a failure."""
    answer = server.call(method, token=server.token, bare=True)
    failures = {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.UNAVAILABLE}
    if path(method) in ASKS_OTHERS:
        failures.remove(grpc.StatusCode.UNAVAILABLE)
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
    assert HIDDEN_VALUE not in text
    assert server.token not in text
