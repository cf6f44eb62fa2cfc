"""Signatures: nothing of a commit is rendered that does not meet what the project asks for."""

import subprocess

import pytest

from plumbline.pb.repo import repo_pb2, repo_pb2_grpc
from plumbline.rpc import channels

MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n"


@pytest.fixture
def ask_for(stub, repository, keys):
    """Render the root under a demand; return the problems, or None if it was rendered."""

    async def one(mode="head", allowed=("alice",), known=None, *, revision="main", **fields):
        names = ("alice", "bob") if known is None else known
        request = repo_pb2.RenderRequest(
            repository=repo_pb2.Repository(url=repository.url),
            revision=revision,
            integrity=repo_pb2.Integrity(
                mode=mode,
                keys=[keys.fingerprints.get(name, name) for name in allowed],
                public_keys=[keys.armoured(name) for name in names],
            ),
            sources=[repo_pb2.SourceRequest(id="x", source_json=b'{"path": "app"}', **fields)],
        )
        (answer,) = [answer async for answer in stub.Render(request)]
        if answer.error.message:
            assert answer.error.untrusted, answer.error
            assert not answer.manifests
            assert not answer.unchanged
            texts = "; ".join(f"GIT/GPG: {problem}" for problem in answer.error.untrusted)
            assert texts == answer.error.message
            return list(answer.error.untrusted)
        assert answer.manifests or answer.unchanged
        return None

    return one


def commit(repository, keys, name=None, *, message="change", files=None):
    """Commit, signed by a key or not."""
    repository.write({"app/map.yaml": MAP, **(files or {})})
    repository.git("add", "-A")
    if name is None:
        repository.git("commit", "-q", "--allow-empty", "--no-gpg-sign", "-m", message)
    else:
        keys.use(repository, name)
        repository.git("commit", "-q", "--allow-empty", "-S", "-m", message)
    return repository.git("rev-parse", "HEAD")


async def test_a_commit_signed_by_a_key_that_may(ask_for, repository, keys):
    """By fingerprint, and by the 16 digits of its id in any case."""
    commit(repository, keys, "alice")
    fingerprint = keys.fingerprints["alice"]

    for key in (fingerprint, fingerprint[-16:], fingerprint[-16:].lower()):
        assert await ask_for(allowed=(key,)) is None


async def test_what_is_not_signed_by_a_key_that_may(ask_for, repository, keys):
    """Unsigned, by a known key that may not, by an unknown key: each with its own reason."""
    unsigned = commit(repository, keys)
    start = f"Failed verifying revision {unsigned} by 'A <a@example.com>': "
    assert [f"{start}unsigned"] == await ask_for()

    other = commit(repository, keys, "bob")
    (problem,) = await ask_for()
    key_id = keys.fingerprints["bob"][-16:]
    assert problem.endswith(f"signed with unallowed key (key_id={key_id})")
    assert other in problem

    commit(repository, keys, "mallory")
    (problem,) = await ask_for(allowed=("mallory",))
    assert "signed with key not in keyring" in problem
    (problem,) = await ask_for(allowed=())
    assert "Failed" in problem


async def test_mode_none_asks_for_nothing(ask_for, repository, keys):
    """The unsigned commit is rendered."""
    commit(repository, keys)
    assert await ask_for("none") is None


async def test_a_known_render_is_no_way_around(ask_for, stub, repository, keys):
    """Neither the key that the caller holds nor the cache answers for an untrusted commit."""
    commit(repository, keys, "alice")
    assert await ask_for() is None
    commit(repository, keys, message="same tree, unsigned")
    assert "unsigned" in (await ask_for())[0]


async def test_a_changed_commit_under_an_old_signature(ask_for, repository, keys):
    """The signature of one commit put on another is bad."""
    good = commit(repository, keys, "alice")
    raw = repository.git("cat-file", "commit", good)
    forged = raw.replace("change", "forged") + "\n"
    oid = repository.git_input("hash-object", "-t", "commit", "-w", "--stdin", forged)
    repository.git("update-ref", "refs/heads/main", oid)
    (problem,) = await ask_for()
    assert "bad signature" in problem


