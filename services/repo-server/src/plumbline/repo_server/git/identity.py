"""Tokens for credentials that are never sent themselves: GitHub Apps, Google and Azure identities.

Called by the mirrors before a connection. A private key or secret signs or buys a token at its
issuer; the token opens repositories for an hour or less and is kept, in memory only, until shortly
before its end. Shapes are those of the issuers' documents: GitHub's "Authenticating as a GitHub App
installation", Google's "OAuth 2.0 for server to server applications", Microsoft's "OAuth 2.0 client
credentials flow" with a secret or a federated assertion.
"""

import asyncio
import base64
import dataclasses
import datetime as dt
import fnmatch
import hashlib
import json
import time
import urllib.parse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from plumbline.core import errors
from plumbline.core.secret import Secret
from plumbline.repo_server.git import repository as repo
from plumbline.repo_server.git import web
from plumbline.repo_server.remote import origin

__all__ = ["AzurePod", "Identities"]

_GITHUB: Final = "https://api.github.com"
_GOOGLE: Final = "https://oauth2.googleapis.com/token"
_GOOGLE_SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"
_AZURE: Final = "https://login.microsoftonline.com"
_AZURE_DEVOPS: Final = "499b84ac-1321-427f-aa17-267ca6975798/.default"
_JWT_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_JWT_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_MARGIN: Final = 120.0  # seconds before its end in which a token is not used any more
_SKEW: Final = 60  # seconds that the issuer's clock may be behind ours
_GITHUB_LIFE: Final = 540  # seconds of an App's own token; GitHub allows 600
_GOOGLE_LIFE: Final = 3600
_SECONDS: Final = 15.0
_KEPT: Final = 1000
_MAX_FILE: Final = 64 * 1024


@dataclasses.dataclass(frozen=True)
class AzurePod:
    """The workload identity of this pod, as Azure's webhook puts it into the environment."""

    client_id: str = ""
    tenant_id: str = ""
    token_file: str = ""
    authority: str = ""
    hosts: tuple[str, ...] = ("dev.azure.com", "*.visualstudio.com")
    """Where the pod's own token may go: not wherever somebody declares a repository."""


class _Token(NamedTuple):
    value: Secret
    ends: float
    username: str
    is_bearer: bool


