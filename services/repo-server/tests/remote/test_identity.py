"""GitHub Apps, Google and Azure identities, against issuers of ours in the documented shapes.

What was never seen live: the real github.com, oauth2.googleapis.com and login.microsoftonline.com.
"""

import datetime as dt
import json
import urllib.parse

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from plumbline.core import errors
from plumbline.core.secret import Secret
from plumbline.repo_server import git
from plumbline.repo_server.git import repository as repositories
from plumbline.repo_server.git.repository import Identity

NOW = 1_800_000_000.0
TIMELESS = {"verify_exp": False, "verify_iat": False}
CANARY = "s3cr3t-canary-token"


def pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(65537, 2048)


class Issuer:
    """Answers with numbered tokens, and keeps what it was asked."""

    def __init__(self, server):
        self.server = server
        self.url = server.url.replace("http://", "https://") + "/open"
        self.asked = []
        self.given = 0

    def gives(self, path, answer, status=200):
        def page(headers, body):
            self.asked.append((path, dict(headers), body.decode()))
            self.given += 1
            text = json.dumps(answer).replace("TOKEN", f"{CANARY}-{self.given}")
            return status, text.encode()

        self.server.pages[f"/open{path}"] = page


@pytest.fixture
def issuer(https):
    return Issuer(https)


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make_mirrors(tmp_path, clock):
    made = []

    def make(**azure):
        identities = git.Identities(git.AzurePod(**azure), clock=clock)
        made.append(git.Mirrors(git.Settings(tmp_path / "mirrors"), identities))
        return made[-1]

    yield make
    for one in made:
        one.close()


def opened(url, ca, **identity):
    return repositories.make(
        url, allow_file=False, ca_bundle=ca.bundle, identity=Identity(**identity)
    )


def ending(seconds):
    return dt.datetime.fromtimestamp(NOW + seconds, dt.UTC).isoformat().replace("+00:00", "Z")


async def test_a_github_app(make_mirrors, repository, https, ca, issuer, key, clock):
    """Its own token lasts ten minutes; an installation's is used until shortly before its end."""
    commit = repository.commit({"a": "1"})
    issuer.gives(
        "/app/installations/7/access_tokens", {"token": "TOKEN", "expires_at": ending(3600)}, 201
    )
    https.require("x-access-token", f"{CANARY}-1")
    told = opened(
        https.address,
        ca,
        github_app_private_key=Secret(pem(key)),
        github_app_id=42,
        github_app_installation_id=7,
        github_app_base_url=issuer.url,
    )
    mirrors = make_mirrors()

    assert commit == await mirrors.resolve(told, "main")
    ((_, headers, _),) = issuer.asked
    assert "application/vnd.github+json" == headers["Accept"]
    token = headers["Authorization"].removeprefix("Bearer ")
    claims = jwt.decode(
        token,
        key.public_key(),
        algorithms=["RS256"],
        options=TIMELESS,
    )
    assert "42" == claims["iss"]
    assert claims["iat"] < NOW < claims["exp"] <= claims["iat"] + 600

    clock.now += 3600 - 130
    await mirrors.refs(told)
    assert 1 == issuer.given
    clock.now += 20
    https.require("x-access-token", f"{CANARY}-2")
    await mirrors.refs(told)
    assert 2 == issuer.given


async def test_an_installation_is_looked_up_by_the_repository(
    make_mirrors, repository, https, ca, issuer, key
):
    """Where the Secret names none."""
    commit = repository.commit({"a": "1"})
    issuer.gives("/repos/source/.git/installation", {"id": 9})
    issuer.server.pages["/open/repos/source//installation"] = issuer.server.pages.pop(
        "/open/repos/source/.git/installation"
    )
    issuer.gives(
        "/app/installations/9/access_tokens", {"token": "TOKEN", "expires_at": ending(3600)}, 201
    )
    https.require("x-access-token", f"{CANARY}-2")
    told = opened(
        https.address,
        ca,
        github_app_private_key=Secret(pem(key)),
        github_app_id=42,
        github_app_base_url=issuer.url,
    )
    assert commit == await make_mirrors().resolve(told, "main")


