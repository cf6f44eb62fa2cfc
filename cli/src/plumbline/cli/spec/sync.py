"""The flags of ``app sync``: the request's tree, without the application's name."""

from typing import Any

from plumbline.cli.flags import Flags
from plumbline.cli.spec import application
from plumbline.cli.spec.words import cleaned, pair
from plumbline.core import errors

__all__ = ["by_position", "request", "revisions"]

_Tree = dict[str, Any]
_SWITCHES = {
    "replace": "Replace=true",
    "server-side": "ServerSideApply=true",
    "apply-out-of-sync-only": "ApplyOutOfSyncOnly=true",
}


def request(flags: Flags, *, resources: list[_Tree], positions: list[int]) -> _Tree:
    """Return what a sync asks for.

    Args:
        flags: of ``app sync``.
        resources: the only ones to sync; empty for all.
        positions: which sources ``--revisions`` are for.

    Raises:
        errors.InvalidArgument: flags contradict each other or have the wrong form.
    """
    options = [text for flag, text in _SWITCHES.items() if flags.on(flag)]
    infos = [
        dict(zip(("name", "value"), pair("info", t), strict=True)) for t in flags.listed("info")
    ]
    # Switches go on the wire although false: the API tells unset and false apart, users do not.
    return {
        "dryRun": flags.on("dry-run"),
        "prune": flags.on("prune"),
        "revision": flags.text("revision"),
        "strategy": _strategy(flags),
        **cleaned(
            {
                "resources": resources,
                "infos": infos,
                "retryStrategy": application.retry(flags, "retry-"),
                "syncOptions": {"items": options} if options else None,
                "revisions": revisions(flags, positions),
                "sourcePositions": positions,
            }
        ),
    }


def _strategy(flags: Flags) -> _Tree:
    word = flags.text("strategy")
    if word == "apply":
        return {"apply": {"force": flags.on("force")}}
    if word in ("", "hook"):
        return {"hook": {"force": flags.on("force")}}
    raise errors.InvalidArgument(f"Unknown sync strategy: '{word}'")


def revisions(flags: Flags, positions: list[int]) -> list[str]:
    """Return ``--revisions``, one for each chosen source.

    Raises:
        errors.InvalidArgument: their numbers differ, or --revision is there too.
    """
    given = flags.listed("revisions")
    if given and flags.text("revision"):
        raise errors.InvalidArgument("give one of --revision and --revisions")
    if len(given) != len(positions):
        raise errors.InvalidArgument(
            "give as many --revisions as --source-positions or --source-names"
        )
    return given


def by_position(flags: Flags, spec: _Tree) -> list[int]:
    """Return the positions of the sources chosen by --source-positions or --source-names.

    Raises:
        errors.InvalidArgument: both flags are there, or one names no source.
    """
    positions, names = flags.numbers("source-positions"), flags.listed("source-names")
    if positions and names:
        raise errors.InvalidArgument("give one of --source-positions and --source-names")
    sources = spec.get("sources") or []
    for name in names:
        found = [i for i, s in enumerate(sources, 1) if s.get("name") == name]
        if not found:
            raise errors.InvalidArgument(f"Unknown source name '{name}'")
        positions = [*positions, *found]
    if any(not 1 <= position <= len(sources) for position in positions):
        raise errors.InvalidArgument(
            f"source positions are from 1 to {len(sources)}, counted from the first source"
        )
    return positions
