"""Makes the keys that the processes of one installation share.

``python -m plumbline.api_server.keys`` is run by the chart's Job and CronJob, with the api-server's
image: templates that made keys would make new ones at every rendering (architecture.md, rule 11).
What exists is kept byte by byte. Only a certificate of a process that is past half of its life is
issued anew, by the same authority, so that running processes have the other half to take it up.

``python -m plumbline.api_server.keys rotate [authority|signing|redis|all]`` begins a rotation and
goes as far as time allows; every further run, that of the CronJob too, takes the steps that are due
(``rotation``). Running processes are never locked out: they read all of these files again.

The Secrets do not carry the label ``app.kubernetes.io/part-of=argocd``: what carries it can be
referred to from settings (``$secret:key``), and these keys must not come out that way.
"""

import asyncio
import base64
import dataclasses
import datetime as dt
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

import structlog
from cryptography import x509

from plumbline import cache
from plumbline.api_server import rotation
from plumbline.core import errors, pattern
from plumbline.core.secret import Secret
from plumbline.kube import config
from plumbline.kube.client import KubeClient
from plumbline.kube.own import OwnObjects
from plumbline.rpc import credentials
from plumbline.runtime import logs, process, settings
from plumbline.runtime.settings import option

__all__ = ["AUTHORITY", "KINDS", "REDIS", "SIGNING", "Keys", "Settings", "identity_name"]

log = structlog.get_logger()

AUTHORITY: Final = "plumbline-authority"
SIGNING: Final = "plumbline-render-signing"
REDIS: Final = "argocd-redis"  # the contract's name and key (config.md section 4)
KINDS: Final = ("authority", "signing", "redis")
_LABELS: Final = {"app.kubernetes.io/part-of": "plumbline"}
_AUTHORITY_LIFE: Final = dt.timedelta(days=3650)
_TRIES: Final = 5  # conflicts in a row
_USER_AGENT: Final = "plumbline-keys/0.1.0"
_TIMES: Final = rotation.Times(dt.timedelta(minutes=10), dt.timedelta(hours=48))

_Make = Callable[[rotation.Data], rotation.Changes]


class RedisUsers(Protocol):
    """The running Redis."""

    async def reload(self, password: Secret) -> None:
        """Have it read its file of users again."""
        ...

    async def accepts(self, password: Secret) -> bool:
        """Tell whether a password is taken."""
        ...


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
    settle: float = option(
        600.0,
        flag="settle",
        env="PLUMBLINE_KEYS_SETTLE",
        help="time until every pod has read a changed Secret (Go duration)",
        parse=pattern.parse_duration,
    )
    overlap: float = option(
        48 * 3600.0,
        flag="overlap",
        env="PLUMBLINE_KEYS_OVERLAP",
        help="time for which what a rotation replaced is still accepted (Go duration); longer than"
        " the repo-server keeps renders",
        parse=pattern.parse_duration,
    )
    wait: bool = option(False, flag="wait", help="stay until the rotations are over")
    redis_server: str = option(
        "", flag="redis-server", env="REDIS_SERVER", help="host:port of the Redis of the password"
    )
    redis_use_tls: bool = option(
        False, flag="redis-use-tls", env="REDIS_USE_TLS", help="use TLS towards Redis"
    )
    redis_ca: str = option(
        "", flag="redis-ca-certificate", env="REDIS_CA_CERTIFICATE", help="CA file for Redis"
    )
    log_level: str = option(
        "info",
        flag="loglevel",
        env=("ARGOCD_SERVER_LOG_LEVEL", "ARGOCD_SERVER_LOGLEVEL"),
        help="debug, info, warn or error",
    )


def identity_name(role: str) -> str:
    """Return the name of the Secret with a role's certificate."""
    return f"plumbline-identity-{role}"


