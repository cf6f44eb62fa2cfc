"""Partial fetches: commits and trees at once, contents of files when they are read."""

import subprocess

import pytest

from plumbline.core import errors, render
from plumbline.core.secret import Secret
from plumbline.repo_server import git, materialise
from plumbline.repo_server.git import repository as repositories

CANARY = "s3cr3t-canary-part"


@pytest.fixture
def partial(tmp_path):
    made = git.Mirrors(git.Settings(tmp_path / "partial", is_partial=True))
    yield made
    made.close()


@pytest.fixture
def large(repository):
    """A repository of a hundred files in five directories."""
    repository.git("config", "uploadpack.allowFilter", "true")
    files = {f"d{n % 5}/{n}.yaml": f"content {n} " * 200 for n in range(100)}
    return repository, repository.commit(files)


def contents(path):
    """Count the files whose content is in a mirror."""
    (mirror,) = path.glob("*.git")
    argv = ["git", "--git-dir", str(mirror), "cat-file", "--batch-all-objects", "--batch-check"]
    listed = subprocess.run(argv, capture_output=True, check=True, text=True).stdout
    return sum(" blob " in line for line in listed.splitlines())


async def test_contents_arrive_when_they_are_read(partial, large, https, ca, tmp_path):
    """Those of a directory together, and none of the others; with the credential, past no check."""
    _, commit = large
    https.require("me", CANARY)
    told = repositories.make(
        https.address, allow_file=False, ca_bundle=ca.bundle, username="me", password=Secret(CANARY)
    )
    assert commit == await partial.resolve(told, "main")
    assert 0 == contents(tmp_path / "partial")

    def work(trees):
        files = trees[0].children("d1")
        return trees[0].blob(files["1.yaml"].oid, 100_000).decode()

    assert "content 1 " * 200 == await partial.read_all([(told, commit)], work, git.Submodules())
    assert 20 == contents(tmp_path / "partial")
    https.requests.clear()
    assert "content 1 " * 200 == await partial.read_all([(told, commit)], work, git.Submodules())
    assert [] == https.requests


async def test_a_read_set_is_fetched_in_one_piece(partial, large, https, ca, tmp_path):
    """Before the first file is written."""
    _, commit = large
    told = repositories.make(https.address, allow_file=False, ca_bundle=ca.bundle)
    await partial.resolve(told, "main")
    target = tmp_path / "out"
    target.mkdir()

    def work(trees):
        files = tuple(
            (f"{directory}/{name}", entry)
            for directory in ("d2", "d4")
            for name, entry in trees[0].children(directory).items()
        )
        trees[0].prepare(files)
        materialise.materialise(trees[0], render.ReadSet(files=files), target, max_bytes=10_000_000)

    https.requests.clear()
    await partial.read_all([(told, commit)], work, git.Submodules())
    assert 40 == len([path for path in target.rglob("*") if path.is_file()])
    assert 40 == contents(tmp_path / "partial")
    # A listing and a pack of protocol 2, whatever the number of files.
    assert len([method for method, _, _ in https.requests if method == "POST"]) <= 2


async def test_the_next_commit(partial, large, https, ca, tmp_path):
    """Only what changed is new, and its content too comes when it is read."""
    repository, commit = large
    told = repositories.make(https.address, allow_file=False, ca_bundle=ca.bundle)
    await partial.resolve(told, "main")
    after = repository.commit({"d0/0.yaml": "changed"})
    assert after == await partial.resolve(told, "main")

    def work(trees):
        return trees[0].blob(trees[0].children("d0")["0.yaml"].oid, 100_000)

    assert b"changed" == await partial.read_all([(told, after)], work, git.Submodules())
    before = await partial.read_all([(told, commit)], work, git.Submodules())
    assert before.startswith(b"content 0 ")


async def test_a_wrong_credential_later(partial, large, https, ca):
    """Unauthenticated, and no word of it."""
    _, commit = large
    told = repositories.make(
        https.address, allow_file=False, ca_bundle=ca.bundle, username="me", password=Secret(CANARY)
    )
    https.require("me", CANARY)
    await partial.resolve(told, "main")
    https.require("me", "another")

    def work(trees):
        return trees[0].blob(trees[0].children("d0")["0.yaml"].oid, 100_000)

    with pytest.raises(errors.Unauthenticated) as caught:
        await partial.read_all([(told, commit)], work, git.Submodules())
    assert CANARY not in caught.value.message


async def test_a_server_that_cannot(partial, repository, https, ca):
    """Sends everything, which does as well."""
    commit = repository.commit({"a": "1"})
    told = repositories.make(https.address, allow_file=False, ca_bundle=ca.bundle)
    await partial.resolve(told, "main")

    def work(trees):
        return trees[0].blob(trees[0].children("")["a"].oid, 10)

    assert b"1" == await partial.read_all([(told, commit)], work, git.Submodules())
