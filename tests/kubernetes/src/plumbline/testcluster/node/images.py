"""The images a real node needs before anybody brings one: pause, CoreDNS and a tool for tests.

Called by ``running``. Built from Go modules of ours and kept in the cache as image archives.
"""

import dataclasses
import pathlib

from plumbline.testcluster import binaries, store
from plumbline.testcluster.node import ociimage

__all__ = ["COREDNS", "PAUSE", "TOOL", "Images", "ensure"]

PAUSE = "plumbline.test/pause:1"
TOOL = "plumbline.test/podtool:1"
COREDNS = f"plumbline.test/coredns:{binaries.COREDNS_VERSION}"
_NOBODY = "65534:65534"


@dataclasses.dataclass(frozen=True)
class Images:
    """The archives, to be imported in this order: no pod starts before pause is there."""

    pause: pathlib.Path
    coredns: pathlib.Path
    tool: pathlib.Path

    @property
    def all(self) -> tuple[pathlib.Path, ...]:
        """Every archive."""
        return (self.pause, self.coredns, self.tool)


def ensure(progress: store.Progress) -> Images:
    """Return the archives, building what the cache does not hold.

    Raises FailedPrecondition without a Go toolchain, Unavailable when a build fails.
    """
    podtool = binaries.ensure_podtool(progress)
    coredns = binaries.ensure_coredns(progress)
    key = store.digest(
        [pathlib.Path(__file__), pathlib.Path(ociimage.__file__)],
        str(podtool.parent.name),
        str(coredns.parent.name),
        base=pathlib.Path(__file__).parent,
    )
    place = store.root() / "node" / f"images-{key}"

    def make(work: pathlib.Path) -> None:
        for name, tag, program, words in (
            ("pause", PAUSE, podtool, ("pause",)),
            ("podtool", TOOL, podtool, ()),
            ("coredns", COREDNS, coredns, ()),
        ):
            ociimage.write(
                work / f"{name}.tar",
                tag,
                ociimage.Config((f"/{program.name}", *words), user=_NOBODY),
                files={f"/{program.name}": ociimage.File(program, 0o755)},
            )

    store.make_once(place, make, progress=progress)
    return Images(place / "pause.tar", place / "coredns.tar", place / "podtool.tar")