class Keys:
    """The keys of one installation."""

    def __init__(
        self,
        own: OwnObjects,
        namespace: str,
        *,
        life: dt.timedelta,
        times: rotation.Times = _TIMES,
        users: RedisUsers | None = None,
    ) -> None:
        """Work in one namespace.

        Args:
            own: the control plane's objects.
            namespace: where the Secrets are.
            life: how long a process's certificate is good for.
            times: of the steps of a rotation.
            users: the running Redis, without which its password cannot be rotated.
        """
        self._own = own
        self._namespace = namespace
        self._life = life
        self._times = times
        self._users = users

    async def ensure(
        self, now: dt.datetime, *, redis: bool, begin: Sequence[str] = ()
    ) -> list[str]:
        """Make what is missing and take the steps that are due; return the Secrets that changed.

        Args:
            now: the time.
            redis: whether Redis' password is ours.
            begin: of ``KINDS``, what is to be rotated; one in progress is not begun again.

        Raises:
            errors.FailedPrecondition: what is there does not belong together, or cannot be read.
            errors.InvalidArgument: Redis' password is to be rotated, and is not ours.
        """
        if "redis" in begin and not (redis and self._users):
            raise errors.InvalidArgument(
                "rotate redis: the password is not made here (PLUMBLINE_MAKE_REDIS_PASSWORD), or"
                " --redis-server (REDIS_SERVER) is not given"
            )
        changed = []
        if await self._authority(now):
            changed.append(AUTHORITY)
        changed += await self._trust(now, begin="authority" in begin)

        def signing(data: rotation.Data) -> rotation.Changes:
            return rotation.signing(data, now, self._times, begin="signing" in begin)

        if await self._change(SIGNING, signing):
            changed.append(SIGNING)
        if redis and await self._redis(now, begin="redis" in begin):
            changed.append(REDIS)
        return list(dict.fromkeys(changed))

    async def pending(self) -> dict[str, dt.datetime]:
        """Return the Secrets whose rotation is in progress, and when the next step is due."""
        found = {}
        for name in (AUTHORITY, SIGNING, REDIS):
            when = rotation.due(await self._stored(name) or {}, self._times)
            if when is not None:
                found[name] = when
        return found

    async def _trust(self, now: dt.datetime, *, begin: bool) -> list[str]:
        """Issue certificates, and rotate the authority, one step of each."""
        held = [await self._stored(identity_name(r)) or {} for r in sorted(credentials.ROLES)]

        def made() -> tuple[bytes, Secret]:
            return credentials.issue_authority(now, lifetime=_AUTHORITY_LIFE)

        def step(data: rotation.Data) -> rotation.Changes:
            return rotation.authority(data, held, now, self._times, begin=made if begin else None)

        changed = [AUTHORITY] if await self._change(AUTHORITY, step) else []
        stored = await self._stored(AUTHORITY) or {}
        over = rotation.over(stored, held, now, self._times)
        for role in sorted(credentials.ROLES):

            def identity(data: rotation.Data, role: str = role) -> rotation.Changes:
                return self._identity(role, data, stored, now, over=over)

            if await self._change(identity_name(role), identity):
                changed.append(identity_name(role))
        if over:

            def forget(data: rotation.Data) -> rotation.Changes:
                if data.get("previous.crt") != stored.get("previous.crt"):
                    return {}  # another run is further
                return {"previous.crt": None, rotation.ROTATION: None}

            if await self._change(AUTHORITY, forget):
                changed.append(AUTHORITY)
        return changed

    async def _redis(self, now: dt.datetime, *, begin: bool) -> bool:
        stored = await self._stored(REDIS) or {}
        accepts = await self._accepted(stored)

        def step(data: rotation.Data) -> rotation.Changes:
            # What Redis said holds for the passwords it was asked about.
            same = all(data.get(name) == stored.get(name) for name in accepts)
            known = accepts if same else {}
            return rotation.redis(data, now, self._times, begin=begin, accepts=known)

        return await self._change(REDIS, step)

    async def _accepted(self, stored: rotation.Data) -> dict[str, bool]:
        """Ask Redis about the passwords of a rotation, after it was told to read them."""
        asked = [name for name in ("next", "previous") if stored.get(name)]
        if not asked or self._users is None:
            return {}
        try:
            await self._users.reload(stored["auth"])
            return {name: await self._users.accepts(stored[name]) for name in asked}
        except errors.PlumblineError as error:
            log.error("the password of redis is not rotated further", reason=error.message)  # noqa: TRY400 -- expected
            return {}

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
        data: rotation.Data,
        authority: rotation.Data,
        now: dt.datetime,
        *,
        over: bool,
    ) -> rotation.Changes:
        """Return what a role's Secret lacks; ``over``: it forgets the old authority."""
        changes: dict[str, str | None] = {}
        wanted = rotation.bundle(authority, old=not over)
        if rotation.lacks(data, wanted, exactly=over):
            changes["ca.crt"] = "".join(wanted)
        issuer, key = authority["tls.crt"].reveal().encode(), authority["tls.key"]
        if data.get("tls.crt") and data.get("tls.key"):
            found = _read(identity_name(role), data["tls.crt"])
            old = authority.get("previous.crt")
            if old is None or not _is_issuer(found, old.reveal().encode()):
                _require_issuer(identity_name(role), found, issuer)
                if not _half_spent(found, now):
                    return changes
        # Certificate and key are one: whichever is missing, both are made.
        made = credentials.issue(role, issuer, key, now, lifetime=self._life)
        return {
            **changes,
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
                first = {k: v for k, v in make({}).items() if v is not None}
                if await self._create(name, first):
                    return True
                continue
            added = make(_data(found.get("data")))
            stored = found.get("data") or {}
            added = {k: v for k, v in added.items() if v is not None or k in stored}
            if not added:
                return False
            # The version is a precondition: of two Jobs that run together, one decides.
            version = found["metadata"]["resourceVersion"]
            patch: dict[str, object] = {"metadata": {"resourceVersion": version}}
            patch["stringData"] = {k: v for k, v in added.items() if v is not None}
            patch["data"] = {k: None for k, v in added.items() if v is None}
            try:
                await self._own.merge("Secret", self._namespace, name, patch)
            except errors.Conflict:
                continue
            log.info("keys changed", secret=name, keys=sorted(added))
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


def _is_issuer(certificate: x509.Certificate, authority: bytes) -> bool:
    try:
        found = x509.load_pem_x509_certificate(authority)
    except ValueError:
        return False
    return credentials.is_issued_by(certificate, found)


def _require_issuer(name: str, certificate: x509.Certificate, authority: bytes) -> None:
    if not _is_issuer(certificate, authority):
        raise errors.FailedPrecondition(
            f"Secret {name} was not issued by {AUTHORITY}: restore the authority, or delete all of"
            " plumbline-identity-* and restart all workloads after this has run"
        )


def _half_spent(certificate: x509.Certificate, now: dt.datetime) -> bool:
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return now > begin + (end - begin) / 2


async def run(parsed: Settings, environ: dict[str, str], *, begin: Sequence[str] = ()) -> list[str]:
    """Connect, make what is missing, take steps; return the names of the Secrets that changed."""
    own = config.load(parsed.kubeconfig, environ)
    users = None
    if parsed.redis_server:
        users = cache.Users(
            cache.Settings(
                address=parsed.redis_server,
                use_tls=parsed.redis_use_tls,
                ca_file=parsed.redis_ca,
                timeout=10.0,
            )
        )
    async with KubeClient(own, user_agent=_USER_AGENT) as client:
        keys = Keys(
            OwnObjects(client),
            parsed.namespace,
            life=dt.timedelta(days=parsed.certificate_days),
            times=rotation.Times(
                dt.timedelta(seconds=parsed.settle), dt.timedelta(seconds=parsed.overlap)
            ),
            users=users,
        )
        changed = await keys.ensure(dt.datetime.now(dt.UTC), redis=parsed.redis, begin=begin)
        while pending := await keys.pending():
            for name, when in pending.items():
                log.info("rotation in progress", secret=name, next_step=when.isoformat())
            if not parsed.wait:
                break
            now = dt.datetime.now(dt.UTC)
            # Not less than a moment: Redis is asked until it has read its file.
            await asyncio.sleep(max(1.0, (min(pending.values()) - now).total_seconds()))
            changed += await keys.ensure(dt.datetime.now(dt.UTC), redis=parsed.redis)
    log.info("done", changed=changed)
    return changed


def _begin(argv: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """Take ``rotate [KIND]`` off the arguments; return the kinds and the rest.

    Raises:
        errors.InvalidArgument: another word.
    """
    words = list(argv)
    if not words or words[0].startswith("-"):
        return (), words
    if words.pop(0) != "rotate":
        raise errors.InvalidArgument(f"unknown command {argv[0]!r}; there is: rotate [KIND]")
    kind = words.pop(0) if words and not words[0].startswith("-") else "all"
    if kind not in (*KINDS, "all"):
        raise errors.InvalidArgument(f"rotate {kind!r}: not one of {', '.join(KINDS)}, all")
    return (KINDS if kind == "all" else (kind,)), words


def main() -> int:
    """Parse settings, run, and return the exit code."""
    try:
        begin, argv = _begin(sys.argv[1:])
        parsed = settings.load(Settings, argv, os.environ, prog="plumbline-keys")
        logs.configure("keys", level=parsed.log_level, form="")
        asyncio.run(run(parsed, dict(os.environ), begin=begin))
    except errors.PlumblineError as error:
        return process.ended("plumbline-keys", error.message)
    return 0


if __name__ == "__main__":
    sys.exit(main())
