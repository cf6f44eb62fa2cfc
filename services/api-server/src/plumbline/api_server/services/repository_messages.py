"""Repositories between messages and values; nothing secret ever becomes part of an answer.

Used by the services of repositories and of credential templates. Answers are made from a list of
what may be shown (``core.repositories.FIELDS``), not by taking away what may not.
"""

from typing import Any, Final

from plumbline.core import errors, repositories
from plumbline.core.secret import Secret
from plumbline.pb.v1alpha1 import generated_pb2

__all__ = ["read_message", "show_repository", "show_template"]

_TYPES: Final = frozenset({"git", "helm", "oci"})
_MAX_TEXT: Final = 64 * 1024  # characters; a private key has a few thousand
_MAX_DEPTH: Final = 2**31 - 1


def read_message(message: Any, *, url: str) -> repositories.Repository:
    """Return the repository that a request describes, checked.

    A password in the URL moves into the credential, so that no name, label or log can show it.

    Args:
        message: a Repository, RepoCreds or RepoAccessQuery.
        url: its URL, unescaped.

    Raises:
        errors.InvalidArgument: a field holds what it cannot hold; no value is quoted.
    """
    names = message.DESCRIPTOR.fields_by_name
    found: dict[str, Any] = {}
    for field in repositories.FIELDS:
        name = field.key if field.key in names else field.key.replace("OCI", "Oci")
        if field.attribute == "url" or name not in names:
            continue
        value = getattr(message, name)
        if isinstance(value, str) and len(value) > _MAX_TEXT:
            raise errors.InvalidArgument(f"{name} is longer than {_MAX_TEXT} characters")
        is_secret = field.kind is repositories.Kind.SECRET
        found[field.attribute] = Secret(value) if is_secret else value
    found["type"] = found.get("type") or "git"
    if found["type"] not in _TYPES:
        raise errors.InvalidArgument("repository type is none of git, helm and oci")
    is_registry = found["type"] == "helm" and bool(found.get("enable_oci"))
    is_prefix = isinstance(message, generated_pb2.RepoCreds)
    checked = repositories.check_url(url, is_registry=is_registry, is_prefix=is_prefix)
    repositories.check_proxy(found.get("proxy", ""))
    if not 0 <= found.get("depth", 0) <= _MAX_DEPTH:
        raise errors.InvalidArgument("depth is negative or too large")
    user, password = repositories.credential_in(checked)
    if password:
        found["username"] = found.get("username") or user
        found["password"] = found.get("password") or Secret(password)
        checked = repositories.public_url(checked)
    return repositories.Repository(url=checked, **found)


def show_repository(
    repository: repositories.Repository, *, state: generated_pb2.ConnectionState | None = None
) -> generated_pb2.Repository:
    """Return a repository as callers may see it."""
    message: generated_pb2.Repository = _shown(repository, generated_pb2.Repository)
    message.repo = repositories.public_url(repository.url)
    if repository.inherited:
        message.inheritedCreds = True
    if state is not None:
        message.connectionState.CopyFrom(state)
    return message


def show_template(repository: repositories.Repository) -> generated_pb2.RepoCreds:
    """Return a credential template as callers may see it."""
    message: generated_pb2.RepoCreds = _shown(repository, generated_pb2.RepoCreds)
    message.url = repositories.public_url(repository.url)
    return message


def _shown(repository: repositories.Repository, cls: type[Any]) -> Any:
    names = cls.DESCRIPTOR.fields_by_name
    message = cls()
    for field in repositories.FIELDS:
        if field.is_shown and field.key in names:
            value = getattr(repository, field.attribute)
            if value:
                setattr(message, field.key, value)
    if repository.proxy:
        message.proxy = repositories.public_url(repository.proxy)
    return message
