"""A client's certificate and key in a TLS context."""

import os
import ssl

from plumbline.core.secret import Secret

__all__ = ["load_client"]


def load_client(context: ssl.SSLContext, certificate: bytes, key: Secret) -> None:
    """Load a certificate by way of memory: a key is never written to a disk.

    Args:
        context: gets them.
        certificate: PEM.
        key: PEM.

    Raises:
        OSError: they cannot be read or do not belong together (``ssl.SSLError`` is one).
    """
    handle = os.memfd_create("client", os.MFD_CLOEXEC)
    try:
        with os.fdopen(os.dup(handle), "wb") as file:
            file.write(certificate + b"\n" + key.reveal().encode())
        # OpenSSL's Python face reads files only.
        context.load_cert_chain(f"/proc/self/fd/{handle}")
    finally:
        os.close(handle)
