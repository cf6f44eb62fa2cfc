"""Hostile charts and Applications: canaries stay outside, nothing runs or connects."""

import json
import socket
import threading

import pytest

CANARY = "canary-c0ffee"
CHART = "apiVersion: v2\nname: web\nversion: 1.0.0\n"
OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ok}\n"
SHOW = OBJECT + "data: {values: {{ .Values | toJson | quote }}}\n"


@pytest.fixture
def canary(tmp_path):
    """A file outside of every repository."""
    path = tmp_path / "secret.yaml"
    path.write_text(f"stolen: {CANARY}\n")
    return path


@pytest.fixture
def refused(ask, service):
    """Render; assert an error, and that no canary is in it or in the log."""

    async def run(source, text, **fields):
        answer = await ask(source, **fields)
        assert text in answer.error.message
        assert not answer.manifests
        assert CANARY not in str(answer)
        assert CANARY not in service.log.read_text()
        return answer

    return run


def chart(files=None):
    found = {"Chart.yaml": CHART, "templates/cm.yaml": SHOW, **(files or {})}
    return {f"chart/{name}": text for name, text in found.items()}


def helm(**options):
    return {"repoURL": "https://h/r", "path": "chart", "helm": options}


@pytest.mark.parametrize("field", ["valueFiles", "fileParameters"])
@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/etc/passwd", "does not exist"),
        ("{canary}", "does not exist"),
        ("../../secret.yaml", "leaves the repository"),
        ("../" * 32 + "etc/passwd", "leaves the repository"),
        ("$values/../../secret.yaml", "leaves the repository"),
        ("$values/../secret.yaml", "leaves the repository"),
        ("$values", "does not exist"),
        ("$other/x.yaml", "not one of the available sources ($values)"),
        ("file://{canary}", "a render has no network"),
        ("http:/../../x", "a render has no network"),
        ("https://169.254.169.254/latest", "a render has no network"),
        ("oci://evil.example/x", "a render has no network"),
        ("secrets://x", "a render has no network"),
        ("link.yaml", "leaves the repository"),
        ("up/secret.yaml", "leaves the repository"),
        ("environ", "leaves the repository"),
    ],
)
async def test_files_come_from_repositories_only(
    repository, refused, canary, tmp_path, make_repository, field, path, text
):
    """Security: CVE-2022-24348, CVE-2022-24904, CVE-2022-31036, remote values as SSRF."""
    repository.write(chart())
    values = make_repository("values")
    values.commit({"a.yaml": "a: b\n"})
    path = path.format(canary=canary)
    if path in ("link.yaml", "up/secret.yaml", "environ"):
        # Beside the chart: a link in it is refused whatever is asked for.
        targets = {"link.yaml": canary, "up/secret.yaml": "../..", "environ": "/proc/self/environ"}
        repository.link(f"env/{path.partition('/')[0]}", targets[path])
        path = f"../env/{path}"
    repository.commit()
    options = {
        "valueFiles": {"valueFiles": [path]},
        "fileParameters": {"fileParameters": [{"name": "a", "path": path}]},
    }

    await refused(helm(**options[field]), text, refs={"values": values})


@pytest.mark.parametrize("kind", ["absolute", "outside", "chain", "loop", "directory", "parent"])
async def test_links_in_a_chart_lead_nowhere(repository, refused, canary, kind):
    """Security: TOB-ARGO-018, CVE-2025-53547 (Chart.lock), a walk without end."""
    repository.write(chart({"files/keep": "x"}))
    links = {
        "absolute": ("chart/Chart.lock", str(canary)),
        "outside": ("chart/values.yaml", "../../secret.yaml"),
        "chain": ("chart/values.yaml", "../hop"),
        "loop": ("chart/values.yaml", "values.yaml"),
        "directory": ("chart/files/up", "../../.."),
        "parent": ("chart/files/again", ".."),
    }
    repository.link("hop", "../secret.yaml")
    repository.link(*links[kind])
    repository.commit()
    expected = "loop" if kind in ("loop", "parent") else "leaves the repository"

    await refused({"path": "chart"}, expected)


