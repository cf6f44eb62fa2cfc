"""The release on a real node: images, a cold install, and what each pod costs when idle.

Usage: ``python -m tests.bench.node [SECONDS]`` (60 of idleness). Needs what `make e2e-node` needs.
The floor is the same install of a chart with nothing but a pause container.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from plumbline.testcluster.node import Node
from tests.node.release import NAMESPACE, ROOT, Release

CHART = """apiVersion: v2\nname: floor\nversion: 1.0.0\n"""
POD = """apiVersion: apps/v1
kind: Deployment
metadata: {{name: floor}}
spec:
  selector: {{matchLabels: {{app: floor}}}}
  template:
    metadata: {{labels: {{app: floor}}}}
    spec: {{containers: [{{name: pause, image: "{image}"}}]}}
"""


def cpu(summary):
    """{pod: (CPU-seconds so far, MiB of its working set)} of the release's pods."""
    found = {}
    for pod in json.loads(summary)["pods"]:
        if pod["podRef"]["namespace"] == NAMESPACE:
            used = pod["cpu"]["usageCoreNanoSeconds"] / 1e9
            found[pod["podRef"]["name"]] = used, pod["memory"]["workingSetBytes"] / 2**20
    return found


def floor(release, folder):
    """Seconds of a Helm install of one pause container."""
    chart = folder / "floor"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text(CHART)
    image = "registry.k8s.io/pause:3.10"
    found = release.node.run(["ctr", "-n", "k8s.io", "images", "list", "-q"], check=False).stdout
    pauses = [name for name in found.split() if "pause" in name]
    (chart / "templates/pod.yaml").write_text(POD.format(image=pauses[0] if pauses else image))
    started = time.monotonic()
    release.helm("install", "floor", chart, "--wait", "--timeout=1m")
    return time.monotonic() - started


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    command = [sys.executable, str(ROOT / "tools/images.py"), "--base=auto", "--save"]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    tars = json.loads(told.splitlines()[-1])
    for name, tar in tars.items():
        print(f"{name}: {pathlib.Path(tar).stat().st_size / 1e6:.0f} MB as a tar")
    with (
        tempfile.TemporaryDirectory(prefix="plumbline-bench-") as name,
        Node.start(pathlib.Path(name) / "node") as node,
    ):
        for tar in tars.values():
            node.load_image(pathlib.Path(tar))
        folder = pathlib.Path(name) / "release"
        folder.mkdir()
        release = Release(node, folder)
        print(f"floor, one pause container: {floor(release, folder):.1f} s")
        print(f"cold helm install --wait until all is ready: {release.install():.1f} s")
        summary = f"/api/v1/nodes/{node.name}/proxy/stats/summary"
        time.sleep(20)  # what starting costs is over
        before = cpu(release.kubectl("get", "--raw", summary))
        time.sleep(seconds)
        for pod, (used, size) in sorted(cpu(release.kubectl("get", "--raw", summary)).items()):
            if pod in before and not re.match("plumbline-keys", pod):
                rate = (used - before[pod][0]) / seconds * 1000
                print(f"  {pod}: {size:.0f} MiB, {rate:.1f} m CPU idle")


if __name__ == "__main__":
    main()
