"""Submodules: read from their own repositories' objects, each opened only if the caller says so."""

import json

import pytest

from plumbline.pb.repo import repo_pb2, repo_pb2_grpc
from plumbline.rpc import channels

CANARY = "s3cr3t-canary-sub"
MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {}\ndata:\n  a: {}\n"


@pytest.fixture
def render(stub, repository):
    """Render the directory `app` with the given submodules; return the answer."""

    async def one(submodules=(), *, url=None, path="app", kind="directory", known="", client=None):
        source = {"path": path}
        if kind == "directory":
            source["directory"] = {"recurse": True}
        request = repo_pb2.RenderRequest(
            repository=repo_pb2.Repository(url=url or repository.url),
            revision="main",
            submodules=submodules,
            sources=[
                repo_pb2.SourceRequest(
                    id="x",
                    source_json=json.dumps(source).encode(),
                    app_name="guestbook",
                    known_key=known,
                )
            ],
        )
        (answer,) = [answer async for answer in (client or stub).Render(request)]
        return answer

    return one


def names(answer):
    assert "" == answer.error.message
    return sorted(json.loads(text)["metadata"]["name"] for text in answer.manifests)


def opened(url, **fields):
    return repo_pb2.Repository(url=url, **fields)


async def test_a_submodule_is_read_when_the_caller_opens_it(render, repository, make_repository):
    """Else the answer names it, and nothing of it is fetched."""
    lib = make_repository("lib")
    commit = lib.commit({"map.yaml": MAP.format("inner", "1")})
    repository.commit({"app/own.yaml": MAP.format("own", "1")})
    repository.mount("app/lib", commit, "../lib")

    refused = await render()
    assert "FAILED_PRECONDITION" == refused.error.code
    assert [lib.url] == list(refused.error.submodules)
    assert "app/lib" in refused.error.message

    assert ["inner", "own"] == names(await render([opened(lib.url)]))


async def test_a_submodule_stays_at_its_commit(render, repository, make_repository):
    """Its branch moving changes nothing; the key moves with the content that is read."""
    lib = make_repository("lib")
    first = lib.commit({"map.yaml": MAP.format("inner", "1")})
    repository.commit({"app/own.yaml": MAP.format("own", "1")})
    repository.mount("app/lib", first, "../lib")
    before = await render([opened(lib.url)])

    second = lib.commit({"map.yaml": MAP.format("inner", "2")})
    same = await render([opened(lib.url)], known=before.key)
    assert same.unchanged

    repository.git("update-index", "--cacheinfo", f"160000,{second},app/lib")
    repository.git("commit", "-q", "-m", "move")
    after = await render([opened(lib.url)], known=before.key)
    assert before.key != after.key
    assert {"inner": 2, "own": 1} == {
        found["metadata"]["name"]: found["data"]["a"] for found in map(json.loads, after.manifests)
    }


async def test_nested_and_kustomize(render, repository, make_repository):
    """A submodule's own submodule, relative to it; a kustomization that leads into both."""
    deep = make_repository("deep")
    inner = make_repository("inner")
    at = deep.commit({"deep.yaml": MAP.format("deep", "1")})
    inner.commit({"inner.yaml": MAP.format("inner", "1")})
    inner.mount("more/deep", at, "./../deep")
    commit = inner.git("rev-parse", "HEAD")
    repository.commit(
        {"app/kustomization.yaml": "resources: [lib/inner.yaml, lib/more/deep/deep.yaml]\n"}
    )
    repository.mount("app/lib", commit, "../inner")

    first = await render([opened(inner.url)], kind="kustomize")
    assert [deep.url] == list(first.error.submodules)
    both = [opened(inner.url), opened(deep.url)]
    assert ["deep", "inner"] == names(await render(both, kind="kustomize"))


async def test_a_submodule_is_opened_with_its_own_credential(
    render, repository, make_repository, git_http
):
    """The repository's own is not sent for it, though the host is the same."""
    lib = make_repository("lib")
    commit = lib.commit({"map.yaml": MAP.format("inner", "1")})
    repository.commit({"app/own.yaml": MAP.format("own", "1")})
    git_http.require("u", CANARY)
    url = f"{git_http.url}/lib/.git"
    repository.mount("app/lib", commit, url)

    wrong = await render([opened(url)])
    assert "UNAUTHENTICATED" == wrong.error.code
    assert "app/lib" in wrong.error.message
    good = await render([opened(url, username="u", password=CANARY)])
    assert ["inner", "own"] == names(good)
    bad = await render([opened(url, username="u", password="other-secret-9")])
    assert "UNAUTHENTICATED" == bad.error.code
    assert "other-secret-9" not in bad.error.message


async def test_one_without_access_gets_nothing_from_the_cache(
    render, repository, make_repository, git_http
):
    """Though another caller's render of the same objects is there (architecture.md, rule 3)."""
    lib = make_repository("lib")
    commit = lib.commit({"map.yaml": MAP.format("private", "1")})
    repository.commit({"app/own.yaml": MAP.format("own", "1")})
    git_http.require("u", CANARY)
    url = f"{git_http.url}/lib/.git"
    repository.mount("app/lib", commit, url)
    good = await render([opened(url, username="u", password=CANARY)])

    for other in ([], [opened(url)]):
        answer = await render(other, known=good.key)
        assert answer.error.code
        assert not answer.unchanged
        assert not answer.manifests


