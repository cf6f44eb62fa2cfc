"""Looking into repositories through the service: applications, details, hostile paths."""

import grpc
import msgspec
import pytest

from plumbline.pb.repo import repo_pb2

CANARY = "canary-3f1"
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: %s}]}\n"


def opened(url, **fields):
    return repo_pb2.Repository(url=url, **fields)


async def apps(stub, url, revision="main"):
    request = repo_pb2.ListAppsRequest(repository=opened(url), revision=revision)
    return dict((await stub.ListApps(request)).apps)


async def details(stub, url, revision="main", **source):
    request = repo_pb2.AppDetailsRequest(
        repository=opened(url),
        revision=revision,
        source=repo_pb2.SourceRequest(id="x", source_json=msgspec.json.encode(source)),
    )
    return await stub.AppDetails(request)


async def test_every_directory_with_a_chart_or_a_kustomization_is_an_application(stub, repository):
    """Plain manifests are not; links are not followed; the root is a dot."""
    repository.write({
        "kustomization.yaml": "resources: []\n",
        "charts/shop/Chart.yaml": "name: shop\n",
        "overlays/dev/kustomization.yml": "resources: []\n",
        "overlays/prod/Kustomization": "resources: []\n",
        "plain/pod.yaml": POD % "x",
    })  # fmt: skip
    repository.link("loop", ".")
    repository.commit()

    found = await apps(stub, repository.url)

    assert {
        ".": "Kustomize",
        "charts/shop": "Helm",
        "overlays/dev": "Kustomize",
        "overlays/prod": "Kustomize",
    } == found


async def test_a_chart_shows_its_values_flattened(stub, repository):
    """The source's value files win over the chart's, in their order."""
    repository.commit({
        "c/Chart.yaml": "name: shop\nversion: 1.0.0\n",
        "c/values.yaml": "image: {tag: v1, pull: true}\nports: [80, 81]\nempty: null\na.b: 1\n",
        "c/values-prod.yml": "image: {tag: v2}\n",
        "c/other.yaml": "x: 1\n",
        "shared/values.yaml": "ports: [90]\n",
    })  # fmt: skip

    found = await details(
        stub,
        repository.url,
        path="c",
        helm={
            "valueFiles": ["values-prod.yml", "../shared/values.yaml", "$ref/values.yaml"],
            "fileParameters": [{"name": "conf", "path": "files/conf"}],
        },
    )

    assert ("Helm", "shop", ["values-prod.yml", "values.yaml"]) == (
        found.source_type,
        found.chart_name,
        list(found.value_files),
    )
    assert {
        "image.tag": "v2",
        "image.pull": "true",
        "ports[0]": "90",
        "ports[1]": "81",
        "empty": "",
        "a\\.b": "1",
    } == {p.name: p.value for p in found.parameters}
    assert found.values.startswith("image: {tag: v1")
    assert [("conf", "files/conf")] == [(p.name, p.value) for p in found.file_parameters]


async def test_a_kustomization_shows_the_images_that_it_renders(stub, repository):
    """Init containers and templates count."""
    template = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {template: {spec: {"
        "initContainers: [{name: i, image: init:1}], containers: [{name: c, image: app:2}]}}}\n"
    )
    repository.commit({
        "k/kustomization.yaml": "resources: [pod.yaml, d.yaml]\nimages: [{name: x, newTag: v9}]\n",
        "k/pod.yaml": POD % "x:1",
        "k/d.yaml": template,
    })  # fmt: skip

    found = await details(stub, repository.url, path="k")

    assert ("Kustomize", ["app:2", "init:1", "x:v9"]) == (found.source_type, list(found.images))


async def test_a_plain_directory_has_a_type_only(stub, repository):
    """Whatever is in it, unless the source says otherwise."""
    repository.commit({"d/pod.yaml": POD % "x"})

    assert "Directory" == (await details(stub, repository.url, path="d")).source_type
    assert "Helm" == (await details(stub, repository.url, path="d", helm={})).source_type


@pytest.mark.parametrize(
    "source",
    [
        {"path": "../../etc"},
        {"path": "/etc"},
        {"path": "a/../../x"},
        {"path": "out"},
        {"path": "c", "helm": {"valueFiles": ["../../../etc/passwd"]}},
        {"path": "c", "helm": {"valueFiles": ["/../etc/passwd"]}},
        {"path": "c", "helm": {"valueFiles": ["link.yaml"]}},
        {"path": "c", "helm": {"valueFiles": ["file:///etc/passwd", "absent.yaml"]}},
        {"path": "c", "helm": {}, "kustomize": {}},
        {"path": "absent"},
        {"path": "c\x00"},
    ],
)
async def test_nothing_outside_the_repository_is_read(stub, repository, source, tmp_path):
    """Security: CVE-2022-24730, -24731, -24348: an error, and the canary is not in it."""
    (tmp_path / "secret.yaml").write_text(f"key: {CANARY}\n")
    repository.write({"c/Chart.yaml": "name: c\n", "c/values.yaml": "a: 1\n"})
    repository.link("c/link.yaml", str(tmp_path / "secret.yaml"))
    repository.link("out", "../..")
    repository.commit()

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await details(stub, repository.url, **source)

    assert caught.value.code() in {
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.NOT_FOUND,
    }
    assert CANARY not in caught.value.details()
    assert "root:" not in caught.value.details()


@pytest.mark.parametrize(
    "values",
    ["- a\n- list\n", "a: &a [x]\nb: *missing\n", "{" * 3000],
)
async def test_values_that_cannot_be_read_are_an_error_that_says_so(stub, repository, values):
    """Bounded, and nothing is constructed."""
    repository.commit({"c/Chart.yaml": "name: c\n", "c/values.yaml": values})

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await details(stub, repository.url, path="c")

    assert grpc.StatusCode.INVALID_ARGUMENT == caught.value.code()


async def test_a_tag_constructs_nothing(stub, repository):
    """It is ignored, as Helm ignores it."""
    text = "a: !!python/object/apply:os.system [touch pwned]\n"
    repository.commit({"c/Chart.yaml": "name: c\n", "c/values.yaml": text})

    found = await details(stub, repository.url, path="c")

    assert {"a[0]": "touch pwned"} == {p.name: p.value for p in found.parameters}


@pytest.mark.parametrize("revision", ["--upload-pack=touch pwned", "-c", "a..b", "x" * 10_000])
async def test_hostile_revisions_are_refused(stub, repository, revision):
    """Security: TOB-ARGO-014."""
    repository.commit()
    for call in (apps, details):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call(stub, repository.url, revision=revision)
        assert grpc.StatusCode.INVALID_ARGUMENT == caught.value.code()


@pytest.mark.parametrize("url", ["https://127.0.0.1/a/../b", "https://127.0.0.1/%2e%2e/b"])
async def test_dot_segments_in_a_url_are_refused(stub, url):
    """What a project permits by a pattern must not be left by a path."""
    request = repo_pb2.TestRepositoryRequest(repository=opened(url))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.TestRepository(request)
    assert grpc.StatusCode.INVALID_ARGUMENT == caught.value.code()
