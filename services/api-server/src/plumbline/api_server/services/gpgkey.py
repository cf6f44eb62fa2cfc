"""GPGKeyService: the OpenPGP keys that may sign commits, kept in argocd-gpg-keys-cm."""

import grpc

from plumbline.api_server.parts import Parts
from plumbline.api_server.services import configmap_edit
from plumbline.core import errors, integrity
from plumbline.kube.declared import GPG_KEYS_MAP
from plumbline.pb.server import gpgkey_pb2, gpgkey_pb2_grpc
from plumbline.pb.v1alpha1 import generated_pb2

__all__ = ["GPGKeyService"]

_TRUST = "unknown"  # GnuPG's word: who may sign is for projects to say, not for the keyring


class GPGKeyService(gpgkey_pb2_grpc.GPGKeyServiceServicer):
    """gpgkey.GPGKeyService."""

    def __init__(self, parts: Parts) -> None:
        """Keep the ConfigMap of keys."""
        self._parts = parts
        self._permissions = parts.permissions

    async def List(  # noqa: N802 -- gRPC requires this name
        self, request: gpgkey_pb2.GnuPGPublicKeyQuery, _: grpc.aio.ServicerContext
    ) -> generated_pb2.GnuPGPublicKeyList:
        """Return the known keys, or the one that is asked for, without their texts."""
        self._permissions.require("gpgkeys", "get", "")
        wanted = integrity.key_id_of(request.keyID)
        items = [
            _message(key)
            for name, key in sorted(self._known().items())
            if not request.keyID or name == wanted
        ]
        return generated_pb2.GnuPGPublicKeyList(items=items)

    async def Get(  # noqa: N802 -- gRPC requires this name
        self, request: gpgkey_pb2.GnuPGPublicKeyQuery, _: grpc.aio.ServicerContext
    ) -> generated_pb2.GnuPGPublicKey:
        """Return one key with its text.

        Raises:
            errors.InvalidArgument: the id is none.
            errors.NotFound: no such key is known.
        """
        self._permissions.require("gpgkeys", "get", "")
        key_id = integrity.shown_key_id(request.keyID)
        found = self._known().get(key_id)
        if found is None:
            raise errors.NotFound(f"no such key: {key_id}")
        message = _message(found)
        message.keyData = found.armoured
        return message

    async def Create(  # noqa: N802 -- gRPC requires this name
        self, request: gpgkey_pb2.GnuPGPublicKeyCreateRequest, _: grpc.aio.ServicerContext
    ) -> gpgkey_pb2.GnuPGPublicKeyCreateResponse:
        """Add the keys of an armoured text; those that are known already are skipped.

        Raises:
            errors.InvalidArgument: the text holds no public key, or another one than is named.
        """
        self._permissions.require("gpgkeys", "create", "")
        keys = integrity.read_public_keys(request.publickey.keyData)
        named = request.publickey.keyID
        if named and [integrity.shown_key_id(named)] != [key.key_id for key in keys]:
            raise errors.InvalidArgument(f"the key is not '{named[:80]}'")
        added: list[integrity.PublicKey] = []

        def edit(data: dict[str, str]) -> dict[str, str]:
            added[:] = [k for k in keys if k.key_id not in data or request.upsert]
            return {key.key_id: key.armoured for key in added}

        await configmap_edit.change(self._parts, GPG_KEYS_MAP, edit)
        skipped = [key.key_id for key in keys if key not in added]
        created = generated_pb2.GnuPGPublicKeyList(items=map(_message, added))
        return gpgkey_pb2.GnuPGPublicKeyCreateResponse(created=created, skipped=skipped)

    async def Delete(  # noqa: N802 -- gRPC requires this name
        self, request: gpgkey_pb2.GnuPGPublicKeyQuery, _: grpc.aio.ServicerContext
    ) -> gpgkey_pb2.GnuPGPublicKeyResponse:
        """Take a key away.

        Raises:
            errors.InvalidArgument: the id is none.
            errors.NotFound: no such key is known.
        """
        self._permissions.require("gpgkeys", "delete", "")
        key_id = integrity.shown_key_id(request.keyID)

        def edit(data: dict[str, str]) -> dict[str, str | None]:
            names = [name for name in data if integrity.key_id_of(name) == key_id]
            if not names:
                raise errors.NotFound(f"no such key: {key_id}")
            return dict.fromkeys(names)

        await configmap_edit.change(self._parts, GPG_KEYS_MAP, edit)
        return gpgkey_pb2.GnuPGPublicKeyResponse()

    def _known(self) -> dict[str, integrity.PublicKey]:
        """Return the keys that can be read, by id; whoever edits the ConfigMap sees the others."""
        found: dict[str, integrity.PublicKey] = {}
        for text in self._parts.declared.trust(GPG_KEYS_MAP).values():
            try:
                keys = integrity.read_public_keys(text)
            except errors.InvalidArgument:
                continue
            found.update((key.key_id, key) for key in keys)
        return found


def _message(key: integrity.PublicKey) -> generated_pb2.GnuPGPublicKey:
    return generated_pb2.GnuPGPublicKey(
        keyID=key.key_id,
        fingerprint=key.fingerprint,
        owner=key.owner,
        trust=_TRUST,
        subType=key.algorithm,
    )
