"""Identities of our processes: certificates with a role.

Every internal call runs over mutual TLS. A certificate carries its role as a URI name,
``spiffe://plumbline/<role>``; a server checks the role, not only the CA (security.md, section 6).
``issue_authority`` and ``issue`` make certificates for local runs, tests and the chart's Job.
"""

import dataclasses
import datetime as dt
import ipaddress
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import grpc
from cryptography import exceptions, x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from plumbline.core import errors
from plumbline.core.secret import Secret

__all__ = [
    "MAX_MESSAGE",
    "ROLES",
    "SERVER_NAME",
    "Identity",
    "is_issued_by",
    "issue",
    "issue_authority",
    "read_identity",
    "role_of",
    "server_credentials",
]

ROLES: Final = frozenset({"api-server", "controller", "repo-server"})
MAX_MESSAGE: Final = 100 * 1024 * 1024
"""Bytes; the contract's default of ARGOCD_GRPC_MAX_SIZE_MB for internal services (NOTES.md)."""

_PREFIX: Final = "spiffe://plumbline/"
_LIFETIME: Final = dt.timedelta(days=365)
_CLOCK_SKEW: Final = dt.timedelta(minutes=10)
SERVER_NAME: Final = "plumbline.internal"
"""Every certificate carries this name, so that addresses and ports may change freely."""


@dataclasses.dataclass(frozen=True)
class Identity:
    """PEM texts: a certificate, its key and the authority that peers must have."""

    certificate: bytes
    key: Secret
    authority: bytes

    def write(self, folder: Path, name: str) -> tuple[Path, Path, Path]:
        """Write three files readable by the owner only; return certificate, key, authority."""
        paths = (folder / f"{name}.crt", folder / f"{name}.key", folder / "ca.crt")
        texts = (self.certificate, self.key.reveal().encode(), self.authority)
        for path, text in zip(paths, texts, strict=True):
            path.touch(mode=0o600)
            path.write_bytes(text)
        return paths


def read_identity(certificate: str, key: str, authority: str) -> Identity:
    """Read the three files of an identity.

    Raises:
        errors.InvalidArgument: one is missing; the message names it and the setting.
    """
    texts = []
    for setting, path in (("tls-cert", certificate), ("tls-key", key), ("tls-ca", authority)):
        try:
            texts.append(Path(path).read_bytes())
        except OSError as error:
            raise errors.InvalidArgument(f"--{setting} {path!r}: {error.strerror}") from error
    return Identity(texts[0], Secret(texts[1].decode()), texts[2])


def server_credentials(identity: Identity) -> grpc.ServerCredentials:
    """Return credentials that refuse a client without a certificate of our authority."""
    pair = (identity.key.reveal().encode(), identity.certificate)
    return grpc.ssl_server_credentials([pair], identity.authority, require_client_auth=True)


def role_of(context: grpc.aio.ServicerContext) -> str:
    """Return the role in the caller's certificate.

    Raises:
        errors.Unauthenticated: the caller has no certificate, or one without a role.
    """
    names = context.auth_context().get("x509_subject_alternative_name", [])
    for name in names:
        text = name.decode(errors="replace")
        if text.startswith(_PREFIX) and text.removeprefix(_PREFIX) in ROLES:
            return str(text.removeprefix(_PREFIX))
    raise errors.Unauthenticated("a client certificate with a role is required")


def issue_authority(
    now: dt.datetime, *, lifetime: dt.timedelta = _LIFETIME
) -> tuple[bytes, Secret]:
    """Make a certificate authority; return its certificate and key as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    # A name of its own: of two authorities with one name, TLS libraries try the first only, and a
    # rotation needs both.
    number = x509.SubjectKeyIdentifier.from_public_key(key.public_key()).digest.hex()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"plumbline {number}")])
    certificate = (
        _builder(name, name, key.public_key(), now, lifetime)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM), _pem(key)


def issue(
    role: str,
    authority: bytes,
    authority_key: Secret,
    now: dt.datetime,
    *,
    hosts: Sequence[str] = (),
    lifetime: dt.timedelta = _LIFETIME,
) -> Identity:
    """Make an identity for a role, signed by an authority.

    Args:
        role: one of ``ROLES``.
        authority: the authority's certificate, PEM.
        authority_key: its key, PEM.
        now: the beginning of its life.
        hosts: further names or addresses it may be reached by.
        lifetime: how long it is good for.

    Raises:
        errors.InvalidArgument: an unknown role.
    """
    if role not in ROLES:
        raise errors.InvalidArgument(f"unknown role {role!r}")
    parent = x509.load_pem_x509_certificate(authority)
    signer = serialization.load_pem_private_key(authority_key.reveal().encode(), None)
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise errors.InvalidArgument("the authority's key is not an elliptic curve key")
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, role)])
    names: list[x509.GeneralName] = [
        x509.UniformResourceIdentifier(f"{_PREFIX}{role}"),
        x509.DNSName(SERVER_NAME),
        *(_general_name(host) for host in hosts),
    ]
    usages = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
    certificate = (
        _builder(subject, parent.subject, key.public_key(), now, lifetime)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        .sign(signer, hashes.SHA256())
    )
    return Identity(certificate.public_bytes(serialization.Encoding.PEM), _pem(key), authority)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: dt.datetime,
    lifetime: dt.timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + lifetime)
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> Secret:
    text = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return Secret(text.decode())


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def is_issued_by(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    """Tell whether an authority signed a certificate; dates are not looked at."""
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, exceptions.InvalidSignature):
        return False
    return True
