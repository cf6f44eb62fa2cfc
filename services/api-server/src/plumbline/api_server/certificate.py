"""The certificate of the users' port: the installation's, else a self-signed one.

Order (behaviour.md section 25): ``tls.crt``/``tls.key`` of argocd-secret, else self-signed for this
process. Called by ``wiring``.
"""

import datetime as dt
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from plumbline.api_server.control import Control

__all__ = ["server_certificate"]


def server_certificate(control: Control, now: dt.datetime) -> tuple[bytes, bytes]:
    """Return key and certificate chain as PEM."""
    certificate = control.secret("tls.crt").reveal()
    key = control.secret("tls.key").reveal()
    if certificate and key:
        return key.encode(), certificate.encode()
    return _self_signed(now)


def _self_signed(now: dt.datetime) -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "argocd-server")])
    names = [
        x509.DNSName("argocd-server"),
        x509.DNSName("localhost"),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    ]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=10))
        .not_valid_after(now + dt.timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private, certificate.public_bytes(serialization.Encoding.PEM)
