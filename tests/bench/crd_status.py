"""What a status write costs the API server, with the contract's status schema and with an open one.

``python -m tests.bench.crd_status`` starts a control plane of its own and prints CPU-milliseconds
of kube-apiserver per merge patch, for 1, 20 and 200 resource rows; the floor is a 2 KB ConfigMap.
Figures are kept in docs/decisions/0002-crd-status-schema.md. The variants alternate, so that a
drift of the machine meets both; what the idle server uses meanwhile is subtracted.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import median

import yaml

from plumbline.core import errors
from plumbline.kube import config
from plumbline.kube.client import KubeClient
from plumbline.testcluster import Cluster
from tests.bench import meter

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import generate_crds  # noqa: E402 -- a script beside the package, found by the line above

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
APPLICATIONS = "/apis/argoproj.io/v1alpha1/namespaces/default/applications"
CONFIGMAPS = "/api/v1/namespaces/default/configmaps"
MERGE = {"Content-Type": "application/merge-patch+json"}
APPLY = {"Content-Type": "application/apply-patch+yaml"}
ROUNDS = 3
WRITES = 150
SETTLE = 10
"""Seconds after a change of definitions: the server rebuilds its OpenAPI document meanwhile."""
ROWS = (1, 20, 200)
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def row(number, health="Healthy"):
    """One row of ``status.resources``."""
    return {
        "group": "apps", "version": "v1", "kind": "Deployment", "namespace": "shop",
        "name": f"component-{number}", "status": "Synced", "health": {"status": health},
    }  # fmt: skip


def result(number):
    """One row of an operation's result."""
    return {
        "group": "apps", "version": "v1", "kind": "Deployment", "namespace": "shop",
        "name": f"component-{number}", "status": "Synced", "message": "deployment.apps configured",
        "hookPhase": "Running", "syncPhase": "Sync",
    }  # fmt: skip


def application(name, rows):
    """An application after its first sync, with ten entries of history."""
    source = {"repoURL": "https://git.example/shop.git", "path": "deploy", "targetRevision": "main"}
    target = {"server": "https://kubernetes.default.svc", "namespace": "shop"}
    when = "2024-05-06T07:08:09Z"
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": name},
        "spec": {"project": "default", "source": source, "destination": target},
        "status": {
            "sync": {
                "status": "Synced",
                "revision": COMMIT,
                "comparedTo": {"source": source, "destination": target},
            },
            "health": {"status": "Healthy"},
            "resources": [row(i) for i in range(rows)],
            "history": [
                {"id": i, "revision": COMMIT, "deployedAt": when, "source": source}
                for i in range(10)
            ],
            "operationState": {
                "operation": {"sync": {"revision": COMMIT}},
                "phase": "Succeeded",
                "startedAt": when,
                "finishedAt": when,
                "syncResult": {
                    "revision": COMMIT,
                    "source": source,
                    "resources": [result(i) for i in range(rows)],
                },
            },
        },
    }


def change(number, rows):
    """A patch as a reconcile writes it: a time, a revision, and the rows with another health."""
    listed = [row(i) for i in range(rows)]
    listed[0] = row(0, "Healthy" if number % 2 else "Progressing")
    minute, second = divmod(number % 3600, 60)
    return {
        "status": {
            "reconciledAt": f"2024-05-06T08:{minute:02d}:{second:02d}Z",
            "sync": {"revision": f"{number:040x}"},
            "resources": listed,
        }
    }


class Bench:
    """A control plane and a client."""

    def __init__(self, cluster, client):
        self.cluster = cluster
        self.client = client
        self.idle = 0.0

    async def send(self, method, path, body, headers):
        """Send one request."""
        data = json.dumps(body).encode()
        return await self.client.request(method, path, body=data, headers=headers)

    def meter(self):
        """A meter over the API server."""
        return meter.Meter({"apiserver": self.cluster.component("kube-apiserver").pid})

    async def measure(self, path, bodies):
        """Return CPU-milliseconds of the API server per write."""
        measured, start = self.meter(), time.monotonic()
        for body in bodies:
            await self.send("PATCH", path, body, MERGE)
        spent = measured.read()["apiserver"].cpu_seconds
        spent -= self.idle * (time.monotonic() - start)
        return spent * 1000 / len(bodies)

    async def install(self, *, full):
        """Put one variant of the definitions in force, and wait until the server acts by it."""
        for text in generate_crds.texts(full_status=full).values():
            definition = yaml.load(text, Loader=yaml.CSafeLoader)
            path = f"{DEFINITIONS}/{definition['metadata']['name']}"
            await self.send("PATCH", f"{path}?fieldManager=bench&force=true", definition, APPLY)
        probe = application("probe", 1)
        probe["status"]["history"] = "not a list"
        while await self.refused(probe) is not full:  # noqa: ASYNC110 -- nothing to wait on
            await asyncio.sleep(0.2)
        await asyncio.sleep(SETTLE)

    async def refused(self, obj):
        """Whether the server finds an object invalid; None while it does not serve the kind."""
        try:
            await self.send(
                "POST", f"{APPLICATIONS}?dryRun=All", obj, {"Content-Type": "application/json"}
            )
        except errors.InvalidArgument:
            return True
        except errors.NotFound:
            return None
        return False

    async def run(self):
        """Take all figures and print them."""
        await asyncio.sleep(15)  # the control plane's start is not to be counted
        measured = self.meter()
        await asyncio.sleep(10)
        self.idle = measured.read()["apiserver"].cpu_seconds / 10
        found = defaultdict(list)
        for number in range(ROUNDS):
            for full in (True, False):
                await self.install(full=full)
                for rows in ROWS:
                    await self.variant(found, number, rows, full=full)
            await self.floor(found, number)
        print(f"idle {self.idle * 1000:.1f} CPU-ms/s; median of {ROUNDS} x {WRITES} writes")
        for name, figures in found.items():
            listed = " ".join(f"{figure:.2f}" for figure in figures)
            print(f"{name:<32} {median(figures):6.2f} CPU-ms per write  ({listed})")

    async def variant(self, found, number, rows, *, full):
        """Measure one size under the definitions in force."""
        name = f"app-{number}-{rows}-{'full' if full else 'open'}"
        path = f"{APPLICATIONS}/{name}?fieldManager=argocd-controller"
        await self.send(
            "POST", APPLICATIONS, application(name, rows), {"Content-Type": "application/json"}
        )
        await self.measure(path, [change(i, rows) for i in range(20)])
        figure = await self.measure(path, [change(i, rows) for i in range(100, 100 + WRITES)])
        found[f"{'full' if full else 'open'} status, {rows} rows"].append(figure)

    async def floor(self, found, number):
        """Measure a ConfigMap of 2 KB."""
        obj = {"metadata": {"name": f"floor-{number}"}, "data": {"text": "x" * 2000}}
        await self.send("POST", CONFIGMAPS, obj, {"Content-Type": "application/json"})
        bodies = [{"data": {"count": str(i)}} for i in range(WRITES)]
        figure = await self.measure(f"{CONFIGMAPS}/floor-{number}", bodies)
        found["ConfigMap of 2 KB"].append(figure)


async def main():
    """Start a control plane and measure."""
    with tempfile.TemporaryDirectory() as scratch, Cluster.start(Path(scratch) / "c") as cluster:
        own = config.from_kubeconfig(cluster.kubeconfig)
        async with KubeClient(own, user_agent="bench") as client:
            await Bench(cluster, client).run()


if __name__ == "__main__":
    asyncio.run(main())
