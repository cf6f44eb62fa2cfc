"""Make the certificate authorities, certificates and keys of one cluster.

Called by ``cluster`` once per new directory. Two authorities, as in any Kubernetes: one for servers
and clients, one for the front proxy (requests that the API server passes to an aggregated API).
Elliptic keys, because making a dozen RSA keys would take longer than starting etcd.
"""

import dataclasses
import datetime as dt
import ipaddress
import os
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import oid

__all__ = ["FRONT_PROXY_NAME", "METRICS_HOST", "Pair", "Pki", "create", "create_node"]

FRONT_PROXY_NAME = "front-proxy-client"
METRICS_HOST = "testcluster-metrics.kube-system.svc"
ADMINS = "system:masters"
_SERVICE_ADDRESS = "10.96.0.1"
_ADDRESSES = ("127.0.0.1", "::1", _SERVICE_ADDRESS)
_LIFETIME = dt.timedelta(days=30)
_SKEW = dt.timedelta(hours=1)


@dataclasses.dataclass(frozen=True)
class Pair:
    """A certificate and its key, as files."""

    certificate: pathlib.Path
    key: pathlib.Path


@dataclasses.dataclass(frozen=True)
class Pki:
    """Every file of a cluster's certificates, by the place it has in the directory."""

    directory: pathlib.Path

    @property
    def ca(self) -> Pair:
        """The authority of servers and clients."""
        return self.pair("ca")

    @property
    def front_proxy_ca(self) -> Pair:
        """The authority of the front proxy."""
        return self.pair("front-proxy-ca")

    @property
    def service_account_key(self) -> pathlib.Path:
        """The key that signs service account tokens."""
        return self.directory / "service-account.key"

    @property
    def service_account_public_key(self) -> pathlib.Path:
        """The key that checks service account tokens."""
        return self.directory / "service-account.pub"

    def pair(self, name: str) -> Pair:
        """Return the certificate and key called `name`."""
        return Pair(self.directory / f"{name}.crt", self.directory / f"{name}.key")


@dataclasses.dataclass(frozen=True)
class _Authority:
    name: x509.Name
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def create(directory: pathlib.Path) -> Pki:
    """Fill `directory` with fresh authorities, certificates and keys and return their places."""
    return _create(directory)[0]


def create_node(directory: pathlib.Path, name: str, address: str) -> Pki:
    """As `create`, and what a real node of that name and address needs as well."""
    pki, ca = _create(directory, (*_ADDRESSES, address))
    # The Node authorizer knows a kubelet by this name and group.
    _issue(pki.pair("kubelet"), ca, f"system:node:{name}", group="system:nodes", hosts=(name,),
           addresses=(address, "127.0.0.1"))  # fmt: skip
    _issue(pki.pair("kubelet-client"), ca, "kube-apiserver-kubelet-client", group=ADMINS)
    _issue(pki.pair("kube-proxy"), ca, "system:kube-proxy")
    return pki


def _create(
    directory: pathlib.Path, addresses: tuple[str, ...] = _ADDRESSES
) -> tuple[Pki, _Authority]:
    directory.mkdir(parents=True, exist_ok=True)
    pki = Pki(directory)
    ca = _authority(pki.ca, "plumbline-testcluster")
    front = _authority(pki.front_proxy_ca, "plumbline-testcluster-front-proxy")
    hosts = ("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc",
             "kubernetes.default.svc.cluster.local")  # fmt: skip
    _issue(pki.pair("apiserver"), ca, "kube-apiserver", hosts=hosts, addresses=addresses)
    _issue(pki.pair("etcd"), ca, "etcd", hosts=("localhost",))
    _issue(pki.pair("metrics"), ca, METRICS_HOST, hosts=(METRICS_HOST, "localhost"))
    _issue(pki.pair("etcd-client"), ca, "kube-apiserver-etcd-client")
    _issue(pki.pair("front-proxy-client"), front, FRONT_PROXY_NAME)
    _issue(pki.pair("admin"), ca, "kubernetes-admin", group=ADMINS)
    # As administrator: one certificate instead of forty service accounts, each with its token
    # request, shortens the start by seconds. What the controllers may do is not under test.
    _issue(pki.pair("controller-manager"), ca, "system:kube-controller-manager", group=ADMINS)
    _issue(pki.pair("scheduler"), ca, "system:kube-scheduler")
    _issue(pki.pair("kwok"), ca, "kwok", group=ADMINS)
    _issue(pki.pair("addons"), ca, "testcluster-addons", group=ADMINS)
    key = ec.generate_private_key(ec.SECP256R1())
    _write_key(pki.service_account_key, key)
    pki.service_account_public_key.write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return pki, ca


def _authority(place: Pair, common_name: str) -> _Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(common_name)
    certificate = (
        _builder(name, name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write(place, certificate, key)
    return _Authority(name, certificate, key)


def _issue(
    place: Pair,
    authority: _Authority,
    common_name: str,
    *,
    group: str | None = None,
    hosts: tuple[str, ...] = (),
    addresses: tuple[str, ...] = _ADDRESSES,
) -> None:
    """Write a certificate: of a server when it names hosts, else of a client."""
    key = ec.generate_private_key(ec.SECP256R1())
    purposes = [oid.ExtendedKeyUsageOID.CLIENT_AUTH]
    builder = _builder(_name(common_name, group), authority.name, key.public_key())
    if hosts:
        purposes.append(oid.ExtendedKeyUsageOID.SERVER_AUTH)
        parsed = map(ipaddress.ip_address, addresses)
        names = [*map(x509.DNSName, hosts), *map(x509.IPAddress, parsed)]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    certificate = (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        .add_extension(signer, critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    _write(place, certificate, key)


def _name(common_name: str, group: str | None = None) -> x509.Name:
    """Kubernetes reads the user from the common name and the groups from the organisations."""
    attributes = [x509.NameAttribute(oid.NameOID.COMMON_NAME, common_name)]
    if group:
        attributes.insert(0, x509.NameAttribute(oid.NameOID.ORGANIZATION_NAME, group))
    return x509.Name(attributes)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = dt.datetime.now(tz=dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + _LIFETIME)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _write(place: Pair, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
    place.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    _write_key(place.key, key)


def _write_key(path: pathlib.Path, key: ec.EllipticCurvePrivateKey) -> None:
    content = key.private_bytes(
        serialization.Encoding.PEM,
        # SEC 1, not PKCS 8: the form every Kubernetes program reads for an elliptic key.
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
