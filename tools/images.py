"""Build the container images: `make images`; or print where they are saved: `--save`.

Base image: LOCAL_BASE=1 makes one by debootstrap, LOCAL_BASE=auto only if no registry answers. With
--save, an image that is saved already is not built again, and no engine is started for it; the
last line of the output is JSON, {"api-server": "/path/of/its.tar", ...}.
"""

import argparse
import json
import sys

from imaging import build, programs


def say(text: str) -> None:
    """Print progress where it does not mix with the answer."""
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    """Build what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--base", choices=["registry", "local", "auto"], default="registry",
        help="where the base image comes from",
    )  # fmt: skip
    parser.add_argument("--save", action="store_true", help="build only what is not saved yet")
    parser.add_argument(
        "--record-programs", action="store_true", help="write the programs' digests and end"
    )
    parser.add_argument("names", nargs="*", help=f"only these: {', '.join(build.known())}")
    chosen = parser.parse_args()
    if chosen.record_programs:
        programs.record(say)
        return
    names = tuple(chosen.names or (build.known() if chosen.save else build.OURS))
    if unknown := sorted(set(names) - set(build.known())):
        parser.error(f"no such image: {', '.join(unknown)}")
    found = build.ensure(names, chosen.base, say, again=not chosen.save)
    print(json.dumps({name: str(found[name]) for name in names}))


if __name__ == "__main__":
    main()
