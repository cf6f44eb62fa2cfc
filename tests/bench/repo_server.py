"""The repo-server alone, beside bare git, kustomize and helm of the same run.

Usage: ``python -m tests.bench.repo_server [SOURCES]`` (5,000). Measures

- one commit to one of so many sources of a repository: until "this one changed" is known and
  rendered, CPU, Git requests, renders; the floor is a bare fetch and ``git diff-tree``;
- applications on one shared base with M distinct inputs: renders, which must be M;
- one render by kustomize and by helm against the bare binary; a source that is in the cache;
- the server's own memory (PSS), with that repository known.
"""

import asyncio
import datetime as dt
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import psutil
import yaml

from plumbline.local import git_http
from plumbline.pb.repo import repo_pb2, repo_pb2_grpc
from plumbline.rpc import channels, credentials
from plumbline.testcluster.tools import ensure_tools
from tests.bench import meter

SHARED_APPS, SHARED_INPUTS = 500, 25
TRIES = 20
CHART = pathlib.Path(__file__).resolve().parents[2] / "deploy/helm/plumbline"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """The repo-server as a process, and a client of it."""

    def __init__(self, folder, tools):
        now = dt.datetime.now(dt.UTC)
        authority = credentials.issue_authority(now)
        pair = credentials.issue("repo-server", *authority, now).write(folder, "server")
        self._identity = credentials.issue("controller", *authority, now)
        self.port, self.metrics_port = free_port(), free_port()
        names = ("--tls-cert", "--tls-key", "--tls-ca")
        argv = [
            sys.executable, "-m", "plumbline.repo_server", "--address=127.0.0.1",
            f"--port={self.port}", "--metrics-address=127.0.0.1",
            f"--metrics-port={self.metrics_port}", f"--plumbline-data={folder / 'data'}",
            f"--kustomize={tools.kustomize}", f"--helm={tools.helm}",
            *(f"{name}={file}" for name, file in zip(names, pair, strict=True)),
        ]  # fmt: skip
        self.process = subprocess.Popen(argv, stderr=subprocess.DEVNULL, env={"HOME": "/"})

    async def __aenter__(self):
        for _ in range(600):
            try:
                await asyncio.to_thread(self._page, "healthz")
                break
            except OSError:
                await asyncio.sleep(0.05)
        self._channel = channels.channel(f"127.0.0.1:{self.port}", self._identity)
        self.stub = repo_pb2_grpc.RepoServiceStub(await self._channel.__aenter__())
        return self

    async def __aexit__(self, *_):
        await self._channel.__aexit__(None, None, None)
        self.process.terminate()
        self.process.wait(20)

    def _page(self, name):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/{name}") as answer:
            return answer.read().decode()

    def renders(self):
        """Renders so far, over all types."""
        lines = self._page("metrics").splitlines()
        found = [
            line for line in lines if re.match(r'plumbline_renders_total\{result="rendered"', line)
        ]
        return int(sum(float(line.rpartition(" ")[2]) for line in found))

    def pss_mib(self):
        """Proportional memory of the server, without its sandbox's children."""
        return psutil.Process(self.process.pid).memory_full_info().pss / 2**20

    async def render(self, url, paths, known, *, no_cache=False):
        """{path: answer} of all sources."""
        request = repo_pb2.RenderRequest(
            repository=repo_pb2.Repository(url=url), revision="main", no_cache=no_cache
        )
        for path in paths:
            request.sources.add(
                id=path,
                source_json=json.dumps({"path": path}).encode(),
                known_key=known.get(path, ""),
                project="default",
                no_cache=no_cache,
            )
        answers = {answer.id: answer async for answer in self.stub.Render(request)}
        failed = [a.error.message for a in answers.values() if a.error.message]
        if failed:
            raise RuntimeError(failed[0])
        return answers


def config_map(name, **data):
    tree = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}
    return yaml.safe_dump(tree)


def write(work, files):
    for name, text in files.items():
        file = work / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def push(work, url, message):
    git_http.git(work, "add", "--all")
    git_http.git(work, "commit", "--quiet", "-m", message)
    git_http.git(work, "push", "--quiet", url, "HEAD:main")


