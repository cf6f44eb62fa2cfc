"""Charts from a Helm repository: versions, files, caching, by real helm on both sides."""

import email.utils
import json
import os
import pathlib
import time

import grpc
import pytest
import yaml

from plumbline.pb.repo import repo_pb2


def source(server, chart="web", revision="*", **more):
    return {"repoURL": server.url, "chart": chart, "targetRevision": revision, **more}


async def test_a_chart_renders_as_the_bare_helm_renders_it(
    helm_repository, chart_files, render_chart, bare, tmp_path, shown
):
    """The same archive, values and release; hooks, notes and CRDs included."""
    files = {
        "templates/_helpers.tpl": '{{ define "x" }}{{ .Chart.Name }}{{ end }}',
        "templates/svc.yaml": "apiVersion: v1\nkind: Service\n"
        'metadata: {name: {{ include "x" . }}}\n',
        "templates/NOTES.txt": "hello",
        "crds/crd.yaml": "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
        "metadata: {name: a.b.c}\n",
        "values-prod.yaml": "level: prod\nextra: 1\n",
    }
    helm_repository.add(chart_files(files=files))
    values = tmp_path / "v.yaml"
    values.write_text("level: given\n")

    answer = await render_chart(
        source(
            helm_repository,
            helm={"valueFiles": ["values-prod.yaml"], "values": "level: given\n"},
        )
    )

    expected = bare(
        "guestbook", str(helm_repository.folder / "web-1.0.0.tgz"), "--namespace=web",
        "--include-crds", f"--values={files and _write(tmp_path, files['values-prod.yaml'])}",
        f"--values={values}",
    )  # fmt: skip
    assert expected == shown(answer)
    assert 3 == len(expected)
    assert ("1.0.0", "Helm") == (answer.commit, answer.source_type)


def _write(tmp_path, text):
    path = tmp_path / "prod.yaml"
    path.write_text(text)
    return path


async def test_revisions_are_versions_and_ranges(helm_repository, chart_files, stub):
    """Exact with or without v, ranges, no pre-release unless asked; absent ones are an error."""
    for version in ("1.0.0", "1.4.2", "2.0.0-rc.1", "2.1.0+build.7"):
        helm_repository.add(chart_files(version=version))

    async def resolve(revision):
        repository = repo_pb2.Repository(url=helm_repository.url, chart="web")
        request = repo_pb2.ResolveRequest(repository=repository, revision=revision)
        return (await stub.Resolve(request)).commit

    assert "1.4.2" == await resolve("1.*")
    assert "1.0.0" == await resolve("v1.0.0")
    assert "2.1.0+build.7" == await resolve("*")
    assert "2.0.0-rc.1" == await resolve("2.0.0-rc.1")
    assert "2.0.0-rc.1" == await resolve(">=2.0.0-0 <2.1.0")
    with pytest.raises(
        grpc.aio.AioRpcError, match=r"no version of chart 'web' is '3\.x'"
    ) as caught:
        await resolve("3.x")
    assert grpc.StatusCode.NOT_FOUND == caught.value.code()


