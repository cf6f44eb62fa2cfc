"""The service over mutual TLS: plain directories and kustomizations of real repositories."""

import json

import grpc
import orjson
import pytest

from plumbline.pb.repo import repo_pb2, repo_pb2_grpc
from plumbline.rpc import channels

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata: {{a: '{value}'}}\n"


def config_map(name, value="1"):
    return CONFIG_MAP.format(name=name, value=value)


def source(path, **fields):
    return json.dumps({"repoURL": "x", "path": path, **fields}).encode()


async def render(stub, url, sources, **fields):
    """Return the answers by id."""
    request = repo_pb2.RenderRequest(
        repository=repo_pb2.Repository(url=url),
        revision=fields.pop("revision", "main"),
        sources=[
            repo_pb2.SourceRequest(id=name, source_json=document, **fields)
            for name, document in sources.items()
        ],
    )
    return {answer.id: answer async for answer in stub.Render(request)}


def names(answer):
    return [orjson.loads(text)["metadata"]["name"] for text in answer.manifests]


async def test_a_directory_is_rendered(stub, repository):
    """A commit's YAML and JSON files become manifests, with commit, key and digest."""
    commit = repository.commit(
        {
            "app/a.yaml": config_map("a") + "---\n" + config_map("b"),
            "app/c.json": '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}',
            "app/deep/d.yaml": config_map("d"),
            "app/skip.yaml": "# +argocd:skip-file-rendering\n{{ not yaml }}\n",
            "app/readme.md": "no manifest",
        }
    )

    answers = await render(
        stub,
        repository.url,
        {
            "flat": source("app"),
            "deep": source("app", directory={"recurse": True, "exclude": "{a,c}.*"}),
        },
    )

    assert ["a", "b", "c"] == names(answers["flat"])
    assert ["d"] == names(answers["deep"])
    assert commit == answers["flat"].commit
    assert "Directory" == answers["flat"].source_type
    assert 64 == len(answers["flat"].key)
    assert 64 == len(answers["flat"].digest)


async def test_a_file_that_is_no_manifest_is_left_out_with_a_warning(stub, repository):
    """Another tool's YAML beside manifests; one that says it is a manifest must be one."""
    repository.commit(
        {
            "app/a.yaml": config_map("a"),
            "app/values.yaml": "replicas: 3\nimage: {tag: x}\n",
            "app/.argocd-source.yaml": "directory: {recurse: false}\n",
            "slip/a.yaml": config_map("a"),
            "slip/b.yaml": "apiVersion: v1\nknd: ConfigMap\nmetadata: {name: b}\n",
            "broken/b.yaml": "a: {\n",
        }
    )

    answers = await render(
        stub, repository.url, {name: source(name) for name in ("app", "slip", "broken")}
    )

    assert ["a"] == names(answers["app"])
    assert ["values.yaml is no Kubernetes manifest and was left out"] == list(
        answers["app"].warnings
    )
    assert "slip/b.yaml: Object 'kind' is missing" == answers["slip"].error.message
    assert "broken/b.yaml" in answers["broken"].error.message


async def test_without_the_filter_every_name_is_a_manifest(stub, repository):
    """directory.disableExtensionFilter; include and exclude still count."""
    repository.commit({"app/a": config_map("a"), "app/b.txt": config_map("b"), "app/c.md": "x: y"})

    answers = await render(
        stub,
        repository.url,
        {"x": source("app", directory={"disableExtensionFilter": True, "exclude": "*.md"})},
    )

    assert ["a", "b"] == names(answers["x"])


async def test_a_file_that_only_a_transformer_names_counts(stub, repository):
    """What may name files in a way we do not know makes every file count."""
    plan = {
        "app/kustomization.yaml": "resources: [a.yaml]\n"
        "transformers:\n- |-\n  apiVersion: builtin\n  kind: PatchTransformer\n"
        "  metadata: {name: p}\n  path: hidden.yaml\n  target: {kind: ConfigMap}\n",
        "app/a.yaml": config_map("a"),
        "app/hidden.yaml": '[{"op": "add", "path": "/data/b", "value": "1"}]',
        "README.md": "x",
    }
    repository.commit(plan)
    before = (await render(stub, repository.url, {"x": source("app")}))["x"]
    repository.commit({"app/hidden.yaml": '[{"op": "add", "path": "/data/b", "value": "2"}]'})

    after = (await render(stub, repository.url, {"x": source("app")}, known_key=before.key))["x"]

    assert "" == before.error.message
    assert {"a": "1", "b": "2"} == orjson.loads(after.manifests[0])["data"]


async def test_a_commit_elsewhere_leaves_the_key(stub, repository):
    """Only the application that a commit touches is sent again."""
    repository.commit({"a/x.yaml": config_map("a"), "b/x.yaml": config_map("b")})
    sources = {"a": source("a"), "b": source("b")}
    before = await render(stub, repository.url, sources)
    commit = repository.commit({"a/x.yaml": config_map("a", "2")})

    request = repo_pb2.RenderRequest(
        repository=repo_pb2.Repository(url=repository.url),
        revision="main",
        sources=[
            repo_pb2.SourceRequest(id=name, source_json=document, known_key=before[name].key)
            for name, document in sources.items()
        ],
    )
    after = {answer.id: answer async for answer in stub.Render(request)}

    assert after["b"].unchanged
    assert not after["b"].manifests
    assert commit == after["b"].commit
    assert not after["a"].unchanged
    assert {"a": "2"} == orjson.loads(after["a"].manifests[0])["data"]


