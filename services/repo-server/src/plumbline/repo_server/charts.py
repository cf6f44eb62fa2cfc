"""Charts and artifacts: a revision to a version, a version to its files, once for everybody.

Used by ``origins`` for sources and by the renderer for what sources depend on. The fetch side only:
here are credentials and the network, and nothing that renders (security.md, section 7 A3).
"""

import asyncio
import dataclasses
import re
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

import structlog

from plumbline.core import errors, manifests, pattern
from plumbline.repo_server.archives import Archives, ArchiveTree, Download
from plumbline.repo_server.failures import Failures
from plumbline.repo_server.helm.index import Version, choose
from plumbline.repo_server.helm.repository import HelmRepositories
from plumbline.repo_server.locks import Locks
from plumbline.repo_server.oci.registry import CHART_LAYER, Content, Layer, Registries, is_digest
from plumbline.repo_server.remote import Kind, Remote

__all__ = ["Charts", "Metadata"]

log = structlog.get_logger()

_REMEMBERED: Final = 20_000  # versions whose archive is known
_FAILING: Final = 5.0  # seconds a failure answers for the server
_MAX_FILE: Final = 1024 * 1024  # bytes of a Chart.yaml
_LATEST: Final = "latest"
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_HEAD: Final = frozenset({"", "HEAD"})


@dataclasses.dataclass(frozen=True, kw_only=True)
class Metadata:
    """What a Chart.yaml says of a chart."""

    description: str = ""
    home: str = ""
    maintainers: tuple[str, ...] = ()


