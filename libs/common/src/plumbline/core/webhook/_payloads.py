"""The payloads of the providers: only the fields that are used, each with its type.

From the providers' public documentation of their push events. Decoding is typed, so that unknown
fields cost no memory and a wrong type is an error with no path around it.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from plumbline.core import errors
from plumbline.core.webhook._hint import Hint, check_ref, check_url, files

__all__ = [
    "azure_devops",
    "bitbucket",
    "bitbucket_server",
    "github",
    "github_package",
    "gitlab",
    "gogs",
    "harbor",
]

_CHANGES: Final = 100  # refs of one push that are told apart; beyond, any ref may have moved
_COMMITS: Final = 2048  # GitHub lists no more
_BRANCH: Final = "refs/heads/"
_TAG: Final = "refs/tags/"


class _Payload(msgspec.Struct, frozen=True):
    """Base of all payloads."""


class _Commit(_Payload, frozen=True):
    added: list[str] | None = None
    modified: list[str] | None = None
    removed: list[str] | None = None


class _WebRepository(_Payload, frozen=True):
    html_url: str
    default_branch: str | None = None


class _Push(_Payload, frozen=True):
    """A push of GitHub, and of Gogs and Gitea, who followed it."""

    ref: str
    repository: _WebRepository
    before: str = ""
    after: str = ""
    forced: bool = False
    commits: list[_Commit] | None = None
    total_commits: int | None = None


def github(body: bytes) -> list[Hint]:
    """Read a push event."""
    return [_push(msgspec.json.decode(body, type=_Push))]


def gogs(body: bytes) -> list[Hint]:
    """Read a push event of Gogs, Gitea or Forgejo."""
    return [_push(msgspec.json.decode(body, type=_Push))]


def _push(push: _Push) -> Hint:
    default = push.repository.default_branch
    commits = push.commits or []
    # A forced push also takes commits away, and a cut list does not say what changed.
    cut = len(commits) >= _COMMITS or len(commits) < (push.total_commits or 0)
    unknown = push.forced or cut or _is_zero(push.before) or _is_zero(push.after)
    return Hint(
        urls=(check_url(push.repository.html_url),),
        ref=check_ref(push.ref),
        default_branch=_is_default(push.ref, default),
        before=push.before,
        after=push.after,
        changed_files=None if unknown else _files(commits),
    )


def _files(commits: list[_Commit]) -> frozenset[str] | None:
    return files((c.added, c.modified, c.removed) for c in commits)


def _is_default(ref: str, default: str | None) -> bool:
    """Whether a ref is the default branch, or may be, as far as is known."""
    if not ref or default is None:
        return not ref.startswith(_TAG)
    return ref == _BRANCH + default


def _is_zero(commit: str) -> bool:
    """Whether there is no such commit: the ref was made, or taken away."""
    return not commit.strip("0")


class _Tag(_Payload, frozen=True):
    name: str = ""


class _ContainerMetadata(_Payload, frozen=True):
    tag: _Tag = _Tag()


class _PackageVersion(_Payload, frozen=True):
    container_metadata: _ContainerMetadata = _ContainerMetadata()


class _Package(_Payload, frozen=True):
    name: str
    namespace: str
    package_type: str
    package_version: _PackageVersion | None = None


class _PackageEvent(_Payload, frozen=True):
    action: str
    package: _Package


def github_package(body: bytes) -> list[Hint]:
    """Read a container that was published to ghcr.io; other packages tell nothing."""
    event = msgspec.json.decode(body, type=_PackageEvent)
    package = event.package
    version = package.package_version
    is_container = package.package_type.lower() == "container"
    if event.action != "published" or not is_container or version is None:
        return []
    tag = version.container_metadata.tag.name
    return [_image(f"oci://ghcr.io/{package.namespace}/{package.name}", tag)] if tag else []


def _image(url: str, tag: str) -> Hint:
    return Hint(urls=(check_url(url),), ref=check_ref(tag), default_branch=False, registry=True)


class _GitLabProject(_Payload, frozen=True):
    web_url: str
    default_branch: str | None = None


class _GitLabPush(_Payload, frozen=True):
    object_kind: str = ""
    event_name: str = ""
    ref: str = ""
    refs: list[str] | None = None
    before: str = ""
    after: str = ""
    project: _GitLabProject | None = None
    commits: list[_Commit] | None = None
    total_commits_count: int = 0


def gitlab(body: bytes) -> list[Hint]:
    """Read a push, a tag push, or either as a system hook; other system events tell nothing."""
    push = msgspec.json.decode(body, type=_GitLabPush)
    if (push.object_kind or push.event_name) not in ("push", "tag_push", "repository_update"):
        return []
    if push.project is None:
        raise errors.InvalidArgument("Webhook processing failed")
    default = push.project.default_branch
    commits = push.commits or []
    # GitLab lists 20 commits at most, and the total beside them. It does not mark a forced push:
    # what that takes away may be missed here, and is found by the next poll.
    cut = len(commits) < push.total_commits_count
    unknown = cut or _is_zero(push.before) or _is_zero(push.after)
    refs = [push.ref] if push.ref else _some(push.refs or [])
    return [
        Hint(
            urls=(check_url(push.project.web_url),),
            ref=ref and check_ref(ref),
            default_branch=_is_default(ref, default),
            before=push.before,
            after=push.after,
            changed_files=None if unknown else _files(commits),
        )
        for ref in refs
    ]


def _some(refs: list[str]) -> list[str]:
    """Return refs, or "any" where they are too many to be told apart."""
    if not refs:
        raise errors.InvalidArgument("Webhook processing failed")
    return list(dict.fromkeys(refs)) if len(refs) <= _CHANGES else [""]


class _Link(_Payload, frozen=True):
    href: str
    name: str = ""


class _CloudLinks(_Payload, frozen=True):
    html: _Link


class _CloudRepository(_Payload, frozen=True):
    links: _CloudLinks
    mainbranch: _Tag | None = None


class _Target(_Payload, frozen=True):
    hash: str = ""


class _CloudRef(_Payload, frozen=True):
    name: str
    type: str = "branch"
    target: _Target | None = None

    @property
    def ref(self) -> str:
        """The full name."""
        return (_TAG if "tag" in self.type else _BRANCH) + self.name


class _CloudChange(_Payload, frozen=True):
    new: _CloudRef | None = None
    old: _CloudRef | None = None


class _CloudChanges(_Payload, frozen=True):
    changes: list[_CloudChange]


class _CloudPush(_Payload, frozen=True):
    push: _CloudChanges
    repository: _CloudRepository


def bitbucket(body: bytes) -> list[Hint]:
    """Read a push of Bitbucket Cloud, which names refs but no files."""
    event = msgspec.json.decode(body, type=_CloudPush)
    moved = [change.new or change.old for change in event.push.changes]
    named = {
        ref.ref: _hash(change.new)
        for change, ref in zip(event.push.changes, moved, strict=True)
        if ref
    }
    main = event.repository.mainbranch
    return [
        Hint(
            urls=(check_url(event.repository.links.html.href),),
            ref=ref and check_ref(ref),
            default_branch=_is_default(ref, main.name if main else None),
            after=named.get(ref, ""),
        )
        for ref in _some(list(named))
    ]


def _hash(ref: _CloudRef | None) -> str:
    return ref.target.hash if ref is not None and ref.target is not None else ""


class _ServerLinks(_Payload, frozen=True):
    clone: list[_Link] | None = None
    page: list[_Link] | None = msgspec.field(default=None, name="self")


class _ServerProject(_Payload, frozen=True):
    key: str = ""


class _ServerRepository(_Payload, frozen=True):
    slug: str = ""
    project: _ServerProject = _ServerProject()
    links: _ServerLinks = _ServerLinks()


class _ServerRef(_Payload, frozen=True):
    id: str


class _ServerChange(_Payload, frozen=True, rename="camel"):
    ref: _ServerRef
    from_hash: str = ""
    to_hash: str = ""


class _ServerPush(_Payload, frozen=True):
    repository: _ServerRepository
    changes: list[_ServerChange]


def bitbucket_server(body: bytes) -> list[Hint]:
    """Read changed refs of Bitbucket Server, which names neither files nor the default branch."""
    event = msgspec.json.decode(body, type=_ServerPush)
    urls = tuple(dict.fromkeys(check_url(url) for url in _server_urls(event.repository)))
    if not urls:
        raise errors.InvalidArgument("Webhook processing failed")
    after = {change.ref.id: change for change in event.changes}
    return [
        Hint(
            urls=urls,
            ref=ref and check_ref(ref),
            default_branch=_is_default(ref, None),
            before=after[ref].from_hash if ref else "",
            after=after[ref].to_hash if ref else "",
        )
        for ref in _some(list(after))
    ]


def _server_urls(repository: _ServerRepository) -> Iterator[str]:
    """Yield clone URLs: those given, or those that follow from the page of the repository."""
    for link in (repository.links.clone or [])[:_CHANGES]:
        yield link.href
    for link in (repository.links.page or [])[:1]:
        for kind, prefix in (("/projects/", ""), ("/users/", "~")):
            root, found, rest = link.href.partition(kind)
            owner, slug_found, slug = rest.partition("/repos/")
            if found and slug_found and owner and slug:
                name = f"{prefix}{owner}/{slug.split('/')[0]}"
                yield f"{root}/scm/{name}"
                yield f"{root}/{name}"


class _AzureRepository(_Payload, frozen=True, rename="camel"):
    remote_url: str
    default_branch: str | None = None


class _AzureUpdate(_Payload, frozen=True, rename="camel"):
    name: str
    old_object_id: str = ""
    new_object_id: str = ""


class _AzureResource(_Payload, frozen=True, rename="camel"):
    repository: _AzureRepository
    ref_updates: list[_AzureUpdate]


class _AzureKind(_Payload, frozen=True, rename="camel"):
    event_type: str


class _AzurePush(_AzureKind, frozen=True, rename="camel"):
    resource: _AzureResource


def azure_devops(body: bytes) -> list[Hint]:
    """Read a git.push, which names refs but no files."""
    if msgspec.json.decode(body, type=_AzureKind).event_type != "git.push":
        raise errors.InvalidArgument("Unknown webhook event")
    resource = msgspec.json.decode(body, type=_AzurePush).resource
    default = resource.repository.default_branch
    after = {update.name: update for update in resource.ref_updates}
    return [
        Hint(
            urls=(check_url(resource.repository.remote_url),),
            ref=ref and check_ref(ref),
            default_branch=_is_default(ref, default and default.removeprefix(_BRANCH)),
            before=after[ref].old_object_id if ref else "",
            after=after[ref].new_object_id if ref else "",
        )
        for ref in _some(list(after))
    ]


class _HarborResource(_Payload, frozen=True):
    resource_url: str
    tag: str = ""


class _HarborData(_Payload, frozen=True):
    resources: list[_HarborResource]


class _HarborEvent(_Payload, frozen=True):
    type: str
    event_data: _HarborData | None = None


def harbor(body: bytes) -> list[Hint]:
    """Read artifacts that were pushed to Harbor."""
    event = msgspec.json.decode(body, type=_HarborEvent)
    if event.type != "PUSH_ARTIFACT" or event.event_data is None:
        raise errors.InvalidArgument("Unknown webhook event")
    return [
        _image("oci://" + one.resource_url.removesuffix(f":{one.tag}"), one.tag)
        for one in event.event_data.resources[:_CHANGES]
        if one.tag
    ]
