"""Administration on a whole Plumbline: what is declared through the API is what is used."""

import asyncio
import base64
import json
import pathlib
import secrets
import ssl
from urllib.parse import quote

import aiohttp
import grpc
import pytest
import yaml
from yarl import URL

from plumbline.core import errors
from plumbline.local import git_http
from plumbline.local.environment import Environment
from plumbline.pb.server import (
    certificate_pb2,
    certificate_pb2_grpc,
    cluster_pb2,
    cluster_pb2_grpc,
    project_pb2,
    project_pb2_grpc,
    repocreds_pb2,
    repocreds_pb2_grpc,
    repository_pb2,
    repository_pb2_grpc,
    session_pb2,
    session_pb2_grpc,
)
from plumbline.pb.v1alpha1 import generated_pb2
from plumbline.rpc import convert, status
from plumbline.testcluster import pki

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

ARGO = "/apis/argoproj.io/v1alpha1/namespaces"
IN_CLUSTER = "https://kubernetes.default.svc"


def synced(app):
    return ((app.get("status") or {}).get("sync") or {}).get("status") == "Synced"


class Shop:
    """A private Git server behind a private CA, the services, and admin's token."""

    def __init__(self, environment, namespace, server, authority, canary):
        self.environment, self.namespace, self.canary = environment, namespace, canary
        self.server, self.authority = server, authority
        self.api = environment.api
        self.kubeconfig = yaml.safe_load(pathlib.Path(environment.kubeconfig).read_text())
        self.url = server.url("shop").replace("http://", "https://")
        self.channel = grpc.aio.insecure_channel(environment.services.address)
        self.token = ""
        self.answers = []

    async def call(self, stub, method, request):
        ask = getattr(stub(self.channel), method)
        metadata = (("authorization", f"Bearer {self.token}"),) if self.token else ()
        try:
            answer = await ask(request, metadata=metadata, timeout=60)
        except grpc.aio.AioRpcError as error:
            self.answers.append(error.details())
            raise status.from_rpc_error(error) from None
        if not method.startswith("CreateToken") and stub is not session_pb2_grpc.SessionServiceStub:
            self.answers.append(str(answer))
        return answer

    async def login(self):
        found = self.api.get(f"/api/v1/namespaces/{self.namespace}/secrets")
        stored = {s["metadata"]["name"]: s for s in found["items"]}
        password = base64.b64decode(stored["argocd-initial-admin-secret"]["data"]["password"])
        request = session_pb2.SessionCreateRequest(username="admin", password=password.decode())
        answer = await self.call(session_pb2_grpc.SessionServiceStub, "Create", request)
        self.token = answer.token

    def repositories(self, method, request):
        return self.call(repository_pb2_grpc.RepositoryServiceStub, method, request)

    def projects(self, method, request):
        return self.call(project_pb2_grpc.ProjectServiceStub, method, request)

    def clusters(self, method, request):
        return self.call(cluster_pb2_grpc.ClusterServiceStub, method, request)

    def create_request(self, **fields):
        repo = generated_pb2.Repository(repo=self.url, **fields)
        return repository_pb2.RepoCreateRequest(repo=repo)

    async def wait(self, path, condition):
        return await asyncio.to_thread(self.api.wait, path, condition, seconds=60)


@pytest.fixture
async def shop(cluster, namespace, tmp_path):
    canary = f"canary-{secrets.token_hex(8)}"
    work = tmp_path / "work"
    (work / "a").mkdir(parents=True)
    (work / "a/settings.yaml").write_text(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {colour: blue}\n"
    )
    (work / "chart").mkdir()
    (work / "chart/Chart.yaml").write_text("name: shop\nversion: 1.0.0\n")
    (work / "chart/values.yaml").write_text("replicas: 2\n")
    git_http.seed(tmp_path / "root", "shop", work)
    server = git_http.GitServer(tmp_path / "root", credential=f"me:{canary}")
    files = pki.create(tmp_path / "pki")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    pair = files.pair("apiserver")
    context.load_cert_chain(pair.certificate, pair.key)
    listening = server._server
    listening.socket = context.wrap_socket(listening.socket, server_side=True)
    listening.handle_error = lambda *_: None
    with Environment(progress=lambda _: None) as environment:
        await asyncio.to_thread(environment.use_cluster, str(cluster.kubeconfig))
        await asyncio.to_thread(environment.install, namespace)
        await asyncio.to_thread(
            environment.start_services, namespace, poll_interval=1.0, insecure=True
        )
        made = Shop(environment, namespace, server, files.ca.certificate.read_bytes(), canary)
        await made.login()
        yield made
        await made.channel.close()
    server.close()


