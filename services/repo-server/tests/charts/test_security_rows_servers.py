"""Published holes of tools that ask servers for charts, each by its name: tried, with a canary.

Security: security.md 1a; what is in charts and archives is in ``test_security_rows``.
"""

import asyncio
import json
import pathlib
import threading
import time
import urllib.parse

import grpc
import pytest

from plumbline.pb.repo import repo_pb2, repo_pb2_grpc
from plumbline.rpc import channels

CHART = "apiVersion: v2\nname: app\nversion: 1.0.0\n"
CHART_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
TAR = "application/vnd.oci.image.layer.v1.tar+gzip"
PLAIN = {"insecure_oci_force_http": True}
ENABLED = {"kustomize_build_options": "--enable-helm"}


def permits(*rules):
    return repo_pb2.ChartAccess(source_repos=rules)


class Watch:
    """Command lines and environments of everything below a process, as they come and go."""

    def __init__(self, pid):
        self.pid = pid
        self.seen = set()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self._thread.join()

    def _run(self):
        while not self._end.is_set():
            self._look(self.pid)
            time.sleep(0.001)

    def _look(self, pid):
        proc = pathlib.Path(f"/proc/{pid}")
        children = []
        try:
            self.seen.update((proc / name).read_bytes() for name in ("cmdline", "environ"))
            for thread in (proc / "task").iterdir():
                children += (thread / "children").read_text().split()
        except OSError:
            return  # it went away meanwhile
        for child in children:
            self._look(child)

    def holds(self, text):
        return any(text.encode() in found for found in self.seen)


async def test_ghsa_6w87_no_credential_in_an_argument_or_a_log(
    registry, packaged, render_chart, start_service, authority, tools, tmp_path, canary
):
    """A registry's password, right and wrong: in no command line, environment, file or error."""
    registry.require("user", canary, bearer=True)
    slow = {"templates/slow.yaml": "{{ range until 300000 }}{{ end }}"}
    file = packaged(files=slow)
    registry.helm_push(tools.helm, tmp_path / "home", file, "charts", "user", canary)
    registry.requests.clear()
    process = start_service()
    source = {"repoURL": f"{registry.host}/charts", "chart": "web", "targetRevision": "1.0.0"}
    login = {**PLAIN, "enable_oci": True, "username": "user", "password": canary}
    identity = authority.identity("controller")
    async with channels.channel(process.target, identity) as channel:
        stub = repo_pb2_grpc.RepoServiceStub(channel)
        with Watch(process.process.pid) as watch:
            good = await render_chart(source, revision="1.0.0", repository=login, stub=stub)
            wrong = {**login, "password": f"{canary}-wrong"}
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await render_chart(source, revision="1.0.0", repository=wrong, stub=stub)

    assert "" == good.error.message
    assert watch.holds("template\0")  # helm was seen at work
    assert not watch.holds(canary)
    assert canary not in caught.value.details()
    for path in process.folder.rglob("*"):
        assert not path.is_file() or canary.encode() not in path.read_bytes(), path
    # A token is asked for this repository alone, to read (distribution specification, scope).
    asked = {urllib.parse.unquote(path) for path in registry.paths("/token")}
    assert {"/token?service=test&scope=repository:charts/web:pull"} == asked


@pytest.mark.parametrize("has_login", [True, False], ids=["password", "anonymous"])
async def test_cve_2026_48978_a_realm_elsewhere_gets_nothing(
    registry, other_host, outcome, canary, has_login
):
    """A 401 whose realm is another host: no credential goes there, and loopback is not asked."""
    registry.put("team/x", "1.0.0", b"content", TAR)
    registry.require("user", canary, bearer=True)
    port = other_host.server.server_address[1]
    registry.realm = f"http://localhost:{port}/token"
    login = {"username": "user", "password": canary} if has_login else {}

    text = await outcome(
        {"repoURL": f"oci://{registry.host}/team/x", "path": "."},
        revision="1.0.0",
        repository={**PLAIN, **login},
    )

    assert "at another host" in text if has_login else "never connected to" in text
    assert [] == other_host.requests


async def test_cve_2026_50151_a_token_follows_no_location(
    registry, other_host, render_chart, shown, canary, packaged
):
    """A registry's token, like its password, stays at the registry when a blob lies elsewhere."""
    content = packaged().read_bytes()
    registry.put("team/web", "1.0.0", content, CHART_LAYER)
    registry.require("user", canary, bearer=True)
    (layer,) = [
        digest for name, digest in registry.blobs if registry.blobs[name, digest] == content
    ]
    other_host.special["/blob"] = (200, {}, content)
    registry.special[f"/v2/team/web/blobs/{layer}"] = (
        302, {"Location": f"{other_host.url}/blob"}, b"",
    )  # fmt: skip

    answer = await render_chart(
        {"repoURL": f"oci://{registry.host}/team", "chart": "web", "targetRevision": "1.0.0"},
        revision="1.0.0",
        repository={**PLAIN, "username": "user", "password": canary},
    )

    assert 1 == len(shown(answer))
    assert [("GET", "/blob", "")] == other_host.requests
    assert f"Bearer {registry.token}" in {authorization for *_, authorization in registry.requests}


