"""Verify detached OpenPGP signatures with gpgv: a keyring file, a signature, the signed bytes.

gpgv has no agent, no trust database, no configuration and no network; it runs as renders do, in the
sandbox, because signature and content are a repository's. Verdicts are remembered: a signature
under the same keys does not change, except that keys expire.
"""

import asyncio
import hashlib
import shutil
import tempfile
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, NamedTuple

from plumbline.core import errors, integrity
from plumbline.repo_server.sandbox.client import Command, Result, Sandbox

__all__ = ["Keyring", "Verifier"]

_REMEMBERED: Final = 50_000
_FRESH: Final = 3600.0  # seconds; a key that expires meanwhile is noticed after them
_LIBRARIES: Final = ("/lib", "/lib64", "/usr/lib", "/usr/lib64")
_PGP: Final = b"-----BEGIN PGP SIGNATURE-----"
_MAX_SIGNATURE: Final = 64 * 1024


class Keyring(NamedTuple):
    """Public keys in the binary form that gpgv reads, and a digest of them."""

    content: bytes
    digest: bytes

    @classmethod
    def of(cls, armoured: Iterable[str]) -> "Keyring":
        """Join armoured keys; one that cannot be read is left out: it can then verify nothing."""
        packets: dict[str, bytes] = {}
        for text in armoured:
            try:
                found = integrity.read_public_keys(text)
            except errors.InvalidArgument:
                continue
            packets.update((key.fingerprint, key.packets) for key in found)
        content = b"".join(packets[name] for name in sorted(packets))
        return cls(content, hashlib.sha256(content).digest())


class Verifier:
    """Runs gpgv."""

    def __init__(
        self,
        binary: Path | None,
        sandbox: Sandbox,
        *,
        work: Path,
        timeout: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Use a binary.

        Args:
            binary: gpgv; ``None``: nothing can be verified.
            sandbox: where it runs.
            work: directory for the files of one run.
            timeout: seconds one run may take.
            clock: seconds, for how long verdicts are remembered.
        """
        self._binary = binary.resolve() if binary is not None else None
        self._sandbox = sandbox
        self._work = work
        self._timeout = timeout
        self._clock = clock
        self._known: OrderedDict[bytes, tuple[float, integrity.Verdict]] = OrderedDict()

    async def verify(self, signature: bytes, content: bytes, keyring: Keyring) -> integrity.Verdict:
        """Return what a signature is.

        Args:
            signature: armoured, as Git keeps it; empty: there is none.
            content: what it signs.
            keyring: the known keys.

        Raises:
            errors.FailedPrecondition: there is no gpgv.
            errors.PlumblineError: it could not run.
        """
        if not signature:
            return integrity.Verdict(integrity.Kind.UNSIGNED)
        if not signature.lstrip().startswith(_PGP) or len(signature) > _MAX_SIGNATURE:
            # SSH and X.509 signatures are none of GnuPG's.
            return integrity.Verdict(integrity.Kind.UNREADABLE)
        parts = (keyring.digest, hashlib.sha256(signature).digest(), content)
        name = hashlib.sha256(b"".join(parts)).digest()
        known = self._known.get(name)
        if known is not None and self._clock() - known[0] < _FRESH:
            return known[1]
        result = await self._run(signature, content, keyring)
        text = result.output.decode(errors="replace")
        verdict = integrity.read_status(text, succeeded=result.status == 0)
        self._known[name] = (self._clock(), verdict)
        self._known.move_to_end(name)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return verdict

    async def _run(self, signature: bytes, content: bytes, keyring: Keyring) -> Result:
        if self._binary is None:
            raise errors.FailedPrecondition(
                "signatures cannot be verified: gpgv is not here (--plumbline-gpgv)"
            )
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=self._work))
        try:
            files = {"keys.gpg": keyring.content, "signature": signature, "content": content}
            await asyncio.to_thread(_write, folder, files)
            argv = [str(self._binary), "--homedir", str(folder / "home")]
            argv += ["--keyring", str(folder / "keys.gpg"), "--status-fd", "1"]
            argv += ["--", str(folder / "signature"), str(folder / "content")]
            return await self._sandbox.run(
                Command(
                    argv=argv,
                    cwd=folder,
                    env={"HOME": str(folder / "home"), "LC_ALL": "C", "PATH": ""},
                    read=[folder],
                    execute=[self._binary, *(p for p in map(Path, _LIBRARIES) if p.exists())],
                    write=[folder / "home"],
                    timeout=self._timeout,
                    max_output=_MAX_SIGNATURE,
                )
            )
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _write(folder: Path, files: dict[str, bytes]) -> None:
    (folder / "home").mkdir(mode=0o700)
    for name, content in files.items():
        (folder / name).write_bytes(content)
