"""Write and read kubeconfig files.

Called by ``cluster`` (writes), ``api`` and the add-ons (read). Reads what this package writes and
what common tools write for client certificates or tokens; exec plugins are not for tests.
"""

import base64
import dataclasses
import os
import pathlib
import ssl
import tempfile
from typing import Any

import yaml

from plumbline.core import errors
from plumbline.testcluster import pki

__all__ = ["Access", "read", "write"]


@dataclasses.dataclass(frozen=True)
class Access:
    """How to reach an API server: its address, the TLS context, the headers to send."""

    server: str
    tls: ssl.SSLContext | None
    headers: dict[str, str]


def write(
    path: pathlib.Path, server: str, *, name: str, authority: pathlib.Path, client: pki.Pair
) -> None:
    """Write a kubeconfig with everything inline, readable by its owner only."""
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": name,
                "cluster": {"server": server, "certificate-authority-data": _encoded(authority)},
            }
        ],
        "users": [
            {
                "name": name,
                "user": {
                    "client-certificate-data": _encoded(client.certificate),
                    "client-key-data": _encoded(client.key),
                },
            }
        ],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        yaml.safe_dump(content, file, sort_keys=False)


def read(path: pathlib.Path) -> Access:
    """Return the access that the current context of a kubeconfig names.

    Raises InvalidArgument if a name it refers to is missing.
    """
    content = yaml.safe_load(path.read_text())
    context = _named(content, "contexts", content.get("current-context"))["context"]
    cluster = _named(content, "clusters", context["cluster"])["cluster"]
    user = _named(content, "users", context["user"]).get("user") or {}
    tls = _tls(cluster, user, path.parent) if cluster["server"].startswith("https") else None
    token = user.get("token")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return Access(cluster["server"].rstrip("/"), tls, headers)


def _tls(cluster: dict[str, Any], user: dict[str, Any], base: pathlib.Path) -> ssl.SSLContext:
    authority = _bytes(cluster, "certificate-authority", base)
    tls = ssl.create_default_context(cadata=authority.decode() if authority else None)
    if cluster.get("insecure-skip-tls-verify"):
        tls.check_hostname = False
        tls.verify_mode = ssl.CERT_NONE
    certificate = _bytes(user, "client-certificate", base)
    key = _bytes(user, "client-key", base)
    if certificate and key:
        # ssl reads client certificates from files only.
        with tempfile.TemporaryDirectory() as directory:
            pair = pki.Pair(pathlib.Path(directory, "crt"), pathlib.Path(directory, "key"))
            pair.certificate.write_bytes(certificate)
            pair.key.write_bytes(key)
            tls.load_cert_chain(pair.certificate, pair.key)
    return tls


def _named(content: dict[str, Any], field: str, name: str | None) -> dict[str, Any]:
    for entry in content.get(field) or []:
        if entry.get("name") == name:
            found: dict[str, Any] = entry
            return found
    raise errors.InvalidArgument(f"kubeconfig: {field} has no entry named {name!r}")


def _bytes(entry: dict[str, Any], field: str, base: pathlib.Path) -> bytes | None:
    if inline := entry.get(f"{field}-data"):
        return base64.b64decode(inline)
    if named := str(entry.get(field) or ""):
        return base.joinpath(named).read_bytes()
    return None


def _encoded(path: pathlib.Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
