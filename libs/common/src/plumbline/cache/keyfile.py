"""Signing keys in a file that is replaced while the process runs.

The first key of the file signs; entries signed by any of them are opened. So a rotation that first
adds a key, then puts it first, then drops the old one, makes no replica refuse another's entries.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from plumbline.cache import entries
from plumbline.core import errors
from plumbline.core.secret import Secret

__all__ = ["KeyFile"]

log = structlog.get_logger()

_LOOK_EVERY: Final = 1.0  # seconds (architecture.md, rule 14)


class KeyFile:
    """Seals with the first key and opens with all; follows the file."""

    def __init__(
        self, path: str, *, kind: str, epoch: str = "", clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Read the file.

        Args:
            path: PEM texts of Ed25519 keys, one after the other.
            kind: of the entries.
            epoch: of the entries.
            clock: seconds, monotonic.

        Raises:
            errors.InvalidArgument: it is missing, or has no key that can be read.
        """
        self._path = path
        self._kind = kind
        self._epoch = epoch
        self._clock = clock
        self._looked = clock()
        self._text = self._read()
        self._signer, self._verifier = self._made(self._text)

    def seal(self, key: str, payload: bytes) -> bytes:
        """Return the entry for a key."""
        self._look()
        return self._signer.seal(key, payload)

    def open(self, key: str, entry: bytes) -> bytes | None:
        """Return the payload, or None if no key of ours signed the entry for this key."""
        self._look()
        return self._verifier.open(key, entry)

    def _look(self) -> None:
        now = self._clock()
        if now - self._looked < _LOOK_EVERY:
            return
        self._looked = now
        try:
            text = self._read()
            if text == self._text:
                return
            self._signer, self._verifier = self._made(text)
        except errors.InvalidArgument as error:
            log.warning("signing key not reloaded", path=self._path, error=error.message)
            return
        self._text = text
        log.info("signing key reloaded", path=self._path)

    def _read(self) -> Secret:
        try:
            return Secret(Path(self._path).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "no text"
            raise errors.InvalidArgument(f"{self._path!r}: {reason}") from error

    def _made(self, text: Secret) -> tuple[entries.Signer, entries.Verifier]:
        keys = entries.keys_of(text)
        return (
            entries.Signer(keys[0], kind=self._kind, epoch=self._epoch),
            entries.Verifier(keys, kind=self._kind, epoch=self._epoch),
        )