async def test_cve_2024_52009_cve_2024_31216_a_url_shows_no_secret(
    helm_repository, outcome, repository, render_git, canary, service
):
    """A token in the user part or the query, of a source and of a dependency: in no message."""
    host = helm_repository.host
    for url in (f"http://user:{canary}@{host}/x", f"http://{host}/x?sig={canary}"):
        assert await outcome({"repoURL": url, "chart": "web", "targetRevision": "1.0.0"})
        repository.commit(
            {
                "app/Chart.yaml": CHART
                + f"dependencies: [{{name: web, version: 1.0.0, repository: {url!r}}}]\n"
            }
        )
        for rules in (["*"], [], [f"http://{host}/*"], [url]):
            answer = await render_git(charts=permits(*rules))
            assert answer.error.message
            assert canary not in answer.error.message
    assert canary not in service.log.read_text()


@pytest.mark.parametrize("kind", ["dependency", "inflated"])
@pytest.mark.parametrize(
    "address",
    ["http://169.254.169.254/latest", "http://[::ffff:127.0.0.1]:{port}", "http://127.0.0.1:{port}",
     "http://localhost:{port}", "oci://localhost:{port}/x", "https://not-allowed.example/x"],
)  # fmt: skip
async def test_remote_bases_what_content_names_reaches_nothing_here(
    other_host, repository, render_git, kind, address
):
    """A project with `*`: metadata, loopback (Redis, the service's own ports) stay out of reach."""
    url = address.format(port=other_host.server.server_address[1])
    item = {"name": "web", "repo": url, "version": "1.0.0", "releaseName": "r"}
    repository.commit(
        {
            "dependency/Chart.yaml": CHART
            + f"dependencies: [{{name: web, version: 1.0.0, repository: {url!r}}}]\n",
            "inflated/kustomization.yaml": json.dumps({"helmCharts": [item]}),
        }
    )
    rules = ["*", "!https://not-allowed.example/*"]

    answer = await render_git(kind, charts=permits(*rules), **ENABLED)

    assert answer.error.code in ("PERMISSION_DENIED", "UNAVAILABLE")
    assert "never connected to" in answer.error.message or "not permitted" in answer.error.message
    assert [] == other_host.requests


async def test_tob_argo_014_revisions_are_no_options(helm_repository, registry, stub):
    """Options, NULs and endless texts as revisions of a chart and of an artifact."""
    (helm_repository.folder / "index.yaml").write_text("apiVersion: v1\nentries: {web: []}\n")
    registry.put("team/x", "1.0.0", b"content", TAR)
    remotes = [
        repo_pb2.Repository(url=helm_repository.url, chart="web"),
        repo_pb2.Repository(url=f"oci://{registry.host}/team/x", **PLAIN),
    ]
    hostile = ["--devel", "-", "a\0b", "x" * 10_000, "../../x", "1.0.0\r\nHost: evil", "sha256:x"]
    for repository in remotes:
        for revision in hostile:
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await stub.Resolve(
                    repo_pb2.ResolveRequest(repository=repository, revision=revision)
                )
            code = caught.value.code()
            assert code in (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT), revision
            assert len(caught.value.details()) < 1000
    asked = [path for path in registry.paths() if "manifests" in path]
    assert [] == asked


async def test_tob_argo_023_failed_fetches_leave_no_descriptor(
    helm_repository, registry, start_service, authority, serve
):
    """Indexes, archives and layers that are refused: as many open files as before."""
    process = start_service()
    source = serve(b"no archive")
    registry.put("team/x", "1.0.0", b"no archive", TAR)
    requests = [
        (repo_pb2.Repository(url=helm_repository.url, chart="web"), source),
        (repo_pb2.Repository(url=helm_repository.url + "/none", chart="web"), source),
        (repo_pb2.Repository(url=f"oci://{registry.host}/team/x", **PLAIN), {"path": "."}),
    ]

    async with channels.channel(process.target, authority.identity("controller")) as channel:
        stub = repo_pb2_grpc.RepoServiceStub(channel)

        async def fail(repository, tree):
            request = repo_pb2.RenderRequest(
                repository=repository, revision="1.0.0", no_cache=True,
                sources=[
                    repo_pb2.SourceRequest(id="x", source_json=json.dumps(tree).encode())
                ],
            )  # fmt: skip
            with pytest.raises(grpc.aio.AioRpcError):
                [answer async for answer in stub.Render(request)]

        async def all_of_them():
            await asyncio.gather(*(fail(*request) for request in requests * 8))

        await all_of_them()
        before = _descriptors(process.process.pid)
        for _ in range(8):
            await all_of_them()
        after = _descriptors(process.process.pid)

    assert after <= before + 4


def _descriptors(pid):
    return len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir()))
