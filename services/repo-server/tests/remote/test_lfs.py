"""Git LFS: contents in the place of pointers, where the repository's Secret asks for them."""

import hashlib
import json
import stat

import pytest

from plumbline.core import errors, render
from plumbline.core.secret import Secret
from plumbline.pb.repo import repo_pb2
from plumbline.repo_server import git, materialise
from plumbline.repo_server.git import lfs as lfs_values
from plumbline.repo_server.git import lfs_client
from plumbline.repo_server.git import repository as repositories

CANARY = "s3cr3t-canary-lfs"
MAP = b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: large\n"


def opened(url, **fields):
    fields.setdefault("enable_lfs", True)
    return repositories.make(url, allow_file=True, **fields)


async def content_of(mirrors, repository, commit, path="large.yaml", limit=10_000):
    def work(trees):
        return trees[0].blob(trees[0].children("")[path].oid, limit)

    return await mirrors.read_all([(repository, commit)], work, git.Submodules())


async def test_a_pointer_is_what_it_points_to(mirrors, repository, https, ca, lfs):
    """By the batch API, with the repository's own credential; once for all who ask."""
    commit = repository.commit({"large.yaml": lfs.put(MAP), "plain.yaml": "a: 1\n"})
    https.require("me", CANARY)
    url = https.address
    told = opened(url, ca_bundle=ca.bundle, username="me", password=Secret(CANARY))

    assert MAP == await content_of(mirrors, told, commit)
    assert MAP == await content_of(mirrors, told, commit)
    assert b"a: 1\n" == await content_of(mirrors, told, commit, "plain.yaml")
    ((headers, question),) = lfs.batches
    assert "application/vnd.git-lfs+json" == headers["Content-Type"]
    assert ("download", ["basic"]) == (question["operation"], question["transfers"])
    assert [{"oid": hashlib.sha256(MAP).hexdigest(), "size": len(MAP)}] == question["objects"]


async def test_switched_off_the_pointer_stays(mirrors, repository, https, ca, lfs):
    """Nobody is asked for anything."""
    pointer = lfs.put(MAP)
    commit = repository.commit({"large.yaml": pointer})
    told = opened(https.address, ca_bundle=ca.bundle, enable_lfs=False)

    assert pointer.encode() == await content_of(mirrors, told, commit)
    assert [] == lfs.batches


async def test_a_tree_is_materialised_with_contents(mirrors, repository, https, ca, lfs, tmp_path):
    """All of a read-set in one question, before the first file is written."""
    contents = {f"{n}.bin": f"content {n}".encode() * 100 for n in range(5)}
    pointers = {name: lfs.put(content) for name, content in contents.items()}
    commit = repository.commit({**pointers, "plain": "x"})
    told = opened(https.address, ca_bundle=ca.bundle)
    target = tmp_path / "out"
    target.mkdir()

    def work(trees):
        files = tuple(sorted(trees[0].children("").items()))
        trees[0].prepare(files)
        reads = render.ReadSet(files=files)
        materialise.materialise(trees[0], reads, target, max_bytes=10_000)

    await mirrors.read_all([(told, commit)], work, git.Submodules())
    assert contents == {name: (target / name).read_bytes() for name in contents}
    assert 1 == len(lfs.batches)
    assert not (target / "0.bin").stat().st_mode & stat.S_IWUSR


async def test_a_content_that_is_another(mirrors, repository, https, ca, lfs, tmp_path):
    """Of the same size, longer or shorter: never used, never kept."""
    for number, wrong in enumerate((b"x" * len(MAP), MAP + b"x", MAP[:-1])):
        content = MAP.replace(b"large", b"lar%02d" % number)
        pointer = lfs.put(content)
        lfs.contents[hashlib.sha256(content).hexdigest()] = wrong
        commit = repository.commit({"large.yaml": pointer})
        told = opened(https.address, ca_bundle=ca.bundle)
        with pytest.raises(errors.FailedPrecondition, match="pointer says"):
            await content_of(mirrors, told, commit)
    assert [] == [p for p in (tmp_path / "mirrors" / "lfs").rglob("*") if p.is_file()]


