"""TLS of the users' port: versions, ciphers, and the certificate that is current.

A context is built anew when the certificate changes; connections that exist keep theirs.
"""

import os
import ssl
from collections.abc import Callable
from typing import Final

import structlog

from plumbline.core import errors

__all__ = ["Contexts", "Pair", "Terms", "check_pair"]

log = structlog.get_logger()

Pair = tuple[bytes, bytes]
"""Private key and certificate chain, as PEM."""

_ALPN: Final = ["http/1.1", "h2"]
"""The server's preference: browsers offer both and get HTTP/1.1, gRPC clients offer only h2."""
_VERSIONS: Final = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
# Names of the contract (IANA's) to OpenSSL's, for TLS 1.2.
_CIPHERS: Final = {
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": "ECDHE-RSA-AES128-SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": "ECDHE-RSA-AES256-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": "ECDHE-ECDSA-AES128-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": "ECDHE-ECDSA-AES256-SHA",
}
# TLS 1.3 has suites of its own, which are all good and not a matter of choice.
_ALWAYS_ON: Final = frozenset(
    {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}
)


class Terms:
    """What is negotiated: versions and ciphers."""

    def __init__(self, *, minimum: str, maximum: str, ciphers: str) -> None:
        """Read the three settings; an empty one is the default of the library.

        Raises:
            errors.InvalidArgument: an unknown version or cipher; versions before 1.2 are unknown.
        """
        self._minimum = _version(minimum, "--tlsminversion", "1.2")
        self._maximum = _version(maximum, "--tlsmaxversion", "1.3")
        if self._minimum > self._maximum:
            raise errors.InvalidArgument("--tlsminversion is above --tlsmaxversion")
        named = [name.strip() for name in ciphers.split(":") if name.strip()]
        unknown = [name for name in named if name not in _CIPHERS and name not in _ALWAYS_ON]
        if unknown:
            raise errors.InvalidArgument(f"--tlsciphers: unknown: {', '.join(unknown)}")
        self._ciphers = ":".join(_CIPHERS[name] for name in named if name in _CIPHERS)

    def context(self, pair: Pair) -> ssl.SSLContext:
        """Return a server's context.

        Raises:
            errors.InvalidArgument: key and certificate are unreadable or do not belong together.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = self._minimum
        context.maximum_version = self._maximum
        if self._ciphers:
            context.set_ciphers(self._ciphers)
        context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
        context.set_alpn_protocols(_ALPN)
        _load(context, pair)
        return context


def _version(text: str, flag: str, default: str) -> ssl.TLSVersion:
    found = _VERSIONS.get(text or default)
    if found is None:
        raise errors.InvalidArgument(f"{flag}: {text!r} is none of {', '.join(_VERSIONS)}")
    return found


def _load(context: ssl.SSLContext, pair: Pair) -> None:
    """Load a pair by way of memory: the key is never written to a disk."""
    number = os.memfd_create("certificate", os.MFD_CLOEXEC)
    try:
        with open(number, "wb", closefd=False) as file:
            file.write(b"\n".join(pair))
        context.load_cert_chain(f"/proc/self/fd/{number}")
    except (ssl.SSLError, OSError, ValueError) as error:
        raise errors.InvalidArgument("the certificate and its key cannot be used") from error
    finally:
        os.close(number)


def check_pair(pair: Pair) -> bool:
    """Tell whether key and certificate can be used together."""
    try:
        _load(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), pair)
    except errors.InvalidArgument:
        return False
    return True


class Contexts:
    """The context of the certificate that is current."""

    def __init__(self, terms: Terms, source: Callable[[], Pair]) -> None:
        """Build the first context.

        Args:
            terms: versions and ciphers.
            source: the pair in force now; asked for each connection.

        Raises:
            errors.InvalidArgument: the first pair cannot be used.
        """
        self._terms = terms
        self._source = source
        self._pair = source()
        self._context = terms.context(self._pair)

    def current(self) -> ssl.SSLContext:
        """Return the context for a new connection; a pair that cannot be used changes nothing."""
        pair = self._source()
        if pair != self._pair:
            self._pair = pair
            try:
                self._context = self._terms.context(pair)
                log.info("certificate changed")
            except errors.InvalidArgument as error:
                log.warning("certificate refused, the last one stays", error=error.message)
        return self._context