@pytest.mark.parametrize(
    "options",
    [
        {"releaseName": "--post-renderer=./x.sh"},
        {"releaseName": "a b"},
        {"releaseName": "x" * 54},
        {"releaseName": "a\nb"},
        {"releaseName": "{{ .x }}"},
        {"namespace": "--kubeconfig=/etc/passwd"},
        {"kubeVersion": "--post-renderer=x"},
        {"apiVersions": ["--post-renderer=x"]},
        {"apiVersions": ["a,--x"]},
        {"parameters": [{"name": "-x", "value": "1"}]},
        {"parameters": [{"name": "a\nb", "value": "1"}]},
        {"fileParameters": [{"name": "a=/etc/passwd,b", "path": "Chart.yaml"}]},
        {"version": "v2"},
    ],
)
async def test_no_option_becomes_another(repository, refused, tmp_path, options):
    """Security: kustomize#6241 and its like for helm; nothing starts."""
    marker = tmp_path / "marker"
    repository.commit(chart({"x.sh": f"#!/bin/sh\ntouch {marker}\n"}))

    await refused(helm(**options), "helm")

    assert not marker.exists()


async def test_values_that_look_like_options_are_values(repository, objects):
    """Their name is attached to them."""
    repository.commit(chart())
    parameters = [
        {"name": "a", "value": "--post-renderer=x"},
        {"name": "b", "value": "@/etc/passwd"},
    ]

    (shown,) = await objects(helm(parameters=parameters))

    assert {"a": "--post-renderer=x", "b": "@/etc/passwd"} == json.loads(shown["data"]["values"])


@pytest.mark.parametrize(
    ("files", "text"),
    [
        ({"Chart.yaml": "apiVersion: v2\nname: ../../x\nversion: 1.0.0\n"}, "chart name '../../x'"),
        ({"Chart.yaml": "apiVersion: v2\nname: -x\nversion: 1.0.0\n"}, "chart name '-x'"),
        (
            {"Chart.yaml": CHART + "dependencies: [{name: ../x, repository: 'file://.'}]\n"},
            "'../x'",
        ),
        (
            {"Chart.yaml": CHART + "dependencies: [{name: x, repository: 'file:///etc'}]\n"},
            "absolute",
        ),
        (
            {"Chart.yaml": CHART + "dependencies: [{name: x, repository: 'file://../../..'}]\n"},
            "leaves the repository",
        ),
        (
            {"Chart.yaml": CHART + "dependencies: [{name: x, repository: 'file://.'}]\n"},
            "own parent",
        ),
        (
            {"Chart.yaml": CHART + "dependencies: [{name: x, repository: 'file://..'}]\n"},
            "own parent",
        ),
        (
            {"Chart.yaml": CHART + "dependencies: [{name: x, repository: 'probe://c'}]\n"},
            "not in charts/",
        ),
        ({"Chart.yaml": "- a\n"}, "must be a mapping"),
        ({"Chart.yaml": "a: &a [*a]\n"}, "Chart.yaml"),
    ],
)
async def test_hostile_chart_files_are_refused(repository, refused, files, text):
    """Security: CVE-2024-25620, CVE-2026-35206, dependencies that lead elsewhere."""
    repository.commit(chart(files))

    await refused({"path": "chart"}, text)


async def test_charts_that_depend_on_each_other_end(repository, refused):
    """A cycle of local dependencies is an error, not a walk without end."""
    other = (
        CHART.replace("web", "lib") + "dependencies: [{name: web, repository: 'file://../chart'}]\n"
    )
    repository.commit(
        chart({"Chart.yaml": CHART + "dependencies: [{name: lib, repository: 'file://../lib'}]\n"})
        | {"lib/Chart.yaml": other}
    )

    await refused({"path": "chart"}, "own parent")


class Listener:
    """Counts what reaches a port, over TCP and UDP."""

    def __init__(self):
        self.reached = 0
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.port = self.tcp.getsockname()[1]
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", self.port))
        self._threads = [threading.Thread(target=self._accept), threading.Thread(target=self._take)]
        for thread in self._threads:
            thread.start()

    def _accept(self):
        while True:
            connection, _ = self.tcp.accept()
            with connection:
                if connection.recv(3) == b"end":
                    return
            self.reached += 1

    def _take(self):
        while self.udp.recv(3) != b"end":
            self.reached += 1

    def stop(self):
        with socket.create_connection(("127.0.0.1", self.port)) as last:
            last.sendall(b"end")
        self.udp.sendto(b"end", ("127.0.0.1", self.port))
        for thread in self._threads:
            thread.join()
        self.tcp.close()
        self.udp.close()


