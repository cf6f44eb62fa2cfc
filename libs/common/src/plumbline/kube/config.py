"""How an API server is reached: by a kubeconfig, a pod's account or a cluster Secret.

Called by the services' ``wiring`` and for destination clusters. Reads files once; the bearer token
of a pod is read again by the client when it changes.
"""

import base64
import binascii
import dataclasses
import json
import ssl
import tempfile
from pathlib import Path
from typing import Any, Final

import yaml

from plumbline.core import clusters, errors
from plumbline.core.secret import Secret

__all__ = ["RestConfig", "from_kubeconfig", "in_cluster", "load", "of_cluster"]

_ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_NONE: Final = Secret("")


@dataclasses.dataclass(frozen=True, kw_only=True)
class RestConfig:
    """Address and credentials of one API server."""

    server: str
    authority: bytes = b""
    certificate: bytes = b""
    key: Secret = _NONE
    token: Secret = _NONE
    token_file: str = ""
    server_name: str = ""
    insecure: bool = False

    def ssl_context(self) -> ssl.SSLContext | None:
        """Return the TLS settings; ``None`` for a plain-text address."""
        if not self.server.startswith("https://"):
            return None
        context = ssl.create_default_context(cadata=self.authority.decode() or None)
        if self.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if self.certificate:
            # Python reads client certificates from files only; they live for this call.
            with tempfile.TemporaryDirectory(prefix="plumbline-") as folder:
                certificate, key = Path(folder) / "tls.crt", Path(folder) / "tls.key"
                key.touch(mode=0o600)
                certificate.write_bytes(self.certificate)
                key.write_text(self.key.reveal())
                context.load_cert_chain(certificate, key)
        return context


def in_cluster(environ: dict[str, str]) -> RestConfig:
    """Return the configuration of a pod's service account.

    Raises:
        errors.FailedPrecondition: this is not a pod.
    """
    host, port = environ.get("KUBERNETES_SERVICE_HOST"), environ.get("KUBERNETES_SERVICE_PORT")
    token_file = _ACCOUNT / "token"
    if not host or not port or not token_file.exists():
        raise errors.FailedPrecondition(
            "not in a pod and no kubeconfig: set --kubeconfig or KUBECONFIG"
        )
    address = f"[{host}]" if ":" in host else host
    return RestConfig(
        server=f"https://{address}:{port}",
        authority=(_ACCOUNT / "ca.crt").read_bytes(),
        token_file=str(token_file),
    )


def from_kubeconfig(path: str, context: str = "") -> RestConfig:
    """Return the configuration of a kubeconfig's current (or named) context.

    Raises:
        errors.InvalidArgument: the file cannot be read or the context is incomplete.
    """
    file = Path(path).expanduser()
    try:
        tree = yaml.safe_load(file.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise errors.InvalidArgument(f"kubeconfig {path}: {error}") from error
    if not isinstance(tree, dict):
        raise errors.InvalidArgument(f"kubeconfig {path}: not a map")
    chosen = _named(tree, "contexts", "context", context or tree.get("current-context", ""), path)
    cluster = _named(tree, "clusters", "cluster", chosen.get("cluster", ""), path)
    user = _named(tree, "users", "user", chosen.get("user", ""), path)
    for unsupported in ("exec", "auth-provider"):
        if unsupported in user:
            raise errors.InvalidArgument(
                f"kubeconfig {path}: users with {unsupported!r} are not supported yet;"
                " use a token or a client certificate"
            )
    return RestConfig(
        server=str(cluster.get("server", "")).rstrip("/"),
        authority=_bytes(cluster, "certificate-authority", file),
        certificate=_bytes(user, "client-certificate", file),
        key=Secret(_bytes(user, "client-key", file).decode()),
        token=Secret(str(user.get("token", ""))),
        token_file=str(user.get("tokenFile", "")),
        server_name=str(cluster.get("tls-server-name", "")),
        insecure=bool(cluster.get("insecure-skip-tls-verify", False)),
    )


def of_cluster(cluster: clusters.Cluster) -> RestConfig:
    """Return the connection settings in a cluster Secret (config.md section 8).

    Raises:
        errors.InvalidArgument: the settings cannot be read, or use what is not supported yet.
    """
    try:
        config = json.loads(cluster.config.reveal() or "{}")
        tls = config.get("tlsClientConfig") or {}
        for unsupported in ("awsAuthConfig", "execProviderConfig", "username", "proxyUrl"):
            if config.get(unsupported):
                raise errors.InvalidArgument(
                    f"cluster {cluster.name}: {unsupported} is not supported yet"
                )
        return RestConfig(
            server=cluster.server,
            authority=base64.b64decode(tls.get("caData") or ""),
            certificate=base64.b64decode(tls.get("certData") or ""),
            key=Secret(base64.b64decode(tls.get("keyData") or "").decode()),
            token=Secret(config.get("bearerToken") or ""),
            server_name=tls.get("serverName") or "",
            insecure=bool(tls.get("insecure")),
        )
    except (ValueError, AttributeError, binascii.Error):
        # The text of a JSON error quotes the input, which holds credentials.
        raise errors.InvalidArgument(f"cluster {cluster.name}: config cannot be read") from None


def load(path: str, environ: dict[str, str]) -> RestConfig:
    """Return the configuration of a kubeconfig if one is named, else the pod's."""
    return from_kubeconfig(path) if path else in_cluster(environ)


def _named(tree: dict[str, Any], table: str, key: str, name: str, path: str) -> dict[str, Any]:
    for entry in tree.get(table) or []:
        if isinstance(entry, dict) and entry.get("name") == name:
            value = entry.get(key)
            return value if isinstance(value, dict) else {}
    raise errors.InvalidArgument(f"kubeconfig {path}: no {key} {name!r}")


def _bytes(tree: dict[str, Any], name: str, file: Path) -> bytes:
    """Read ``name-data`` (base64) or the file ``name``, relative to the kubeconfig."""
    data = tree.get(f"{name}-data")
    try:
        if data:
            return base64.b64decode(data, validate=True)
        if tree.get(name):
            return (file.parent / str(tree[name])).read_bytes()
    except (binascii.Error, OSError) as error:
        raise errors.InvalidArgument(f"kubeconfig {file}: {name}: {error}") from error
    return b""
