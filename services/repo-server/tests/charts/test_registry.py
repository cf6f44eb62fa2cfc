"""Charts and artifacts in an OCI registry: pushed by real helm, asked with and without tokens."""

import gzip
import io
import json
import tarfile

import grpc
import pytest

from plumbline.pb.repo import repo_pb2

TAR = "application/vnd.oci.image.layer.v1.tar+gzip"
HELM = {"enable_oci": True, "insecure_oci_force_http": True}
PLAIN = {"insecure_oci_force_http": True}
MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {}}}\n"


def archive(files):
    """A tar+gzip layer."""
    into = io.BytesIO()
    with tarfile.open(fileobj=into, mode="w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return into.getvalue()


def chart(registry, revision="*"):
    return {"repoURL": f"{registry.host}/charts", "chart": "web", "targetRevision": revision}


@pytest.mark.parametrize("bearer", [False, True], ids=["basic", "bearer"])
async def test_a_chart_that_helm_pushed_renders_as_the_bare_helm_renders_it(
    registry, packaged, render_chart, tools, tmp_path, bare, shown, canary, service, bearer
):
    """By Basic and by a token of the registry's server; the password is shown nowhere."""
    registry.require("user", canary, bearer=bearer)
    push = packaged(version="1.2.0"), packaged(version="1.3.0")
    for file in push:
        registry.helm_push(tools.helm, tmp_path / "home", file, "charts", "user", canary)
    credential = {**HELM, "username": "user", "password": canary}

    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await render_chart(chart(registry), repository=HELM)
    answer = await render_chart(chart(registry), revision="1.2.x", repository=credential)

    assert refused.value.code() in (
        grpc.StatusCode.UNAUTHENTICATED,
        grpc.StatusCode.PERMISSION_DENIED,
    )
    assert "1.2.0" == answer.commit
    assert bare("guestbook", str(push[0]), "--namespace=web") == shown(answer)
    assert canary not in service.log.read_text()
    assert canary not in refused.value.details()


async def test_tags_come_in_pages(registry, stub, packaged, tools, tmp_path):
    """Links are followed; a version's plus is a tag's underscore."""
    registry.page = 2
    for number in range(5):
        registry.put("charts/web", f"1.{number}.0_b", b"x", TAR)
    opened = repo_pb2.Repository(url=f"oci://{registry.host}/charts/web", type="oci", **PLAIN)

    tags = await stub.ListTags(repo_pb2.ListTagsRequest(repository=opened))
    found = await stub.Resolve(
        repo_pb2.ResolveRequest(
            repository=repo_pb2.Repository(url=f"{registry.host}/charts", chart="web", **HELM),
            revision="1.x",
        )
    )

    assert [f"1.{number}.0_b" for number in range(5)] == list(tags.tags)
    assert 3 <= len(registry.paths("/tags/list"))
    assert "1.4.0+b" == found.commit


async def test_an_artifact_is_rendered_by_what_is_in_it(registry, render_chart, shown):
    """A directory, a kustomization, a chart; the revision is the manifest's digest."""
    files = {
        "plain/a.yaml": MAP.format("plain"),
        "kustom/kustomization.yaml": "namePrefix: x-\nresources: [a.yaml]\n",
        "kustom/a.yaml": MAP.format("kustom"),
        "chart/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n",
        "chart/templates/a.yaml": MAP.format("chart"),
    }
    digest = registry.put("team/config", "v1.0.0", archive(files), TAR)
    url = f"oci://{registry.host}/team/config"

    found = {}
    for path in ("plain", "kustom", "chart"):
        answer = await render_chart(
            {"repoURL": url, "path": path}, revision="1.*", repository=PLAIN
        )
        (tree,) = shown(answer)
        found[path] = (answer.commit, answer.source_type, tree["metadata"]["name"])

    assert {
        "plain": (digest, "Directory", "plain"),
        "kustom": (digest, "Kustomize", "x-kustom"),
        "chart": (digest, "Helm", "chart"),
    } == found
    assert 1 == len(registry.paths("/blobs/"))


async def test_an_artifact_by_digest_and_by_a_tag_that_moves(registry, render_chart, shown):
    """A digest is itself; a refresh sees that a tag moved."""
    first = registry.put("a/b", "main", archive({"a.yaml": MAP.format("one")}), TAR)
    url = {"repoURL": f"oci://{registry.host}/a/b", "path": "."}

    before = await render_chart(url, revision="main", repository=PLAIN)
    second = registry.put("a/b", "main", archive({"a.yaml": MAP.format("two")}), TAR)
    after = await render_chart(url, revision="main", repository=PLAIN, no_cache=True)
    pinned = await render_chart(url, revision=first, repository=PLAIN)

    assert [first, second, first] == [a.commit for a in (before, after, pinned)]
    assert ["one", "two", "one"] == [
        shown(a)[0]["metadata"]["name"] for a in (before, after, pinned)
    ]


async def test_an_index_of_one_manifest_is_followed(registry, render_chart, shown):
    """One is taken, several are a question that only the user can answer."""
    one = registry.put("i/x", "one", archive({"a.yaml": MAP.format("inner")}), TAR)
    two = registry.put("i/x", "two", archive({"a.yaml": MAP.format("other")}), TAR)
    media = "application/vnd.oci.image.index.v1+json"
    for tag, inner in (("single", [one]), ("many", [one, two])):
        tree = {
            "schemaVersion": 2,
            "mediaType": media,
            "manifests": [{"digest": d, "size": 1, "mediaType": "x"} for d in inner],
        }
        registry._push("i/x", tag, {"Content-Type": media}, json.dumps(tree).encode())
    url = {"repoURL": f"oci://{registry.host}/i/x", "path": "."}

    answer = await render_chart(url, revision="single", repository=PLAIN)
    with pytest.raises(grpc.aio.AioRpcError, match="index of 2 manifests"):
        await render_chart(url, revision="many", repository=PLAIN)

    assert "inner" == shown(answer)[0]["metadata"]["name"]


async def test_a_chart_of_a_registry_as_an_artifact(
    registry, packaged, render_chart, tools, tmp_path, shown
):
    """oci://… with a path and no chart: the chart's own directory is the root."""
    registry.helm_push(tools.helm, tmp_path / "home", packaged(), "charts")

    answer = await render_chart(
        {"repoURL": f"oci://{registry.host}/charts/web", "path": "."},
        revision="1.0.0",
        repository=PLAIN,
    )

    assert "guestbook-web" == shown(answer)[0]["metadata"]["name"]
    assert answer.commit.startswith("sha256:")


async def test_what_an_artifact_says_of_itself(registry, stub):
    """The annotations of the image specification."""
    said = {
        "org.opencontainers.image.authors": "A",
        "org.opencontainers.image.version": "1",
        "org.opencontainers.image.created": "2026-01-02T03:04:05Z",
    }
    registry.put("s/x", "1.0.0", b"x", TAR, annotations=said)
    opened = repo_pb2.Repository(url=f"oci://{registry.host}/s/x", type="oci", **PLAIN)

    found = await stub.ArtifactDetails(
        repo_pb2.ArtifactDetailsRequest(repository=opened, revision="1.0.0")
    )
    tested = await stub.TestRepository(repo_pb2.TestRepositoryRequest(repository=opened))

    assert ("A", "1", "2026-01-02T03:04:05Z") == (found.authors, found.version, found.created_at)
    assert tested.verified


async def test_layers_of_other_media_types_are_refused(registry, render_chart):
    """Security: a container image is no configuration."""
    registry.put("m/x", "1.0.0", gzip.compress(b"x"), "application/vnd.example")

    with pytest.raises(grpc.aio.AioRpcError, match="0 layers of the allowed media types"):
        await render_chart(
            {"repoURL": f"oci://{registry.host}/m/x", "path": "."},
            revision="1.0.0",
            repository=PLAIN,
        )
