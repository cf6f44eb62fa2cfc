"""Renders are shared between replicas by signed entries, and nothing depends on Redis."""

import asyncio
import json
import os
import urllib.parse

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from plumbline.pb.repo import repo_pb2, repo_pb2_grpc
from plumbline.rpc import channels

OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ok}\n"


@pytest.fixture
def signing_key(tmp_path):
    path = tmp_path / "signing.pem"
    path.write_bytes(
        ed25519.Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


async def render(service, authority, repository, **fields):
    request = repo_pb2.RenderRequest(
        repository=repo_pb2.Repository(url=repository.url),
        sources=[
            repo_pb2.SourceRequest(
                id="x", source_json=json.dumps({"path": "app"}).encode(), **fields
            )
        ],
    )
    async with channels.channel(service.target, authority.identity("controller")) as channel:
        stub = repo_pb2_grpc.RepoServiceStub(channel)
        (answer,) = [answer async for answer in stub.Render(request)]
    return answer


def counted(service, result):
    """How many sources of kustomize had this result, by the metrics port."""
    prefix = f'plumbline_renders_total{{result="{result}",type="Kustomize"}} '
    for line in service.metrics().splitlines():
        if line.startswith(prefix):
            return float(line.removeprefix(prefix))
    return 0.0


@pytest.fixture
def kustomization(repository):
    repository.commit({"app/kustomization.yaml": "resources: [a.yaml]\n", "app/a.yaml": OBJECT})
    return repository


async def test_a_second_replica_does_not_render_again(
    start_service, authority, kustomization, redis_url, signing_key, monkeypatch
):
    """Same signing key and Redis: one render, equal answers; a hard refresh renders again."""
    parts = urllib.parse.urlsplit(redis_url)
    monkeypatch.setitem(os.environ, "REDIS_PASSWORD", urllib.parse.unquote(parts.password or ""))
    argv = (f"--redis={parts.hostname}:{parts.port}", f"--plumbline-signing-key={signing_key}")
    one, two = start_service(*argv), start_service(*argv)

    first = await render(one, authority, kustomization)
    second = await render(two, authority, kustomization)

    assert (first.key, first.digest, list(first.manifests)) == (
        second.key,
        second.digest,
        list(second.manifests),
    )
    assert (1, 0) == (counted(one, "rendered"), counted(two, "rendered"))
    assert 1 == counted(two, "cached")
    await render(two, authority, kustomization, no_cache=True, known_key=second.key)
    assert 1 == counted(two, "rendered")


async def test_a_replica_without_the_key_renders_itself(
    start_service, authority, kustomization, redis_url, signing_key, monkeypatch
):
    """What another signer wrote is a miss."""
    parts = urllib.parse.urlsplit(redis_url)
    monkeypatch.setitem(os.environ, "REDIS_PASSWORD", urllib.parse.unquote(parts.password or ""))
    redis = f"--redis={parts.hostname}:{parts.port}"
    one = start_service(redis, f"--plumbline-signing-key={signing_key}")
    two = start_service(redis)

    await render(one, authority, kustomization)
    answer = await render(two, authority, kustomization)

    assert 1 == len(answer.manifests)
    assert 1 == counted(two, "rendered")
    assert "security event" in two.log.read_text()


async def test_without_redis_renders_work(start_service, authority, kustomization):
    """A Redis that refuses connections costs nothing but the shortcut."""
    service = start_service("--redis=127.0.0.1:1")

    assert 1 == len((await render(service, authority, kustomization)).manifests)
    assert 1 == len((await render(service, authority, kustomization)).manifests)
    assert (1, 1) == (counted(service, "rendered"), counted(service, "cached"))


async def test_kubectl_renders_as_kustomize_does(start_service, authority, kustomization, tools):
    """Where there is no kustomize binary, kubectl's own is used."""
    service = start_service("--kustomize=", f"--kubectl={tools.kubectl}")

    answer = await render(service, authority, kustomization)

    assert "" == answer.error.message
    assert 1 == len(answer.manifests)


async def test_a_killed_server_starts_again_on_its_data(start_service, authority, kustomization):
    """SIGKILL leaves locks and trees behind; the next start cleans up and serves."""
    service = start_service()
    before = await render(service, authority, kustomization)
    service.process.kill()
    service.process.wait()
    (service.folder / "data" / "work" / "left").mkdir()

    again = start_service(f"--plumbline-data={service.folder / 'data'}")
    after = await render(again, authority, kustomization)

    assert (before.key, before.digest) == (after.key, after.digest)
    assert not (service.folder / "data" / "work" / "left").exists()


async def test_replicas_asked_at_once_render_once(
    start_service, authority, repository, redis_url, signing_key, monkeypatch
):
    """Twelve equal questions to two replicas: one render."""
    files = {"app/kustomization.yaml": "resources: [a.yaml]\n"}
    many = [OBJECT.replace("name: ok", f"name: ok-{n}") for n in range(200)]
    repository.commit({**files, "app/a.yaml": "---\n".join(many)})
    parts = urllib.parse.urlsplit(redis_url)
    monkeypatch.setitem(os.environ, "REDIS_PASSWORD", urllib.parse.unquote(parts.password or ""))
    argv = (f"--redis={parts.hostname}:{parts.port}", f"--plumbline-signing-key={signing_key}")
    replicas = [start_service(*argv), start_service(*argv)]
    # Both have the commit; what is left to do at once is the render.
    for replica in replicas:
        await render(replica, authority, repository, known_key="none", no_cache=False)
    repository.commit({"app/a.yaml": "---\n".join([*many, OBJECT])})
    before = sum(counted(replica, "rendered") for replica in replicas)

    answers = await asyncio.gather(
        *(render(replica, authority, repository) for replica in replicas * 6)
    )

    assert 1 == len({answer.digest for answer in answers})
    assert 1 == sum(counted(replica, "rendered") for replica in replicas) - before


async def test_a_failure_is_kept_for_a_moment(start_service, authority, repository):
    """The same broken source is not run again at once; a hard refresh and a commit are."""
    repository.commit({"app/kustomization.yaml": "resources: [missing.yaml]\n"})
    service = start_service()

    def failures():
        name = "plumbline_render_seconds_count"
        found = [line for line in service.metrics().splitlines() if line.startswith(name)]
        return sum(float(line.rpartition(" ")[2]) for line in found)

    first = await render(service, authority, repository)
    tried = failures()
    second = await render(service, authority, repository)
    assert "missing.yaml" in first.error.message
    assert first.error.message == second.error.message
    assert tried == failures()
    await render(service, authority, repository, no_cache=True)
    assert tried < failures()
    repository.commit({"app/missing.yaml": OBJECT})
    assert not (await render(service, authority, repository)).error.message
