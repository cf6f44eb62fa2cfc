"""The distribution API of an OCI registry: tags, manifests, blobs.

Used by ``charts``. Everything that is fetched by digest is checked against it; what a tag means is
remembered for a while, what a digest means for ever.
"""

import dataclasses
import hashlib
import re
import time
import urllib.parse
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from plumbline.core import errors
from plumbline.repo_server.archives import Download
from plumbline.repo_server.locks import Locks
from plumbline.repo_server.oci.tokens import Tokens, read_challenge
from plumbline.repo_server.remote import Remote, join, origin
from plumbline.repo_server.web import Answer, Ask, Web, refused

__all__ = ["CHART_LAYER", "Content", "Layer", "Registries", "is_digest"]

CHART_LAYER: Final = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
_INDEXES: Final = frozenset(
    {
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    }
)
_MANIFESTS: Final = frozenset(
    {
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    }
)
_ACCEPT: Final = ", ".join(sorted(_MANIFESTS | _INDEXES))
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_TAG: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_MAX_MANIFEST: Final = 4 * 1024 * 1024
_MAX_PAGE: Final = 4 * 1024 * 1024
_MAX_PAGES: Final = 200
_MAX_TAGS: Final = 100_000
_MAX_KEPT_TAGS: Final = 1_000_000  # of all repositories
_MAX_LAYERS: Final = 1000
_MAX_TEXT: Final = 4096  # characters of an annotation or a type
_ANNOTATIONS: Final = "org.opencontainers.image."  # the ones that are told
_PAGE: Final = 1000
_LINK: Final = re.compile(r'<([^<>]{1,2000})>\s*;[^,]*\brel="?next"?')
_REMEMBERED: Final = 5000


class Layer(msgspec.Struct, frozen=True, rename="camel"):
    """A blob that a manifest names."""

    digest: str = ""
    size: int = 0
    media_type: str = ""


class _Manifest(msgspec.Struct, frozen=True, rename="camel"):
    schema_version: int = 2
    media_type: str = ""
    config: Layer | None = None
    layers: tuple[Layer, ...] = ()
    manifests: tuple[Layer, ...] = ()
    annotations: dict[str, Any] | None = None


@dataclasses.dataclass(frozen=True)
class Content:
    """What a tag or digest of an artifact is."""

    digest: str
    layers: tuple[Layer, ...]
    annotations: Mapping[str, str]


class _Tags(msgspec.Struct, frozen=True):
    tags: tuple[str, ...] | None = None


def is_digest(text: str) -> bool:
    """Tell whether a revision is a digest."""
    return _DIGEST.fullmatch(text) is not None


