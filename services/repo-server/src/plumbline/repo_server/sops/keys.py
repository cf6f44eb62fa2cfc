"""The keys that open data keys: age and PGP, from files that the operator mounts.

A file in the folder itself serves every project that allows decryption; a file in a subfolder
serves the project of that name only, so that one project cannot have another's files decrypted by
copying them. Files are read again when they change; nothing of them is ever shown.
"""

import dataclasses
import hashlib
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyrage  # type: ignore[import-untyped]  # the library has no types
import pysequoia

from plumbline.core import errors

__all__ = ["Keyring", "Keyrings"]

_MAX_FILE: Final = 256 * 1024
_MAX_FILES: Final = 1000
_AGE: Final = "AGE-SECRET-KEY-1"
_PGP: Final = "-----BEGIN PGP PRIVATE KEY BLOCK-----"
_SSH: Final = "-----BEGIN OPENSSH PRIVATE KEY-----"
_KMS: Final = {
    "kms": "AWS KMS",
    "gcp_kms": "Google Cloud KMS",
    "hckms": "Huawei Cloud KMS",
    "azure_kv": "Azure Key Vault",
    "hc_vault": "HashiCorp Vault",
}
_DATA_KEY: Final = 32


@dataclasses.dataclass(frozen=True)
class Keyring:
    """The keys of one project."""

    id: str
    """Names the keys, in a render key."""
    # The libraries' objects write the key itself as their text.
    age: tuple[Any, ...] = dataclasses.field(default=(), repr=False)
    pgp: tuple[Any, ...] = dataclasses.field(default=(), repr=False)

    def data_key(self, metadata: Mapping[str, Any], path: str) -> bytes:
        """Return the key of a file's values.

        Args:
            metadata: the file's ``sops`` section.
            path: of the file, for messages.

        Raises:
            errors.Unimplemented: key groups, or only kinds of keys that are not supported.
            errors.FailedPrecondition: no key of the project opens it.
        """
        groups = metadata.get("key_groups")
        if isinstance(groups, list) and len(groups) > 1:
            raise errors.Unimplemented(
                f"{path}: SOPS key groups (Shamir's secret sharing) are not supported"
            )
        if isinstance(groups, list) and groups and isinstance(groups[0], dict):
            metadata = {**metadata, **groups[0]}
        age, pgp = _entries(metadata, "age"), _entries(metadata, "pgp")
        for entry in age:
            found = self._with_age(str(entry.get("enc") or ""))
            if found is not None:
                return found
        for entry in pgp:
            found = self._with_pgp(str(entry.get("enc") or ""))
            if found is not None:
                return found
        others = [name for field, name in _KMS.items() if _entries(metadata, field)]
        if others and not age and not pgp:
            raise errors.Unimplemented(
                f"{path}: encrypted for {' and '.join(others)} only, which is not supported:"
                " add an age or PGP recipient"
            )
        wanted = [str(e.get("recipient") or "?")[:80] for e in age]
        wanted += [f"PGP {str(e.get('fp') or '?')[:40]}" for e in pgp]
        raise errors.FailedPrecondition(
            f"{path}: encrypted for {', '.join([*wanted, *others]) or 'nobody'}, and none of the"
            f" project's {len(self.age) + len(self.pgp)} SOPS keys opens it"
        )

    def _with_age(self, text: str) -> bytes | None:
        if not self.age:
            return None
        try:
            found: bytes = pyrage.decrypt(text.encode(), list(self.age))
        except pyrage.DecryptError:
            return None
        return found if len(found) == _DATA_KEY else None

    def _with_pgp(self, text: str) -> bytes | None:
        for key in self.pgp:
            try:
                found = pysequoia.decrypt(text.encode(), decryptor=key.decryptor()).bytes
            except Exception:  # noqa: BLE001, S112 -- the library has no error type of its own
                continue
            if isinstance(found, bytes) and len(found) == _DATA_KEY:
                return found
        return None


def _entries(metadata: Mapping[str, Any], field: str) -> Sequence[Mapping[str, Any]]:
    found = metadata.get(field)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


class Keyrings:
    """The folder of keys; safe for several threads."""

    def __init__(self, directory: Path | None, *, refused: str = "") -> None:
        """Read nothing yet.

        Args:
            directory: the folder; ``None``: there are no keys.
            refused: why nothing may be decrypted here, whatever keys there are.
        """
        self._directory = directory
        self.refused = refused
        self._lock = threading.Lock()
        self._known: dict[str, tuple[tuple[Any, ...], Keyring]] = {}

    def of(self, project: str) -> Keyring:
        """Return the keys that serve a project.

        Raises:
            errors.FailedPrecondition: a key file cannot be read; the text names it only.
        """
        if self._directory is None:
            return Keyring("none")
        files = [*_files(self._directory)]
        if project and "/" not in project and project not in (".", ".."):
            files += _files(self._directory / project)
        stamp = tuple((str(path), stat.st_mtime_ns, stat.st_ino) for path, stat in files)
        with self._lock:
            known = self._known.get(project)
            if known is None or known[0] != stamp:
                known = self._known[project] = (stamp, _read(path for path, _ in files))
            return known[1]


def _files(directory: Path) -> list[tuple[Path, Any]]:
    try:
        # A mounted Secret holds its files as links, and folders of its own that begin with dots.
        paths = [p for p in sorted(directory.iterdir()) if not p.name.startswith(".")]
        found = [(path, path.stat()) for path in paths if path.is_file()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    if len(found) > _MAX_FILES:
        raise errors.FailedPrecondition(f"{directory}: more than {_MAX_FILES} SOPS keys")
    return found


def _read(paths: Iterable[Path]) -> Keyring:
    age: list[Any] = []
    pgp: list[Any] = []
    names: list[str] = []
    for path in paths:
        try:
            content = path.read_bytes()[:_MAX_FILE]
            text = content.decode()
            if _PGP in text:
                key = pysequoia.Tsk.from_bytes(content)
                pgp.append(key)
                names.append(key.extract_certificate().fingerprint)
            elif _SSH in text:
                age.append(pyrage.ssh.Identity.from_buffer(content))
                names.append(hashlib.sha256(content).hexdigest())
            else:
                for line in text.split():
                    if line.startswith(_AGE):
                        identity = pyrage.x25519.Identity.from_str(line)
                        age.append(identity)
                        names.append(str(identity.to_public()))
        except Exception as error:
            # The libraries' texts may repeat what they read.
            raise errors.FailedPrecondition(f"SOPS key {path.name}: cannot be read") from error
    identity = hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()
    return Keyring(identity, tuple(age), tuple(pgp))
