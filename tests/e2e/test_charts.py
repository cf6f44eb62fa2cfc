"""An Application with a chart from a Helm repository: synced, followed, explained by the API."""

import functools
import http.server
import subprocess
import threading

import pytest

from plumbline.testcluster.tools import ensure_tools

pytestmark = pytest.mark.cluster

TEMPLATE = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {version: "{{ .Chart.Version }}", level: "{{ .Values.level }}"}
"""


class Charts:
    """A Helm repository of real archives on loopback."""

    def __init__(self, folder):
        self.folder = folder
        self._helm = ensure_tools(lambda _: None).helm
        handler = functools.partial(_Quiet, directory=str(folder / "served"))
        (folder / "served").mkdir()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def publish(self, version):
        chart = self.folder / version / "web"
        (chart / "templates").mkdir(parents=True)
        (chart / "Chart.yaml").write_text(
            f"apiVersion: v2\nname: web\nversion: {version}\ndescription: a web\n"
        )
        (chart / "values.yaml").write_text("level: chart\n")
        (chart / "templates" / "cm.yaml").write_text(TEMPLATE)
        self._run("package", str(chart), "-d", str(self.folder / "served"))
        self._run("repo", "index", str(self.folder / "served"))

    def _run(self, *argv):
        subprocess.run(
            [str(self._helm), *argv],
            env={"HOME": str(self.folder), "PATH": "/usr/bin:/bin"},
            check=True,
            capture_output=True,
        )

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def charts(tmp_path):
    server = Charts(tmp_path)
    yield server
    server.close()


def test_a_chart_is_deployed_and_its_range_is_followed(shop, charts, admin):
    """The revision is the version; a refresh sees a newer one; the API tells what it is."""
    charts.publish("1.0.0")
    name = shop.create("web", charts.url, "none", automated={})
    source = {
        "repoURL": charts.url,
        "chart": "web",
        "path": None,
        "targetRevision": "1.*",
        "helm": {"valuesObject": {"level": "given"}},
    }
    shop.api.merge(shop.path("web"), {"spec": {"source": source}})

    first = shop.config_map("settings", lambda o: o["data"]["version"] == "1.0.0")
    app = shop.app("web", lambda a: a["status"]["sync"].get("revision") == "1.0.0")
    charts.publish("1.1.0")
    refresh = {"metadata": {"annotations": {"argocd.argoproj.io/refresh": "normal"}}}
    shop.api.merge(shop.path("web"), refresh)
    shop.config_map("settings", lambda o: o["data"]["version"] == "1.1.0")
    after = shop.app("web", lambda a: a["status"]["sync"].get("revision") == "1.1.0")

    assert "given" == first["data"]["level"]
    assert "Helm" == app["status"]["sourceType"]
    assert not [c for c in after["status"].get("conditions") or () if "Error" in c["type"]]
    said = admin.chart_details(name, "1.1.0")
    assert "a web" == said["description"]
    listed = admin.helm_charts(charts.url)
    assert [{"name": "web", "versions": ["1.1.0", "1.0.0"]}] == listed
