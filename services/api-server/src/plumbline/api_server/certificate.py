"""The certificate of the users' port: the installation's, else a self-signed one.

Order (behaviour.md section 25, config.md): Secret ``argocd-server-tls``, ``tls.crt``/``tls.key`` of
argocd-secret, self-signed. The self-signed one is made once per installation and kept in
argocd-secret, so that replicas and restarts show the same. Called by ``wiring``.
"""

import asyncio
import base64
import datetime as dt
import ipaddress
from typing import Final

import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from plumbline.api_server.control import Control
from plumbline.api_server.port import tls
from plumbline.core import errors
from plumbline.kube.own import OwnObjects

__all__ = ["Certificates", "ensure", "self_signed"]

log = structlog.get_logger()

_EXTERNAL: Final = "argocd-server-tls"
_DAYS: Final = 365
_RENEW_DAYS: Final = 30
_NAME: Final = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Argo CD")])
_HOSTS: Final = ("localhost", "argocd-server")


class Certificates:
    """The pair in force now."""

    def __init__(self, control: Control, namespace: str, now: dt.datetime) -> None:
        self._control = control
        self._namespace = namespace
        self._now = now
        self._own: tls.Pair | None = None
        self._seen: tuple[object, ...] = ()
        self._pair: tls.Pair | None = None

    def current(self) -> tls.Pair:
        """Return key and certificate chain as PEM; cheap while nothing changes."""
        secrets = (
            self._control.secret("tls.crt", of=_EXTERNAL),
            self._control.secret("tls.key", of=_EXTERNAL),
            self._control.secret("tls.crt"),
            self._control.secret("tls.key"),
        )
        if self._pair is None or secrets != self._seen:
            self._seen = secrets
            self._pair = self._chosen()
        return self._pair

    def _chosen(self) -> tls.Pair:
        for name in (_EXTERNAL, "argocd-secret"):
            certificate = self._control.secret("tls.crt", of=name).reveal().encode()
            key = self._control.secret("tls.key", of=name).reveal().encode()
            if certificate and key:
                if tls.check_pair((key, certificate)):
                    return key, certificate
                log.error("certificate refused", secret=name)
                if self._pair is not None:
                    return self._pair
        self._own = self._own or self_signed(self._namespace, self._now)
        return self._own


async def ensure(own: OwnObjects, namespace: str, now: dt.datetime) -> None:
    """Keep a self-signed certificate in argocd-secret if there is none yet."""
    stored = await own.get("Secret", namespace, "argocd-secret")
    data = stored.get("data") or {}
    if data.get("tls.crt") and data.get("tls.key") and not _worn_out(data["tls.crt"], now):
        return
    key, certificate = await asyncio.to_thread(self_signed, namespace, now)
    patch = {
        # A precondition: of two replicas that start together, one decides.
        "metadata": {"resourceVersion": stored["metadata"]["resourceVersion"]},
        "stringData": {"tls.crt": certificate.decode(), "tls.key": key.decode()},
    }
    try:
        await own.merge("Secret", namespace, "argocd-secret", patch)
    except errors.Conflict:
        log.info("another replica made the certificate")


def _worn_out(encoded: str, now: dt.datetime) -> bool:
    """Tell whether a kept certificate is one of ours and ends soon; others are not ours to end."""
    try:
        found = x509.load_pem_x509_certificate(base64.b64decode(encoded))
    except ValueError:
        return False
    ours = found.issuer == found.subject == _NAME
    return ours and found.not_valid_after_utc - now < dt.timedelta(days=_RENEW_DAYS)


def self_signed(namespace: str, now: dt.datetime) -> tls.Pair:
    """Return a new key and certificate; RSA, which the default ciphers of TLS 1.2 are for."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    service = f"argocd-server.{namespace}"
    hosts = (*_HOSTS, service, f"{service}.svc", f"{service}.svc.cluster.local")
    names: list[x509.GeneralName] = [x509.DNSName(host) for host in hosts]
    names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_NAME)
        .issuer_name(_NAME)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(minutes=10))
        .not_valid_after(now + dt.timedelta(days=_DAYS))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private, certificate.public_bytes(serialization.Encoding.PEM)
