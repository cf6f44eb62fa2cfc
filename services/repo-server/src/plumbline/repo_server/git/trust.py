"""Whom a connection trusts: TLS certificates by a repository's own CA, SSH hosts by known_hosts.

Called by the transport, from libgit2's certificate callback. Pure functions over bytes.
"""

import base64
import binascii
import fnmatch
import hashlib
import hmac
import ipaddress
import struct
from typing import Final

from cryptography import x509
from cryptography.x509 import verification

from plumbline.repo_server.git import repository as repo

__all__ = ["host_key_is_known", "signed_by", "ssh_fingerprint", "trusted_host"]

# struct git_cert_hostkey of libgit2 1.9: kind, flags, md5[16], sha1[20], sha256[32], …
_HOSTKEY_SIZE: Final = 96
_HOSTKEY_FLAGS: Final = 4
_HOSTKEY_SHA256: Final = 44
_FLAG_SHA256: Final = 1 << 2


def ssh_fingerprint(structure: bytes) -> bytes | None:
    """Return the SHA-256 of a server's host key from libgit2's structure, if it is set."""
    if len(structure) < _HOSTKEY_SIZE:
        return None
    (flags,) = struct.unpack_from("=i", structure, _HOSTKEY_FLAGS)
    if not flags & _FLAG_SHA256:
        return None
    return structure[_HOSTKEY_SHA256 : _HOSTKEY_SHA256 + 32]


def host_key_is_known(known_hosts: str, host: str, port: int, fingerprint: bytes) -> bool:
    """Tell whether a known_hosts text (sshd(8)) holds this key for this host.

    A line marked ``@revoked`` wins over any other; ``@cert-authority`` lines are not keys of hosts.
    """
    names = {host.lower()} if port == 22 else {f"[{host.lower()}]:{port}"}
    is_known = False
    for line in known_hosts.splitlines():
        fields = line.split()
        is_revoked = fields[:1] == ["@revoked"]
        fields = fields[1:] if is_revoked else fields
        if len(fields) < 3 or fields[0].startswith(("#", "@")):
            continue
        if not any(_names_host(pattern, names) for pattern in fields[0].split(",")):
            continue
        try:
            key = base64.b64decode(fields[2], validate=True)
        except binascii.Error:
            continue
        if hmac.compare_digest(hashlib.sha256(key).digest(), fingerprint):
            if is_revoked:
                return False
            is_known = True
    return is_known


def _names_host(pattern: str, names: set[str]) -> bool:
    if pattern.startswith("|1|"):
        parts = pattern.split("|")
        if len(parts) != 4:
            return False
        try:
            salt, wanted = base64.b64decode(parts[2]), base64.b64decode(parts[3])
        except binascii.Error:
            return False
        # OpenSSH's hashed names are HMAC-SHA1 by definition; nothing rests on their secrecy.
        return any(
            hmac.compare_digest(hmac.new(salt, name.encode(), "sha1").digest(), wanted)
            for name in names
        )
    # Brackets belong to the form [host]:port; sshd(8) knows * and ? only.
    return any(fnmatch.fnmatchcase(name, pattern.lower().replace("[", "[[]")) for name in names)


def signed_by(bundle: bytes, leaf: bytes, host: str) -> bool:
    """Tell whether a server certificate (DER) chains to a CA bundle (PEM) and names the host."""
    try:
        authorities = x509.load_pem_x509_certificates(bundle)
        certificate = x509.load_der_x509_certificate(leaf)
        verifier = (
            verification.PolicyBuilder()
            .store(verification.Store(authorities))
            .build_server_verifier(_subject(host))
        )
        verifier.verify(certificate, authorities)
    except (ValueError, verification.VerificationError):
        return False
    return True


def _subject(host: str) -> x509.DNSName | x509.IPAddress:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def trusted_host(repository: repo.Repository) -> tuple[str, int]:
    """Return host and port of a repository's URL."""
    authority = repository.url.partition("://")[2].partition("/")[0].rpartition("@")[2]
    host, separator, port = authority.rpartition(":")
    if separator and port.isdigit():
        return host.strip("[]"), int(port)
    return authority.strip("[]"), 22