async def test_ranges_of_versions_as_helm_reads_them(
    helm_repository, registry, packaged, stub, tools, tmp_path
):
    """In a Helm repository and in a registry: the version that the bare helm takes."""
    for version in ("0.9.0", "1.2.0", "1.2.5", "1.10.0", "2.0.0", "2.1.0-rc.1", "3.0.0-alpha"):
        archive = packaged(version=version)
        registry.helm_push(tools.helm, tmp_path / "home", archive, "c")
        (helm_repository.folder / archive.name).write_bytes(archive.read_bytes())
    helm_repository.index()
    remotes = (
        repo_pb2.Repository(url=helm_repository.url, chart="web"),
        repo_pb2.Repository(
            url=f"{registry.host}/c", chart="web", enable_oci=True, insecure_oci_force_http=True
        ),
    )
    expected = {
        "^1.2": "1.10.0", "~1.2": "1.2.5", "*": "2.0.0", ">=1 <2": "1.10.0", ">=1, <2": "1.10.0",
        "1": "1.10.0", "1.2": "1.2.5", "1.2.x": "1.2.5", "<1": "0.9.0", "1.2 - 1.9": "1.2.5",
        "^0.9 || ^2": "2.0.0", ">=2.1.0-0": "3.0.0-alpha", ">2.0.0-0 <3": "3.0.0-alpha",
        "2.1.0-rc.1": "2.1.0-rc.1",
    }  # fmt: skip

    def by_helm(revision):
        argv = ("show", "chart", "web", "--repo", helm_repository.url, "--version", revision)
        return yaml.safe_load(helm_repository.run(*argv))["version"]

    async def resolve(repository, revision):
        request = repo_pb2.ResolveRequest(repository=repository, revision=revision)
        return (await stub.Resolve(request)).commit

    assert expected == {revision: by_helm(revision) for revision in expected}
    for repository in remotes:
        assert expected == {name: await resolve(repository, name) for name in expected}
        for revision in (">2", "^4"):
            with pytest.raises(grpc.aio.AioRpcError, match=r"no (version|tag)") as caught:
                await resolve(repository, revision)
            assert grpc.StatusCode.NOT_FOUND == caught.value.code()
        for revision in ("", "  "):
            with pytest.raises(grpc.aio.AioRpcError, match="needs a targetRevision") as caught:
                await resolve(repository, revision)
            assert grpc.StatusCode.INVALID_ARGUMENT == caught.value.code()


async def test_an_index_of_twenty_megabytes(helm_repository, chart_files, stub, service):
    """Read whole: the last of its versions is found, and the server hardly grows."""
    before = _memory(service)  # with what other tests had it do
    helm_repository.add(chart_files())
    index = (helm_repository.folder / "index.yaml").read_text()
    entry = "  - version: {0}.{1}.0\n    name: c{0}\n    description: {2}\n    urls: [c-{1}.tgz]\n"
    parts = [index.partition("entries:\n")[0], "entries:\n"]
    for chart in range(200):
        parts.append(f"  c{chart}:\n")
        parts += [entry.format(chart, version, "x" * 900) for version in range(100)]
    parts += ["  last:\n", entry.format(9, 9, "the last")]
    (helm_repository.folder / "index.yaml").write_text("".join(parts))
    assert 19_000_000 < (helm_repository.folder / "index.yaml").stat().st_size

    repository = repo_pb2.Repository(url=helm_repository.url, chart="last")
    request = repo_pb2.ResolveRequest(repository=repository, revision="*")
    assert "9.9.0" == (await stub.Resolve(request)).commit
    listed = await stub.ListCharts(repo_pb2.ListChartsRequest(repository=repository))
    assert {"c0": 100, "c199": 100, "last": 1} == {
        item.name: len(item.versions)
        for item in listed.items
        if item.name in ("c0", "c199", "last")
    }
    assert 1 == len(helm_repository.paths("/index.yaml"))
    assert _memory(service) - before < 256 * 1024**2


