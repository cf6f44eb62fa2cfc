"""Addresses, certificates and headers: what both transports need to trust and name a server."""

import os
import pathlib
import socket
import ssl
import tempfile
from typing import Final

from plumbline.cli.context import Server
from plumbline.core import errors

__all__ = ["headers", "host_port", "load_identity", "name_of", "probe", "with_port"]

_HTTPS: Final = 443
_HTTP: Final = 80
_SECONDS: Final = 10.0


def host_port(address: str, *, plaintext: bool = False) -> tuple[str, int]:
    """Return host and port; where none is written, 443, or 80 without TLS.

    Raises:
        errors.InvalidArgument: the port is not a number.
    """
    host, colon, port = address.rpartition(":")
    if not colon or address.endswith("]"):
        return address.strip("[]"), _HTTP if plaintext else _HTTPS
    if not port.isdigit():
        raise errors.InvalidArgument(f"{address}: write HOST:PORT")
    return host.strip("[]"), int(port)


def with_port(address: str, *, plaintext: bool = False) -> str:
    """Return an address that names its port."""
    host, port = host_port(address, plaintext=plaintext)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def headers(server: Server) -> list[tuple[str, str]]:
    """Return the extra headers of every request.

    Raises:
        errors.InvalidArgument: one is not ``Name: value``; its value is not shown.
    """
    found = []
    for line in server.headers:
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise errors.InvalidArgument("additional headers must be colon(:)-separated")
        found.append((name.strip(), value.strip()))
    return found


def name_of(certificate: str) -> str:
    """Return a name that a PEM certificate is for; empty if it has none."""
    from cryptography import x509  # noqa: PLC0415 -- only with --insecure

    parsed = x509.load_pem_x509_certificate(certificate.encode())
    try:
        names = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ""
    dns = names.get_values_for_type(x509.DNSName)
    if dns:
        return str(dns[0]).replace("*", "any")
    addresses = names.get_values_for_type(x509.IPAddress)
    return str(addresses[0]) if addresses else ""


def load_identity(context: ssl.SSLContext, server: Server) -> None:
    """Give a TLS context the client's certificate; Python reads it from a file only.

    Raises:
        errors.InvalidArgument: certificate and key do not belong together.
    """
    handle, name = tempfile.mkstemp()  # for the owner only
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(server.certificate + b"\n" + server.key.reveal().encode())
        context.load_cert_chain(name)
    except ssl.SSLError as error:
        raise errors.InvalidArgument("--client-crt and --client-crt-key do not fit") from error
    finally:
        pathlib.Path(name).unlink()


def probe(server: Server) -> str:
    """Look how a server answers TLS: empty if well, else ``plaintext`` or why it is not trusted.

    Raises:
        errors.Unavailable: nothing answers at the address.
    """
    host, port = host_port(server.address)
    trusted = ssl.create_default_context(cadata=server.authority.decode() or None)
    try:
        with (
            socket.create_connection((host, port), _SECONDS) as raw,
            trusted.wrap_socket(raw, server_hostname=host),
        ):
            return ""
    except ssl.SSLCertVerificationError as error:
        return error.verify_message or "it is not trusted"
    except ssl.SSLError:
        return "plaintext"
    except OSError as error:
        raise errors.Unavailable(f"{server.address}: {error}") from error
