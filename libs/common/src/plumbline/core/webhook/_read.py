"""From the bytes of a request to hints, once its sender has proved itself."""

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from plumbline.core import errors
from plumbline.core.webhook import _payloads, _signature
from plumbline.core.webhook._delivery import Delivery, Provider
from plumbline.core.webhook._hint import Hint
from plumbline.core.webhook._signature import Secrets

__all__ = ["read"]

_READERS: Final[dict[Provider, Callable[[bytes], list[Hint]]]] = {
    Provider.AZURE_DEVOPS: _payloads.azure_devops,
    Provider.GOGS: _payloads.gogs,
    Provider.GITHUB: _payloads.github,
    Provider.GITLAB: _payloads.gitlab,
    Provider.BITBUCKET: _payloads.bitbucket,
    Provider.BITBUCKET_SERVER: _payloads.bitbucket_server,
    Provider.HARBOR: _payloads.harbor,
}


def read(
    delivery: Delivery, headers: Mapping[str, str], body: bytes, secrets: Secrets
) -> tuple[Hint, ...]:
    """Return what a request tells.

    Args:
        delivery: its sender and event (:func:`identify`).
        headers: the request's, names in lower case.
        body: the exact bytes that came.
        secrets: a provider without a secret is believed; a hint does no more than a poll does.

    Raises:
        errors.Unauthenticated: the provider has a secret, and the request does not prove it.
        errors.InvalidArgument: the payload is not the provider's.
    """
    if delivery.event == "diagnostics:ping":  # sent unsigned, and asks for nothing
        return ()
    if not _genuine(delivery.provider, headers, body, secrets):
        unproved = "Unauthorized" if delivery.from_registry else "Webhook processing failed"
        raise errors.Unauthenticated(unproved)
    if delivery.event == "ping":
        return ()
    reader = _READERS[delivery.provider]
    if delivery.event == "package":
        reader = _payloads.github_package
    try:
        return tuple(reader(body))
    except (msgspec.MsgspecError, RecursionError, ValueError, OverflowError):
        raise errors.InvalidArgument("Webhook processing failed") from None


def _genuine(provider: Provider, headers: Mapping[str, str], body: bytes, secrets: Secrets) -> bool:
    """Whether a request proves what its provider's secret asks for."""

    def header(name: str) -> str:
        return headers.get(name, "")

    match provider:
        case Provider.AZURE_DEVOPS:
            name, word = secrets.azure_username, secrets.azure_password
            return not (name or word) or _signature.basic(headers, name, word)
        case Provider.GOGS:
            given = header("x-gogs-signature") or header("x-gitea-signature")
            return not secrets.gogs or _signature.signed(body, given, secrets.gogs)
        case Provider.GITHUB:
            given = header("x-hub-signature-256")
            return not secrets.github or _signature.signed(
                body, given, secrets.github, prefix="sha256="
            )
        case Provider.GITLAB:
            return not secrets.gitlab or _signature.same(header("x-gitlab-token"), secrets.gitlab)
        case Provider.BITBUCKET:
            return not secrets.bitbucket_uuid or _signature.same(
                header("x-hook-uuid").strip("{}"), secrets.bitbucket_uuid_bare
            )
        case Provider.BITBUCKET_SERVER:
            given = header("x-hub-signature")
            return not secrets.bitbucket_server or _signature.signed(
                body, given, secrets.bitbucket_server, prefix="sha256="
            )
        case Provider.HARBOR:
            return bool(secrets.harbor) and _signature.same(header("authorization"), secrets.harbor)
