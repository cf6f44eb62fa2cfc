"""The control plane's settings as the api-server reads them, current within a second.

One informer on the namespace's ConfigMaps and one on its Secrets that belong to the product (label
``app.kubernetes.io/part-of=argocd``; config.md). Values of Secrets are typed at arrival. Also
makes, once, what a fresh installation lacks: signing key, admin password, default project.
"""

import asyncio
import base64
import secrets
from typing import Final

import bcrypt
import msgspec
import orjson
import structlog

from plumbline.core import errors, model, project, rbac
from plumbline.core.secret import Secret
from plumbline.kube.client import KubeClient
from plumbline.kube.informer import Informer, Lens
from plumbline.kube.own import OwnObjects

__all__ = ["Control", "bootstrap"]

log = structlog.get_logger()

_LABEL: Final = {"app.kubernetes.io/part-of": "argocd"}
_SELECTOR: Final = "app.kubernetes.io/part-of=argocd"
_COST: Final = 10  # bcrypt, the contract's (behaviour.md section 15)
_PASSWORD_BYTES: Final = 12  # 16 characters of base64, the contract's length


class Control:
    """Snapshots of argocd-cm, argocd-rbac-cm and argocd-secret."""

    def __init__(self) -> None:
        self._maps: dict[str, dict[str, str]] = {}
        self._secrets: dict[str, dict[str, Secret]] = {}
        self._enforcer: rbac.Enforcer | None = None

    def informers(self, client: KubeClient, namespace: str) -> list[Informer]:
        """Return the informers that feed this object."""
        root = f"/api/v1/namespaces/{namespace}"
        return [
            Informer(client, f"{root}/configmaps", _Maps(self), selector=_SELECTOR),
            Informer(client, f"{root}/secrets", _Secrets(self), selector=_SELECTOR),
        ]

    def setting(self, key: str, default: str = "") -> str:
        """Return a value of argocd-cm."""
        return self._maps.get("argocd-cm", {}).get(key, default)

    def secret(self, key: str) -> Secret:
        """Return a value of argocd-secret; empty if it is absent."""
        return self._secrets.get("argocd-secret", {}).get(key, Secret(""))

    def named_secret(self, name: str, key: str) -> Secret | None:
        """Return a value of any Secret that belongs to the product, if it is there."""
        return self._secrets.get(name, {}).get(key)

    @property
    def enforcer(self) -> rbac.Enforcer:
        """The decision by argocd-rbac-cm as it is now."""
        if self._enforcer is None:
            data = self._maps.get("argocd-rbac-cm", {})
            names = ["policy.csv", *sorted(k for k in data if _is_overlay(k))]
            self._enforcer = rbac.Enforcer(
                [rbac.parse_policy(data.get(n, "")) for n in names],
                default_role=data.get("policy.default", ""),
                mode=data.get("policy.matchMode", "glob"),
            )
        return self._enforcer

    def take_map(self, name: str, data: dict[str, str] | None) -> None:
        """Take a ConfigMap, or take it that it is gone."""
        self._maps[name] = data or {}
        self._enforcer = None

    def take_secret(self, name: str, data: dict[str, Secret] | None) -> None:
        """Take a Secret, or take it that it is gone."""
        self._secrets[name] = data or {}


def _is_overlay(key: str) -> bool:
    return key.startswith("policy.") and key.endswith(".csv") and key != "policy.csv"


class _Maps:
    def __init__(self, control: Control) -> None:
        self._control = control

    def upsert(self, lens: Lens, raw: bytes) -> None:
        self._control.take_map(lens.metadata.name, orjson.loads(raw).get("data"))

    def remove(self, lens: Lens) -> None:
        self._control.take_map(lens.metadata.name, None)


class _Secrets:
    def __init__(self, control: Control) -> None:
        self._control = control

    def upsert(self, lens: Lens, raw: bytes) -> None:
        data = orjson.loads(raw).get("data") or {}
        decoded = {k: Secret(base64.b64decode(v).decode(errors="replace")) for k, v in data.items()}
        self._control.take_secret(lens.metadata.name, decoded)

    def remove(self, lens: Lens) -> None:
        self._control.take_secret(lens.metadata.name, None)


async def bootstrap(own: OwnObjects, namespace: str) -> None:
    """Make what a fresh installation lacks; what exists is kept as it is.

    The initial password is written to ``argocd-initial-admin-secret`` and nowhere else.
    """
    await _create(own, "ConfigMap", _object("ConfigMap", "argocd-cm", namespace))
    await _create(own, "ConfigMap", _object("ConfigMap", "argocd-rbac-cm", namespace))
    await _default_project(own, namespace)
    await _create(own, "Secret", _object("Secret", "argocd-secret", namespace))
    stored = await own.get("Secret", namespace, "argocd-secret")
    data = stored.get("data") or {}
    missing: dict[str, str] = {}
    if not data.get("server.secretkey"):
        missing["server.secretkey"] = base64.b64encode(secrets.token_bytes(32)).decode()
    if not data.get("admin.password"):
        password = base64.urlsafe_b64encode(secrets.token_bytes(_PASSWORD_BYTES)).decode()
        initial = _object("Secret", "argocd-initial-admin-secret", namespace)
        await _create(own, "Secret", {**initial, "stringData": {"password": password}})
        kept = await own.get("Secret", namespace, "argocd-initial-admin-secret")
        chosen = base64.b64decode(kept["data"]["password"])
        hashed = await asyncio.to_thread(bcrypt.hashpw, chosen, bcrypt.gensalt(_COST))
        missing["admin.password"] = hashed.decode()
    if missing:
        # The version is a precondition: of two replicas that start together, one decides.
        version = stored["metadata"]["resourceVersion"]
        patch = {"metadata": {"resourceVersion": version}, "stringData": missing}
        try:
            await own.merge("Secret", namespace, "argocd-secret", patch)
        except errors.Conflict:
            log.info("another replica made the keys")


async def _default_project(own: OwnObjects, namespace: str) -> None:
    spec = msgspec.to_builtins(project.DEFAULT_PROJECT)
    manifest = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": {"name": "default", "namespace": namespace},
        "spec": spec,
    }
    await _create(own, "AppProject", manifest)


def _object(kind: str, name: str, namespace: str) -> model.Manifest:
    metadata = {"name": name, "namespace": namespace, "labels": dict(_LABEL)}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata}


async def _create(own: OwnObjects, kind: str, manifest: model.Manifest) -> None:
    try:
        await own.create(kind, manifest)
    except errors.AlreadyExists:
        return
    log.info("created", kind=kind, name=manifest["metadata"]["name"])
