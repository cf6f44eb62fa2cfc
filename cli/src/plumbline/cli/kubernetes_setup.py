"""What ``cluster add`` makes in a cluster: a service account, its rights, its token.

Names are the contract's: ``argocd-manager`` and what is derived from it, in ``kube-system``. The
only module of the client that talks to Kubernetes; it uses the user's own kubeconfig, and every
step is repeatable.
"""

import base64
import pathlib
import time
from collections.abc import Sequence
from typing import Any, Final, Self

import yaml
from kubernetes import client, config
from kubernetes.client import exceptions
from urllib3.exceptions import HTTPError

from plumbline.core import errors
from plumbline.core.secret import Secret

__all__ = ["ACCOUNT", "Target", "contexts"]

ACCOUNT: Final = "argocd-manager"
_ROLE: Final = "argocd-manager-role"
_BINDING: Final = "argocd-manager-role-binding"
_TOKEN: Final = "argocd-manager-long-lived-token"  # noqa: S105 -- the Secret's name
_EVERYTHING: Final = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
_URLS: Final = [{"nonResourceURLs": ["*"], "verbs": ["*"]}]
_WITHIN: Final = "https://kubernetes.default.svc"
_TOKEN_SECONDS: Final = 30.0
_LOOK_SECONDS: Final = 0.2


def contexts(path: str) -> list[tuple[str, str, str]]:
    """Return current mark, name and cluster of every context of a kubeconfig.

    Raises:
        errors.InvalidArgument: the kubeconfig cannot be read.
    """
    try:
        listed, active = config.list_kube_config_contexts(config_file=path or None)
    except (config.ConfigException, OSError) as error:
        raise errors.InvalidArgument(f"the kubeconfig cannot be used: {error}") from error
    return [
        ("*" if c == active else "", c["name"], c["context"].get("cluster", "")) for c in listed
    ]