async def test_a_kept_content_that_was_changed_is_fetched_again(
    mirrors, repository, https, ca, lfs, tmp_path
):
    """The disk is not trusted more than the server."""
    commit = repository.commit({"large.yaml": lfs.put(MAP)})
    told = opened(https.address, ca_bundle=ca.bundle)
    await content_of(mirrors, told, commit)
    (kept,) = (p for p in (tmp_path / "mirrors" / "lfs").rglob("*") if p.is_file())
    kept.write_bytes(b"evil" + MAP[4:])

    assert MAP == await content_of(mirrors, told, commit)
    assert 2 == len(lfs.downloads)


async def test_sizes_are_bounded_before_anything_is_fetched(repository, https, ca, lfs, tmp_path):
    """By what the reader takes, and by what one fetch may receive."""
    commit = repository.commit({"large.yaml": lfs.put(b"x" * 5000)})
    told = opened(https.address, ca_bundle=ca.bundle)
    mirrors = git.Mirrors(git.Settings(tmp_path / "m", max_fetch=4000))
    with pytest.raises(errors.ResourceExhausted):
        await content_of(mirrors, told, commit, limit=4999)
    with pytest.raises(errors.ResourceExhausted, match="4000"):
        await content_of(mirrors, told, commit)
    assert [] == lfs.batches
    mirrors.close()


async def test_the_credential_stays_on_its_host(
    mirrors, repository, https, ca, lfs, attacker, monkeypatch
):
    """A storage elsewhere gets no more than the API gave for it, and must speak https."""
    commit = repository.commit({"large.yaml": lfs.put(MAP)})
    https.require("me", CANARY)
    told = opened(https.address, ca_bundle=ca.bundle, username="me", password=Secret(CANARY))
    oid = hashlib.sha256(MAP).hexdigest()
    attacker.pages[f"/x/{oid}"] = lambda *_: (200, MAP)
    lfs.href = f"{attacker.url}/x/{oid}"

    with pytest.raises(errors.FailedPrecondition, match="https") as caught:
        await content_of(mirrors, told, commit)
    assert CANARY not in caught.value.message
    assert [] == attacker.requests


async def test_a_storage_elsewhere_sees_no_credential(
    mirrors, repository, https, ca, lfs, other_https
):
    """Over https, to another port: only the headers that the API named for it."""
    commit = repository.commit({"large.yaml": lfs.put(MAP)})
    https.require("me", CANARY)
    told = opened(https.address, ca_bundle=ca.bundle, username="me", password=Secret(CANARY))
    seen = []
    other_https.pages["/x"] = lambda headers, _: seen.append(dict(headers)) or (200, MAP)
    lfs.href = f"{other_https.url.replace('http://', 'https://')}/x"
    lfs.header = {"X-Signed": "yes", "Host": "elsewhere"}

    assert MAP == await content_of(mirrors, told, commit)
    (headers,) = seen
    assert "yes" == headers["X-Signed"]
    assert "Authorization" not in headers
    assert "elsewhere" != headers["Host"]
    assert CANARY not in json.dumps(headers)


async def test_redirects_are_not_followed(mirrors, repository, https, ca, lfs, attacker):
    """Neither of the API nor of a download."""
    commit = repository.commit({"large.yaml": lfs.put(MAP)})
    told = opened(https.address, ca_bundle=ca.bundle)
    await mirrors.resolve(told, "main")
    https.redirect = attacker.url
    with pytest.raises(errors.Unavailable, match="302"):
        await content_of(mirrors, told, commit)
    assert [] == attacker.requests


async def test_a_wrong_credential(mirrors, repository, https, ca, lfs):
    """Unauthenticated, without a word of it."""
    commit = repository.commit({"large.yaml": lfs.put(MAP)})
    told = opened(https.address, ca_bundle=ca.bundle, username="me", password=Secret(CANARY))
    await mirrors.resolve(told, "main")
    https.require("me", "changed")
    with pytest.raises(errors.Unauthenticated) as caught:
        await content_of(mirrors, told, commit)
    assert CANARY not in caught.value.message


