"""A fetched chart is rendered as anything else: once for all replicas, in turn, not at once again
when it failed."""

import asyncio
import json
import os
import urllib.parse

import grpc
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from plumbline.pb.repo import repo_pb2, repo_pb2_grpc
from plumbline.rpc import channels


@pytest.fixture
def ask_chart(authority):
    """Render releases of the chart `web` of a server, in one call; return the answers."""

    async def ask(service, server, releases=("r",), **fields):
        request = repo_pb2.RenderRequest(
            repository=repo_pb2.Repository(url=server.url, chart="web"),
            revision="*",
            no_cache=fields.get("no_cache", False),
            sources=[
                repo_pb2.SourceRequest(
                    id=release,
                    source_json=json.dumps(
                        {
                            "repoURL": server.url,
                            "chart": "web",
                            "targetRevision": "*",
                            "helm": {"releaseName": release},
                        }
                    ).encode(),
                    app_name="guestbook",
                    project="web",
                    **fields,
                )
                for release in releases
            ],
        )
        identity = authority.identity("controller")
        async with channels.channel(service.target, identity) as channel:
            stub = repo_pb2_grpc.RepoServiceStub(channel)
            return [answer async for answer in stub.Render(request)]

    return ask


def counted(service, name):
    """The sum of a metric's values for charts."""
    found = (line for line in service.metrics().splitlines() if line.startswith(name))
    return sum(float(line.rpartition(" ")[2]) for line in found if 'type="Helm"' in line)


def rendered(service):
    return counted(service, 'plumbline_renders_total{result="rendered"')


async def test_replicas_asked_at_once_render_a_chart_once(
    start_service, ask_chart, helm_repository, chart_files, redis_url, tmp_path, monkeypatch
):
    """Each replica fetches with its own credential; the render's key does not depend on it."""
    key = tmp_path / "signing.pem"
    key.write_bytes(
        ed25519.Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    parts = urllib.parse.urlsplit(redis_url)
    monkeypatch.setitem(os.environ, "REDIS_PASSWORD", urllib.parse.unquote(parts.password or ""))
    argv = (f"--redis={parts.hostname}:{parts.port}", f"--plumbline-signing-key={key}")
    replicas = [start_service(*argv), start_service(*argv)]
    helm_repository.add(chart_files())
    # Both have the chart; what is left to do at once is the render.
    for replica in replicas:
        await ask_chart(replica, helm_repository, ["warm"])
    before = sum(rendered(replica) for replica in replicas)

    calls = (ask_chart(replica, helm_repository) for replica in replicas * 6)
    answers = [answer for call in await asyncio.gather(*calls) for answer in call]

    assert [""] * 12 == [answer.error.message for answer in answers]
    assert 1 == len({(answer.key, answer.digest) for answer in answers})
    assert (1, 1) == (before, sum(rendered(replica) for replica in replicas) - before)


async def test_a_chart_that_fails_is_kept_for_a_moment(
    start_service, ask_chart, helm_repository, chart_files
):
    """It is not run again at once; a hard refresh and another version are."""
    bad = {"templates/bad.yaml": '{{ fail "never" }}\n'}
    helm_repository.add(chart_files(files=bad))
    service = start_service()

    def tried():
        return counted(service, "plumbline_render_seconds_count")

    (first,) = await ask_chart(service, helm_repository)
    once = tried()
    (second,) = await ask_chart(service, helm_repository)
    assert "never" in first.error.message
    assert first.error.message == second.error.message
    assert once == tried()
    await ask_chart(service, helm_repository, no_cache=True)
    assert once < tried()
    helm_repository.add(chart_files(version="1.0.1"))
    (mended,) = await ask_chart(service, helm_repository, no_cache=True)
    assert ("", "1.0.1") == (mended.error.message, mended.commit)


async def test_too_many_charts_at_once_are_refused_for_now(
    start_service, ask_chart, helm_repository, chart_files
):
    """One runs, one waits; the others are told to come back, and are then rendered."""
    helm_repository.add(chart_files())
    service = start_service("--parallelismlimit=1", "--plumbline-queue-limit=1")
    releases = ["a", "b", "c", "d"]

    answers = await ask_chart(service, helm_repository, releases)

    errors = [answer.error for answer in answers if answer.error.message]
    assert 2 == len(errors)
    assert {"UNAVAILABLE"} == {error.code for error in errors}
    assert all("the repo-server is busy" in error.message for error in errors)
    for release in releases:
        (again,) = await ask_chart(service, helm_repository, [release])
        assert "" == again.error.message


async def test_a_demand_for_signatures_is_not_met_by_a_chart(
    helm_repository, registry, chart_files, stub
):
    """A project that asks for signed commits is not got around by a source without commits."""
    helm_repository.add(chart_files())
    chart = {"repoURL": helm_repository.url, "chart": "web", "targetRevision": "1.0.0"}
    digest = registry.put("team/x", "1.0.0", b"x", "application/vnd.oci.image.layer.v1.tar+gzip")
    artifact = {"repoURL": f"oci://{registry.host}/team/x", "path": "."}
    plain = {"insecure_oci_force_http": True}
    for source, revision, opened in ((chart, "1.0.0", {"chart": "web"}), (artifact, digest, plain)):
        request = repo_pb2.RenderRequest(
            repository=repo_pb2.Repository(url=source["repoURL"], **opened),
            revision=revision,
            integrity=repo_pb2.Integrity(mode="head", keys=["A" * 16]),
            sources=[repo_pb2.SourceRequest(id="x", source_json=json.dumps(source).encode())],
        )

        (answer,) = [answer async for answer in stub.Render(request)]

        assert not answer.manifests
        (problem,) = answer.error.untrusted
        assert "no Git signature covers" in problem
        assert "exclude it from the project's source integrity policy" in problem


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"github_app_private_key": "canary", "github_app_id": 1}, "GitHub App"),
        ({"gcp_service_account_key": "canary"}, "Google Cloud service account"),
        ({"use_azure_workload_identity": True}, "Azure workload identity"),
        ({"azure_client_secret": "canary", "azure_client_id": "x"}, "Azure service principal"),
    ],
)
async def test_credentials_that_open_git_only_are_refused_by_name(
    helm_repository, stub, fields, kind
):
    """Not tried without one: the message says what to give instead."""
    repository = repo_pb2.Repository(url=helm_repository.url, chart="web", **fields)

    with pytest.raises(grpc.aio.AioRpcError, match=f"a {kind} opens Git") as caught:
        await stub.Resolve(repo_pb2.ResolveRequest(repository=repository, revision="*"))

    assert grpc.StatusCode.UNIMPLEMENTED == caught.value.code()
    assert "canary" not in caught.value.details()
    assert [] == helm_repository.requests