class Charts:
    """Resolves and fetches; whatever is asked twice at the same moment is asked once."""

    def __init__(
        self,
        helm: HelmRepositories,
        registries: Registries,
        *,
        charts: Archives,
        artifacts: Archives,
        layer_types: frozenset[str],
        scope_key: bytes,
    ) -> None:
        """Compose.

        Args:
            helm: Helm repositories.
            registries: OCI registries.
            charts: where archives of charts are kept.
            artifacts: where archives of artifacts are kept; the limits differ.
            layer_types: media types of layers that are artifacts (--oci-layer-media-types).
            scope_key: makes the names of callers' views.
        """
        self._helm = helm
        self._registries = registries
        self._charts = charts
        self._artifacts = artifacts
        self._layer_types = layer_types
        self._scope_key = scope_key
        self._known: OrderedDict[tuple[str, str, str], str] = OrderedDict()
        self._fetched: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._locks = Locks()
        self._failed = Failures(_FAILING, kinds=(errors.PlumblineError,))
        self.fetched = 0
        """Archives fetched; for tests."""

    def scope(self, remote: Remote) -> str:
        """Return the name of a caller's view of a repository."""
        return remote.scope(self._scope_key)

    def has(self, digest: str) -> bool:
        """Tell whether the archive of a chart is here."""
        return self._charts.tree(digest, strip=True) is not None

    def archive(self, digest: str) -> ArchiveTree:
        """Return a chart that was fetched.

        Raises:
            errors.Unavailable: it has been removed meanwhile.
        """
        found = self._charts.tree(digest, strip=True)
        if found is None:
            raise errors.Unavailable("an archive was removed; ask again")
        return found

    async def resolve(self, remote: Remote, revision: str, *, fresh: bool = False) -> str:
        """Return what a revision means: a chart's version, or the digest of an artifact.

        Args:
            remote: opened with the caller's own credential.
            revision: a version, tag, digest or range of versions.
            fresh: ask the server, whatever is remembered.

        Raises:
            errors.NotFound: there is no such version.
            errors.InvalidArgument: a chart without a revision.
            errors.PlumblineError: the server refuses or cannot be reached.
        """
        key = (self.scope(remote), remote.chart, revision)
        name = "\0".join(key)
        if not fresh:
            self._failed.check(name)
        try:
            return await self._resolve(remote, key[0], revision.strip(), fresh=fresh)
        except errors.PlumblineError as error:
            self._failed.keep(name, error)
            raise

    async def _resolve(self, remote: Remote, scope: str, revision: str, *, fresh: bool) -> str:
        if remote.chart and not revision:
            raise errors.InvalidArgument(
                f"{remote.shown}: chart {remote.chart!r} needs a targetRevision: a version, or a"
                " range such as '*'"
            )
        if remote.kind is Kind.INDEX:
            if not remote.chart:
                raise errors.InvalidArgument(
                    f"{remote.shown} is a Helm repository: the source must name a chart"
                )
            index = await self._helm.index(remote, scope, fresh=fresh)
            found = await asyncio.to_thread(index.choose, remote.chart, revision)
            if found is None and (scope, remote.chart, revision) in self._known:
                # Taken out of the index after it was deployed: a rollback may still want it.
                return revision
            if found is None:
                raise errors.NotFound(
                    f"{remote.shown}: no version of chart {remote.chart!r} is {revision[:100]!r}"
                )
            return found.version
        if is_digest(revision):
            return revision
        if _is_open(revision, remote.kind):
            tags = await self._registries.tags(remote, scope, fresh=fresh)
            names = {_version(tag): tag for tag in tags}
            chosen = await asyncio.to_thread(choose, revision, list(names))
            if chosen is None:
                raise errors.NotFound(f"{remote.shown}: no tag is in {revision[:100]!r}")
            if remote.kind is Kind.CHART:
                return chosen
            tag = names[chosen]
        else:
            is_head = remote.kind is Kind.ARTIFACT and revision in _HEAD
            tag = _LATEST if is_head else _tag(revision)
        content = await self._registries.content(remote, scope, tag, fresh=fresh)
        return _version(tag) if remote.kind is Kind.CHART else content.digest

    async def tree(self, remote: Remote, commit: str, *, fresh: bool = False) -> ArchiveTree:
        """Return the files of a resolved version, fetched if they are not here.

        Args:
            remote: opened with the caller's own credential.
            commit: what :meth:`resolve` returned.
            fresh: ask the server whether the version's archive is another now.

        Raises:
            errors.NotFound: it is gone.
            errors.InvalidArgument: the archive is refused, or is not what its digest says.
            errors.PlumblineError: it cannot be had.
        """
        key = (self.scope(remote), remote.chart, commit)
        async with self._locks.hold(key):
            if remote.kind is Kind.INDEX:
                tree = await self._from_index(remote, key, fresh=fresh)
            else:
                tree = await self._from_registry(remote, key, fresh=fresh)
        self._known[key] = tree.digest
        self._known.move_to_end(key)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        if remote.kind is not Kind.ARTIFACT:
            await asyncio.to_thread(_check_name, tree, remote)
        return tree

    async def _from_index(
        self, remote: Remote, key: tuple[str, str, str], *, fresh: bool
    ) -> ArchiveTree:
        scope, chart, commit = key
        known = self._known.get(key)
        try:
            index = await self._helm.index(remote, scope, fresh=fresh)
        except errors.PlumblineError as error:
            # What was had once with this credential stays; a refusal takes it away.
            held = await self._held(scope, known) if error.transient else None
            if held is None:
                raise
            return held
        listed = next((v for v in index.charts.get(chart, ()) if v.version == commit), None)
        wanted = _digest(listed.digest) if listed is not None else ""
        if wanted or listed is None or not fresh:
            held = await self._held(scope, wanted or known)
            if held is not None:
                return held
        if listed is None:
            raise errors.NotFound(f"{remote.shown}: chart {chart!r} has no version {commit!r}")
        return await self._download(remote, scope, listed, wanted)

    async def _download(
        self, remote: Remote, scope: str, listed: Version, wanted: str
    ) -> ArchiveTree:
        name = f"chart {remote.chart} {listed.version}"
        into = Download(self._charts.folder)
        try:
            await self._helm.download(remote, listed, into, self._charts.limits.packed)
            found = into.finish()
            if wanted and found != wanted:
                raise errors.InvalidArgument(
                    f"{name}: the archive is not what the index's digest says"
                )
            tree = await asyncio.to_thread(self._charts.keep, into, strip=True, name=name)
        finally:
            into.discard()
        self._own(scope, tree.digest)
        log.info("chart fetched", url=remote.shown, chart=remote.chart, version=listed.version)
        return tree

    async def _held(self, scope: str, digest: str | None) -> ArchiveTree | None:
        """Return an archive that was fetched from this server with this credential.

        A digest is what a server says: it must not open what came from elsewhere.
        """
        if not digest or (scope, digest) not in self._fetched:
            return None
        return await asyncio.to_thread(self._charts.tree, digest, strip=True)

    def _own(self, scope: str, digest: str) -> None:
        self.fetched += 1
        self._fetched[scope, digest] = None
        self._fetched.move_to_end((scope, digest))
        while len(self._fetched) > _REMEMBERED:
            self._fetched.popitem(last=False)

    async def _from_registry(
        self, remote: Remote, key: tuple[str, str, str], *, fresh: bool
    ) -> ArchiveTree:
        scope, _, commit = key
        content = await self._registries.content(remote, scope, _tag(commit), fresh=fresh)
        layer = self._layer(remote, content)
        strip = layer.media_type == CHART_LAYER
        # Both stores' limits hold: a chart is a chart, however it is named.
        store = self._charts if remote.kind is Kind.CHART else self._artifacts
        digest = layer.digest.removeprefix("sha256:")
        if (scope, digest) in self._fetched:
            found = await asyncio.to_thread(store.tree, digest, strip=strip)
            if found is not None:
                return found
        if layer.size > store.limits.packed:
            raise errors.InvalidArgument(
                f"{remote.shown}: a layer of {layer.size} bytes exceeds {store.limits.packed}"
            )
        into = Download(store.folder)
        try:
            await self._registries.blob(remote, scope, layer, into)
            tree = await asyncio.to_thread(store.keep, into, strip=strip, name=remote.shown)
        finally:
            into.discard()
        self._own(scope, tree.digest)
        log.info("artifact fetched", url=remote.shown, revision=commit)
        return tree

    def _layer(self, remote: Remote, content: Content) -> Layer:
        """Return the one layer with files."""
        wanted = frozenset({CHART_LAYER}) if remote.kind is Kind.CHART else self._layer_types
        found = [layer for layer in content.layers if layer.media_type in wanted]
        if len(found) != 1:
            types = ", ".join(sorted({layer.media_type[:100] for layer in content.layers}))
            raise errors.InvalidArgument(
                f"{remote.shown}: {len(found)} layers of the allowed media types instead of one"
                f" (it has: {types or 'none'})"
            )
        if not is_digest(found[0].digest):
            raise errors.InvalidArgument(f"{remote.shown}: its layer has no SHA-256 digest")
        return found[0]

    async def listed(self, remote: Remote) -> dict[str, list[str]]:
        """Return the charts of a Helm repository with their versions, highest first.

        Raises:
            errors.InvalidArgument: a registry, which has no list of charts.
        """
        if remote.kind is not Kind.INDEX:
            raise errors.InvalidArgument(
                f"{remote.shown}: a registry has no list of its charts; ask for tags"
            )
        index = await self._helm.index(remote, self.scope(remote))
        return await asyncio.to_thread(index.listed)

    async def tags(self, remote: Remote) -> list[str]:
        """Return the tags of a repository in a registry.

        Raises:
            errors.InvalidArgument: no registry.
        """
        if remote.kind is Kind.INDEX:
            raise errors.InvalidArgument(f"{remote.shown}: a Helm repository has no tags")
        return await self._registries.tags(remote, self.scope(remote))

    async def test(self, remote: Remote) -> None:
        """Tell whether a repository can be opened with the credential, now.

        Raises:
            errors.PlumblineError: it cannot.
        """
        if remote.kind is Kind.INDEX:
            await self._helm.index(remote, self.scope(remote), fresh=True)
        else:
            await self._registries.ping(remote, self.scope(remote))

    async def annotations(self, remote: Remote, revision: str) -> Mapping[str, str]:
        """Return what the manifest of an artifact says about it."""
        commit = await self.resolve(remote, revision)
        content = await self._registries.content(remote, self.scope(remote), _tag(commit))
        return content.annotations

    async def metadata(self, remote: Remote, revision: str) -> Metadata:
        """Return what a chart says about itself."""
        commit = await self.resolve(remote, revision)
        tree = await self.tree(remote, commit)
        chart = await asyncio.to_thread(_chart_yaml, tree)
        people = chart.get("maintainers")
        return Metadata(
            description=str(chart.get("description") or ""),
            home=str(chart.get("home") or ""),
            maintainers=tuple(_person(item) for item in people or () if isinstance(item, dict))
            if isinstance(people, list)
            else (),
        )