async def test_a_google_service_account(make_mirrors, repository, https, ca, issuer, key):
    """The key's own account signs for its token endpoint; what comes back is the password."""
    commit = repository.commit({"a": "1"})
    issuer.gives("/token", {"access_token": "TOKEN", "expires_in": 3599, "token_type": "Bearer"})
    https.require("robot@p.iam.gserviceaccount.com", f"{CANARY}-1")
    account = {
        "type": "service_account",
        "client_email": "robot@p.iam.gserviceaccount.com",
        "private_key": pem(key),
        "token_uri": f"{issuer.url}/token",
    }
    told = opened(https.address, ca, gcp_service_account_key=Secret(json.dumps(account)))

    assert commit == await make_mirrors().resolve(told, "main")
    ((_, _, body),) = issuer.asked
    form = dict(urllib.parse.parse_qsl(body))
    assert "urn:ietf:params:oauth:grant-type:jwt-bearer" == form["grant_type"]
    claims = jwt.decode(
        form["assertion"],
        key.public_key(),
        algorithms=["RS256"],
        audience=f"{issuer.url}/token",
        options=TIMELESS,
    )
    assert account["client_email"] == claims["iss"]
    assert "https://www.googleapis.com/auth/cloud-platform" == claims["scope"]


async def test_an_azure_service_principal(make_mirrors, repository, https, ca, issuer):
    """Client credentials with a secret; the token is a bearer's."""
    commit = repository.commit({"a": "1"})
    issuer.gives("/tenant-1/oauth2/v2.0/token", {"access_token": "TOKEN", "expires_in": "3599"})
    https.authorization = f"Bearer {CANARY}-1"
    told = opened(
        https.address,
        ca,
        azure_client_id="client-1",
        azure_client_secret=Secret("azure-secret-1"),
        azure_tenant_id="tenant-1",
        azure_endpoint=issuer.url,
    )
    assert commit == await make_mirrors().resolve(told, "main")
    form = dict(urllib.parse.parse_qsl(issuer.asked[0][2]))
    assert {
        "grant_type": "client_credentials",
        "scope": "499b84ac-1321-427f-aa17-267ca6975798/.default",
        "client_id": "client-1",
        "client_secret": "azure-secret-1",
    } == form


async def test_the_pods_azure_identity(make_mirrors, repository, https, ca, issuer, tmp_path):
    """The federated token's file is read anew each time, as it is renewed on disk."""
    commit = repository.commit({"a": "1"})
    issuer.gives("/tenant-2/oauth2/v2.0/token", {"access_token": "TOKEN", "expires_in": 60})
    file = tmp_path / "federated"
    file.write_text("assertion-1\n")
    mirrors = make_mirrors(
        client_id="pod",
        tenant_id="tenant-2",
        token_file=str(file),
        authority=f"{issuer.url}/",
        hosts=("127.0.0.1",),
    )
    told = opened(https.address, ca, use_azure_workload_identity=True)
    https.authorization = f"Bearer {CANARY}-1"
    assert commit == (await mirrors.refs(told))["refs/heads/main"]
    file.write_text("assertion-2\n")
    https.authorization = f"Bearer {CANARY}-2"
    await mirrors.refs(told)
    forms = [dict(urllib.parse.parse_qsl(body)) for _, _, body in issuer.asked]
    assert ["assertion-1", "assertion-2"] == [form["client_assertion"] for form in forms]
    assert {"pod"} == {form["client_id"] for form in forms}


async def test_the_pods_identity_is_not_sent_to_anybody(make_mirrors, https, ca, issuer, tmp_path):
    """A repository that somebody declares on a host of their own gets nothing."""
    file = tmp_path / "federated"
    file.write_text("assertion-1")
    mirrors = make_mirrors(
        client_id="pod", tenant_id="t", token_file=str(file), authority=issuer.url
    )
    told = opened(https.address, ca, use_azure_workload_identity=True)
    with pytest.raises(errors.PermissionDenied, match=r"127\.0\.0\.1"):
        await mirrors.refs(told)
    assert [] == issuer.asked
    assert [] == https.requests