async def one_commit(server, git, work, count):
    """One commit to one of so many sources."""
    url, paths = git.url("mono.git"), [f"apps/{n:05}" for n in range(count)]
    started = time.monotonic()
    answers = await server.render(url, paths, {})
    print(f"{count} sources, first time: {time.monotonic() - started:.1f} s")
    known = {path: answer.key for path, answer in answers.items()}
    bare = work.parent / "bare"
    git_http.git(work.parent, "clone", "--quiet", "--bare", url, str(bare))
    figures = []
    for number in range(TRIES):
        path = paths[number * 17 % count]
        write(work, {f"{path}/map.yaml": config_map("a", n=f"{number} changed")})
        push(work, url, "Change one")
        before, renders = git.requests.copy(), server.renders()
        watch, started = meter.Meter({"server": server.process.pid}), time.monotonic()
        answers = await server.render(url, paths, known)
        wall, cpu = time.monotonic() - started, watch.read()["server"].cpu_seconds
        changed = [p for p, a in answers.items() if not a.unchanged]
        if changed != [path]:
            raise RuntimeError(f"{changed} changed, wanted {path}")
        known[path] = answers[path].key
        asked = sum((git.requests - before).values())
        started = time.monotonic()
        old = git_http.git(bare, "rev-parse", "main")
        git_http.git(bare, "fetch", "--quiet", url, "+main:main")
        git_http.git(bare, "diff-tree", "-r", "--name-only", old, "main")
        floor = time.monotonic() - started
        figures.append((wall * 1000, cpu * 1000, asked, server.renders() - renders, floor * 1000))
    rows = [sorted(column) for column in zip(*figures, strict=True)]
    names = ("wall ms", "CPU ms", "Git requests", "renders", "floor (three bare git) ms")
    for name, row in zip(names, rows, strict=True):
        print(f"  {name}: median {row[len(row) // 2]:.0f}, most {row[-1]:.0f}")


async def shared_base(server, git, work):
    """Applications on one base; a commit to the base renders each distinct input once."""
    url = git.url("shared.git")
    paths = [f"apps/{n:03}" for n in range(SHARED_APPS)]
    await server.render(url, paths, {})
    write(work, {"base/map.yaml": config_map("base", colour="red")})
    push(work, url, "Change the base")
    before, started = server.renders(), time.monotonic()
    watch = meter.Meter({"server": server.process.pid})
    await server.render(url, paths, {})
    print(
        f"{SHARED_APPS} applications on one base, {SHARED_INPUTS} distinct inputs:"
        f" {server.renders() - before} renders, {time.monotonic() - started:.2f} s,"
        f" {watch.read()['server'].cpu_seconds:.2f} CPU-s"
    )


def median(work):
    found = []
    for _ in range(TRIES):
        started = time.monotonic()
        work()
        found.append(time.monotonic() - started)
    return sorted(found)[TRIES // 2] * 1000


async def overhead(server, git, tools, folder):
    """One render against the bare binary, and a source in the cache."""
    for kind, path, argv in (
        ("kustomize", "apps/000", [tools.kustomize, "build", "apps/000"]),
        ("helm", "chart", [tools.helm, "template", "--include-crds", "chart", "chart"]),
    ):
        url = git.url("shared.git")
        bare = median(
            lambda argv=argv: subprocess.run(argv, cwd=folder, check=True, capture_output=True)
        )
        found, cached = [], []
        for _ in range(TRIES):
            started = time.monotonic()
            await server.render(url, [path], {}, no_cache=True)
            found.append((time.monotonic() - started) * 1000)
            started = time.monotonic()
            await server.render(url, [path], {})
            cached.append((time.monotonic() - started) * 1000)
        ours = sorted(found)[TRIES // 2]
        print(
            f"{kind}: bare binary {bare:.0f} ms, ours {ours:.0f} ms with Git's answer and the call;"
            f" from the cache {sorted(cached)[TRIES // 2]:.1f} ms with Git's answer"
        )


async def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    tools = ensure_tools(print)
    with tempfile.TemporaryDirectory(prefix="plumbline-bench-") as name:
        folder = pathlib.Path(name)
        root, mono, shared = folder / "git", folder / "mono", folder / "shared"
        for place in (root, mono, shared, folder / "server"):
            place.mkdir()
        write(mono, {f"apps/{n:05}/map.yaml": config_map("a", n=str(n)) for n in range(count)})
        kustomization = "resources: [../../base]\nnamePrefix: p{}-\n"
        write(shared, {
            "base/kustomization.yaml": "resources: [map.yaml]\n",
            "base/map.yaml": config_map("base", colour="blue"),
            **{
                f"apps/{n:03}/kustomization.yaml": kustomization.format(n % SHARED_INPUTS)
                for n in range(SHARED_APPS)
            },
        })  # fmt: skip
        shutil.copytree(CHART, shared / "chart")
        git_http.seed(root, "mono.git", mono)
        git_http.seed(root, "shared.git", shared)
        git = git_http.GitServer(root)
        os.environ.pop("REDIS_PASSWORD", None)
        async with Server(folder / "server", tools) as server:
            await one_commit(server, git, mono, count)
            print(f"server's own memory: {server.pss_mib():.0f} MiB PSS")
            await shared_base(server, git, shared)
            await overhead(server, git, tools, shared)
        git.close()


if __name__ == "__main__":
    asyncio.run(main())
