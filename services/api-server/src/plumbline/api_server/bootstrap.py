"""Makes, once, what a fresh installation lacks: signing key, admin password, default project.

Called by ``wiring`` before the informers start. What exists is kept as it is.
"""

import asyncio
import base64
import datetime as dt
import secrets
from typing import Final

import bcrypt
import msgspec
import structlog

from plumbline.core import errors, model, project, session
from plumbline.kube.own import OwnObjects

__all__ = ["BCRYPT_COST", "PART_OF", "bootstrap"]

log = structlog.get_logger()

PART_OF: Final = {"app.kubernetes.io/part-of": "argocd"}
BCRYPT_COST: Final = 10  # the contract's (behaviour.md section 15)
_PASSWORD_BYTES: Final = 12  # 16 characters of base64, the contract's length
_INITIAL: Final = "argocd-initial-admin-secret"


async def bootstrap(own: OwnObjects, namespace: str) -> None:
    """Make what is missing.

    The initial password is written to ``argocd-initial-admin-secret`` and nowhere else.

    Raises:
        errors.FailedPrecondition: argocd-secret is there without the label by which it is read.
    """
    for name in ("argocd-cm", "argocd-rbac-cm"):
        if not await _ensure(own, _object("ConfigMap", name, namespace)):
            log.warning("settings are not read: the label is missing", name=name, label=PART_OF)
    await _default_project(own, namespace)
    if not await _ensure(own, _object("Secret", "argocd-secret", namespace)):
        raise errors.FailedPrecondition(
            "Secret argocd-secret lacks the label app.kubernetes.io/part-of=argocd:"
            f" run `kubectl -n {namespace} label secret argocd-secret"
            " app.kubernetes.io/part-of=argocd`"
        )
    await _keys(own, namespace)


async def _keys(own: OwnObjects, namespace: str) -> None:
    stored = await own.get("Secret", namespace, "argocd-secret")
    data = stored.get("data") or {}
    missing: dict[str, str] = {}
    if not data.get("server.secretkey"):
        missing["server.secretkey"] = base64.b64encode(secrets.token_bytes(32)).decode()
    if not data.get(session.secret_key(session.ADMIN, "password")):
        missing |= await _admin(own, namespace)
    if not missing:
        return
    # The version is a precondition: of two replicas that start together, one decides.
    version = stored["metadata"]["resourceVersion"]
    patch = {"metadata": {"resourceVersion": version}, "stringData": missing}
    try:
        await own.merge("Secret", namespace, "argocd-secret", patch)
    except errors.Conflict:
        log.info("another replica made the keys")


async def _admin(own: OwnObjects, namespace: str) -> dict[str, str]:
    """Return the hash of the initial password, after the password itself is stored."""
    password = base64.urlsafe_b64encode(secrets.token_bytes(_PASSWORD_BYTES)).decode()
    initial = _object("Secret", _INITIAL, namespace)
    await _ensure(own, {**initial, "stringData": {"password": password}})
    kept = await own.get("Secret", namespace, _INITIAL)
    chosen = base64.b64decode(kept["data"]["password"])
    hashed = await asyncio.to_thread(bcrypt.hashpw, chosen, bcrypt.gensalt(BCRYPT_COST))
    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        session.secret_key(session.ADMIN, "password"): hashed.decode(),
        session.secret_key(session.ADMIN, "passwordMtime"): now,
    }


async def _default_project(own: OwnObjects, namespace: str) -> None:
    spec = msgspec.to_builtins(project.DEFAULT_PROJECT)
    manifest = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": {"name": "default", "namespace": namespace},
        "spec": spec,
    }
    await _ensure(own, manifest)


def _object(kind: str, name: str, namespace: str) -> model.Manifest:
    metadata = {"name": name, "namespace": namespace, "labels": dict(PART_OF)}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata}


async def _ensure(own: OwnObjects, manifest: model.Manifest) -> bool:
    """Create an object unless it is there; tell whether the one there has its labels."""
    kind, metadata = manifest["kind"], manifest["metadata"]
    try:
        await own.create(kind, manifest)
    except errors.AlreadyExists:
        found = await own.get(kind, metadata["namespace"], metadata["name"])
        return (metadata.get("labels") or {}).items() <= (
            found["metadata"].get("labels") or {}
        ).items()
    log.info("created", kind=kind, name=metadata["name"])
    return True
