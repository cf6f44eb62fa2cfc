"""Histories that move under us: forced pushes, deleted branches, moved tags, another repository."""

import asyncio
import shutil
import subprocess

import pytest

from plumbline.core import errors
from plumbline.repo_server import git
from plumbline.repo_server.git import repository as repositories


@pytest.fixture
def mirrors(tmp_path):
    made = git.Mirrors(git.Settings(tmp_path / "mirrors", request_timeout=10))
    yield made
    made.close()


def opened(url, **fields):
    return repositories.make(url, allow_file=True, **fields)


@pytest.fixture
def remote(repository, git_http):
    """The repository over smart HTTP, or as files: libgit2 has two transports for them."""
    return {"file": repository.url, "http": f"{git_http.url}/source/.git"}


def content(tree):
    return tree.blob(tree.children("")["a"].oid, 100).decode()


@pytest.mark.parametrize("kind", ["file", "http"])
async def test_a_forced_push(mirrors, repository, remote, kind):
    """The branch is what it is now; what was before can still be rendered from the mirror."""
    told = opened(remote[kind])
    first = repository.commit({"a": "1"})
    second = repository.commit({"a": "2"})
    assert second == await mirrors.resolve(told, "main")
    repository.git("reset", "-q", "--hard", first)
    third = repository.commit({"a": "3"})
    repository.git("reflog", "expire", "--expire=now", "--all")
    repository.git("gc", "-q", "--prune=now")

    assert third == await mirrors.resolve(told, "main")
    assert ["3", "2", "1"] == [
        await mirrors.read(told, commit, content) for commit in (third, second, first)
    ]


@pytest.mark.parametrize("kind", ["file", "http"])
async def test_a_deleted_branch(mirrors, repository, remote, kind):
    """Is not found by its name any more, whatever the mirror has; its commit still is."""
    told = opened(remote[kind])
    repository.commit({"a": "1"})
    repository.git("checkout", "-q", "-b", "feature")
    commit = repository.commit({"a": "2"})
    assert commit == await mirrors.resolve(told, "feature")
    repository.git("checkout", "-q", "main")
    repository.git("branch", "-q", "-D", "feature")

    with pytest.raises(errors.NotFound, match="feature"):
        await mirrors.resolve(told, "feature")
    assert commit == await mirrors.resolve(told, commit)
    assert "2" == await mirrors.read(told, commit, content)


async def test_a_branch_in_the_place_of_a_directory_of_branches(mirrors, repository, remote):
    """`a` after `a/b`: refs of the mirror must not be in each other's way."""
    told = opened(remote["http"])
    repository.commit({"a": "1"})
    repository.git("branch", "a/b")
    await mirrors.resolve(told, "a/b")
    repository.git("branch", "-q", "-D", "a/b")
    repository.git("checkout", "-q", "-b", "a")
    commit = repository.commit({"a": "2"})
    assert commit == await mirrors.resolve(told, "a")
    repository.git("checkout", "-q", "main")
    repository.git("branch", "-q", "-D", "a")
    repository.git("checkout", "-q", "-b", "a/b")
    commit = repository.commit({"a": "3"})
    assert commit == await mirrors.resolve(told, "a/b")


async def test_everything_is_fetched_though_names_collide(mirrors, repository, remote):
    """By a commit's beginning, after a branch took the place of a directory of branches."""
    told = opened(remote["http"])
    repository.commit({"a": "1"})
    repository.git("branch", "a/b")
    await mirrors.resolve(told, "a/b")
    repository.git("branch", "-q", "-D", "a/b")
    repository.git("checkout", "-q", "-b", "a")
    commit = repository.commit({"a": "2"})

    assert commit == await mirrors.resolve(told, commit[:12])
    assert "2" == await mirrors.read(told, commit, content)


@pytest.mark.parametrize("kind", ["file", "http"])
@pytest.mark.parametrize("annotated", [True, False])
async def test_a_moved_tag(mirrors, repository, remote, kind, annotated):
    """The remote's word counts; the tags of a commit follow."""
    told = opened(remote[kind])
    options = ["-a", "-m", "x"] if annotated else []
    first = repository.commit({"a": "1"})
    repository.git("tag", *options, "v1")
    assert first == await mirrors.resolve(told, "v1")
    assert ["v1"] == (await mirrors.metadata(told, first))["tags"]
    second = repository.commit({"a": "2"})
    repository.git("tag", "-f", *options, "v1")

    assert second == await mirrors.resolve(told, "v1")
    assert [] == (await mirrors.metadata(told, first))["tags"]
    assert ["v1"] == (await mirrors.metadata(told, second))["tags"]