class Registries:
    """All registries of this process."""

    def __init__(self, web: Web, *, ttl: float) -> None:
        """Ask nothing yet.

        Args:
            web: HTTP.
            ttl: seconds tags serve without a question (--revision-cache-expiration).
        """
        self._web = web
        self._ttl = ttl
        self._tokens = Tokens(web)
        self._tags: OrderedDict[str, tuple[list[str], float]] = OrderedDict()
        self._contents: OrderedDict[tuple[str, str], tuple[Content, float]] = OrderedDict()
        self._locks = Locks()

    async def ping(self, remote: Remote, scope: str) -> None:
        """Tell whether the registry can be used with the credential.

        Raises:
            errors.PlumblineError: it cannot.
        """
        if remote.path:
            ask = f"{remote.base}/v2/{_quoted(remote.path)}/tags/list?n=1"
            answer = await self._get(remote, scope, ask, limit=_MAX_PAGE)
            # A chart's parent is no repository of its own: that it is not there says nothing.
            if answer.status not in (200, 404):
                raise refused(answer, remote.shown)
            if answer.status == 200:
                return
        answer = await self._get(remote, scope, f"{remote.base}/v2/", limit=_MAX_PAGE)
        if answer.status != 200:
            raise refused(answer, remote.shown)

    async def tags(self, remote: Remote, scope: str, *, fresh: bool = False) -> list[str]:
        """Return the tags of a repository, in the registry's order.

        Raises:
            errors.PlumblineError: they cannot be had.
        """
        asked = time.monotonic()
        async with self._locks.hold(scope):
            known = self._tags.get(scope)
            if known is not None and (
                known[1] > asked or (not fresh and known[1] + self._ttl > asked)
            ):
                return known[0]
            looked = time.monotonic()
            found = await self._list(remote, scope)
            self._tags[scope] = (found, looked)
            self._tags.move_to_end(scope)
            while len(self._tags) > 1 and (
                len(self._tags) > _REMEMBERED
                or sum(len(tags) for tags, _ in self._tags.values()) > _MAX_KEPT_TAGS
            ):
                self._tags.popitem(last=False)
            return found

    async def _list(self, remote: Remote, scope: str) -> list[str]:
        url = f"{remote.base}/v2/{_quoted(remote.path)}/tags/list?n={_PAGE}"
        found: dict[str, None] = {}
        for _ in range(_MAX_PAGES):
            answer = await self._get(remote, scope, url, limit=_MAX_PAGE)
            if answer.status != 200:
                raise refused(answer, remote.shown)
            page = _decoded(answer.body, _Tags, remote)
            found.update(dict.fromkeys(t for t in page.tags or () if _TAG.fullmatch(t)))
            if len(found) > _MAX_TAGS:
                raise errors.ResourceExhausted(f"{remote.shown}: more than {_MAX_TAGS} tags")
            following = _LINK.search(answer.headers.get("link", "")[:4096])
            if following is None:
                return list(found)
            url = join(url, following[1])
            if origin(url) != origin(remote.base):
                raise errors.PermissionDenied(
                    f"{remote.shown}: its list of tags goes on at another host; refused"
                )
        raise errors.ResourceExhausted(f"{remote.shown}: more than {_MAX_PAGES} pages of tags")

    async def content(
        self, remote: Remote, scope: str, reference: str, *, fresh: bool = False
    ) -> Content:
        """Return what a tag or digest is: the digest of its manifest, and the layers.

        Raises:
            errors.NotFound: there is no such tag.
            errors.InvalidArgument: it is no tag, no artifact, or not what its digest says.
            errors.PlumblineError: it cannot be had.
        """
        if not is_digest(reference) and not _TAG.fullmatch(reference):
            raise errors.InvalidArgument(f"{reference[:200]!r} is no tag and no digest")
        key = (scope, reference)
        async with self._locks.hold(key):
            known = self._contents.get(key)
            if known is not None and (is_digest(reference) or not fresh):
                lasts = float("inf") if is_digest(reference) else self._ttl
                if known[1] + lasts > time.monotonic():
                    return known[0]
            looked = time.monotonic()
            found = await self._manifest(remote, scope, reference)
            for name in (reference, found.digest):
                self._contents[scope, name] = (found, looked)
                self._contents.move_to_end((scope, name))
            while len(self._contents) > _REMEMBERED:
                self._contents.popitem(last=False)
        return found

    async def _manifest(self, remote: Remote, scope: str, reference: str) -> Content:
        digest, manifest = await self._one(remote, scope, reference)
        if manifest.manifests and not manifest.layers:
            if len(manifest.manifests) != 1:
                raise errors.InvalidArgument(
                    f"{remote.shown}: {reference} is an index of {len(manifest.manifests)}"
                    " manifests; name the digest of one of them"
                )
            inner = manifest.manifests[0].digest
            if not is_digest(inner):
                raise errors.InvalidArgument(f"{remote.shown}: its index names no SHA-256 digest")
            _, manifest = await self._one(remote, scope, inner)
        if len(manifest.layers) > _MAX_LAYERS:
            raise errors.InvalidArgument(f"{remote.shown}: more than {_MAX_LAYERS} layers")
        return Content(
            digest,
            tuple(
                msgspec.structs.replace(layer, media_type=layer.media_type[:_MAX_TEXT])
                for layer in manifest.layers
            ),
            {
                name: value[:_MAX_TEXT]
                for name, value in (manifest.annotations or {}).items()
                if name.startswith(_ANNOTATIONS)
                and isinstance(value, str)
                and len(name) < _MAX_TEXT
            },
        )

    async def _one(self, remote: Remote, scope: str, reference: str) -> tuple[str, _Manifest]:
        url = f"{remote.base}/v2/{_quoted(remote.path)}/manifests/{reference}"
        answer = await self._get(
            remote, scope, url, limit=_MAX_MANIFEST, headers={"Accept": _ACCEPT}
        )
        if answer.status != 200:
            raise refused(answer, f"{remote.shown}:{reference}")
        digest = f"sha256:{hashlib.sha256(answer.body).hexdigest()}"
        if is_digest(reference) and digest != reference:
            raise errors.InvalidArgument(
                f"{remote.shown}@{reference}: the manifest is not what its digest says"
            )
        return digest, _decoded(answer.body, _Manifest, remote)

    async def blob(self, remote: Remote, scope: str, layer: Layer, into: Download) -> None:
        """Fetch a blob and check its digest.

        Args:
            remote: the registry.
            scope: its name with the caller's credential.
            layer: what is fetched; its size bounds the answer.
            into: takes the bytes; finished here.

        Raises:
            errors.InvalidArgument: it is not what its digest says.
            errors.PlumblineError: it cannot be had.
        """
        url = f"{remote.base}/v2/{_quoted(remote.path)}/blobs/{layer.digest}"
        answer = await self._get(remote, scope, url, limit=max(0, layer.size), sink=into)
        if answer.status != 200:
            raise refused(answer, f"{remote.shown}@{layer.digest}")
        if f"sha256:{into.finish()}" != layer.digest or into.size != layer.size:
            raise errors.InvalidArgument(
                f"{remote.shown}@{layer.digest}: the blob is not what its digest says"
            )

    async def _get(
        self,
        remote: Remote,
        scope: str,
        url: str,
        *,
        limit: int,
        headers: Mapping[str, str] | None = None,
        sink: Download | None = None,
    ) -> Answer:
        """Ask, and once more with what the registry wants to see."""
        header = self._tokens.known(scope)
        ask = Ask(url=url, limit=limit, headers=headers or {}, authorization=header)
        answer = await self._web.get(remote, ask, sink=sink)
        if answer.status != 401:
            return answer
        self._tokens.forget(scope)
        challenge = read_challenge(answer.headers.get("www-authenticate", ""))
        again = await self._tokens.answer(remote, scope, challenge)
        answer = await self._web.get(
            remote, dataclasses.replace(ask, authorization=again), sink=sink
        )
        if answer.status == 401:
            self._tokens.forget(scope)
        return answer


def _decoded(body: bytes, kind: Any, remote: Remote) -> Any:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError):
        raise errors.InvalidArgument(
            f"{remote.shown}: the registry's answer cannot be read"
        ) from None


def _quoted(path: str) -> str:
    return urllib.parse.quote(path, safe="/")
