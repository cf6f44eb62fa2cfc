"""Which signatures a project asks for in a repository (behaviour.md section 9)."""

import dataclasses
import enum
from collections.abc import Iterable, Mapping
from typing import Any

from plumbline.core import errors, pattern, repositories
from plumbline.core.model import ProjectSpec

__all__ = ["Demand", "Mode", "Untrusted", "demand"]


class Mode(enum.Enum):
    """How much of a history must be signed."""

    NONE = "none"
    HEAD = "head"
    """The commit, or the annotated tag that names it."""
    STRICT = "strict"
    """The commit and all that it descends from, up to signed seals."""


@dataclasses.dataclass(frozen=True)
class Demand:
    """What a commit must meet before anything of it is rendered."""

    mode: Mode
    keys: tuple[str, ...]
    """Ids (16 digits) or fingerprints (40) of the keys that may sign, upper case."""
    public_keys: tuple[str, ...] = ()
    """Armoured texts of the known keys (argocd-gpg-keys-cm)."""


class Untrusted(errors.FailedPrecondition):
    """A commit does not meet what its project asks for."""

    def __init__(self, problems: Iterable[str]) -> None:
        """Keep the problems, each of which becomes a condition (behaviour.md section 2)."""
        self.problems = tuple(problems)
        super().__init__("; ".join(self.texts))

    @property
    def texts(self) -> tuple[str, ...]:
        """The conditions' messages."""
        return tuple(f"GIT/GPG: {problem}" for problem in self.problems)


def demand(spec: ProjectSpec, url: str, keyring: Mapping[str, str]) -> Demand | None:
    """Return what a project asks of a repository's commits; ``None`` if it asks for nothing.

    Args:
        spec: the project.
        url: the repository.
        keyring: the data of argocd-gpg-keys-cm.

    Raises:
        errors.InvalidArgument: more than one policy is meant for the repository, or one that
            cannot be understood: nothing is then rendered.
    """
    found = [policy for policy in _policies(spec) if _covers(policy, url)]
    if not found:
        return None
    if len(found) > 1:
        raise errors.InvalidArgument(
            f"multiple ({len(found)}) git source integrity policies found for repo URL:"
            f" {repositories.public_url(url)}"
        )
    gpg = found[0].get("gpg")
    if not isinstance(gpg, Mapping):
        return None
    try:
        mode = Mode(gpg.get("mode"))
    except ValueError:
        raise errors.InvalidArgument(
            f"source integrity: gpg mode '{gpg.get('mode')}' is none of none, head, strict"
        ) from None
    if mode is Mode.NONE:
        return None
    keys = tuple(str(key).upper() for key in gpg.get("keys") or ())
    return Demand(mode, keys, tuple(text for _, text in sorted(keyring.items())))


def _policies(spec: ProjectSpec) -> list[Mapping[str, Any]]:
    git = (spec.source_integrity or {}).get("git") or {}
    policies = [policy for policy in git.get("policies") or () if isinstance(policy, Mapping)]
    if spec.signature_keys:
        keys = [item.get("keyID", "") for item in spec.signature_keys]
        policies.append({"repos": [{"url": "*"}], "gpg": {"mode": "head", "keys": keys}})
    return policies


def _covers(policy: Mapping[str, Any], url: str) -> bool:
    """Whether a rule matches and no exclusion does; ``!pattern`` excludes."""
    wanted = repositories.normalise_url(url)
    rules = [str(item.get("url", "")) for item in policy.get("repos") or ()]
    if any(rule.startswith("!") and _matches(rule[1:], wanted) for rule in rules):
        return False
    return any(not rule.startswith("!") and _matches(rule, wanted) for rule in rules)


def _matches(rule: str, wanted: str) -> bool:
    return rule == "*" or pattern.match(repositories.normalise_url(rule), wanted, separator="/")
