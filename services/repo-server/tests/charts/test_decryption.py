"""Encrypted files and plugins in sources that are not Git: charts, artifacts, dependencies."""

import base64
import io
import json
import pathlib
import tarfile

import pytest

from plumbline.pb.repo import repo_pb2, repo_pb2_grpc
from plumbline.rpc import channels

DATA = pathlib.Path(__file__).parents[1] / "testdata/sops"
SECRET = (DATA / "encrypted/secret.yaml").read_text()
HIDDEN = "correct-horse-battery"
MADE = (
    "apiVersion: v1\nkind: Secret\nmetadata: {name: made}\n"
    "stringData: {p: '{{ .Values.stringData.password }}'}\n"
)
TAR = "application/vnd.oci.image.layer.v1.tar+gzip"
PLAIN = {"insecure_oci_force_http": True}


def archive(files):
    """A tar+gzip layer."""
    into = io.BytesIO()
    with tarfile.open(fileobj=into, mode="w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return into.getvalue()


@pytest.fixture
def keyed(start_service, sockets):
    """A repo-server with the keys, which looks for plugins."""
    return start_service(f"--plumbline-sops-keys={DATA / 'keys'}", f"--plumbline-plugins={sockets}")


@pytest.fixture
async def opened(keyed, authority):
    """Its stub."""
    async with channels.channel(keyed.target, authority.identity("controller")) as channel:
        yield repo_pb2_grpc.RepoServiceStub(channel)


@pytest.fixture
def render(opened, render_chart):
    """Render one source with decryption allowed."""

    async def one(source, **more):
        more.setdefault("decrypt", True)
        return await render_chart(source, stub=opened, project="shop", **more)

    return one


def passwords(answer):
    """The texts of the Secrets."""
    assert "" == answer.error.message
    found = []
    for tree in map(json.loads, answer.manifests):
        found += (tree.get("stringData") or {}).values()
        found += [base64.b64decode(text).decode() for text in (tree.get("data") or {}).values()]
    return found


def kept(service):
    """Everything that lies in the server's directory."""
    return b"".join(file.read_bytes() for file in service.folder.rglob("*") if file.is_file())


async def test_an_artifact_is_decrypted(registry, render, keyed):
    """For a project that may; what is kept of it stays as it was fetched."""
    registry.put("team/config", "v1", archive({"app/a.yaml": SECRET}), TAR)
    source = {"repoURL": f"oci://{registry.host}/team/config", "path": "app"}

    answer = await render(source, revision="v1", repository=PLAIN)
    refused = await render(source, revision="v1", repository=PLAIN, decrypt=False)

    assert HIDDEN in passwords(answer)
    assert [] == list(answer.plaintext_secrets)
    assert HIDDEN not in str(refused)
    assert refused.warnings[0].startswith("Secret db is applied as SOPS encrypted it")
    assert answer.key != refused.key
    assert HIDDEN.encode() not in kept(keyed)
    assert HIDDEN not in keyed.log.read_text()


async def test_a_chart_of_a_repository_is_decrypted(helm_repository, chart_files, render):
    """A value file that lies in the chart."""
    files = {"templates/s.yaml": MADE, "templates/cm.yaml": "", "hidden.yaml": SECRET}
    helm_repository.add(chart_files(files=files))
    source = {
        "repoURL": helm_repository.url,
        "chart": "web",
        "helm": {"valueFiles": ["hidden.yaml"]},
    }

    answer = await render(source)

    assert [HIDDEN] == passwords(answer)
    assert [] == list(answer.plaintext_secrets)


async def test_values_in_git_for_a_chart_of_a_repository(
    helm_repository, chart_files, make_repository, opened
):
    """The chart from one place, its encrypted values from another."""
    helm_repository.add(chart_files(files={"templates/s.yaml": MADE, "templates/cm.yaml": ""}))
    values = make_repository("values")
    values.commit({"prod.yaml": SECRET})
    source = {"chart": "web", "helm": {"valueFiles": ["$v/prod.yaml"]}}
    request = repo_pb2.RenderRequest(
        repository=repo_pb2.Repository(url=helm_repository.url, chart="web"),
        revision="*",
        referenced=[
            repo_pb2.ReferencedRepository(
                repository=repo_pb2.Repository(url=values.url), revision="main"
            )
        ],
        sources=[
            repo_pb2.SourceRequest(
                id="x",
                source_json=json.dumps({"repoURL": helm_repository.url, **source}).encode(),
                project="shop",
                decrypt=True,
                references=[repo_pb2.SourceReference(name="v", repository=0)],
            )
        ],
    )

    (answer,) = [answer async for answer in opened.Render(request)]

    assert [HIDDEN] == passwords(answer)


async def test_a_fetched_dependency_is_not_decrypted(
    helm_repository, chart_files, repository, opened
):
    """Whoever writes it is not the project: its encrypted Secret is an error that says so."""
    helm_repository.add(chart_files("sub", files={"templates/s.yaml": SECRET}))
    repository.commit(
        {
            "app/Chart.yaml": "apiVersion: v2\nname: app\nversion: 0.1.0\ndependencies:\n"
            f'- {{name: sub, version: "1.0.0", repository: "{helm_repository.url}"}}\n',
            "app/templates/s.yaml": MADE,
            "app/hidden.yaml": SECRET,
        }
    )
    source = {"path": "app", "helm": {"valueFiles": ["hidden.yaml"]}}
    request = repo_pb2.RenderRequest(
        repository=repo_pb2.Repository(url=repository.url),
        revision="main",
        charts=repo_pb2.ChartAccess(source_repos=[helm_repository.url]),
        sources=[
            repo_pb2.SourceRequest(
                id="x", source_json=json.dumps(source).encode(), project="shop", decrypt=True
            )
        ],
    )

    (answer,) = [answer async for answer in opened.Render(request)]

    assert "FAILED_PRECONDITION" == answer.error.code
    assert "charts that were fetched as dependencies are not decrypted" in answer.error.message
    assert HIDDEN not in str(answer)


async def test_a_plugin_renders_an_artifact(registry, render, start_plugin):
    """Found by its discovery, and sent what its files hold."""
    start_plugin(
        {
            "discover": {"fileName": "*.in"},
            "generate": {"command": ["sh", "-c"], "args": ["cat hidden.yaml"]},
        }
    )
    registry.put("team/p", "v1", archive({"app/a.in": "", "app/hidden.yaml": SECRET}), TAR)
    source = {"repoURL": f"oci://{registry.host}/team/p", "path": "app"}

    found = await render(source, revision="v1", repository=PLAIN)
    named = await render({**source, "plugin": {"name": "probe"}}, revision="v1", repository=PLAIN)

    assert ["Plugin"] * 2 == [found.source_type, named.source_type]
    for answer in (found, named):
        assert HIDDEN in passwords(answer)


async def test_a_chart_of_a_repository_is_no_plugins(
    helm_repository, chart_files, render, start_plugin
):
    """A chart is Helm's: no plugin is asked, and one that is named is refused."""
    start_plugin(
        {
            "discover": {"find": {"glob": "**/*"}},
            "generate": {"command": ["sh"], "args": ["-c", "exit 1"]},
        }
    )
    helm_repository.add(chart_files())
    source = {"repoURL": helm_repository.url, "chart": "web"}

    answer = await render(source)
    refused = await render({**source, "plugin": {"name": "probe"}})

    assert ("Helm", "") == (answer.source_type, answer.error.message)
    assert "cannot be rendered as Plugin" in refused.error.message
