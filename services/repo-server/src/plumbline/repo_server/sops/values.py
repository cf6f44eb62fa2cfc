"""One value of a SOPS file: its encrypted form, its plain form, and what the MAC is made of.

A value is AES-256-GCM with a nonce of 32 bytes; the path of its keys is authenticated with it, so
that a value moved to another key does not open. The MAC is SHA-512 over all values in the order of
the file, encrypted in the same way with the time of the last change in the place of the path.
"""

import base64
import binascii
import hashlib
import hmac
import math
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from plumbline.core import errors, pattern

__all__ = ["Opener", "Plain", "text_of"]

_FORM: Final = re.compile(
    r"ENC\[AES256_GCM,data:([A-Za-z0-9+/=]*),iv:([A-Za-z0-9+/=]+),tag:([A-Za-z0-9+/=]+),"
    r"type:(str|int|float|bool|bytes|time|comment)\]"
)
_ONLY_ENCRYPTED: Final = bytes.fromhex(
    "8a3fd2ad54ce66527b1034f3d147be0b0b975b3bf44f72c6fdadec8176f27d69"
)
"""What the MAC begins with where it covers encrypted values only."""
_RULES: Final = ("unencrypted_suffix", "encrypted_suffix", "unencrypted_regex", "encrypted_regex")
_COMMENT_RULES: Final = ("unencrypted_comment_regex", "encrypted_comment_regex")


class Plain(NamedTuple):
    """A decrypted value, and its type as SOPS names it (``str``, ``int``, ``bool`` …)."""

    content: bytes
    kind: str

    @property
    def text(self) -> str:
        """The value as text."""
        return self.content.decode("utf-8", errors="replace")


def text_of(value: Any) -> str:
    """Return what a plain value is in the MAC."""
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, float):
        if math.isinf(value):
            return "+Inf" if value > 0 else "-Inf"
        return "NaN" if math.isnan(value) else _fixed(value)
    return str(value)


def _fixed(value: float) -> str:
    text = format(Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


class Opener:
    """Decrypts the values of one file in their order, and checks the whole."""

    def __init__(self, key: bytes, metadata: Mapping[str, Any], path: str) -> None:
        """Begin.

        Args:
            key: the file's data key.
            metadata: its ``sops`` section.
            path: of the file, for messages.

        Raises:
            errors.InvalidArgument: a rule of the metadata cannot be read.
        """
        self._key = key
        self._metadata = metadata
        self._path = path
        self._only_encrypted = metadata.get("mac_only_encrypted") in (True, "true")
        self._digest = hashlib.sha512(_ONLY_ENCRYPTED if self._only_encrypted else b"")
        self._rule = next(((r, str(metadata[r])) for r in _RULES if metadata.get(r)), None)
        self._by_comment = any(metadata.get(r) for r in _COMMENT_RULES)
        self._regex = None
        if self._rule is not None and self._rule[0].endswith("_regex"):
            self._regex = pattern.compile_regex(self._rule[1])
        self.values: list[str] = []
        """Every text of the file, decrypted or not: what a Secret may be made of."""

    def value(self, value: Any, path: Sequence[str]) -> Plain | None:
        """Take the next value of the file; return it decrypted, or ``None`` if it is plain.

        Raises:
            errors.InvalidArgument: it does not open, or is plain where it has to be encrypted.
        """
        form = _FORM.fullmatch(value) if isinstance(value, str) else None
        if form is not None:
            plain = self._opened(form, "".join(f"{part}:" for part in path), ".".join(path))
            self._digest.update(plain.content)
            self.values.append(plain.text)
            return plain
        if value is None:
            return None
        if value != "" and self._must_be_encrypted(path):
            raise errors.InvalidArgument(
                f"{self._path}: {'.'.join(path)[:200]} is plain, although the file's rules have it"
                " encrypted; encrypt the file again with sops"
            )
        text = text_of(value)
        if not self._only_encrypted:
            self._digest.update(text.encode("utf-8", errors="surrogatepass"))
        self.values.append(text)
        return None

    def finish(self) -> None:
        """Check the MAC.

        Raises:
            errors.InvalidArgument: the file is not the one that was encrypted.
        """
        form = _FORM.fullmatch(str(self._metadata.get("mac") or ""))
        if form is None:
            raise errors.InvalidArgument(f"{self._path}: the SOPS metadata has no MAC")
        wanted = self._opened(form, str(self._metadata.get("lastmodified") or ""), "sops.mac")
        found = self._digest.hexdigest().upper().encode()
        if not hmac.compare_digest(found, wanted.content):
            raise errors.InvalidArgument(
                f"{self._path}: changed after it was encrypted (the SOPS MAC does not match);"
                " encrypt the file again with sops"
            )

    def _must_be_encrypted(self, path: Sequence[str]) -> bool:
        if self._by_comment:
            return False  # comments decide; the MAC covers what they leave plain
        if self._rule is None:
            return True
        name, argument = self._rule
        if self._regex is not None:
            found = any(self._regex.search(part) for part in path)
        else:
            found = any(part.endswith(argument) for part in path)
        return found if name.startswith("encrypted") else not found

    def _opened(self, form: re.Match[str], bound: str, place: str) -> Plain:
        try:
            data, nonce, tag = (base64.b64decode(form[n], validate=True) for n in (1, 2, 3))
            cipher = Cipher(algorithms.AES256(self._key), modes.GCM(nonce, tag)).decryptor()
            cipher.authenticate_additional_data(bound.encode())
            return Plain(cipher.update(data) + cipher.finalize(), form[4])
        except (InvalidTag, ValueError, binascii.Error) as error:
            raise errors.InvalidArgument(
                f"{self._path}: {place[:200]} does not open: it was changed or moved after it was"
                " encrypted"
            ) from error