async def trust(shop):
    item = generated_pb2.RepositoryCertificate(
        serverName="127.0.0.1", certType="https", certData=shop.authority
    )
    await shop.call(
        certificate_pb2_grpc.CertificateServiceStub,
        "CreateCertificate",
        certificate_pb2.RepositoryCertificateCreateRequest(
            certificates=generated_pb2.RepositoryCertificateList(items=[item])
        ),
    )


async def declare_repository(shop):
    """Without trust refused, without credential refused, with both declared."""
    with pytest.raises(errors.Unavailable):
        await shop.repositories("CreateRepository", shop.create_request())
    await trust(shop)
    with pytest.raises(errors.Unauthenticated):
        await shop.repositories("CreateRepository", shop.create_request())
    wrong = shop.create_request(username="me", password=f"{shop.canary}-wrong")
    with pytest.raises(errors.Unauthenticated):
        await shop.repositories("CreateRepository", wrong)
    template = generated_pb2.RepoCreds(
        url=shop.url.rpartition("/")[0], username="me", password=shop.canary
    )
    await shop.call(
        repocreds_pb2_grpc.RepoCredsServiceStub,
        "CreateRepositoryCredentials",
        repocreds_pb2.RepoCredsCreateRequest(creds=template),
    )
    await shop.repositories("CreateRepository", shop.create_request())
    query = repository_pb2.RepoQuery(repo=shop.url)
    found = await shop.repositories("Get", query)
    assert ("Successful", True) == (found.connectionState.status, found.inheritedCreds)
    refs = await shop.repositories("ListRefs", query)
    assert ["main"] == list(refs.branches)


async def declare_project(shop):
    """A project for this repository and this namespace alone."""
    spec = {
        "sourceRepos": [shop.url],
        "destinations": [{"server": IN_CLUSTER, "namespace": shop.namespace}],
        "roles": [{"name": "ci"}],
    }
    tree = {"metadata": {"name": "team"}, "spec": spec}
    message = convert.to_message(tree, generated_pb2.AppProject)
    await shop.projects("Create", project_pb2.ProjectCreateRequest(project=message))
    token = await shop.projects(
        "CreateToken", project_pb2.ProjectTokenCreateRequest(project="team", role="ci", id="one")
    )
    assert 3 == len(token.token.split("."))
    stored = shop.api.get(f"{ARGO}/{shop.namespace}/appprojects/team")
    assert ["one"] == [t["id"] for t in stored["status"]["jwtTokensByRole"]["ci"]["items"]]
    await use_token(shop, token.token)
    return spec


async def use_token(shop, token):
    """It sees its project and no other, until it is deleted."""
    admin, shop.token = shop.token, token
    found = await shop.projects("GetDetailedProject", project_pb2.ProjectQuery(name="team"))
    assert "team" == found.project.metadata.name
    with pytest.raises(errors.PermissionDenied):
        await shop.projects("Get", project_pb2.ProjectQuery(name="default"))
    with pytest.raises(errors.PermissionDenied):
        await shop.projects("Delete", project_pb2.ProjectQuery(name="team"))
    shop.token = admin
    gone = project_pb2.ProjectTokenDeleteRequest(project="team", role="ci", id="one")
    await shop.projects("DeleteToken", gone)
    shop.token = token
    with pytest.raises(errors.Unauthenticated):
        await shop.projects("Get", project_pb2.ProjectQuery(name="team"))
    shop.token = admin


async def deploy(shop):
    """The controller opens the repository with what was declared."""
    name = f"{shop.namespace}-shop"
    shop.api.create(f"{ARGO}/{shop.namespace}/applications", {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": name, "namespace": shop.namespace},
        "spec": {
            "project": "team",
            "source": {"repoURL": shop.url, "path": "a", "targetRevision": "main"},
            "destination": {"server": IN_CLUSTER, "namespace": shop.namespace},
            "syncPolicy": {"automated": {}},
        },
    })  # fmt: skip
    settings = f"/api/v1/namespaces/{shop.namespace}/configmaps/settings"
    await shop.wait(settings, lambda o: o["data"] == {"colour": "blue"})
    app = f"{ARGO}/{shop.namespace}/applications/{name}"
    await shop.wait(app, synced)
    return name


