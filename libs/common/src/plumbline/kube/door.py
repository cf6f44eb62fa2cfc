"""The one write door: nothing else in Plumbline writes to a target cluster.

Called by the controller's executor and deletion. Every method takes a ``WriteGrant`` minted by
``core.project`` for exactly this object, and checks it right before sending: cluster, object, verb,
expiry by the boot-time clock (a clock that a suspended machine does not stop). What was written is
told to an auditor, without values.
"""

from collections.abc import Callable
from typing import Final
from urllib.parse import urlencode

import orjson

from plumbline.core import errors
from plumbline.core.model import GroupKind, Manifest, ResourceKey
from plumbline.core.project import WriteGrant
from plumbline.kube.client import KubeClient
from plumbline.kube.discovery import ApiResource

__all__ = ["FIELD_MANAGER", "Auditor", "WriteDoor"]

FIELD_MANAGER: Final = "argocd-controller"
_SECRET: Final = GroupKind("", "Secret")
_APPLY: Final = "application/apply-patch+yaml"
_JSON: Final = {"Content-Type": "application/json", "Accept": "application/json"}

Auditor = Callable[[WriteGrant, str, ResourceKey, str], None]


class WriteDoor:
    """Writes objects of one cluster, with a grant."""

    def __init__(
        self,
        client: KubeClient,
        cluster: str,
        *,
        clock: Callable[[], float],
        audit: Auditor,
    ) -> None:
        """Guard one cluster.

        Args:
            client: its API server.
            cluster: its address as grants name it (the destination's server).
            clock: seconds of the boot-time clock, as in ``WriteGrant.expires_at``.
            audit: told (grant, verb, key, outcome) of every write.
        """
        self._client = client
        self._cluster = cluster
        self._clock = clock
        self._audit = audit

    async def create(
        self,
        grant: WriteGrant,
        resource: ApiResource,
        manifest: Manifest,
        *,
        validate: bool = True,
        dry_run: bool = False,
    ) -> Manifest:
        """POST an object and return the server's answer.

        Raises:
            errors.PlumblineError: as the server said; PermissionDenied without a valid grant.
        """
        key = _key(resource, manifest)
        path = resource.path(key.namespace) + _query(validate=validate, dry_run=dry_run)
        return await self._send(grant, "create", key, ("POST", path, _JSON, orjson.dumps(manifest)))

    async def patch(
        self,
        grant: WriteGrant,
        resource: ApiResource,
        key: ResourceKey,
        patch: bytes,
        *,
        content_type: str,
        validate: bool = True,
        dry_run: bool = False,
    ) -> Manifest:
        """PATCH an object and return the server's answer.

        Raises:
            errors.PlumblineError: as the server said; PermissionDenied without a valid grant.
        """
        query = _query(validate=validate, dry_run=dry_run)
        path = resource.path(key.namespace, key.name) + query
        headers = {"Content-Type": content_type, "Accept": "application/json"}
        return await self._send(grant, "patch", key, ("PATCH", path, headers, patch))

    async def replace(
        self,
        grant: WriteGrant,
        resource: ApiResource,
        manifest: Manifest,
        *,
        validate: bool = True,
        dry_run: bool = False,
    ) -> Manifest:
        """PUT an object; a ``metadata.resourceVersion`` in it is a precondition.

        Raises:
            errors.PlumblineError: as the server said; PermissionDenied without a valid grant.
        """
        key = _key(resource, manifest)
        path = resource.path(key.namespace, key.name) + _query(validate=validate, dry_run=dry_run)
        return await self._send(grant, "patch", key, ("PUT", path, _JSON, orjson.dumps(manifest)))

    async def apply(
        self,
        grant: WriteGrant,
        resource: ApiResource,
        manifest: Manifest,
        *,
        validate: bool = True,
        dry_run: bool = False,
    ) -> Manifest:
        """Apply an object server-side and take over the fields others own.

        It may create or change the object, so the grant must hold both verbs.

        Raises:
            errors.PlumblineError: as the server said; PermissionDenied without a valid grant.
        """
        key = _key(resource, manifest)
        self._check(grant, "create", key)
        query = _query(validate=validate, dry_run=dry_run) + "&force=true"
        path = resource.path(key.namespace, key.name) + query
        headers = {"Content-Type": _APPLY, "Accept": "application/json"}
        body = orjson.dumps(manifest)
        return await self._send(grant, "patch", key, ("PATCH", path, headers, body))

    async def release(
        self, grant: WriteGrant, resource: ApiResource, live: Manifest, finalizer: str
    ) -> Manifest:
        """Take a finalizer off the object as it was read; anything newer is a conflict.

        Raises:
            errors.Conflict: the object changed since it was read.
            errors.PlumblineError: as the server said; PermissionDenied without a valid grant.
        """
        metadata = live["metadata"]
        kept = [f for f in metadata.get("finalizers") or () if f != finalizer]
        precondition = {
            "uid": metadata.get("uid"),
            "resourceVersion": metadata.get("resourceVersion"),
        }
        return await self.patch(
            grant,
            resource,
            _key(resource, live),
            orjson.dumps({"metadata": {"finalizers": kept or None, **precondition}}),
            content_type="application/merge-patch+json",
            validate=False,
        )

    async def delete(
        self,
        grant: WriteGrant,
        resource: ApiResource,
        key: ResourceKey,
        *,
        uid: str,
        propagation: str,
        grace_seconds: int | None = None,
    ) -> None:
        """DELETE the object with this uid; that it is gone already is success.

        The uid is a precondition, so that an object made anew under the same name is not hit.
        ``grace_seconds`` replaces the object's own grace period.

        Raises:
            errors.PlumblineError: as the server said; PermissionDenied without a valid grant.
        """
        options: Manifest = {
            "kind": "DeleteOptions",
            "apiVersion": "v1",
            "propagationPolicy": propagation,
            "preconditions": {"uid": uid},
        }
        if grace_seconds is not None:
            options["gracePeriodSeconds"] = grace_seconds
        body = orjson.dumps(options)
        path = resource.path(key.namespace, key.name)
        try:
            await self._send(grant, "delete", key, ("DELETE", path, _JSON, body))
        except errors.NotFound:
            return

    async def _send(
        self,
        grant: WriteGrant,
        verb: str,
        key: ResourceKey,
        request: tuple[str, str, dict[str, str], bytes],
    ) -> Manifest:
        self._check(grant, verb, key)
        method, path, headers, body = request
        try:
            answer = await self._client.request(
                method, path, headers=headers, body=body, secret=key.group_kind == _SECRET
            )
        except errors.PlumblineError as error:
            self._audit(grant, verb, key, error.code.value)
            raise
        self._audit(grant, verb, key, "OK")
        tree: Manifest = orjson.loads(answer)
        return tree

    def _check(self, grant: WriteGrant, verb: str, key: ResourceKey) -> None:
        if grant.cluster != self._cluster or grant.key != key or verb not in grant.verbs:
            raise errors.PermissionDenied(f"no grant to {verb} {key} in {self._cluster}")
        if self._clock() >= grant.expires_at:
            raise errors.PermissionDenied(f"the grant to {verb} {key} has expired")


def _key(resource: ApiResource, manifest: Manifest) -> ResourceKey:
    metadata = manifest.get("metadata") or {}
    namespace = metadata.get("namespace", "") if resource.namespaced else ""
    return ResourceKey(resource.group, resource.kind, namespace, metadata.get("name", ""))


def _query(*, validate: bool, dry_run: bool) -> str:
    query = {
        "fieldManager": FIELD_MANAGER,
        "fieldValidation": "Warn" if validate else "Ignore",
    }
    if dry_run:
        query["dryRun"] = "All"
    return f"?{urlencode(query)}"
