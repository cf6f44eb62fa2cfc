"""The control plane's settings as the api-server reads them, current within a second.

One informer on the namespace's ConfigMaps and one on its Secrets that belong to the product (label
``app.kubernetes.io/part-of=argocd``; config.md). An object of a settings name without the label is
not read, as the contract says and as the controller does; ``bootstrap`` says so when it starts.
Values of Secrets are typed at arrival. What is computed from the settings (accounts, policy,
:class:`Installation`) is computed once per change; what cannot be read is logged by its key, and
its default is in force.
"""

import asyncio
import base64
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import orjson
import structlog
import yaml

from plumbline.core import errors, installation, session
from plumbline.core.installation import Installation, RbacSettings
from plumbline.core.rbac import Enforcer
from plumbline.core.secret import Secret
from plumbline.kube.client import KubeClient
from plumbline.kube.informer import Informer, Lens

__all__ = ["Control", "SecretListener"]

log = structlog.get_logger()

_SELECTOR: Final = "app.kubernetes.io/part-of=argocd"
_SETTINGS: Final = "argocd-cm"
_RBAC: Final = "argocd-rbac-cm"
_SECRETS: Final = "argocd-secret"
_CERTIFICATE: Final = "argocd-server-tls"
_KEY: Final = "server.secretkey"

SecretListener = Callable[[str, Mapping[str, Secret] | None], None]
"""Told of a Secret's resource version and data; of ``None`` when it is gone."""