async def test_an_expired_and_a_revoked_key(ask_for, repository, keys):
    """Neither is good enough, though both once were."""
    faked = ("--faked-system-time", "20200101T000000")
    if "expired" not in keys.fingerprints:
        keys.make("expired", "2020-02-01", faked=faked)
        keys.make("revoked")
    repository.write({"app/map.yaml": MAP})
    repository.git("add", "-A")
    keys.use(repository, "revoked")
    repository.git("commit", "-q", "-S", "-m", "before it was revoked")
    assert await ask_for(allowed=("revoked",), known=("revoked",)) is None
    certificate = keys.home / "openpgp-revocs.d" / f"{keys.fingerprints['revoked']}.rev"
    keys.gpg("--import", text=certificate.read_text().replace("\n:-----BEGIN", "\n-----BEGIN"))
    (problem,) = await ask_for(allowed=("revoked",), known=("revoked",))
    assert "signed with revoked key" in problem

    wrapper = keys.home / "gpg-of-2020"
    wrapper.write_text(
        f'#!/bin/sh\nexec gpg --homedir {keys.home} --batch {" ".join(faked)} "$@"\n'
    )
    wrapper.chmod(0o755)
    repository.git("config", "gpg.program", str(wrapper))
    repository.git("config", "user.signingkey", keys.fingerprints["expired"])
    repository.git("commit", "-q", "--allow-empty", "-S", "-m", "in 2020")
    (problem,) = await ask_for(allowed=("expired",), known=("expired",))
    assert "signed with expired key" in problem


async def test_an_annotated_tag_is_what_must_be_signed(ask_for, repository, keys):
    """The tag that the revision names, whoever made the commit; a plain tag names the commit."""
    commit(repository, keys)
    keys.use(repository, "alice")
    repository.git("tag", "-s", "v1.0.0", "-m", "signed")
    repository.git("tag", "-a", "--no-sign", "v1.1.0", "-m", "unsigned")
    repository.git("tag", "plain")

    assert await ask_for(revision="v1.0.0") is None
    assert await ask_for(revision="~1.0") is None
    (problem,) = await ask_for(revision="v1.1.0")
    assert "revision v1.1.0" in problem
    assert "unsigned" in problem
    (problem,) = await ask_for(revision="plain")
    assert "unsigned" in problem
    (problem,) = await ask_for(revision="v1.0.0", allowed=("bob",))
    assert "unallowed" in problem


async def test_a_signed_tag_under_another_name(ask_for, repository, keys):
    """An old release's tag pushed as a new one is not the new one."""
    commit(repository, keys)
    keys.use(repository, "alice")
    repository.git("tag", "-s", "v1.0.0", "-m", "signed")
    repository.git("update-ref", "refs/tags/v9.0.0", repository.git("rev-parse", "v1.0.0"))

    (problem,) = await ask_for(revision="v9.0.0")
    assert "it is tag v1.0.0" in problem


async def test_strict_looks_at_the_whole_history(ask_for, repository, keys):
    """Head is satisfied by the last commit; strict is not, unless a signed seal covers the rest."""
    old = commit(repository, keys, message="old and unsigned")
    commit(repository, keys, "alice", message="two")
    assert await ask_for("head") is None
    (problem,) = await ask_for("strict")
    assert old in problem

    commit(repository, keys, "alice", message="seal\n\nArgocd-gpg-seal: looked at all of it")
    commit(repository, keys, "alice", message="after the seal")
    assert await ask_for("strict") is None

    branch = commit(repository, keys, message="Not a seal\n\nArgocd-gpg-seal: unsigned")
    commit(repository, keys, "alice", message="on top")
    (problem,) = await ask_for("strict")
    assert branch in problem