class Target:
    """A cluster as a kubeconfig context reaches it."""

    def __init__(self, api: Any) -> None:
        """Use an API client; see :meth:`load`."""
        self._api = api
        self._core = client.CoreV1Api(api)
        self._rbac = client.RbacAuthorizationV1Api(api)

    @classmethod
    def load(cls, path: str, context: str, proxy: str = "") -> Self:
        """Read a context of a kubeconfig.

        Raises:
            errors.NotFound: there is no such context.
            errors.InvalidArgument: the kubeconfig cannot be read.
        """
        if all(context != name for _, name, _ in contexts(path)):
            raise errors.NotFound(f"Context {context} does not exist in kubeconfig")
        try:
            api = config.new_client_from_config(config_file=path or None, context=context)
        except (config.ConfigException, OSError) as error:
            raise errors.InvalidArgument(f"the kubeconfig cannot be used: {error}") from error
        if proxy:
            settings = api.configuration
            settings.proxy = proxy
            api = client.ApiClient(settings)
        return cls(api)

    def endpoint(self, choice: str, *, in_cluster: bool) -> str:
        """Return the URL that the server shall reach the cluster at.

        Raises:
            errors.NotFound: kube-public does not tell it.
        """
        if in_cluster or choice == "internal":
            return _WITHIN
        if choice == "kube-public":
            return self._public_endpoint()
        return str(self._api.configuration.host).rstrip("/")

    def _public_endpoint(self) -> str:
        found = self._call(self._core.read_namespaced_config_map, "cluster-info", "kube-public")
        tree = yaml.load((found.data or {}).get("kubeconfig") or "", Loader=yaml.CSafeLoader) or {}
        for cluster in tree.get("clusters") or []:
            server = (cluster.get("cluster") or {}).get("server")
            if server:
                return str(server)
        raise errors.NotFound("kube-public/cluster-info names no server")

    def trust(self) -> dict[str, Any]:
        """Return what the server shall trust the cluster by, as tlsClientConfig."""
        settings = self._api.configuration
        tree: dict[str, Any] = {"insecure": not settings.verify_ssl}
        if settings.verify_ssl and settings.ssl_ca_cert:
            authority = pathlib.Path(settings.ssl_ca_cert).read_bytes()
            tree["caData"] = base64.b64encode(authority).decode()
        if settings.tls_server_name:
            tree["serverName"] = settings.tls_server_name
        return tree

    def token(
        self, account: str, namespace: str, namespaces: Sequence[str], *, make: bool
    ) -> Secret:
        """Return the token of a service account.

        Args:
            account: its name.
            namespace: where it lives.
            namespaces: the only ones it may manage; empty for all.
            make: make the account and its rights first.

        Raises:
            errors.PlumblineError: the cluster refused a step, or made no token in time.
        """
        if make:
            self._ensure(
                self._core.create_namespaced_service_account,
                namespace,
                {"metadata": {"name": account}},
            )
            self._grant(account, namespace, namespaces)
        name = _TOKEN if make else f"{account}-long-lived-token"
        annotations = {"kubernetes.io/service-account.name": account}
        secret = {
            "metadata": {"name": name, "annotations": annotations},
            "type": "kubernetes.io/service-account-token",
        }
        self._ensure(self._core.create_namespaced_secret, namespace, secret)
        return self._filled(name, namespace)

    def _grant(self, account: str, namespace: str, namespaces: Sequence[str]) -> None:
        """Give the account its rights; another one's, by an earlier call, stay."""
        rbac = self._rbac
        subject = {"kind": "ServiceAccount", "name": account, "namespace": namespace}
        if not namespaces:
            role = {"metadata": {"name": _ROLE}, "rules": [*_EVERYTHING, *_URLS]}
            if not self._ensure(rbac.create_cluster_role, role):
                self._call(rbac.patch_cluster_role, _ROLE, {"rules": role["rules"]})
            binding = _binding("ClusterRole", subject)
            if not self._ensure(rbac.create_cluster_role_binding, binding):
                found = self._call(rbac.read_cluster_role_binding, _BINDING)
                change = {"subjects": _with_subject(found, subject)}
                self._call(rbac.patch_cluster_role_binding, _BINDING, change)
        for place in namespaces:
            role = {"metadata": {"name": _ROLE}, "rules": _EVERYTHING}
            if not self._ensure(rbac.create_namespaced_role, place, role):
                self._call(rbac.patch_namespaced_role, _ROLE, place, {"rules": role["rules"]})
            binding = _binding("Role", subject)
            if not self._ensure(rbac.create_namespaced_role_binding, place, binding):
                found = self._call(rbac.read_namespaced_role_binding, _BINDING, place)
                change = {"subjects": _with_subject(found, subject)}
                self._call(rbac.patch_namespaced_role_binding, _BINDING, place, change)

    def _filled(self, name: str, namespace: str) -> Secret:
        """Return the token of a Secret once the cluster has put it there."""
        until = time.monotonic() + _TOKEN_SECONDS
        while time.monotonic() < until:
            found = self._call(self._core.read_namespaced_secret, name, namespace)
            token = (found.data or {}).get("token")
            if token:
                return Secret(base64.b64decode(token).decode())
            time.sleep(_LOOK_SECONDS)
        raise errors.DeadlineExceeded(f"the cluster made no token in Secret {namespace}/{name}")

    def _ensure(self, create: Any, *arguments: Any) -> bool:
        """Create an object; return False if it is there already."""
        try:
            create(*arguments)
        except exceptions.ApiException as error:
            if error.status != 409:
                raise _readable(error) from error
            return False
        except (OSError, HTTPError) as error:
            raise errors.Unavailable(f"the cluster is not reached: {error}") from error
        return True

    def _call(self, method: Any, *arguments: Any) -> Any:
        try:
            return method(*arguments)
        except exceptions.ApiException as error:
            raise _readable(error) from error
        except (OSError, HTTPError) as error:
            raise errors.Unavailable(f"the cluster is not reached: {error}") from error


def _binding(kind: str, subject: dict[str, str]) -> dict[str, Any]:
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": _ROLE}
    return {"metadata": {"name": _BINDING}, "roleRef": reference, "subjects": [subject]}


def _with_subject(binding: Any, subject: dict[str, str]) -> list[dict[str, str]]:
    """Return a binding's subjects and one more, unless it is among them."""
    there = [
        {"kind": s.kind, "name": s.name, "namespace": s.namespace} for s in binding.subjects or []
    ]
    return there if subject in there else [*there, subject]


def _readable(error: exceptions.ApiException) -> errors.PlumblineError:
    classes: dict[int, type[errors.PlumblineError]] = {
        401: errors.Unauthenticated,
        403: errors.PermissionDenied,
        404: errors.NotFound,
    }
    cls = classes.get(error.status, errors.Unavailable)
    return cls(f"the cluster refused: {error.status} {error.reason}")