@pytest.mark.parametrize("kind", ["file", "http"])
async def test_another_repository_under_the_same_url(
    mirrors, repository, make_repository, remote, kind
):
    """Nothing in common with the old one: it is read like any other push."""
    told = opened(remote[kind])
    old = repository.commit({"a": "old"})
    assert old == await mirrors.resolve(told, "main")
    shutil.rmtree(repository.path)
    again = make_repository("source")
    new = again.commit({"a": "new", "b": "1"}, "unrelated")

    assert new == await mirrors.resolve(told, "main")
    assert "new" == await mirrors.read(told, new, content)
    assert "old" == await mirrors.read(told, old, content)


async def test_a_repository_that_is_gone(mirrors, repository, remote):
    """Unavailable; what is here can be read."""
    told = opened(remote["http"])
    commit = repository.commit({"a": "1"})
    await mirrors.resolve(told, "main")
    shutil.rmtree(repository.path)

    with pytest.raises(errors.PlumblineError):
        await mirrors.resolve(told, "main")
    assert "1" == await mirrors.read(told, commit, content)
    assert "A <a@example.com>" == (await mirrors.metadata(told, commit))["author"]


async def test_many_refs_are_one_fetch(mirrors, repository, remote, git_http):
    """Fifty branches that moved at once: one listing and one pack."""
    told = opened(remote["http"])
    repository.commit({"a": "0"})
    await mirrors.resolve(told, "main")
    commits = {}
    for number in range(50):
        repository.git("checkout", "-q", "-b", f"b{number}", "main")
        commits[f"b{number}"] = repository.commit({"a": str(number + 1)})
    listed, fetched = mirrors.listed, mirrors.fetched
    git_http.requests.clear()

    found = await asyncio.gather(*(mirrors.resolve(told, name) for name in commits))
    assert list(commits.values()) == found
    assert (1, 1) == (mirrors.listed - listed, mirrors.fetched - fetched)
    packs = [path for method, path, _ in git_http.requests if method == "POST"]
    assert 1 == len(packs)


async def test_one_ref_that_is_gone_does_not_hold_up_the_others(mirrors, repository, remote):
    """Deleted between the listing and the fetch."""
    told = opened(remote["http"])
    repository.commit({"a": "0"})
    for name in ("one", "two"):
        repository.git("checkout", "-q", "-b", name, "main")
        repository.commit({"a": name})
    refs = await mirrors.refs(told)
    repository.git("checkout", "-q", "main")
    repository.git("branch", "-q", "-D", "one")
    mirror = mirrors._mirror(told)
    wanted = ["refs/heads/one", "refs/heads/two"]
    found = await asyncio.gather(
        *(mirrors._ref(told, mirror, name, refs) for name in wanted), return_exceptions=True
    )
    assert isinstance(found[0], errors.PlumblineError)
    assert refs["refs/heads/two"] == found[1]


async def test_a_shallow_mirror_holds_what_it_needs(mirrors, repository, remote, tmp_path):
    """With depth: one commit of a long history, the next one after a push, an old one by its id."""
    commits = [repository.commit({"a": str(number)}) for number in range(20)]
    told = opened(remote["http"], depth=1)
    assert commits[-1] == await mirrors.resolve(told, "main")
    (path,) = (tmp_path / "mirrors").glob("*.git")

    def here():
        argv = ["git", "--git-dir", str(path), "rev-list", "--all", "--count"]
        return int(subprocess.run(argv, capture_output=True, check=True, text=True).stdout)

    assert 1 == here()
    newest = repository.commit({"a": "new"})
    assert newest == await mirrors.resolve(told, "main")
    assert here() <= 2
    assert commits[3] == await mirrors.resolve(told, commits[3])
    assert "3" == await mirrors.read(told, commits[3], content)
    assert here() <= 4