@pytest.fixture
def listener():
    """A port that must not be reached."""
    made = Listener()
    yield made
    made.stop()


async def test_nothing_leaves_the_machine(repository, ask, listener, start_service):
    """Security: CVE-2023-25165 (getHostByName), a schema by reference; the sandbox holds it."""
    where = f"127.0.0.1:{listener.port}"
    schema = json.dumps({"$ref": f"http://{where}/schema.json"})
    dns = OBJECT + 'data: {a: {{ getHostByName "canary.evil.example" | quote }}}\n'
    repository.commit(chart({"templates/dns.yaml": dns}))
    looked_up = await ask({"path": "chart"})
    repository.commit(chart({"values.schema.json": schema}))
    referred = await ask({"path": "chart"})

    assert b'"data":{"a":""}' in b"".join(looked_up.manifests)
    assert referred.error.message
    assert 0 == listener.reached

    await ask({"path": "chart"}, target=start_service("--plumbline-sandbox=off"))

    assert listener.reached


async def test_plugins_in_a_repository_are_not_found(repository, ask, tmp_path):
    """Security: CVE-2026-113709, helm's homes are empty directories of the render."""
    marker = tmp_path / "marker"
    plugin = (
        "name: probe\nversion: 1.0.0\nruntime: subprocess\ntype: getter/v1\napiVersion: v1\n"
        "config: {protocols: [probe]}\nruntimeConfig: {protocolCommands: [{protocols: [probe],"
        f" platformCommand: [{{command: touch, args: ['{marker}']}}]}}]}}\n"
    )
    places = ("plugins/probe", ".local/share/helm/plugins/probe", "helm-data/plugins/probe")
    repository.commit(chart() | {f"{place}/plugin.yaml": plugin for place in places})

    answer = await ask(helm(valueFiles=["probe://x"]))

    assert answer.error.message
    assert not marker.exists()


@pytest.mark.parametrize("name", ["loop", "memory", "output", "template", "yaml"])
async def test_bombs_end_while_others_go_on(start_service, repository, ask, name):
    """Security: CVE-2025-32386, CVE-2025-55199: time, memory and output are bounded."""
    bombs = {
        "loop": "{{ range $i := until 100000 }}{{ range $j := until 100000 }}{{ end }}{{ end }}",
        "memory": '{{ $x := "x" }}{{ range until 40 }}{{ $x = print $x $x }}{{ end }}',
        "output": OBJECT + 'data: {a: "{{ repeat 200000000 "x" }}"}\n',
        "template": '{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}',
        "yaml": "a0: &a0 [x]\n"
        + "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)),
    }
    repository.commit(chart({"templates/bomb.yaml": bombs[name]}) | {"good/x.yaml": OBJECT})
    limited = start_service("--plumbline-exec-timeout=8s")

    bad = await ask({"path": "chart"}, target=limited)
    good = await ask({"path": "good"}, target=limited)

    assert bad.error.code in (
        "INVALID_ARGUMENT",
        "RESOURCE_EXHAUSTED",
        "DEADLINE_EXCEEDED",
    )
    assert 1 == len(good.manifests)
    assert [] == limited.work()


async def test_a_ref_needs_a_credential_of_its_own(repository, ask, git_http, make_repository):
    """Security: a mirror that another caller's credential opened is not read through a ref."""
    values = make_repository("values")
    values.commit({"a.yaml": f"stolen: {CANARY}\n"})
    repository.commit(chart())
    git_http.require("user", "secret")
    open_to = type("Remote", (), {"url": f"{git_http.url}/values/.git"})

    answer = await ask(helm(valueFiles=["$values/a.yaml"]), refs={"values": open_to})

    assert "UNAUTHENTICATED" == answer.error.code
    assert CANARY not in str(answer)
