"""Hostile repositories through the whole service: canaries outside stay outside."""

import json
import time

import grpc
import pytest

from plumbline.core import errors
from plumbline.pb.repo import repo_pb2
from plumbline.repo_server import kustomize

CANARY = "canary-c0ffee"
OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ok}\n"


@pytest.fixture
def canary(tmp_path):
    """A file outside of every repository."""
    path = tmp_path / "secret.yaml"
    path.write_text(OBJECT.replace("ok", CANARY))
    return path


async def render(stub, repository, path="app", **fields):
    """Return the one answer."""
    document = json.dumps({"path": path, **fields.pop("source", {})}).encode()
    request = repo_pb2.RenderRequest(
        repository=repo_pb2.Repository(url=repository.url),
        revision="main",
        sources=[repo_pb2.SourceRequest(id="x", source_json=document, **fields)],
    )
    (answer,) = [answer async for answer in stub.Render(request)]
    assert CANARY not in str(answer)
    return answer


@pytest.mark.parametrize("kind", ["absolute", "outside", "chain", "loop", "directory", "proc"])
@pytest.mark.parametrize("tool", ["directory", "kustomize"])
async def test_links_lead_nowhere(stub, repository, canary, kind, tool):
    """Security: CVE-2022-24904, CVE-2022-31036, TOB-ARGO-018; the error names the path."""
    repository.write({"app/ok.yaml": OBJECT})
    targets = {
        "absolute": str(canary),
        "outside": "../../secret.yaml",
        "chain": "hop",
        "loop": "x.yaml",
        "directory": "up/secret.yaml",
        "proc": "/proc/self/environ",
    }
    repository.link("app/x.yaml", targets[kind])
    repository.link("app/hop", "../../secret.yaml")
    repository.link("app/up", "../..")
    if tool == "kustomize":
        repository.write({"app/kustomization.yaml": "resources: [x.yaml]\n"})
    repository.commit()

    answer = await render(stub, repository)

    assert "INVALID_ARGUMENT" == answer.error.code
    assert any(name in answer.error.message for name in ("app/x.yaml", "app/hop", "app/up"))


@pytest.mark.parametrize("tool", ["directory", "kustomize"])
async def test_links_inside_the_repository_work(stub, repository, tool):
    """What stays inside is followed."""
    repository.write({"shared/real.yaml": OBJECT, "app/sub/keep.yaml": OBJECT})
    repository.link("app/x.yaml", "../shared/real.yaml")
    if tool == "kustomize":
        options = "--load-restrictor LoadRestrictionsNone"
        repository.write({"app/kustomization.yaml": "resources: [x.yaml]\n"})
    else:
        options = ""
    repository.commit()

    answer = await render(stub, repository, kustomize_build_options=options)

    assert "" == answer.error.message
    assert 1 == len(answer.manifests)


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        ("../../../../etc", "leaves the repository"),
        ("/etc/passwd", "is absolute"),
        ('file:///a/b/c?ref=--upload-pack=sh -c "touch {marker}"', "remote reference"),
        ("ext::sh -c 'touch {marker}'", "remote reference"),
        ("https://169.254.169.254/latest", "remote reference"),
        ("github.com/org/repo//path?ref=v1", "remote reference"),
        ("git@github.com:org/repo", "remote reference"),
        ("-x", "remote reference"),
        (".", "contains itself"),
        ("../app", "contains itself"),
    ],
)
async def test_kustomize_references_stay_inside(stub, repository, tmp_path, reference, text):
    """Security: CVE-2026-113708, CVE-2022-24877, SSRF by remote bases, self-reference."""
    marker = tmp_path / "marker"
    reference = reference.format(marker=marker)
    repository.commit({"app/kustomization.yaml": json.dumps({"resources": [reference]})})

    answer = await render(stub, repository)

    assert text in answer.error.message
    assert not marker.exists()


async def test_a_transitive_remote_base_is_refused(stub, repository):
    """Also inside a base."""
    repository.commit(
        {
            "app/kustomization.yaml": "resources: [../base]\n",
            "base/kustomization.yaml": "resources: ['https://evil.example/x']\n",
        }
    )

    answer = await render(stub, repository)

    assert "base/kustomization.yaml: remote reference" in answer.error.message


