"""The two ConfigMaps of trusted hosts: read as entries, changed one at a time.

Used by the certificate service. Lines and keys that no request names stay as they are.
"""

import re
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

from plumbline.api_server.parts import Parts
from plumbline.api_server.services import configmap_edit
from plumbline.core import errors, pattern, repositories
from plumbline.core.repositories import KnownHost
from plumbline.kube.declared import KNOWN_HOSTS_KEY, KNOWN_HOSTS_MAP, TLS_CERTS_MAP
from plumbline.pb.v1alpha1 import generated_pb2

__all__ = ["CertificateStore", "Selector"]

_MAX_BUNDLE: Final = 256 * 1024
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|[0-9a-fA-F:]{2,45}")


class Selector:
    """Which certificates a query means; what it leaves out means all."""

    def __init__(self, host: str, kind: str, sub_type: str) -> None:
        """Take the query's three fields; ``*`` means all as well.

        Raises:
            errors.InvalidArgument: the kind is none.
        """
        if kind not in ("", "*", "ssh", "https"):
            raise errors.InvalidArgument(f"certificate type '{kind}' is none of ssh and https")
        self._host = host or "*"
        self._kind = kind or "*"
        self._sub_type = sub_type or "*"

    def matches(self, kind: str, host: str, sub_type: str) -> bool:
        """Tell whether a certificate is meant."""
        names = {sub_type, sub_type.removeprefix("ssh-")}
        return (
            self._kind in ("*", kind)
            and (self._host in ("*", host) or pattern.match(self._host, host))
            and (self._sub_type == "*" or self._sub_type in names)
        )


class CertificateStore:
    """Trusted SSH host keys and TLS certificates."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._declared = parts.declared

    def selected(self, selector: Selector) -> list[generated_pb2.RepositoryCertificate]:
        """Return the certificates that a selector means."""
        text = self._declared.trust(KNOWN_HOSTS_MAP).get(KNOWN_HOSTS_KEY, "")
        found = [
            _ssh(entry)
            for entry in repositories.known_hosts(text)
            if selector.matches("ssh", entry.host, entry.key_type)
        ]
        for host, bundle in sorted(self._declared.trust(TLS_CERTS_MAP).items()):
            found += [
                one
                for one in _https(host, bundle)
                if selector.matches("https", host, one.certSubType)
            ]
        return found

    async def put(
        self, wanted: list[generated_pb2.RepositoryCertificate], *, replace: bool
    ) -> list[generated_pb2.RepositoryCertificate]:
        """Trust certificates, and return those that were not trusted before.

        All or nothing for each of the two ConfigMaps.

        Raises:
            errors.InvalidArgument: one cannot be read, or is there with another content and
                ``replace`` is not set.
        """
        hosts = [_known_host(c) for c in wanted if c.certType == "ssh"]
        bundles = {c.serverName: _bundle(c) for c in wanted if c.certType == "https"}
        if len(hosts) + len([c for c in wanted if c.certType == "https"]) != len(wanted):
            raise errors.InvalidArgument("certificate type is none of ssh and https")
        # What is answered is what the last attempt of each edit found to be new.
        new_hosts: list[KnownHost] = []
        new_bundles: dict[str, str] = {}

        def keys(data: dict[str, str]) -> dict[str, str]:
            text = data.get(KNOWN_HOSTS_KEY, "")
            new_hosts.clear()
            for entry in hosts:
                same = [e for e in repositories.known_hosts(text) if e[:2] == entry[:2]]
                if same == [entry]:
                    continue
                _may_replace(bool(same), f"'{entry.host}' ({entry.key_type})", replace=replace)
                text = repositories.put_known_host(text, entry)
                new_hosts.append(entry)
            return {KNOWN_HOSTS_KEY: text} if new_hosts else {}

        def certificates(data: dict[str, str]) -> dict[str, str]:
            new_bundles.clear()
            for host, bundle in bundles.items():
                if data.get(host, "").strip() != bundle.strip():
                    _may_replace(bool(data.get(host)), f"'{host}'", replace=replace)
                    new_bundles[host] = bundle
            return dict(new_bundles)

        if hosts:
            await configmap_edit.change(self._parts, KNOWN_HOSTS_MAP, keys)
        if bundles:
            await configmap_edit.change(self._parts, TLS_CERTS_MAP, certificates)
        made = [_ssh(entry) for entry in new_hosts]
        return made + [one for h, b in new_bundles.items() for one in _https(h, b)]

    async def remove(self, selector: Selector) -> list[generated_pb2.RepositoryCertificate]:
        """Trust certificates no longer, and return them."""
        gone = self.selected(selector)

        def keys(data: dict[str, str]) -> dict[str, str]:
            before = data.get(KNOWN_HOSTS_KEY, "")
            after = repositories.remove_known_hosts(
                before, lambda e: selector.matches("ssh", e.host, e.key_type)
            )
            return {KNOWN_HOSTS_KEY: after} if after != before else {}

        def certificates(data: dict[str, str]) -> dict[str, str | None]:
            changed: dict[str, str | None] = {}
            for host, bundle in data.items():
                blocks = _blocks(bundle)
                kept = [
                    b for b in blocks if not selector.matches("https", host, _algorithm(_load(b)))
                ]
                if len(kept) != len(blocks):
                    changed[host] = "".join(kept) or None
            return changed

        if any(one.certType == "ssh" for one in gone):
            await configmap_edit.change(self._parts, KNOWN_HOSTS_MAP, keys)
        if any(one.certType == "https" for one in gone):
            await configmap_edit.change(self._parts, TLS_CERTS_MAP, certificates)
        return gone


def _may_replace(is_there: bool, what: str, *, replace: bool) -> None:  # noqa: FBT001 -- a fact
    if is_there and not replace:
        raise errors.InvalidArgument(
            f"existing certificate {what} is different; use upsert flag to force update"
        )


def _known_host(message: generated_pb2.RepositoryCertificate) -> KnownHost:
    """Read an SSH host key; certData is the key's base64 text."""
    try:
        key = message.certData.decode("ascii").strip()
    except UnicodeDecodeError:
        raise errors.InvalidArgument("an SSH host key is not base64 text") from None
    sub_type = message.certSubType
    entry = KnownHost(message.serverName, sub_type, key)
    repositories.put_known_host("", entry)  # refuses what cannot be one
    return entry