async def look_in(shop):
    query = repository_pb2.RepoAppsQuery(repo=shop.url, appName="new", appProject="team")
    apps = await shop.repositories("ListApps", query)
    assert [("chart", "Helm")] == [(a.path, a.type) for a in apps.items]
    source = generated_pb2.ApplicationSource(repoURL=shop.url, path="chart")
    details = await shop.repositories(
        "GetAppDetails",
        repository_pb2.RepoAppDetailsQuery(source=source, appName="new", appProject="team"),
    )
    assert [("replicas", "2")] == [(p.name, p.value) for p in details.helm.parameters]


async def rest(shop, method, path, body=None):
    """Ask the same port by REST; return status and JSON."""
    async with aiohttp.ClientSession() as session:
        url = URL(f"http://{shop.environment.services.address}/api/v1/{path}", encoded=True)
        headers = {"Authorization": f"Bearer {shop.token}", "Content-Type": "application/json"}
        async with session.request(method, url, json=body, headers=headers) as answer:
            text = await answer.text()
            shop.answers.append(text)
            assert answer.content_type == "application/json", (method, path, answer.status, text)
            return answer.status, json.loads(text)


async def use_rest(shop):
    """Escaped URLs in paths, bodies and query parameters mean the same as over gRPC."""
    escaped = quote(shop.url, safe="")
    status_code, found = await rest(shop, "GET", f"repositories/{escaped}")
    assert (200, shop.url) == (status_code, found.get("repo")), found
    status_code, found = await rest(shop, "GET", f"repositories/{escaped}/refs")
    assert (200, ["main"]) == (status_code, found["branches"])
    query = "appName=new&appProject=team"
    status_code, found = await rest(shop, "GET", f"repositories/{escaped}/apps?{query}")
    assert (200, [{"type": "Helm", "path": "chart"}]) == (status_code, found["items"])
    body = {"source": {"repoURL": shop.url, "path": "chart"}, "appName": "new"}
    status_code, found = await rest(
        shop, "POST", f"repositories/{escaped}/appdetails", {**body, "appProject": "team"}
    )
    assert (200, "Helm") == (status_code, found["type"])
    status_code, found = await rest(shop, "GET", f"clusters/{quote(IN_CLUSTER, safe='')}")
    assert (200, "in-cluster") == (status_code, found["name"])
    status_code, found = await rest(shop, "GET", "clusters/in-cluster?id.type=name")
    assert (200, IN_CLUSTER) == (status_code, found["server"])
    status_code, found = await rest(shop, "GET", "projects/team/detailed")
    assert (200, "team") == (status_code, found["project"]["metadata"]["name"])
    status_code, found = await rest(shop, "GET", "certificates?hostNamePattern=127.*")
    assert (200, ["https"]) == (status_code, [c["certType"] for c in found["items"]])
    status_code, found = await rest(shop, "GET", "repocreds")
    assert (200, [shop.url.rpartition("/")[0]]) == (status_code, [c["url"] for c in found["items"]])
    status_code, _ = await rest(shop, "DELETE", f"repocreds/{quote('https://absent', safe='')}")
    assert 404 == status_code


async def be_attacked(shop):
    """Nothing of a URL, a proxy or a revision becomes a command; everybody is alive afterwards."""
    mark = shop.environment.directory / "pwned"
    touch = f"touch {mark}"
    for url in (
        f"ext::sh -c {quote(touch)}",
        f"ext::sh -c '{touch}'",
        f"--upload-pack={touch}",
        f"-oProxyCommand={touch}",
        f"ssh://-oProxyCommand={touch.replace(' ', '%20')}@h/r",
        f"https://h/r\n{touch}",
        "file:///etc/../etc/passwd",
        "h" * 10_000,
    ):
        request = shop.create_request()
        request.repo.repo = url
        with pytest.raises(errors.PlumblineError):
            await shop.repositories("CreateRepository", request)
    for proxy in (f"socks5://x';{touch};':1", f"http://$({touch})", f"http://h:1;{touch}"):
        with pytest.raises(errors.InvalidArgument):
            await shop.repositories("CreateRepository", shop.create_request(proxy=proxy))
    for revision in (f"--upload-pack={touch}", f"-c core.sshCommand={touch}", "x" * 10_000):
        query = repository_pb2.RepoAppsQuery(
            repo=shop.url, revision=revision, appName="new", appProject="team"
        )
        with pytest.raises(errors.InvalidArgument):
            await shop.repositories("ListApps", query)
    assert not mark.exists()
    assert {"repo-server", "controller", "api-server"} == set(shop.environment.services.pids)


