"""Makes the keys that the processes of one installation share.

``python -m plumbline.api_server.keys`` is run by the chart's Job and CronJob, with the api-server's
image: templates that made keys would make new ones at every rendering (architecture.md, rule 11).
What exists is kept byte by byte. Only a certificate of a process that is past half of its life is
issued anew, by the same authority, so that running processes have the other half to take it up.

The Secrets do not carry the label ``app.kubernetes.io/part-of=argocd``: what carries it can be
referred to from settings (``$secret:key``), and these keys must not come out that way.
"""

import asyncio
import base64
import dataclasses
import datetime as dt
import hashlib
import os
import secrets
import sys
from collections.abc import Callable, Mapping
from typing import Final

import structlog
from cryptography import exceptions, x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from plumbline.core import errors
from plumbline.core.secret import Secret
from plumbline.kube import config
from plumbline.kube.client import KubeClient
from plumbline.kube.own import OwnObjects
from plumbline.rpc import credentials
from plumbline.runtime import logs, settings
from plumbline.runtime.settings import option

__all__ = ["AUTHORITY", "REDIS", "SIGNING", "Keys", "Settings", "identity_name"]

log = structlog.get_logger()

AUTHORITY: Final = "plumbline-authority"
SIGNING: Final = "plumbline-render-signing"
REDIS: Final = "argocd-redis"  # the contract's name and key (config.md section 4)
_REDIS_KEY: Final = "auth"
_ACL: Final = "users.acl"
# What a cache needs, and nothing by which one client reads or changes the server (section 6).
_ACL_RIGHTS: Final = "resetchannels ~* -@all +@connection +@read +@write -@dangerous -@scripting"
_LABELS: Final = {"app.kubernetes.io/part-of": "plumbline"}
_AUTHORITY_LIFE: Final = dt.timedelta(days=3650)
_TRIES: Final = 5  # conflicts in a row
_USER_AGENT: Final = "plumbline-keys/0.1.0"

_Make = Callable[[Mapping[str, Secret]], Mapping[str, str]]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """Make the keys that an installation lacks."""

    namespace: str = option(
        "argocd", flag="namespace", env="ARGOCD_NAMESPACE", help="the control plane's namespace"
    )
    kubeconfig: str = option(
        "",
        flag="kubeconfig",
        env="KUBECONFIG",
        help="kubeconfig file; empty: the pod's account",
    )
    certificate_days: int = option(
        730,
        flag="certificate-days",
        env="PLUMBLINE_CERTIFICATE_DAYS",
        help="days a process's certificate is good for; issued anew after half of them",
    )
    redis: bool = option(
        True,
        flag="redis-password",
        env="PLUMBLINE_MAKE_REDIS_PASSWORD",
        help="make the password of the Redis inside the installation",
    )
    log_level: str = option(
        "info", flag="loglevel", env="ARGOCD_SERVER_LOGLEVEL", help="debug, info, warn or error"
    )


def identity_name(role: str) -> str:
    """Return the name of the Secret with a role's certificate."""
    return f"plumbline-identity-{role}"