def _bundle(message: generated_pb2.RepositoryCertificate) -> str:
    """Read the certificates of a host, which must be some."""
    if not _HOST.fullmatch(message.serverName):
        raise errors.InvalidArgument("a TLS server name is empty, or not a host without port")
    if len(message.certData) > _MAX_BUNDLE:
        raise errors.InvalidArgument(f"the certificates exceed {_MAX_BUNDLE} bytes")
    try:
        text = message.certData.decode("ascii")
        loaded = x509.load_pem_x509_certificates(message.certData)
    except (UnicodeDecodeError, ValueError):
        raise errors.InvalidArgument(f"certificates of '{message.serverName}' are no PEM") from None
    if "PRIVATE KEY" in text or not loaded:
        raise errors.InvalidArgument("a private key was sent where certificates are expected")
    return text


def _ssh(entry: KnownHost) -> generated_pb2.RepositoryCertificate:
    return generated_pb2.RepositoryCertificate(
        serverName=entry.host,
        certType="ssh",
        certSubType=entry.key_type,
        certInfo=entry.fingerprint,
    )


def _https(host: str, bundle: str) -> list[generated_pb2.RepositoryCertificate]:
    found = []
    for block in _blocks(bundle):
        certificate = _load(block)
        subject = certificate.subject.rfc4514_string() if certificate else "cannot be read"
        found.append(
            generated_pb2.RepositoryCertificate(
                serverName=host,
                certType="https",
                certSubType=_algorithm(certificate),
                certInfo=subject,
            )
        )
    return found


_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n?", re.DOTALL)


def _blocks(bundle: str) -> list[str]:
    return _BLOCK.findall(bundle)


def _load(block: str) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificate(block.encode())
    except ValueError:
        return None


def _algorithm(certificate: x509.Certificate | None) -> str:
    if certificate is None:
        return "unknown"
    try:
        key = certificate.public_key()
    except ValueError:
        return "unknown"
    if isinstance(key, rsa.RSAPublicKey):
        return "rsa"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "ecdsa"
    if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        return "ed25519"
    return "unknown"