async def test_a_commit_that_no_ref_leads_to(render, repository, make_repository, git_http):
    """Is fetched by its id, where the server gives it away."""
    lib = make_repository("lib")
    lib.commit({"map.yaml": MAP.format("kept", "1")})
    lost = lib.commit({"map.yaml": MAP.format("lost", "1")})
    lib.git("reset", "-q", "--hard", "HEAD~1")
    repository.commit({"app/own.yaml": MAP.format("own", "1")})
    url = f"{git_http.url}/lib/.git"
    repository.mount("app/lib", lost, url)

    assert ["lost", "own"] == names(await render([opened(url)]))


async def test_a_commit_that_is_nowhere(render, repository, make_repository):
    """An error that names the submodule; others of the same call are not concerned."""
    lib = make_repository("lib")
    lib.commit({"map.yaml": MAP.format("inner", "1")})
    repository.commit(
        {"app/own.yaml": MAP.format("own", "1"), "plain/a.yaml": MAP.format("a", "1")}
    )
    repository.mount("app/lib", "1" * 40, "../lib")

    answer = await render([opened(lib.url)])
    assert "NOT_FOUND" == answer.error.code
    assert "app/lib" in answer.error.message
    assert ["a"] == names(await render([opened(lib.url)], path="plain"))


async def test_switched_off_they_are_empty_directories(
    start_service, authority, render, repository, make_repository
):
    """As Git leaves them without an initialisation."""
    server = start_service("--plumbline-git-modules=false")
    lib = make_repository("lib")
    commit = lib.commit({"map.yaml": MAP.format("inner", "1")})
    repository.commit({"app/own.yaml": MAP.format("own", "1")})
    repository.mount("app/lib", commit, "../lib")
    identity = authority.identity("controller")
    async with channels.channel(server.target, identity) as channel:
        answer = await render([opened(lib.url)], client=repo_pb2_grpc.RepoServiceStub(channel))
    assert ["own"] == names(answer)


@pytest.mark.parametrize(
    "url",
    [
        "--upload-pack=touch pwned",
        "-u./pwned",
        "ext::sh -c 'touch pwned'",
        "fd::17",
        "file:///etc",
        "/etc",
        "ssh://-oProxyCommand=touch/x",
        "https://h/a\\nb",
        "../../../../../../../../../../etc",
        "transport::address",
        "",
    ],
)
async def test_hostile_urls(render, repository, url, tmp_path):
    """Are an error before anything is opened; a local path is none of a repository's business."""
    repository.commit({"app/own.yaml": MAP.format("own", "1")})
    repository.mount("app/lib", "1" * 40, url)

    answer = await render([opened("https://127.0.0.1:9/r")])
    assert "INVALID_ARGUMENT" == answer.error.code, answer.error
    assert not answer.error.submodules
    assert not list(tmp_path.rglob("pwned"))


@pytest.mark.parametrize(
    ("name", "extra"),
    [
        ("../../modules/evil", ""),
        ("..", ""),
        ("a/../../b", ""),
        ("-x", ""),
        ("lib", "\tupdate = !touch pwned\n"),
        ("lib", '[submodule "open\n'),
    ],
)
async def test_hostile_names_and_commands(render, repository, make_repository, name, extra):
    """CVE-2018-11235 and CVE-2019-19604: nothing of the name reaches a path, and nothing is run."""
    lib = make_repository("lib")
    commit = lib.commit({"map.yaml": MAP.format("inner", "1")})
    repository.commit({"app/own.yaml": MAP.format("own", "1")})
    repository.mount("app/lib", commit, "../lib", name=name, extra=extra)

    answer = await render([opened(lib.url)])
    assert "INVALID_ARGUMENT" == answer.error.code
    assert ".gitmodules" in answer.error.message


async def test_a_path_of_dots_is_no_place(render, repository, make_repository):
    """Git's own tree cannot hold it, and an entry that names it mounts nothing."""
    lib = make_repository("lib")
    commit = lib.commit({"map.yaml": MAP.format("inner", "1")})
    repository.commit({"app/own.yaml": MAP.format("own", "1")})
    repository.mount("app/lib", commit, "../lib")
    modules = repository.path / ".gitmodules"
    modules.write_text(modules.read_text() + '[submodule "x"]\n\tpath = ../x\n\turl = ../lib\n')
    repository.commit()
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{commit},app/lib")
    repository.git("commit", "-q", "--amend", "-m", "again")

    assert ["inner", "own"] == names(await render([opened(lib.url)]))


async def test_a_hostile_name_in_a_submodules_tree(render, repository, make_repository):
    """What a tree may hold is checked in submodules too: `.git` as a file never comes out."""
    lib = make_repository("lib")
    lib.commit({"map.yaml": MAP.format("inner", "1")})
    blob = lib.git_input("hash-object", "-w", "--stdin", "gitdir: /etc\n")
    tree = lib.git_input("mktree", f"100644 blob {blob}\t.GIT\n")
    commit = lib.git("commit-tree", tree, "-m", "hostile")
    lib.git("update-ref", "refs/heads/hostile", commit)
    repository.commit({"app/own.yaml": MAP.format("own", "1")})
    repository.mount("app/lib", commit, "../lib")

    answer = await render([opened(lib.url)])
    assert answer.error.code in ("INVALID_ARGUMENT", "NOT_FOUND", "UNAVAILABLE")
    assert not answer.manifests
