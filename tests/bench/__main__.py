"""Run the scenarios: B1 (one ConfigMap per application), four objects plain and kustomize, B2.

Usage: ``python -m tests.bench [configmap|plain|kustomize] [N]``; without arguments, each shape with
100 applications, and ``configmap`` with 1,000 too. ``BENCH_IDLE`` is how many seconds idleness is
watched (30).
"""

import asyncio
import json
import os
import sys
import time

import redis as redis_client
import uvloop

from plumbline.kube import config
from plumbline.kube.client import KubeClient
from plumbline.local import git_http
from plumbline.local.environment import Environment
from tests.bench import meter, workload

APPLICATIONS = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"
JSON = {"Content-Type": "application/json"}
PATHS = {
    "ConfigMap": "/api/v1/namespaces/{}/configmaps",
    "ServiceAccount": "/api/v1/namespaces/{}/serviceaccounts",
    "Service": "/api/v1/namespaces/{}/services",
    "Deployment": "/apis/apps/v1/namespaces/{}/deployments",
    "Ingress": "/apis/networking.k8s.io/v1/namespaces/{}/ingresses",
}


class Rig:
    """The environment of one scenario, and a bare client beside it."""

    def __init__(self, environment, client, work, url):
        self.environment = environment
        self.client = client
        self.work = work
        self.url = url

    async def counts(self):
        """API requests so far by verb and resource."""
        return meter.api_requests((await self.client.request("GET", "/metrics")).decode())

    def renders(self):
        """Renders so far: each is one new entry in Redis."""
        services = self.environment.services
        host, _, port = services.redis.partition(":")
        client = redis_client.Redis(host, int(port), password=services.redis_password)
        return client.info("commandstats").get("cmdstat_set", {}).get("calls", 0)

    def meter(self):
        """A meter over our services and the control plane."""
        pids = dict(self.environment.services.pids)
        if self.environment.cluster is not None:
            for name in ("kube-apiserver", "etcd"):
                pids[name] = self.environment.cluster.component(name).pid
        return meter.Meter(pids)

    async def post(self, path, objects):
        """Create objects, sixteen at a time."""
        limit = asyncio.Semaphore(16)

        async def one(obj):
            async with limit:
                await self.client.request(
                    "POST", path(obj), body=json.dumps(obj).encode(), headers=JSON
                )

        await asyncio.gather(*(one(o) for o in objects))

    async def wait(self, count, condition):
        """Wait until a condition holds for so many applications."""
        while True:
            items = (await self.client.get(f"{APPLICATIONS}?resourceVersion=0"))["items"]
            if sum(1 for i in items if condition(i)) >= count:
                return
            await asyncio.sleep(0.1)

    def commit(self, message):
        """Commit and push everything; return the commit."""
        git_http.git(self.work, "add", "--all")
        git_http.git(self.work, "commit", "--quiet", "-m", message)
        git_http.git(self.work, "push", "--quiet", self.url, "HEAD:main")
        return git_http.git(self.work, "rev-parse", "HEAD")


def well(app):
    """Synced and Healthy."""
    status = app.get("status") or {}
    return (status.get("sync") or {}).get("status") == "Synced" and (
        status.get("health") or {}
    ).get("status") == "Healthy"


def show(title, seconds, usage, before, after, renders):
    """Print one measurement."""
    print(f"\n{title}: {seconds:.2f} s, {renders} renders")
    for name, used in usage.items():
        print(f"  {name:<16} {used.cpu_seconds:7.2f} CPU-s  peak {used.peak_mib:6.0f} MiB")
    ours = sum(u.cpu_seconds for n, u in usage.items() if n not in ("kube-apiserver", "etcd"))
    print(f"  {'ours':<16} {ours:7.2f} CPU-s")
    for (verb, resource), number in sorted((after - before).items(), key=lambda r: -r[1])[:8]:
        print(f"  {verb:<7} {resource:<28} {number}")


async def floor(rig, number, shape):
    """The same objects written by a bare client: nothing can be quicker."""
    objects = [o for i in range(number) for o in workload.objects(workload.name_of(i), shape, 0)]
    measured, start = rig.meter(), time.monotonic()
    await rig.post(lambda o: PATHS[o["kind"]].format("floor"), objects)
    plane = sum(
        u.cpu_seconds for n, u in measured.read().items() if n in ("kube-apiserver", "etcd")
    )
    print(f"  floor: {len(objects)} objects by a bare client {time.monotonic() - start:.2f} s,"
          f" plane {plane:.2f} CPU-s")  # fmt: skip


async def scenario(shape, number):
    """One shape: from apply to all Synced and Healthy, then one commit to one application."""
    print(f"\n== {shape}, {number} applications")
    with Environment(progress=lambda _: None) as environment:
        environment.use_cluster()
        environment.install("argocd")
        for name in ("bench", "floor"):
            environment.api.create("/api/v1/namespaces", {
                "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name},
            })  # fmt: skip
        work, root = environment.directory / "work", environment.directory / "git"
        for i in range(number):
            workload.write_app(work, i, shape)
        git_http.seed(root, "bench.git", work)
        server = git_http.GitServer(root)
        environment.start_services(poll_interval=0.3, revision_flush_seconds=-1.0)
        own = config.from_kubeconfig(environment.kubeconfig)
        async with KubeClient(own, user_agent="bench") as client:
            rig = Rig(environment, client, work, server.url("bench.git"))
            await measure(rig, shape, number)
        server.close()


async def measure(rig, shape, number):
    """Take the figures of one scenario."""
    probe = workload.application(number, repo_url=rig.url, namespace="argocd", destination="bench")
    workload.write_app(rig.work, number, "configmap")
    rig.commit("Add a probe that warms everything up")
    await rig.post(lambda _: APPLICATIONS, [probe])
    await rig.wait(1, well)

    apps = [
        workload.application(i, repo_url=rig.url, namespace="argocd", destination="bench")
        for i in range(number)
    ]
    before, measured, start = await rig.counts(), rig.meter(), time.monotonic()
    rendered = rig.renders()
    await rig.post(lambda _: APPLICATIONS, apps)
    await rig.wait(number + 1, well)
    seconds, usage = time.monotonic() - start, measured.read()
    rendered = rig.renders() - rendered
    show("apply until all Synced and Healthy", seconds, usage, before, await rig.counts(), rendered)

    workload.write_app(rig.work, 0, shape, revision=1)
    before, measured, start = await rig.counts(), rig.meter(), time.monotonic()
    rendered = rig.renders()
    commit = rig.commit("Change one application")
    await rig.wait(1, lambda a: revision_of(a) == commit and well(a))
    seconds, usage = time.monotonic() - start, measured.read()
    rendered = rig.renders() - rendered
    title = f"one commit to one of {number}"
    show(title, seconds, usage, before, await rig.counts(), rendered)

    idle = float(os.environ.get("BENCH_IDLE", "30"))
    before, measured, rendered = await rig.counts(), rig.meter(), rig.renders()
    await asyncio.sleep(idle)
    rendered = rig.renders() - rendered
    title = "idle, polling every 0.3 s"
    show(title, idle, measured.read(), before, await rig.counts(), rendered)
    await floor(rig, number, shape)


def revision_of(app):
    """The commit an application was compared with."""
    return ((app.get("status") or {}).get("sync") or {}).get("revision")


def main():
    """Run what is asked for."""
    runs = [("configmap", 100), ("configmap", 1000), ("plain", 100), ("kustomize", 100)]
    if len(sys.argv) > 1:
        runs = [(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100)]
    for shape, number in runs:
        uvloop.run(scenario(shape, number))


if __name__ == "__main__":
    main()
