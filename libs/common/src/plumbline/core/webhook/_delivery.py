"""Which provider sent a request, by its headers in the contract's order."""

import dataclasses
import enum
from collections.abc import Mapping
from typing import Final

from plumbline.core import errors
from plumbline.core.webhook._signature import Secrets

__all__ = ["Delivery", "Provider", "identify"]


class Provider(enum.Enum):
    """Who sends webhooks."""

    AZURE_DEVOPS = "azuredevops"
    GOGS = "gogs"
    """Gogs, Gitea and Forgejo."""
    GITHUB = "github"
    GITLAB = "gitlab"
    BITBUCKET = "bitbucket"
    BITBUCKET_SERVER = "bitbucketserver"
    HARBOR = "harbor"


_BY_HEADER: Final = (
    ("x-vss-activityid", Provider.AZURE_DEVOPS),
    ("x-gogs-event", Provider.GOGS),
    ("x-github-event", Provider.GITHUB),
    ("x-gitlab-event", Provider.GITLAB),
    ("x-hook-uuid", Provider.BITBUCKET),
    ("x-event-key", Provider.BITBUCKET_SERVER),
)
_EVENTS: Final = {
    Provider.GOGS: {"push"},
    Provider.GITHUB: {"push", "ping", "package"},
    Provider.GITLAB: {"push hook", "tag push hook", "system hook"},
    Provider.BITBUCKET: {"repo:push"},
    Provider.BITBUCKET_SERVER: {"repo:refs_changed", "diagnostics:ping"},
}


@dataclasses.dataclass(frozen=True, slots=True)
class Delivery:
    """A request whose sender is known by name, not yet by proof."""

    provider: Provider
    event: str
    """The event in the provider's words, in lower case; empty where the payload names it."""

    @property
    def from_registry(self) -> bool:
        """Whether it tells of an image or chart, not of a Git repository."""
        return self.provider is Provider.HARBOR or self.event == "package"


def identify(headers: Mapping[str, str], secrets: Secrets) -> Delivery:
    """Return who sent a request, and what about.

    Args:
        headers: the request's, names in lower case.
        secrets: Harbor has no header of its own: it is looked for only where it has a secret.

    Raises:
        errors.InvalidArgument: nobody we know, or an event we take nothing from.
    """
    for header, provider in _BY_HEADER:
        if header not in headers:
            continue
        if provider is Provider.AZURE_DEVOPS:
            return Delivery(provider, "")
        name = "x-event-key" if provider is Provider.BITBUCKET else header
        event = headers.get(name, "").strip().lower()
        if event in _EVENTS[provider]:
            return Delivery(provider, event)
        raise errors.InvalidArgument("Unknown webhook event")
    if secrets.harbor and headers.get("authorization"):
        return Delivery(Provider.HARBOR, "")
    raise errors.InvalidArgument("Unknown webhook event")
