"""The flags of ``cluster add``, and how a cluster is named."""

from typing import Any, Final

from plumbline.cli.flags import Flag, Flags
from plumbline.cli.spec.words import cleaned, pairs

__all__ = ["ADD", "cluster", "foreign_config", "query"]

_Tree = dict[str, Any]

ADD: Final = [
    Flag("kubeconfig", text="kubeconfig file; KUBECONFIG or ~/.kube/config by default"),
    Flag("name", text="name of the cluster; by default the context's"),
    Flag("project", text="the only project that may use the cluster"),
    Flag("namespace", "stringArray", "the only namespaces to manage"),
    Flag("cluster-resources", "bool", "manage cluster resources too, beside --namespace"),
    Flag("in-cluster", "bool", "reach the cluster from within, at its own service address"),
    Flag(
        "cluster-endpoint",
        text="kubeconfig, kube-public or internal",
        choices=("kubeconfig", "kube-public", "internal"),
    ),
    Flag("service-account", text="use the token of this service account, and make none"),
    Flag("system-namespace", text="namespace of the service account", default="kube-system"),
    Flag("label", "stringArray", "labels of the cluster, KEY=VALUE"),
    Flag("annotation", "stringArray", "annotations of the cluster, KEY=VALUE"),
    Flag(
        "shard",
        "int",
        "shard that manages the cluster; chosen by the server if negative",
        default=-1,
    ),
    Flag("disable-compression", "bool", "ask the cluster for uncompressed answers"),
    Flag("proxy-url", text="proxy to reach the cluster by, for this command and the server"),
    Flag("server-proxy-url", text="proxy for the server only"),
    Flag("aws-cluster-name", text="name of the EKS cluster, for a token of AWS"),
    Flag("aws-role-arn", text="role to assume for a token of AWS"),
    Flag("aws-profile", text="profile for a token of AWS"),
    Flag("exec-command", text="command whose output is a token"),
    Flag("exec-command-args", "stringArray", "an argument of the command"),
    Flag("exec-command-env", "stringToString", "environment of the command, KEY=VALUE,..."),
    Flag("exec-command-api-version", text="API version of the command's output"),
    Flag("exec-command-install-hint", text="what to tell where the command is missing"),
    Flag("upsert", "bool", "update a cluster that is there"),
    Flag("yes", "bool", "do not ask", short="y"),
]


def query(word: str) -> _Tree:
    """Return how a cluster is named: by its URL or by its name."""
    return {"server" if "://" in word else "name": word}


def foreign_config(flags: Flags) -> _Tree | None:
    """Return credentials that need no service account: AWS's, or a command's; None without them."""
    if flags.text("aws-cluster-name"):
        return {
            "awsAuthConfig": cleaned(
                {
                    "clusterName": flags.text("aws-cluster-name"),
                    "roleARN": flags.text("aws-role-arn"),
                    "profile": flags.text("aws-profile"),
                }
            )
        }
    if flags.text("exec-command"):
        return {
            "execProviderConfig": cleaned(
                {
                    "command": flags.text("exec-command"),
                    "args": flags.listed("exec-command-args"),
                    "env": flags.pairs("exec-command-env"),
                    "apiVersion": flags.text("exec-command-api-version"),
                    "installHint": flags.text("exec-command-install-hint"),
                }
            )
        }
    return None


def cluster(flags: Flags, *, server: str, config: _Tree) -> _Tree:
    """Return the cluster that flags describe.

    Raises:
        errors.InvalidArgument: a label or annotation has the wrong form.
    """
    proxy = flags.text("server-proxy-url") or flags.text("proxy-url")
    more = {"disableCompression": flags.on("disable-compression") or None, "proxyUrl": proxy}
    shard = flags.number("shard")
    return {
        "server": server,
        "name": flags.text("name") or flags.argument("context"),
        "config": {**config, **cleaned(more)},
        **cleaned(
            {
                "namespaces": flags.listed("namespace"),
                "clusterResources": flags.on("cluster-resources") or None,
                "project": flags.text("project"),
                "labels": pairs("label", flags.listed("label")),
                "annotations": pairs("annotation", flags.listed("annotation")),
            }
        ),
        **({"shard": shard} if shard >= 0 else {}),
    }