async def test_strict_follows_merges(ask_for, repository, keys):
    """A side branch is history too."""
    commit(repository, keys, "alice", message="one")
    repository.git("checkout", "-q", "-b", "side")
    side = commit(repository, keys, message="side", files={"side": "1"})
    repository.git("checkout", "-q", "main")
    commit(repository, keys, "alice", message="main", files={"main": "1"})
    repository.git("merge", "-q", "-S", "--no-ff", "-m", "merge", "side")

    assert await ask_for("head") is None
    (problem,) = await ask_for("strict")
    assert side in problem


async def test_an_ssh_signature_is_none_of_gnupgs(ask_for, repository, keys, tmp_path):
    """It cannot be verified, which is a problem and not a pass."""
    key = tmp_path / "id"
    argv = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)]
    subprocess.run(argv, check=True)  # noqa: ASYNC221 -- before anything else runs
    repository.write({"app/map.yaml": MAP})
    repository.git("add", "-A")
    repository.git("-c", "gpg.format=ssh", "-c", f"user.signingkey={key}", "commit", "-q", "-S",
                   "-m", "by ssh")  # fmt: skip
    (problem,) = await ask_for()
    assert "cannot be verified" in problem


async def test_a_request_that_asks_for_what_is_no_mode(ask_for, repository, keys):
    """An error, never a pass."""
    commit(repository, keys, "alice")
    with pytest.raises(Exception, match="integrity mode"):
        await ask_for("loose")


async def test_without_gpgv_nothing_is_trusted(repository, keys, start_service, authority):
    """The server starts, and refuses what it cannot verify."""
    gone = repository.path / "gpgv"
    gone.write_text("#!/bin/sh\nexit 1\n")
    gone.chmod(0o755)
    server = start_service(f"--plumbline-gpgv={gone}")
    commit(repository, keys, "alice")
    async with channels.channel(server.target, authority.identity("controller")) as channel:
        request = repo_pb2.RenderRequest(
            repository=repo_pb2.Repository(url=repository.url),
            revision="main",
            integrity=repo_pb2.Integrity(mode="head", keys=[keys.fingerprints["alice"]]),
            sources=[repo_pb2.SourceRequest(id="x", source_json=b'{"path": "app"}')],
        )
        (answer,) = [a async for a in repo_pb2_grpc.RepoServiceStub(channel).Render(request)]
    assert ["cannot be verified"] == [
        "cannot be verified" for text in answer.error.untrusted if "cannot be verified" in text
    ]


async def test_metadata_tells_the_signature(stub, repository, keys):
    """Author, date, message, tags, and who signed it, as far as the keys are known."""
    signed = commit(repository, keys, "alice", message="subject\n\nbody")
    repository.git("tag", "v1")
    repository.git("tag", "-a", "--no-sign", "v2", "-m", "two")

    async def of(*known, revision=signed):
        return await stub.RevisionMetadata(
            repo_pb2.RevisionMetadataRequest(
                repository=repo_pb2.Repository(url=repository.url),
                revision=revision,
                integrity=repo_pb2.Integrity(
                    mode="head",
                    keys=[keys.fingerprints["alice"]],
                    public_keys=[keys.armoured(name) for name in known],
                ),
            )
        )

    found = await of("alice")
    key_id = keys.fingerprints["alice"][-16:]
    assert f"Good signature from EDDSA key {key_id}" == found.signature_info
    assert ["v1", "v2"] == list(found.tags)
    assert ("A <a@example.com>", "subject\n\nbody") == (found.author, found.message)
    assert "2026-01-02T03:04:05+00:00" == found.date
    assert not found.problems

    unknown = await of("bob")
    assert f"Signed with key not in keyring (key {key_id})" == unknown.signature_info
    assert 1 == len(unknown.problems)
    assert "" == (await of("alice", revision=commit(repository, keys))).signature_info