async def test_an_object_that_the_server_has_not(mirrors, repository, https, ca, lfs):
    """An error that names it."""
    commit = repository.commit({"large.yaml": lfs.put(MAP)})
    lfs.object_error = {"code": 404, "message": "no such object"}
    told = opened(https.address, ca_bundle=ca.bundle)
    with pytest.raises(errors.NotFound, match="no such object"):
        await content_of(mirrors, told, commit)


@pytest.mark.parametrize(
    "answer",
    [b"", b"[]", b"{}", b'{"objects": []}', b'{"objects": [{"oid": 1}]}', b"x" * 9_000_000],
)
async def test_answers_that_are_none(mirrors, repository, https, ca, lfs, answer):
    """Bounded, and an error each."""
    commit = repository.commit({"large.yaml": lfs.put(MAP)})
    https.pages["/source/.git/info/lfs/objects/batch"] = lambda *_: (200, answer)
    told = opened(https.address, ca_bundle=ca.bundle)
    with pytest.raises((errors.Unavailable, errors.ResourceExhausted)):
        await content_of(mirrors, told, commit)


@pytest.mark.parametrize(
    "text",
    [
        b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64,
        b"version https://git-lfs.github.com/spec/v1\nsize 3\n",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:../../etc\nsize 3\n",
        b"version https://git-lfs.github.com/spec/v2\noid sha256:" + b"0" * 64 + b"\nsize 3\n",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"A" * 64 + b"\nsize 3\n",
        b"version https://git-lfs.github.com/spec/v1\n" + b"x" * 1024,
        b"",
    ],
)
def test_what_is_no_pointer(text):
    """A file like any other."""
    assert lfs_values.parse_pointer(text) is None


async def test_over_ssh_the_server_says_where(mirrors, repository, https, ca, lfs, sshd, tmp_path):
    """git-lfs-authenticate, run by a real sshd: an address and a token for it."""
    pointer = lfs.put(MAP)
    commit = repository.commit({"large.yaml": pointer})
    https.authorization = "RemoteAuth token-1"
    answer = {
        "href": f"{lfs.storage}/source/.git/info/lfs",
        "header": {"Authorization": "RemoteAuth token-1"},
    }
    sshd.command("git-lfs-authenticate", json.dumps(answer))
    url = sshd.url(f"{repository.path}/.git")
    told = opened(
        url,
        ssh_private_key=sshd.key,
        ssh_known_hosts=sshd.known_hosts(),
        ca_bundle=ca.bundle,
    )
    assert MAP == await content_of(mirrors, told, commit)
    assert f"{repository.path}/.git".lstrip("/") in sshd.asked("git-lfs-authenticate")

    nobody = opened(url, ssh_private_key=sshd.key)
    pointers = [lfs_values.parse_pointer(pointer.encode())]
    fresh = lfs_values.Contents(tmp_path / "fresh")
    with pytest.raises(errors.Unavailable, match="git-lfs-authenticate"):
        await lfs_client.fetch(nobody, fresh, pointers, lfs_client.Limits())


async def test_the_service_renders_contents(stub, repository, https, ca, lfs):
    """The whole way: a manifest in Git LFS; another key than the pointer's render."""
    repository.commit({"app/large.yaml": lfs.put(MAP)})

    async def render_with(**fields):
        request = repo_pb2.RenderRequest(
            repository=repo_pb2.Repository(url=https.address, ca_bundle=ca.bundle, **fields),
            revision="main",
            sources=[repo_pb2.SourceRequest(id="x", source_json=b'{"path": "app"}')],
        )
        (answer,) = [answer async for answer in stub.Render(request)]
        return answer

    with_lfs = await render_with(enable_lfs=True)
    assert "" == with_lfs.error.message
    assert ["large"] == [json.loads(m)["metadata"]["name"] for m in with_lfs.manifests]
    without = await render_with()
    assert not without.manifests
    assert without.key != with_lfs.key
