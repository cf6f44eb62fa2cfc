"""An identity in files that are replaced while the process runs.

A Secret that is mounted into a pod changes under a running process: certificates are renewed and
authorities rotate. Everything that shows or checks a certificate asks here first. What is half
written or broken is not taken; what was good before stays in force.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import grpc
import structlog
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from plumbline.core import errors
from plumbline.rpc.credentials import Identity, is_issued_by, read_identity

__all__ = ["IdentityFiles", "check"]

log = structlog.get_logger()

_LOOK_EVERY: Final = 1.0  # seconds (architecture.md, rule 14)

_Stamp = list[tuple[int, int, int]]


class IdentityFiles:
    """The three files of an identity, read again when one of them changes."""

    def __init__(
        self,
        certificate: str,
        key: str,
        authority: str,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Name the files; nothing is read yet.

        Args:
            certificate: PEM file.
            key: its key's PEM file.
            authority: PEM file of the authorities that peers must have; several during a rotation.
            clock: seconds, monotonic.

        Raises:
            errors.InvalidArgument: a setting is empty; no file that comes later would help.
        """
        names = (("cert", certificate), ("key", key), ("ca", authority))
        for setting, name in names:
            if not name:
                raise errors.InvalidArgument(f"--tls-{setting} is not set (PLUMBLINE_TLS_*)")
        self._names = (certificate, key, authority)
        self._clock = clock
        self._looked = float("-inf")
        self._seen: _Stamp = []
        self._identity: Identity | None = None
        self.generation = 0
        """Grows with every identity that is taken."""

    def read(self) -> Identity:
        """Return the identity that is in the files now.

        Raises:
            errors.InvalidArgument: a file is missing; the message names it and the setting.
            errors.FailedPrecondition: the files do not belong together.
        """
        self._looked = self._clock()
        if self._identity is None:
            stamp = self._stamp_or_nothing()
            identity = read_identity(*self._names)
            check(identity)
            self._take(identity, stamp)
        return self.current()

    def current(self) -> Identity:
        """Return the latest good identity; the files are looked at once a second at most.

        Raises:
            errors.PlumblineError: as :meth:`read`, if there was no good one yet.
        """
        if self._identity is None:
            return self.read()
        now = self._clock()
        if now - self._looked >= _LOOK_EVERY:
            self._looked = now
            self._look()
        return self._identity

    def server_credentials(self) -> grpc.ServerCredentials:
        """Return credentials of a server whose every handshake sees the latest identity.

        A client without a certificate of the authority is refused.

        Raises:
            errors.PlumblineError: as :meth:`read`.
        """
        initial = _configuration(self.read())
        given = self.generation

        def latest() -> grpc.ServerCertificateConfiguration | None:
            # Called by gRPC in a thread of its own, before every handshake: never by a cached look.
            nonlocal given
            self._look()
            if self._identity is None or self.generation == given:
                return None
            given = self.generation
            return _configuration(self._identity)

        return grpc.dynamic_ssl_server_credentials(
            initial, latest, require_client_authentication=True
        )

    def _look(self) -> None:
        """Take what is in the files, if it is new and good."""
        stamp = self._stamp_or_nothing()
        if stamp == self._seen or not stamp:
            return
        try:
            identity = read_identity(*self._names)
            check(identity)
        except errors.PlumblineError as error:
            # Half written: looked at again, because the stamp is not kept.
            log.warning("certificate not reloaded", path=self._names[0], error=error.message)
            return
        self._take(identity, stamp)
        log.info("certificate reloaded", path=self._names[0])

    def _take(self, identity: Identity, stamp: _Stamp) -> None:
        self._seen = stamp
        if identity != self._identity:
            self._identity = identity
            self.generation += 1

    def _stamp_or_nothing(self) -> _Stamp:
        # A mounted Secret is replaced by a link: inode and time of the target tell.
        try:
            found = [Path(name).stat() for name in self._names]
        except OSError:
            return []
        return [(s.st_mtime_ns, s.st_ino, s.st_size) for s in found]


def check(identity: Identity) -> None:
    """Tell whether the three texts belong together.

    Raises:
        errors.FailedPrecondition: they do not; the message tells what to do.
    """
    try:
        certificate = x509.load_pem_x509_certificate(identity.certificate)
        key = serialization.load_pem_private_key(identity.key.reveal().encode(), None)
        authorities = x509.load_pem_x509_certificates(identity.authority)
    except (ValueError, TypeError) as error:
        raise errors.FailedPrecondition(
            "certificate, key or CA of this process (--tls-cert, --tls-key, --tls-ca) is no PEM"
            " text: delete the Secret plumbline-identity-* and let the keys Job run again"
        ) from error
    # A rotation writes one file after the other.
    if certificate.public_key() != key.public_key():
        raise errors.FailedPrecondition(
            "--tls-cert and --tls-key are no pair: both must come from the same Secret"
        )
    if not any(is_issued_by(certificate, authority) for authority in authorities):
        raise errors.FailedPrecondition(
            "--tls-cert was not issued by a CA in --tls-ca: give both from the same Secret"
            " plumbline-identity-*, or delete those Secrets and let the keys Job run again"
        )


def _configuration(identity: Identity) -> grpc.ServerCertificateConfiguration:
    pair = (identity.key.reveal().encode(), identity.certificate)
    return grpc.ssl_server_certificate_configuration([pair], identity.authority)