def _digest(text: str) -> str:
    """Return the SHA-256 that an index lists for an archive; empty where it is none."""
    found = text.removeprefix("sha256:").lower()
    return found if _SHA256.fullmatch(found) else ""


def _person(item: Mapping[str, object]) -> str:
    name, address = str(item.get("name") or ""), str(item.get("email") or "")
    return f"{name} <{address}>" if address else name


def _is_open(revision: str, kind: Kind) -> bool:
    """Whether a revision is a range; for a chart ``1.2`` is one too, as it is for Helm."""
    if pattern.is_range(revision):
        return True
    is_short = pattern.parse_version(revision) is not None and revision.count(".") < 2
    return kind is Kind.CHART and is_short


def _tag(version: str) -> str:
    """A tag cannot hold the plus of a version; Helm writes an underscore."""
    return version if is_digest(version) else version.replace("+", "_")


def _version(tag: str) -> str:
    return tag.replace("_", "+")


def _chart_yaml(tree: ArchiveTree) -> Mapping[str, object]:
    entry = (tree.children("") or {}).get("Chart.yaml")
    if entry is None or not entry.is_file:
        raise errors.InvalidArgument("the archive holds no Chart.yaml: no chart")
    found = manifests.parse_yaml(tree.blob(entry.oid, _MAX_FILE).decode(errors="replace"))
    if not isinstance(found, dict):
        raise errors.InvalidArgument("Chart.yaml of the archive is no mapping")
    return found


def _check_name(tree: ArchiveTree, remote: Remote) -> None:
    """Refuse a chart that is another than the one asked for."""
    name = _chart_yaml(tree).get("name")
    wanted = remote.chart.rpartition("/")[2]
    if name != wanted:
        raise errors.InvalidArgument(
            f"{remote.shown}: the archive of chart {wanted!r} holds a chart named"
            f" {str(name)[:80]!r}"
        )