class Keys:
    """The keys of one installation."""

    def __init__(self, own: OwnObjects, namespace: str, *, life: dt.timedelta) -> None:
        """Work in one namespace.

        Args:
            own: the control plane's objects.
            namespace: where the Secrets are.
            life: how long a process's certificate is good for.
        """
        self._own = own
        self._namespace = namespace
        self._life = life

    async def ensure(self, now: dt.datetime, *, redis: bool) -> list[str]:
        """Make what is missing; return the names of the Secrets that changed.

        Raises:
            errors.FailedPrecondition: what is there does not belong together, or cannot be read.
        """
        changed = []
        if await self._authority(now):
            changed.append(AUTHORITY)
        stored = await self._stored(AUTHORITY) or {}
        certificate, key = stored["tls.crt"].reveal().encode(), stored["tls.key"]
        for role in sorted(credentials.ROLES):

            def identity(data: Mapping[str, Secret], role: str = role) -> Mapping[str, str]:
                return self._identity(role, data, certificate, key, now)

            if await self._change(identity_name(role), identity):
                changed.append(identity_name(role))
        if await self._change(SIGNING, _signing):
            changed.append(SIGNING)
        if redis and await self._change(REDIS, _redis):
            changed.append(REDIS)
        return changed

    async def _authority(self, now: dt.datetime) -> bool:
        """Make the authority, unless certificates of a lost one are still in use."""
        if not await self._stored(AUTHORITY):
            for role in sorted(credentials.ROLES):
                if await self._stored(identity_name(role)):
                    raise errors.FailedPrecondition(
                        f"Secret {AUTHORITY} is missing, but {identity_name(role)} was issued by"
                        f" it: restore it, or delete all of plumbline-identity-* and restart all"
                        " workloads after this has run"
                    )

        def make(data: Mapping[str, Secret]) -> Mapping[str, str]:
            if data.get("tls.crt") and data.get("tls.key"):
                return {}
            if data.get("tls.crt") or data.get("tls.key"):
                raise errors.FailedPrecondition(
                    f"Secret {AUTHORITY} has only one of tls.crt and tls.key: restore the other"
                )
            certificate, key = credentials.issue_authority(now, lifetime=_AUTHORITY_LIFE)
            return {"tls.crt": certificate.decode(), "tls.key": key.reveal()}

        return await self._change(AUTHORITY, make)

    def _identity(
        self,
        role: str,
        data: Mapping[str, Secret],
        authority: bytes,
        key: Secret,
        now: dt.datetime,
    ) -> Mapping[str, str]:
        """Return what a role's Secret lacks."""
        missing: dict[str, str] = {}
        if not data.get("ca.crt"):
            missing["ca.crt"] = authority.decode()
        if data.get("tls.crt") and data.get("tls.key"):
            found = _read(identity_name(role), data["tls.crt"])
            _require_issuer(identity_name(role), found, authority)
            if not _half_spent(found, now):
                return missing
        # Certificate and key are one: whichever is missing, both are made.
        made = credentials.issue(role, authority, key, now, lifetime=self._life)
        return {
            **missing,
            "tls.crt": made.certificate.decode(),
            "tls.key": made.key.reveal(),
        }

    async def _stored(self, name: str) -> dict[str, Secret] | None:
        try:
            found = await self._own.get("Secret", self._namespace, name)
        except errors.NotFound:
            return None
        return _data(found.get("data"))

    async def _change(self, name: str, make: _Make) -> bool:
        """Store what ``make`` returns for the stored values; called anew after a conflict."""
        for _ in range(_TRIES):
            try:
                found = await self._own.get("Secret", self._namespace, name)
            except errors.NotFound:
                if await self._create(name, make({})):
                    return True
                continue
            added = make(_data(found.get("data")))
            if not added:
                return False
            # The version is a precondition: of two Jobs that run together, one decides.
            version = found["metadata"]["resourceVersion"]
            patch = {"metadata": {"resourceVersion": version}, "stringData": dict(added)}
            try:
                await self._own.merge("Secret", self._namespace, name, patch)
            except errors.Conflict:
                continue
            log.info("keys added", secret=name, keys=sorted(added))
            return True
        raise errors.Unavailable(f"Secret {name} is written by others all the time; try again")

    async def _create(self, name: str, values: Mapping[str, str]) -> bool:
        metadata = {"name": name, "namespace": self._namespace, "labels": dict(_LABELS)}
        manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata}
        try:
            await self._own.create("Secret", {**manifest, "stringData": dict(values)})
        except errors.AlreadyExists:
            return False
        log.info("created", secret=name, keys=sorted(values))
        return True


def _signing(data: Mapping[str, Secret]) -> Mapping[str, str]:
    if data.get("signing.pem"):
        return {}
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return {"signing.pem": pem.decode()}


def _redis(data: Mapping[str, Secret]) -> Mapping[str, str]:
    """Return password and the file by which Redis knows it, so that no argument shows it."""
    made: dict[str, str] = {}
    password = data[_REDIS_KEY].reveal() if data.get(_REDIS_KEY) else ""
    if not password:
        password = made[_REDIS_KEY] = secrets.token_urlsafe(32)
    digest = hashlib.sha256(password.encode()).hexdigest()
    rule = f"user default on #{digest} {_ACL_RIGHTS}\n"
    kept = data.get(_ACL)
    # Made from the password: one that was changed by hand must not leave a file that refuses it.
    if kept is None or f"#{digest}" not in kept.reveal():
        made[_ACL] = rule
    return made


def _data(encoded: Mapping[str, str] | None) -> dict[str, Secret]:
    return {
        key: Secret(base64.b64decode(value).decode(errors="replace"))
        for key, value in (encoded or {}).items()
    }


def _read(name: str, pem: Secret) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem.reveal().encode())
    except ValueError as error:
        raise errors.FailedPrecondition(
            f"Secret {name}: tls.crt cannot be read; delete the Secret to have it made anew"
        ) from error


def _require_issuer(name: str, certificate: x509.Certificate, authority: bytes) -> None:
    try:
        certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(authority))
    except (ValueError, TypeError, exceptions.InvalidSignature) as error:
        raise errors.FailedPrecondition(
            f"Secret {name} was not issued by {AUTHORITY}: restore the authority, or delete all of"
            " plumbline-identity-* and restart all workloads after this has run"
        ) from error


def _half_spent(certificate: x509.Certificate, now: dt.datetime) -> bool:
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return now > begin + (end - begin) / 2


async def run(parsed: Settings, environ: dict[str, str]) -> list[str]:
    """Connect and make what is missing; return the names of the Secrets that changed."""
    own = config.load(parsed.kubeconfig, environ)
    life = dt.timedelta(days=parsed.certificate_days)
    async with KubeClient(own, user_agent=_USER_AGENT) as client:
        keys = Keys(OwnObjects(client), parsed.namespace, life=life)
        changed = await keys.ensure(dt.datetime.now(dt.UTC), redis=parsed.redis)
    log.info("done", changed=changed)
    return changed


def main() -> int:
    """Parse settings, run, and return the exit code."""
    try:
        parsed = settings.load(Settings, sys.argv[1:], os.environ, prog="plumbline-keys")
        logs.configure("keys", level=parsed.log_level, form="")
        asyncio.run(run(parsed, dict(os.environ)))
    except errors.PlumblineError as error:
        sys.stderr.write(f"plumbline-keys: {error.message}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