@pytest.mark.parametrize(
    "options",
    [
        "--enable-helm --helm-command ./x.sh",
        "--enable-alpha-plugins --enable-exec",
        "--output /tmp/x",
        "--load-restrictor=Evil",
        "--load-restrictor",
        "/etc",
        "'unclosed",
        "--env X=$(touch marker)",
    ],
)
async def test_build_options_are_an_allow_list(stub, repository, tmp_path, options):
    """Security: CVE-2026-15416 (c)."""
    repository.commit(
        {"app/kustomization.yaml": "resources: [a.yaml]\n", "app/a.yaml": OBJECT, "app/x.sh": "x"}
    )

    answer = await render(stub, repository, kustomize_build_options=options)

    assert answer.error.code in ("INVALID_ARGUMENT", "UNIMPLEMENTED")
    assert not answer.manifests


def test_allowed_options_are_brought_into_one_form():
    """Equal options give equal keys."""
    expected = ("--load-restrictor=LoadRestrictionsNone",)

    assert expected == kustomize.allowed_options("--load-restrictor LoadRestrictionsNone")
    assert expected == kustomize.allowed_options("--load-restrictor=LoadRestrictionsNone")
    assert ("--enable-helm",) == kustomize.allowed_options("--enable-helm=true --helm-command helm")
    assert () == kustomize.allowed_options("--enable-helm=false")
    with pytest.raises(errors.InvalidArgument):
        kustomize.allowed_options("--enable-helm --helm-command /usr/bin/helm")


async def test_a_tool_error_names_the_file_and_no_local_path(stub, repository, service):
    """The tool's own words, without the directory it ran in."""
    repository.commit({"app/kustomization.yaml": "resources: [absent.yaml]\n"})

    answer = await render(stub, repository)

    assert "INVALID_ARGUMENT" == answer.error.code
    assert "absent.yaml" in answer.error.message
    assert str(service.folder) not in answer.error.message
    assert [] == service.work()


async def test_exec_plugins_do_not_run(stub, repository, tmp_path):
    """A generator that is a program is refused by the tool, and the sandbox stands behind it."""
    marker = tmp_path / "marker"
    generator = (
        "apiVersion: v1\nkind: G\nmetadata: {name: g, annotations: "
        "{config.kubernetes.io/function: 'exec: {path: ./x.sh}'}}\n"
    )
    repository.commit(
        {
            "app/kustomization.yaml": "generators: [g.yaml]\n",
            "app/g.yaml": generator,
            "app/x.sh": f"#!/bin/sh\ntouch {marker}\n",
        }
    )

    answer = await render(stub, repository)

    assert answer.error.message
    assert not marker.exists()


@pytest.mark.parametrize("name", ["bomb", "depth", "documents", "large"])
async def test_bombs_end_while_others_go_on(stub, repository, name):
    """Security: CVE-2022-31016; the other source of the same call renders."""
    lines = ["a0: &a0 [x]"] + [
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)
    ]
    bombs = {
        "bomb": "\n".join(lines),
        "depth": "a: " + "[" * 100_000,
        "documents": "---\na: 1\n" * 1_000_000,
        "large": OBJECT + "data: {x: " + "y" * (11 * 1024 * 1024) + "}\n",
    }
    repository.commit({"app/x.yaml": bombs[name], "good/x.yaml": OBJECT})
    started = time.monotonic()

    bad = await render(stub, repository)
    good = await render(stub, repository, "good")

    assert bad.error.code in ("INVALID_ARGUMENT", "RESOURCE_EXHAUSTED")
    assert 1 == len(good.manifests)
    assert time.monotonic() - started < 60


async def test_hostile_names_in_a_tree_are_refused(stub, repository):
    """Security: `.git` in its many forms never reaches a disk."""
    blob = repository.git("hash-object", "-w", "--stdin", "--path=x")
    for name in (".GIT", ".g\u200cit", "git~1"):
        tree = repository.git_input("mktree", f"100644 blob {blob}\t{name}\n")
        above = repository.git_input("mktree", f"040000 tree {tree}\tapp\n")
        commit = repository.git("commit-tree", above, "-m", "hostile")
        repository.git("update-ref", "refs/heads/main", commit)

        answer = await render(stub, repository)

        assert "INVALID_ARGUMENT" == answer.error.code, name


async def test_no_secret_of_a_request_is_in_an_answer_or_the_log(stub, service, repository):
    """Credentials, also quoted, in the URL or in a field."""
    request = repo_pb2.TestRepositoryRequest(
        repository=repo_pb2.Repository(
            url="http://user:canary%2Dpw%21@127.0.0.1:1/x",
            username="user",
            password="canary-pw!",
            bearer_token="canary-bearer",
        )
    )

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await stub.TestRepository(request)

    for text in (str(caught.value), service.log.read_text()):
        assert "canary-pw" not in text
        assert "canary%2Dpw" not in text
        assert "canary-bearer" not in text
