"""KSOPS generators in kustomizations, replaced by the files they name.

KSOPS (``apiVersion: viaduct.ai/v1``, ``kind: ksops``) decrypts files by a program of its own, which
no render may start. The files are decrypted on their way out of Git instead, so its ``files`` are
resources, and each of its ``secretFrom`` is a ``secretGenerator``.
"""

from collections.abc import Mapping
from typing import Any, Final

from plumbline.core import errors, manifests

__all__ = ["generators_of", "read_generators", "without"]

_VERSION: Final = "viaduct.ai/v1"
_KIND: Final = "ksops"
_HASH: Final = "kustomize.config.k8s.io/needs-hash"
_MAX_DOCUMENTS: Final = 1000


def generators_of(tree: Mapping[str, Any]) -> list[str]:
    """Return the generators of a kustomization: paths, or their texts."""
    found = tree.get("generators")
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []


def read_generators(text: str, path: str) -> list[dict[str, Any]]:
    """Return the generators in a text if they are KSOPS's; nothing if none is.

    Raises:
        errors.InvalidArgument: some are and some are not.
    """
    documents = manifests.split_documents(text)
    if len(documents) > _MAX_DOCUMENTS:
        return []
    try:
        trees = [tree for tree in map(manifests.parse_yaml, documents) if tree is not None]
    except errors.InvalidArgument:
        return []
    found = [tree for tree in trees if isinstance(tree, dict) and _is_ksops(tree)]
    if found and len(found) != len(trees):
        raise errors.InvalidArgument(
            f"{path}: a KSOPS generator beside others; give it a file of its own"
        )
    return found


def _is_ksops(tree: Mapping[str, Any]) -> bool:
    return tree.get("apiVersion") == _VERSION and tree.get("kind") == _KIND


def without(
    tree: Mapping[str, Any], kept: list[str], generators: list[dict[str, Any]], path: str
) -> dict[str, Any]:
    """Return a kustomization with what KSOPS generators stand for.

    Args:
        tree: the kustomization.
        kept: its generators that are others.
        generators: those of KSOPS.
        path: of the kustomization, for messages.

    Raises:
        errors.InvalidArgument: a generator's field has the wrong type.
    """
    made = {key: value for key, value in tree.items() if key != "generators"}
    if kept:
        made["generators"] = kept
    resources = list(tree.get("resources") or [])
    secrets = list(tree.get("secretGenerator") or [])
    for generator in generators:
        resources += _texts(generator, "files", path)
        secrets += [_secret(item, path) for item in _list(generator, "secretFrom", path)]
    if resources:
        made["resources"] = resources
    if secrets:
        made["secretGenerator"] = secrets
    return made


def _secret(item: Any, path: str) -> dict[str, Any]:
    metadata = item.get("metadata") if isinstance(item, dict) else None
    if not isinstance(metadata, dict):
        raise errors.InvalidArgument(f"{path}: ksops: secretFrom needs metadata")
    annotations = dict(metadata.get("annotations") or {})
    options: dict[str, Any] = {"disableNameSuffixHash": annotations.pop(_HASH, "") != "true"}
    if annotations:
        options["annotations"] = annotations
    if metadata.get("labels"):
        options["labels"] = metadata["labels"]
    files = _texts(item, "files", path) + _texts(item, "binaryFiles", path)
    made = {
        "name": metadata.get("name"),
        "namespace": metadata.get("namespace"),
        "type": item.get("type"),
        "files": files,
        "envs": _texts(item, "envs", path),
        "options": options,
    }
    return {key: value for key, value in made.items() if value}


def _list(tree: Mapping[str, Any], field: str, path: str) -> list[Any]:
    found = tree.get(field) or []
    if not isinstance(found, list):
        raise errors.InvalidArgument(f"{path}: ksops: {field} is not a list")
    return found


def _texts(tree: Mapping[str, Any], field: str, path: str) -> list[str]:
    found = _list(tree, field, path)
    if not all(isinstance(item, str) for item in found):
        raise errors.InvalidArgument(f"{path}: ksops: {field} is not a list of texts")
    return found