class Control:
    """Snapshots of argocd-cm, argocd-rbac-cm and argocd-secret, and what they mean."""

    def __init__(self, listeners: Mapping[str, SecretListener] | None = None) -> None:
        """Hold nothing yet.

        Args:
            listeners: by the name of a Secret; its data is handed over and not kept here.
        """
        self._listeners = dict(listeners or {})
        self._maps: dict[str, dict[str, str]] = {}
        self._secrets: dict[str, dict[str, Secret]] = {}
        self._installation: Installation | None = None
        self._rbac: RbacSettings | None = None
        self._accounts: dict[str, session.Account] | None = None
        self._waiting: set[asyncio.Event] = set()

    def informers(self, client: KubeClient, namespace: str) -> list[Informer]:
        """Return the informers that feed this object."""
        root = f"/api/v1/namespaces/{namespace}"
        return [
            Informer(client, f"{root}/configmaps", _Maps(self), selector=_SELECTOR),
            Informer(client, f"{root}/secrets", _Secrets(self), selector=_SELECTOR),
            # Made by others (cert-manager), so without the label.
            Informer(
                client,
                f"{root}/secrets",
                _Secrets(self, only=_CERTIFICATE),
                field_selector=f"metadata.name={_CERTIFICATE}",
            ),
        ]

    def setting(self, key: str, default: str = "") -> str:
        """Return a value of argocd-cm as it is written."""
        return self._maps.get(_SETTINGS, {}).get(key, default)

    def settings(self) -> Mapping[str, str]:
        """Return all of argocd-cm."""
        return self._maps.get(_SETTINGS, {})

    def urls(self) -> list[str]:
        """Return the addresses that users reach the product at: ``url``, ``additionalUrls``."""
        found = [self.setting("url")]
        try:
            more = yaml.load(self.setting("additionalUrls", "[]"), Loader=yaml.CSafeLoader)
        except yaml.YAMLError:
            more = None
        found += [url for url in more if isinstance(url, str)] if isinstance(more, list) else []
        return [url for url in found if url]

    def secret(self, key: str, *, of: str = _SECRETS) -> Secret:
        """Return a value of a Secret, argocd-secret by default; empty if it is absent."""
        return self._secrets.get(of, {}).get(key, Secret(""))

    def resolve(self, text: str) -> Secret:
        """Resolve ``$key`` and ``$name:key`` (config.md section 4); other texts stay literal."""
        reference = text.strip()
        if not reference.startswith("$"):
            return Secret(text)
        name, colon, key = reference[1:].partition(":")
        found = self._secrets.get(name if colon else _SECRETS, {}).get(key if colon else name)
        return Secret(text) if found is None else Secret(found.reveal().rstrip())

    def named_secret(self, name: str, key: str) -> Secret | None:
        """Return a value of any Secret that belongs to the product, if it is there."""
        return self._secrets.get(name, {}).get(key)

    @property
    def signing_key(self) -> str:
        """The key of our tokens.

        Raises:
            errors.Unavailable: it is not there yet.
        """
        key = self.secret(_KEY).reveal()
        if not key:
            raise errors.Unavailable("the signing key is not there yet; try again")
        return key

    @property
    def installation(self) -> Installation:
        """argocd-cm as values."""
        if self._installation is None:
            self._installation, problems = installation.read(self.settings())
            _report(problems)
        return self._installation

    @property
    def accounts(self) -> Mapping[str, session.Account]:
        """The local accounts by name."""
        if self._accounts is None:
            secrets = self._secrets.get(_SECRETS, {})
            self._accounts, problems = session.read_accounts(self.settings(), secrets)
            _report(problems)
        return self._accounts

    @property
    def rbac(self) -> RbacSettings:
        """argocd-rbac-cm as values."""
        if self._rbac is None:
            self._rbac, problems = installation.read_rbac(self._maps.get(_RBAC, {}))
            _report(problems)
        return self._rbac

    @property
    def enforcer(self) -> Enforcer:
        """The decision by argocd-rbac-cm as it is now."""
        return self.rbac.enforcer

    async def until(self, holds: Callable[[], bool], *, seconds: float = 5.0) -> None:
        """Wait until what was written has arrived here.

        Raises:
            errors.DeadlineExceeded: it has not.
        """
        changed = asyncio.Event()
        self._waiting.add(changed)
        try:
            async with asyncio.timeout(seconds):
                while not holds():
                    changed.clear()
                    await changed.wait()
        except TimeoutError:
            raise errors.DeadlineExceeded("the change is written but not in force yet") from None
        finally:
            self._waiting.discard(changed)

    def take_map(self, name: str, data: dict[str, str] | None) -> None:
        """Take a ConfigMap, or take it that it is gone."""
        self._maps[name] = data or {}
        self._rbac = None if name == _RBAC else self._rbac
        if name == _SETTINGS:
            self._installation = self._accounts = None
        self._tell()

    def take_secret(self, name: str, data: dict[str, Secret] | None, version: str = "") -> None:
        """Take a Secret, or take it that it is gone."""
        listener = self._listeners.get(name)
        if listener is not None:
            listener(version, data)
            return
        self._secrets[name] = data or {}
        self._accounts = None if name == _SECRETS else self._accounts
        self._tell()

    def _tell(self) -> None:
        for event in self._waiting:
            event.set()


def _report(problems: Iterable[str]) -> None:
    for problem in problems:
        log.warning("setting is not understood", problem=problem)


class _Maps:
    def __init__(self, control: Control) -> None:
        self._control = control

    def upsert(self, lens: Lens, raw: bytes) -> None:
        self._control.take_map(lens.metadata.name, orjson.loads(raw).get("data"))

    def remove(self, lens: Lens) -> None:
        self._control.take_map(lens.metadata.name, None)


class _Secrets:
    def __init__(self, control: Control, *, only: str = "") -> None:
        self._control = control
        self._only = only

    def _ours(self, name: str) -> bool:
        """Tell whether this informer speaks for a Secret: two that do would overrule each other."""
        return name == self._only if self._only else name != _CERTIFICATE

    def upsert(self, lens: Lens, raw: bytes) -> None:
        if not self._ours(lens.metadata.name):
            return
        data = orjson.loads(raw).get("data") or {}
        decoded = {k: Secret(base64.b64decode(v).decode(errors="replace")) for k, v in data.items()}
        self._control.take_secret(lens.metadata.name, decoded, lens.metadata.resource_version)

    def remove(self, lens: Lens) -> None:
        if self._ours(lens.metadata.name):
            self._control.take_secret(lens.metadata.name, None)