async def test_a_token_that_is_refused_is_bought_again(
    make_mirrors, repository, https, ca, issuer, key
):
    """A revoked installation's token does not stay for an hour."""
    repository.commit({"a": "1"})
    issuer.gives(
        "/app/installations/7/access_tokens", {"token": "TOKEN", "expires_at": ending(3600)}, 201
    )
    told = opened(
        https.address,
        ca,
        github_app_private_key=Secret(pem(key)),
        github_app_id=1,
        github_app_installation_id=7,
        github_app_base_url=issuer.url,
    )
    mirrors = make_mirrors()
    https.require("x-access-token", f"{CANARY}-2")
    with pytest.raises(errors.Unauthenticated) as caught:
        await mirrors.refs(told)
    assert CANARY not in caught.value.message
    await mirrors.refs(told)
    assert 2 == issuer.given


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500, 302])
async def test_an_issuer_that_refuses(make_mirrors, https, ca, issuer, key, status, caplog):
    """An error that names it, without its words: they may quote what it was sent."""
    issuer.gives("/app/installations/7/access_tokens", {"message": pem(key)}, status)
    told = opened(
        https.address,
        ca,
        github_app_private_key=Secret(pem(key)),
        github_app_id=1,
        github_app_installation_id=7,
        github_app_base_url=issuer.url,
    )
    kind = errors.Unauthenticated if 400 <= status < 500 else errors.Unavailable
    with pytest.raises(kind, match=str(status)) as caught:
        await make_mirrors().refs(told)
    assert "PRIVATE" not in caught.value.message + caplog.text
    assert not [r for r in https.requests if r[1].startswith("/source")]


@pytest.mark.parametrize(
    "answer",
    [[], {}, {"token": "", "expires_at": ending(9)}, {"token": "a\r\nb", "expires_at": ending(9)},
     {"token": "x"}, {"token": "x", "expires_at": "soon"}],
)  # fmt: skip
async def test_answers_that_are_no_token(make_mirrors, https, ca, issuer, key, answer):
    """Unavailable, each; nothing that could end a header is sent on."""
    issuer.gives("/app/installations/7/access_tokens", answer, 201)
    told = opened(
        https.address,
        ca,
        github_app_private_key=Secret(pem(key)),
        github_app_id=1,
        github_app_installation_id=7,
        github_app_base_url=issuer.url,
    )
    with pytest.raises(errors.Unavailable):
        await make_mirrors().refs(told)


@pytest.mark.parametrize(
    "identity",
    [
        {"github_app_private_key": Secret("no key"), "github_app_installation_id": 1},
        {
            "github_app_private_key": Secret(pem(ec.generate_private_key(ec.SECP256R1()))),
            "github_app_installation_id": 1,
        },
        {"gcp_service_account_key": Secret("{}")},
        {"gcp_service_account_key": Secret("[]")},
        {"gcp_service_account_key": Secret('{"client_email": "a", "private_key": "s3cr3t"}')},
        {
            "github_app_private_key": Secret("x"),
            "github_app_base_url": "http://127.0.0.1:9",
            "github_app_installation_id": 1,
        },
    ],
)
async def test_what_is_no_credential(make_mirrors, https, ca, identity):
    """Says so, and quotes nothing of it; no issuer is asked over plain http."""
    with pytest.raises(errors.InvalidArgument) as caught:
        await make_mirrors().refs(opened(https.address, ca, **identity))
    assert "s3cr3t" not in caught.value.message
    assert [] == https.requests


async def test_two_credentials_have_two_mirrors_and_two_tokens(
    make_mirrors, repository, https, ca, issuer, key
):
    """One App's token never answers for another's."""
    repository.commit({"a": "1"})
    mirrors = make_mirrors()
    scopes = set()
    for number in (7, 8):
        issuer.gives(
            f"/app/installations/{number}/access_tokens",
            {"token": "TOKEN", "expires_at": ending(3600)},
            201,
        )
        told = opened(
            https.address,
            ca,
            github_app_private_key=Secret(pem(key)),
            github_app_id=1,
            github_app_installation_id=number,
            github_app_base_url=issuer.url,
        )
        await mirrors.refs(told)
        scopes.add(mirrors.scope(told))
    assert 2 == issuer.given
    assert 2 == len(scopes)