async def guard_project(shop, spec):
    """What the application uses cannot be taken away, nor the project."""
    less = {**spec, "destinations": []}
    message = convert.to_message(
        {"metadata": {"name": "team"}, "spec": less}, generated_pb2.AppProject
    )
    with pytest.raises(errors.InvalidArgument, match="1 applications use destinations"):
        await shop.projects("Update", project_pb2.ProjectUpdateRequest(project=message))
    with pytest.raises(errors.InvalidArgument, match="referenced by 1 applications"):
        await shop.projects("Delete", project_pb2.ProjectQuery(name="team"))
    async with asyncio.timeout(30):
        while True:
            found = await shop.projects("ListEvents", project_pb2.ProjectQuery(name="team"))
            texts = {e.message for e in found.items}
            if {"admin created project", "admin created token"} <= texts:
                return
            await asyncio.sleep(0.2)


async def use_clusters(shop):
    """Our own is connected and counted; another address of it is declared and given up."""
    [own] = (await shop.clusters("List", cluster_pb2.ClusterQuery())).items
    assert ("Successful", 1) == (own.connectionState.status, own.info.applicationsCount)
    assert own.serverVersion.startswith("1.")
    assert own.info.cacheInfo.resourcesCount > 0
    tree = shop.kubeconfig
    user, where = tree["users"][0]["user"], tree["clusters"][0]["cluster"]
    config = {
        "tlsClientConfig": {
            "insecure": False,
            "caData": where["certificate-authority-data"],
            "certData": user["client-certificate-data"],
            "keyData": user["client-key-data"],
        }
    }
    message = convert.to_message(
        {"server": where["server"], "name": "outside", "config": config}, generated_pb2.Cluster
    )
    await shop.clusters("Create", cluster_pb2.ClusterCreateRequest(cluster=message))
    found = await shop.clusters("Get", cluster_pb2.ClusterQuery(name="outside"))
    assert b"" == found.config.tlsClientConfig.keyData
    bad = generated_pb2.Cluster()
    bad.CopyFrom(message)
    bad.config.tlsClientConfig.caData = shop.authority
    with pytest.raises(errors.Unavailable):
        await shop.clusters("Create", cluster_pb2.ClusterCreateRequest(cluster=bad, upsert=True))
    await shop.clusters("Delete", cluster_pb2.ClusterQuery(name="outside"))
    with pytest.raises(errors.NotFound):
        await shop.clusters("Get", cluster_pb2.ClusterQuery(name="outside"))
    shown = await shop.clusters("InvalidateCache", cluster_pb2.ClusterQuery(server=IN_CLUSTER))
    assert shown.refreshRequestedAt.seconds
    log = shop.environment.directory / "controller.log"
    async with asyncio.timeout(60):
        while log.read_text().count("cluster connected") < 2:  # noqa: ASYNC110 -- of another process
            await asyncio.sleep(0.2)
    return user["client-key-data"]


async def test_what_is_declared_is_what_is_used(shop):
    """Trust, template, repository, project, token, cluster; no secret anywhere on the way.

    One test, because starting everything takes longer than all of it.
    """
    await declare_repository(shop)
    spec = await declare_project(shop)
    await deploy(shop)
    await look_in(shop)
    await use_rest(shop)
    await be_attacked(shop)
    await guard_project(shop, spec)
    key = await use_clusters(shop)

    logs = "".join(p.read_text() for p in shop.environment.directory.glob("*.log"))
    seen = logs + "".join(shop.answers)
    seen += json.dumps(shop.api.get(f"{ARGO}/{shop.namespace}/applications"))
    seen += json.dumps(shop.api.get(f"/api/v1/namespaces/{shop.namespace}/events"))
    assert shop.canary not in seen
    assert key[100:200] not in seen