class Identities:
    """Tokens by credential."""

    def __init__(
        self, azure: AzurePod = AzurePod(), *, clock: Callable[[], float] = time.time
    ) -> None:
        """Hold none yet.

        Args:
            azure: this pod's identity.
            clock: seconds since the epoch, as issuers count them.
        """
        self._azure = azure
        self._clock = clock
        self._tokens: dict[bytes, _Token] = {}
        self._locks: dict[bytes, asyncio.Lock] = {}

    async def authorised(self, repository: repo.Repository) -> repo.Repository:
        """Return a repository with a credential that can be sent; itself if it has one.

        Raises:
            errors.Unauthenticated: the issuer refuses.
            errors.PlumblineError: it cannot be reached, or the credential cannot be read.
        """
        if not repository.identity.is_set or repository.scheme not in ("https", "http"):
            return repository
        name = _name(repository)
        async with self._locks.setdefault(name, asyncio.Lock()):
            token = self._tokens.get(name)
            if token is None or token.ends - _MARGIN < self._clock():
                token = await self._fresh(repository)
                self._keep(name, token)
        secret = token.value
        if token.is_bearer:
            return dataclasses.replace(repository, bearer_token=secret, password=Secret(""))
        return dataclasses.replace(repository, username=token.username, password=secret)

    def forget(self, repository: repo.Repository) -> None:
        """Drop a token that a server refused: the next connection buys another."""
        self._tokens.pop(_name(repository), None)

    def _keep(self, name: bytes, token: _Token) -> None:
        self._tokens[name] = token
        if len(self._tokens) > _KEPT:
            ended = [key for key, one in self._tokens.items() if one.ends < self._clock()]
            for key in ended or list(self._tokens)[: _KEPT // 2]:
                self._tokens.pop(key, None)
                self._locks.pop(key, None)

    async def _fresh(self, repository: repo.Repository) -> _Token:
        identity = repository.identity
        if identity.github_app_private_key:
            return await self._github(repository)
        if identity.gcp_service_account_key:
            return await self._google(repository)
        return await self._azure_token(repository)

    async def _github(self, repository: repo.Repository) -> _Token:
        identity = repository.identity
        base = (identity.github_app_base_url or _GITHUB).rstrip("/")
        now = int(self._clock())
        claims = {"iat": now - _SKEW, "exp": now + _GITHUB_LIFE, "iss": str(identity.github_app_id)}
        signed = await asyncio.to_thread(_signed, identity.github_app_private_key, claims)
        headers = {
            "Authorization": f"Bearer {signed}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        number = identity.github_app_installation_id
        if not number:
            owner, name = _owner_and_name(repository.url)
            found = await _ask(
                "GET", f"{base}/repos/{owner}/{name}/installation", repository, headers=headers
            )
            number = _whole(found, "id")
        answer = await _ask(
            "POST", f"{base}/app/installations/{number}/access_tokens", repository, headers=headers
        )
        try:
            ends = dt.datetime.fromisoformat(str(answer["expires_at"])).timestamp()
        except (KeyError, ValueError):
            raise errors.Unavailable("the GitHub App's token has no end that can be read") from None
        return _Token(_secret(answer, "token"), ends, "x-access-token", is_bearer=False)

    async def _google(self, repository: repo.Repository) -> _Token:
        try:
            key = json.loads(repository.identity.gcp_service_account_key.reveal())
            email, private = str(key["client_email"]), Secret(str(key["private_key"]))
            url = str(key.get("token_uri") or _GOOGLE)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise errors.InvalidArgument(
                "the Google service account key is no JSON with client_email and private_key"
            ) from None
        now = int(self._clock())
        claims = {
            "iss": email,
            "scope": _GOOGLE_SCOPE,
            "aud": url,
            "iat": now - _SKEW,
            "exp": now + _GOOGLE_LIFE - _SKEW,
        }
        signed = await asyncio.to_thread(_signed, private, claims)
        return await self._bought(
            url, repository, {"grant_type": _JWT_GRANT, "assertion": signed}, username=email
        )

    async def _azure_token(self, repository: repo.Repository) -> _Token:
        identity = repository.identity
        form = {"grant_type": "client_credentials", "scope": _AZURE_DEVOPS}
        if identity.azure_client_secret:
            endpoint, tenant = identity.azure_endpoint, identity.azure_tenant_id
            form |= {
                "client_id": identity.azure_client_id,
                "client_secret": identity.azure_client_secret.reveal(),
            }
        else:
            endpoint, tenant = self._azure.authority, self._azure.tenant_id
            form |= {
                "client_id": self._azure.client_id,
                "client_assertion_type": _JWT_ASSERTION,
                "client_assertion": await self._federated(repository),
            }
        if not tenant or not form["client_id"]:
            raise errors.FailedPrecondition("the Azure identity has no tenant or no client id")
        base = (endpoint or _AZURE).rstrip("/")
        url = f"{base}/{urllib.parse.quote(tenant, safe='')}/oauth2/v2.0/token"
        return await self._bought(url, repository, form, username="")

    async def _federated(self, repository: repo.Repository) -> str:
        """Return the pod's own assertion, if the repository is where its token may go."""
        host = (urllib.parse.urlsplit(repository.url).hostname or "").lower()
        if not any(fnmatch.fnmatchcase(host, pattern) for pattern in self._azure.hosts):
            raise errors.PermissionDenied(
                f"the pod's Azure identity is not sent to {host} (--plumbline-azure-hosts)"
            )
        if not self._azure.token_file:
            raise errors.FailedPrecondition(
                "the pod has no Azure workload identity (AZURE_FEDERATED_TOKEN_FILE is not set)"
            )
        try:
            content = await asyncio.to_thread(Path(self._azure.token_file).read_bytes)
        except OSError as error:
            raise errors.Unavailable(
                f"AZURE_FEDERATED_TOKEN_FILE cannot be read: {error.strerror}"
            ) from None
        return content[:_MAX_FILE].decode("ascii", "replace").strip()

    async def _bought(
        self, url: str, repository: repo.Repository, form: Mapping[str, str], *, username: str
    ) -> _Token:
        answer = await _ask(
            "POST",
            url,
            repository,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=urllib.parse.urlencode(form).encode(),
        )
        ends = self._clock() + _whole(answer, "expires_in")
        token = _secret(answer, "access_token")
        return _Token(token, ends, username, is_bearer=not username)


def _name(repository: repo.Repository) -> bytes:
    """Return what a token is kept under; an installation may be looked up by the URL."""
    parts = [repository.url, *repository.identity.parts()]
    return hashlib.sha256("".join(f"{len(p)}:{p}" for p in parts).encode()).digest()


def _signed(key: Secret, claims: Mapping[str, Any]) -> str:
    """Return a JSON web token signed with RS256 (RFC 7515, RFC 7518 section 3.3)."""
    try:
        private = serialization.load_pem_private_key(key.reveal().encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise errors.InvalidArgument("the identity's private key is no PEM of an RSA key") from None
    if not isinstance(private, rsa.RSAPrivateKey):
        raise errors.InvalidArgument("the identity's private key is no RSA key")
    parts = [_base64url(json.dumps(p).encode()) for p in ({"alg": "RS256", "typ": "JWT"}, claims)]
    text = ".".join(parts)
    signature = private.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{text}.{_base64url(signature)}"


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _owner_and_name(url: str) -> tuple[str, str]:
    parts = [p for p in urllib.parse.urlsplit(url).path.split("/") if p]
    if len(parts) < 2:
        raise errors.InvalidArgument(
            "githubAppInstallationID is not set and the URL names no owner and repository"
        )
    quoted = [urllib.parse.quote(p, safe="") for p in (parts[0], parts[1].removesuffix(".git"))]
    return quoted[0], quoted[1]


async def _ask(
    method: str,
    url: str,
    repository: repo.Repository,
    *,
    headers: Mapping[str, str],
    body: bytes = b"",
) -> dict[str, Any]:
    """Ask an issuer; its own words may quote what it was sent, so they are not passed on."""
    scheme, host, _ = origin(url)
    if scheme != "https":
        raise errors.InvalidArgument("tokens are asked for over https only")
    answer = await web.request(
        method, url, repository=repository, headers=headers, body=body, seconds=_SECONDS
    )
    if answer.status in (400, 401, 403, 404):
        raise errors.Unauthenticated(
            f"{repository.url}: {host} gives no token (HTTP status {answer.status})"
        )
    if answer.status not in (200, 201):
        raise errors.Unavailable(
            f"{repository.url}: {host} gives no token (HTTP status {answer.status})"
        )
    try:
        tree = json.loads(answer.body)
    except ValueError:
        tree = None
    if not isinstance(tree, dict):
        raise errors.Unavailable(f"{repository.url}: {host}'s answer cannot be read")
    return tree


def _whole(answer: Mapping[str, Any], name: str) -> int:
    try:
        return int(answer[name])
    except (KeyError, ValueError, TypeError):
        raise errors.Unavailable(f"the issuer's answer has no {name}") from None


def _secret(answer: Mapping[str, Any], name: str) -> Secret:
    value = answer.get(name)
    if not isinstance(value, str) or not value or any(c in value for c in "\r\n\0"):
        raise errors.Unavailable("the issuer's answer has no token")
    return Secret(value)
