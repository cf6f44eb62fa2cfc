"""Credentials are nowhere but in their connection: no arguments, environments, logs or files."""

import contextlib
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from plumbline.core import errors
from plumbline.core.secret import Secret
from plumbline.pb.repo import repo_pb2, repo_pb2_grpc
from plumbline.repo_server import git
from plumbline.repo_server.git import repository as repositories
from plumbline.rpc import channels

CANARY = "s3cr3t-canary-all"


def processes():
    """Return arguments and environment of each process that can be looked at."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        text = b""
        for name in ("cmdline", "environ"):
            with contextlib.suppress(OSError):
                text += (folder / name).read_bytes()
        found.append(text)
    return found


@pytest.mark.parametrize("partial", [False, True])
async def test_no_process_shows_a_credential(repository, https, ca, tmp_path, partial):
    """While the server is being asked, by libgit2 and by Git's own client."""
    commit = repository.commit({"a": "1"})
    https.require("me", CANARY)
    seen = []
    https.watch = lambda: seen.extend(processes())
    mirrors = git.Mirrors(git.Settings(tmp_path / "m", is_partial=partial))
    told = repositories.make(
        https.address, allow_file=False, ca_bundle=ca.bundle, username="me", password=Secret(CANARY)
    )
    assert commit == await mirrors.resolve(told, "main")
    mirrors.close()
    assert seen
    # Other tests fetch at the same time: only a fetch into this mirror counts.
    own = [text for text in seen if bytes(tmp_path / "m") in text]
    assert partial is any(b"--filter=blob:none" in text for text in own)
    assert not any(CANARY.encode() in text for text in seen)


async def test_nothing_that_is_kept_shows_a_credential(
    start_service, authority, repository, https, ca, lfs
):
    """Log, mirrors, contents and answers of a service that used every kind of credential."""
    repository.commit({"app/map.yaml": lfs.put(b"a: 1\n")})
    https.require("x-access-token", f"{CANARY}-token")
    issuer = "/open/app/installations/7/access_tokens"
    answer = {"token": f"{CANARY}-token", "expires_at": "2099-01-01T00:00:00Z"}
    https.pages[issuer] = lambda *_: (201, json.dumps(answer).encode())
    private = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    server = start_service("--loglevel=debug")
    kinds = [
        {
            "github_app_private_key": private.decode(),
            "github_app_id": 1,
            "github_app_installation_id": 7,
            "github_app_enterprise_base_url": https.url.replace("http:", "https:") + "/open",
        },
        {"username": "me", "password": f"{CANARY}-password"},
        {"bearer_token": f"{CANARY}-bearer"},
        {"gcp_service_account_key": f'{{"client_email": "{CANARY}", "private_key": "{CANARY}"}}'},
        {"azure_client_id": "x", "azure_client_secret": f"{CANARY}-azure", "azure_tenant_id": "t",
         "azure_endpoint": https.url.replace("http:", "https:") + "/open"},
        {"proxy": f"http://px:{CANARY}-proxy@127.0.0.1:9"},
    ]  # fmt: skip
    texts = []
    async with channels.channel(server.target, authority.identity("controller")) as channel:
        stub = repo_pb2_grpc.RepoServiceStub(channel)
        for fields in kinds:
            request = repo_pb2.RenderRequest(
                repository=repo_pb2.Repository(
                    url=https.address, ca_bundle=ca.bundle, enable_lfs=True, **fields
                ),
                revision="main",
                sources=[repo_pb2.SourceRequest(id="x", source_json=b'{"path": "app"}')],
            )
            try:
                texts += [str(answer) async for answer in stub.Render(request)]
            except Exception as error:  # noqa: BLE001 -- whatever it is, its text is looked at
                texts.append(str(error))
    assert len(kinds) == len(texts)
    kept = [path for path in server.folder.rglob("*") if path.is_file()]
    assert any("lfs" in path.parts for path in kept)
    texts += [path.read_bytes().decode("latin-1") for path in kept]
    marker = private.decode().splitlines()[2]
    for text in texts:
        assert CANARY not in text
        assert marker not in text


async def test_a_server_that_comes_back(repository, https, ca, tmp_path):
    """Is tried as often as the setting says, with longer pauses."""
    commit = repository.commit({"a": "1"})
    told = repositories.make(https.address, allow_file=False, ca_bundle=ca.bundle)
    once = git.Mirrors(git.Settings(tmp_path / "once"))
    https.failures = 2
    with pytest.raises(errors.Unavailable):
        await once.refs(told)
    once.close()
    often = git.Mirrors(git.Settings(tmp_path / "often", attempts=3, pauses=(0.01, 0.02, 2.0)))
    https.failures = 2
    assert commit == await often.resolve(told, "main")
    often.close()
