"""Resources named on the line: ``[!]GROUP:KIND:[NAMESPACE/]NAME``, with globs, and by labels."""

import dataclasses
from collections.abc import Iterable
from typing import Any, Self

from plumbline.core import errors
from plumbline.core.pattern import match

__all__ = ["Choice", "by_labels", "chosen", "same_resource"]

_Tree = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Choice:
    """One ``--resource``."""

    group: str
    kind: str
    name: str
    namespace: str = ""
    exclude: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a choice.

        Raises:
            errors.InvalidArgument: there are not three parts.
        """
        exclude = text.startswith("!")
        parts = text.removeprefix("!").split(":", 2)
        if len(parts) != 3 or not parts[1] or not parts[2]:
            raise errors.InvalidArgument(
                "Resource should have GROUP:KIND:NAME, but instead got: " + text
            )
        namespace, _, name = parts[2].rpartition("/")
        return cls(parts[0], parts[1], name, namespace, exclude)

    def matches(self, resource: _Tree) -> bool:
        """Whether a resource is meant; every part may be a glob."""
        return (
            _glob(self.group, resource.get("group") or "")
            and _glob(self.kind, resource.get("kind") or "")
            and _glob(self.name, resource.get("name") or "")
            and (not self.namespace or _glob(self.namespace, resource.get("namespace") or ""))
        )


def _glob(pattern: str, text: str) -> bool:
    return pattern == text or match(pattern, text)


def chosen(texts: Iterable[str], resources: Iterable[_Tree]) -> list[_Tree]:
    """Return the resources that choices mean; only exclusions mean all others.

    Raises:
        errors.InvalidArgument: a choice has the wrong form.
        errors.NotFound: nothing is meant.
    """
    choices = [Choice.parse(text) for text in texts]
    wanted = [c for c in choices if not c.exclude]
    unwanted = [c for c in choices if c.exclude]
    listed = list(resources)
    found = [
        _named(r)
        for r in listed
        if (not wanted or any(c.matches(r) for c in wanted))
        and not any(c.matches(r) for c in unwanted)
    ]
    for choice in wanted:
        if not any(choice.matches(r) for r in listed):
            place = f"{choice.namespace}/" if choice.namespace else ""
            raise errors.NotFound(
                f"no resource of the application is {choice.group}:{choice.kind}:"
                f"{place}{choice.name}"
            )
    if not found:
        raise errors.NotFound("no resource of the application is left to select")
    return found


def _named(resource: _Tree) -> _Tree:
    keys = ("group", "kind", "name", "namespace")
    return {key: resource[key] for key in keys if resource.get(key)}


def by_labels(texts: Iterable[str], manifests: Iterable[_Tree]) -> list[_Tree]:
    """Return the resources whose manifests carry all labels, ``KEY=VALUE``.

    Raises:
        errors.InvalidArgument: a label has the wrong form.
        errors.NotFound: no manifest carries them.
    """
    wanted = {}
    for text in texts:
        for part in text.split(","):
            key, equals, value = part.partition("=")
            if not equals or not key:
                raise errors.InvalidArgument(f"--label: {part}: expected KEY=VALUE")
            wanted[key] = value.removeprefix("=")
    found = []
    for manifest in manifests:
        metadata = manifest.get("metadata") or {}
        labels = metadata.get("labels") or {}
        if all(labels.get(key) == value for key, value in wanted.items()):
            group, slash, _ = str(manifest.get("apiVersion", "")).rpartition("/")
            resource = {
                "group": group if slash else "",
                "kind": manifest.get("kind", ""),
                "name": metadata.get("name", ""),
                "namespace": metadata.get("namespace", ""),
            }
            found.append(_named(resource))
    if not found:
        raise errors.NotFound("No matching resources found for labels")
    return found


def same_resource(left: _Tree, right: _Tree) -> bool:
    """Whether two trees name one resource; a namespace that is not written matches any."""
    keys = ("group", "kind", "name")
    if any((left.get(key) or "") != (right.get(key) or "") for key in keys):
        return False
    places = {left.get("namespace") or "", right.get("namespace") or ""}
    return len(places) == 1 or "" in places