def _memory(service):
    pages = pathlib.Path(f"/proc/{service.process.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


async def test_one_index_serves_many_and_an_unchanged_one_is_not_sent_again(
    helm_repository, chart_files, stub, render_chart
):
    """One request for several charts; a refresh asks whether it changed; one archive, one fetch."""
    helm_repository.add(chart_files())
    helm_repository.add(chart_files("db", "0.1.0"))

    first = await render_chart(source(helm_repository))
    await render_chart(source(helm_repository, "db"))
    again = await render_chart(source(helm_repository), no_cache=True)

    assert ["/index.yaml", "/index.yaml"] == helm_repository.paths("index.yaml")[:2]
    assert 1 == len(helm_repository.paths("web-1.0.0.tgz"))
    assert first.key == again.key
    helm_repository.add(chart_files(version="1.1.0"))
    newer = await render_chart(source(helm_repository), no_cache=True)
    assert "1.1.0" == newer.commit
    assert first.key != newer.key


@pytest.mark.parametrize(("age", "is_asked"), [(0, False), (3600, True)])
async def test_a_time_of_this_second_proves_nothing(
    helm_repository, chart_files, render_chart, monkeypatch, age, is_asked
):
    """A server without ETags: what changed twice within a second must not pass for unchanged."""
    helm_repository.add(chart_files())
    told = email.utils.formatdate(time.time() - age, usegmt=True)
    index = (helm_repository.folder / "index.yaml").read_bytes()
    helm_repository.special["/index.yaml"] = (200, {"Last-Modified": told}, index)
    asked, answer = [], helm_repository.answer

    def remembering(method, path, headers, body):
        if path == "/index.yaml":
            asked.append(headers.get("If-Modified-Since"))
        return answer(method, path, headers, body)

    monkeypatch.setattr(helm_repository, "answer", remembering)
    await render_chart(source(helm_repository))
    await render_chart(source(helm_repository), no_cache=True)

    assert [None, told if is_asked else None] == asked[:2]


async def test_the_same_chart_from_two_places_is_rendered_once(
    helm_repository, registry, packaged, render_chart, service, tools, tmp_path, shown
):
    """The key is made of what is in the archive, not of where it came from (rule 1)."""
    archive = packaged()
    helm_repository.run(
        "package", str(tmp_path / "src/web-1.0.0/web"), "-d", str(helm_repository.folder)
    )
    helm_repository.index()
    registry.helm_push(tools.helm, tmp_path / "home", archive, "charts")

    one = await render_chart(source(helm_repository))
    before = _rendered(service)
    two = await render_chart(
        {"repoURL": f"{registry.host}/charts", "chart": "web", "targetRevision": "1.0.0"},
        revision="1.0.0",
        repository={"enable_oci": True, "insecure_oci_force_http": True},
    )

    assert shown(one) == shown(two)
    assert one.key == two.key
    assert before == _rendered(service)


def _rendered(service):
    lines = service.metrics().splitlines()
    wanted = 'plumbline_renders_total{result="rendered",type="Helm"}'
    return next(line for line in lines if line.startswith(wanted))


async def test_a_basic_credential_opens_the_repository_and_goes_nowhere_else(
    helm_repository, other_host, chart_files, render_chart, service, shown, header, canary
):
    """Security: CVE-2021-32690: an archive at another host is asked for without the credential."""
    other_host.add(chart_files())
    helm_repository.authorization = header("user")
    (helm_repository.folder / "web-1.0.0.tgz").write_bytes(
        (other_host.folder / "web-1.0.0.tgz").read_bytes()
    )
    helm_repository.index(other_host.url)
    credential = {"username": "user", "password": canary}

    with pytest.raises(grpc.aio.AioRpcError, match="authentication failed"):
        await render_chart(source(helm_repository))
    answer = await render_chart(source(helm_repository), repository=credential)

    assert 1 == len(shown(answer))
    assert [("GET", "/web-1.0.0.tgz", "")] == other_host.requests
    assert canary not in service.log.read_text()


async def test_pass_credentials_sends_it_along(
    helm_repository, other_host, chart_files, render_chart, shown, header, canary
):
    """helm.passCredentials is the Application's own word."""
    chart = chart_files()
    other_host.add(chart)
    other_host.authorization = helm_repository.authorization = header("user")
    (helm_repository.folder / "web-1.0.0.tgz").write_bytes(
        (other_host.folder / "web-1.0.0.tgz").read_bytes()
    )
    helm_repository.index(other_host.url)
    credential = {"username": "user", "password": canary}

    with pytest.raises(grpc.aio.AioRpcError, match="authentication failed"):
        await render_chart(source(helm_repository), repository=credential)
    answer = await render_chart(
        source(helm_repository), repository={**credential, "pass_credentials": True}
    )

    assert 1 == len(shown(answer))


async def test_value_files_of_another_repository(
    helm_repository, chart_files, repository, stub, shown
):
    """A chart from a repository with $values from Git."""
    helm_repository.add(chart_files())
    repository.commit({"env/prod.yaml": "level: prod\n"})
    chart = source(helm_repository, helm={"valueFiles": ["$values/env/prod.yaml"]})
    request = repo_pb2.RenderRequest(
        repository=repo_pb2.Repository(url=helm_repository.url, chart="web"),
        revision="1.x",
        referenced=[
            repo_pb2.ReferencedRepository(
                repository=repo_pb2.Repository(url=repository.url), revision="main"
            )
        ],
        sources=[
            repo_pb2.SourceRequest(
                id="x",
                source_json=json.dumps(chart).encode(),
                app_name="a",
                references=[repo_pb2.SourceReference(name="values", repository=0)],
            )
        ],
    )

    (answer,) = [answer async for answer in stub.Render(request)]

    (found,) = shown(answer)
    assert "prod" == found["data"]["level"]


async def test_looking_into_a_helm_repository(helm_repository, chart_files, stub):
    """The charts, what one can be set to, what it says of itself, and whether it can be opened."""
    more = "description: a web\nhome: https://example.com\nmaintainers: [{name: A, email: a@b.c}]\n"
    helm_repository.add(chart_files(more=more, files={"values-x.yaml": "a: 1\n"}))
    helm_repository.add(chart_files(version="1.10.0"))
    opened = repo_pb2.Repository(url=helm_repository.url, type="helm")
    chart = repo_pb2.Repository(url=helm_repository.url, type="helm", chart="web")

    listed = await stub.ListCharts(repo_pb2.ListChartsRequest(repository=opened))
    tested = await stub.TestRepository(repo_pb2.TestRepositoryRequest(repository=opened))
    said = await stub.ChartDetails(repo_pb2.ChartDetailsRequest(repository=chart, revision="1.0.0"))
    details = await stub.AppDetails(
        repo_pb2.AppDetailsRequest(
            repository=chart,
            revision="1.0.0",
            source=repo_pb2.SourceRequest(
                id="x", source_json=json.dumps(source(helm_repository)).encode()
            ),
        )
    )

    assert [("web", ["1.10.0", "1.0.0"])] == [(i.name, list(i.versions)) for i in listed.items]
    assert tested.verified
    assert ("a web", "https://example.com", ["A <a@b.c>"]) == (
        said.description,
        said.home,
        list(said.maintainers),
    )
    assert ("Helm", "web") == (details.source_type, details.chart_name)
    assert ["values-x.yaml", "values.yaml"] == list(details.value_files)
    assert [("level", "chart")] == [(p.name, p.value) for p in details.parameters]


async def test_a_version_that_left_the_index_stays_for_whoever_had_it(
    helm_repository, chart_files, render_chart, shown
):
    """A rollback to it renders; another credential never had it."""
    helm_repository.add(chart_files())
    await render_chart(source(helm_repository), revision="1.0.0")
    (helm_repository.folder / "web-1.0.0.tgz").unlink()
    helm_repository.add(chart_files(version="2.0.0"))

    again = await render_chart(source(helm_repository), revision="1.0.0", no_cache=True)
    with pytest.raises(grpc.aio.AioRpcError, match="no version of chart"):
        await render_chart(
            source(helm_repository), revision="1.0.0", repository={"username": "other"}
        )

    assert "1.0.0" == shown(again)[0]["data"]["version"]
    assert "1.0.0" == again.commit


async def test_a_token_in_the_query_is_in_no_message(
    helm_repository, render_chart, canary, service
):
    """Some hosts take their token that way."""
    url = f"{helm_repository.url}/stable?token={canary}"

    with pytest.raises(grpc.aio.AioRpcError, match="not found") as caught:
        await render_chart({"repoURL": url, "chart": "web", "targetRevision": "*"})

    assert [f"/stable/index.yaml?token={canary}"] == helm_repository.paths()
    assert canary not in caught.value.details()
    assert canary not in service.log.read_text()
