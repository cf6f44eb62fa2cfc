"""Certificates and SSH known hosts as text: PEM blocks, known_hosts lines."""

import base64
import binascii
import re
from typing import Any, Final

from plumbline.core import errors

__all__ = ["known_hosts", "tls"]

_Tree = dict[str, Any]
_PEM: Final = re.compile(r"-----BEGIN CERTIFICATE-----\s.*?-----END CERTIFICATE-----", re.DOTALL)


def tls(server: str, text: str) -> tuple[_Tree, int]:
    """Return the entry of a server, and how many certificates it has.

    Raises:
        errors.InvalidArgument: there is none, or one is not a certificate.
    """
    blocks = _PEM.findall(text)
    if not blocks:
        raise errors.InvalidArgument("no valid certificate was found in the data")
    for block in blocks:
        body = "".join(block.splitlines()[1:-1])
        try:
            base64.b64decode(body, validate=True)
        except binascii.Error as error:
            raise errors.InvalidArgument("a certificate's data is not base64") from error
    data = base64.b64encode(("\n".join(blocks) + "\n").encode()).decode()
    return {"serverName": server, "certType": "https", "certData": data}, len(blocks)


def known_hosts(text: str) -> list[_Tree]:
    """Return the entries of known_hosts lines; comments and empty lines are left out.

    Raises:
        errors.InvalidArgument: a line has not three parts, is hashed, or its key is not base64.
    """
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        parts = line.split()
        if len(parts) < 3 or parts[0].startswith("@"):
            raise errors.InvalidArgument(f"line {number}: not a known_hosts entry")
        if parts[0].startswith("|"):
            raise errors.InvalidArgument(f"line {number}: hashed host names are not supported")
        try:
            base64.b64decode(parts[2], validate=True)
        except binascii.Error as error:
            raise errors.InvalidArgument(f"line {number}: the key is not base64") from error
        data = base64.b64encode(parts[2].encode()).decode()
        found += [
            {"serverName": host, "certType": "ssh", "certSubType": parts[1], "certData": data}
            for host in parts[0].split(",")
        ]
    if not found:
        raise errors.InvalidArgument("No valid SSH known hosts data found.")
    return found