async def test_a_kustomization_is_built(stub, repository):
    """Base and overlay, patches and generators, by the real binary in the sandbox."""
    repository.commit(
        {
            "base/kustomization.yaml": "resources: [cm.yaml]\n",
            "base/cm.yaml": config_map("base"),
            "overlays/dev/kustomization.yaml": (
                "namePrefix: dev-\nresources: [../../base]\n"
                "patches:\n- path: patch.yaml\n"
                "configMapGenerator:\n- name: gen\n  files: [key=file.txt]\n"
            ),
            "overlays/dev/patch.yaml": config_map("base", "patched"),
            "overlays/dev/file.txt": "content",
        }
    )

    answer = (await render(stub, repository.url, {"k": source("overlays/dev")}))["k"]

    assert "" == answer.error.message
    assert "Kustomize" == answer.source_type
    trees = [orjson.loads(text) for text in answer.manifests]
    assert [{"a": "patched"}, {"key": "content"}] == [
        tree["data"] for tree in sorted(trees, key=lambda tree: tree["metadata"]["name"])
    ]
    assert all(tree["metadata"]["name"].startswith("dev-") for tree in trees)


@pytest.mark.parametrize(
    ("document", "code", "text"),
    [
        (source("absent"), "NOT_FOUND", "absent: app path does not exist"),
        (source("../etc"), "INVALID_ARGUMENT", "'../etc' leaves the repository"),
        (source("/etc"), "INVALID_ARGUMENT", "'/etc' is absolute"),
        (source("app", helm={"releaseName": "x"}), "INVALID_ARGUMENT", "app/Chart.yaml is missing"),
        (source("", chart="redis"), "INVALID_ARGUMENT", "opened as a Git repository"),
        (source("app", plugin={"name": "x"}), "NOT_FOUND", "each one is a sidecar"),
        (source("app", kustomize={"namePrefix": "x"}), "INVALID_ARGUMENT", "no kustomization"),
        (source("app", helm={}, kustomize={}), "INVALID_ARGUMENT", "multiple application sources"),
        (source("broken"), "INVALID_ARGUMENT", "broken/x.yaml, document 2: line"),
        (b"{", "INVALID_ARGUMENT", "source cannot be read"),
    ],
)
async def test_an_error_is_of_its_source_alone(stub, repository, document, code, text):
    """One source fails with its cause, the other renders."""
    repository.commit(
        {
            "app/a.yaml": config_map("a"),
            "broken/x.yaml": config_map("b") + "---\na: [\n",
        }
    )

    answers = await render(stub, repository.url, {"bad": document, "good": source("app")})

    assert ["a"] == names(answers["good"])
    assert code == answers["bad"].error.code
    assert text in answers["bad"].error.message


async def test_resolve_gives_commit_and_keys_without_rendering(stub, repository):
    """The key of Resolve is the key of Render."""
    commit = repository.commit({"app/a.yaml": config_map("a")})

    answer = await stub.Resolve(
        repo_pb2.ResolveRequest(
            repository=repo_pb2.Repository(url=repository.url),
            revision="",
            sources=[repo_pb2.SourceRequest(id="a", source_json=source("app"))],
        )
    )

    rendered = (await render(stub, repository.url, {"a": source("app")}))["a"]
    assert commit == answer.commit
    assert rendered.key == answer.keys[0].key


async def test_refs_and_metadata(stub, repository):
    """Branches, tags, author, date and message."""
    commit = repository.commit({"a": "b"}, "first line\n\nmore")
    repository.git("tag", "-a", "v1", "-m", "tag")
    repository.git("branch", "feature")
    told = repo_pb2.Repository(url=repository.url)

    refs = await stub.ListRefs(repo_pb2.ListRefsRequest(repository=told))
    await stub.Resolve(repo_pb2.ResolveRequest(repository=told, revision="v1"))
    metadata = await stub.RevisionMetadata(
        repo_pb2.RevisionMetadataRequest(repository=told, revision=commit)
    )

    assert (["feature", "main"], ["v1"]) == (list(refs.branches), list(refs.tags))
    assert "A <a@example.com>" == metadata.author
    assert "2026-01-02T03:04:05+00:00" == metadata.date
    assert "first line\n\nmore" == metadata.message
    assert ["v1"] == list(metadata.tags)


async def test_a_client_without_certificate_is_refused(service, repository):
    """Security: CVE-2026-15416 (a), no client certificate, no answer."""
    channel_credentials = grpc.ssl_channel_credentials((service.folder / "ca.crt").read_bytes())
    options = [("grpc.ssl_target_name_override", "plumbline.internal")]
    async with grpc.aio.secure_channel(service.target, channel_credentials, options) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await repo_pb2_grpc.RepoServiceStub(channel).Resolve(
                repo_pb2.ResolveRequest(repository=repo_pb2.Repository(url=repository.url))
            )

    assert grpc.StatusCode.UNAVAILABLE == caught.value.code()


async def test_a_wrong_role_is_refused(service, authority, repository):
    """Security: CVE-2026-15416 (b), a certificate of another role."""
    async with channels.channel(service.target, authority.identity("repo-server")) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await repo_pb2_grpc.RepoServiceStub(channel).Resolve(
                repo_pb2.ResolveRequest(repository=repo_pb2.Repository(url=repository.url))
            )

    assert grpc.StatusCode.PERMISSION_DENIED == caught.value.code()
