"""`cluster add` against a real cluster: account, rights and token, and what the server is told."""

import base64
import contextlib
import json
import pathlib

import pytest
import yaml

from plumbline.core import errors
from plumbline.testcluster import api as cluster_api

pytestmark = pytest.mark.cluster

ROLES = "/apis/rbac.authorization.k8s.io/v1"


@pytest.fixture
def context(cluster):
    return yaml.safe_load(pathlib.Path(cluster.kubeconfig).read_text())["current-context"]


@pytest.fixture
def add(ask, cluster, context, namespace):
    """Run `cluster add` with the account in the test's own namespace."""

    def run(*words):
        line = ["cluster", "add", context, "--kubeconfig", str(cluster.kubeconfig)]
        return ask(*line, "--system-namespace", namespace, *words)

    return run


def _told(api):
    return api.requests("Create")[-1]["cluster"]


def _can(cluster, token, verb, resource, namespace=""):
    """Ask the cluster what the holder of a token may do."""
    review = {"spec": {"resourceAttributes": {"verb": verb, "resource": resource}}}
    review["spec"]["resourceAttributes"]["namespace"] = namespace
    kubeconfig = yaml.safe_load(pathlib.Path(cluster.kubeconfig).read_text())
    kubeconfig["users"][0]["user"] = {"token": token}
    path = pathlib.Path(cluster.kubeconfig).with_name("token.kubeconfig")
    path.write_text(yaml.safe_dump(kubeconfig))
    client = cluster_api.Api.of(path)
    reviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    return client.create(reviews, review)["status"]["allowed"]


def test_whole_cluster(api, add, cluster, context, namespace):
    """The account has all rights; the server gets its token and the cluster's authority."""
    done = add("-y", "--label", "env=test", "--project", "team", "--shard", "2")

    assert 0 == done.code, done.err
    told = _told(api)
    kubeconfig = yaml.safe_load(pathlib.Path(cluster.kubeconfig).read_text())
    entry = kubeconfig["clusters"][0]["cluster"]
    assert (entry["server"], context) == (told["server"], told["name"])
    assert ({"env": "test"}, "team", 2) == (told["labels"], told["project"], told["shard"])
    assert told["config"]["tlsClientConfig"]["insecure"] is False
    authority = base64.b64decode(told["config"]["tlsClientConfig"]["caData"])
    assert authority.startswith(b"-----BEGIN CERTIFICATE-----")
    token = told["config"]["bearerToken"]
    assert _can(cluster, token, "delete", "secrets", namespace)
    assert token not in done.out + done.err
    account = cluster.api.get(f"/api/v1/namespaces/{namespace}/serviceaccounts/argocd-manager")
    assert "argocd-manager" == account["metadata"]["name"]


def test_again(api, add):
    """Adding a cluster again finds what is there, and tells the same token."""
    assert 0 == add("-y").code
    first = _told(api)["config"]["bearerToken"]

    assert 0 == add("-y", "--upsert").code
    assert first == _told(api)["config"]["bearerToken"]


def test_namespaces(api, add, cluster, namespace):
    """With --namespace, the account has rights there and nowhere else."""
    done = add("-y", "--namespace", namespace)

    assert 0 == done.code, done.err
    told = _told(api)
    assert [namespace] == told["namespaces"]
    assert cluster.api.get(f"{ROLES}/namespaces/{namespace}/roles/argocd-manager-role")
    binding = cluster.api.get(
        f"{ROLES}/namespaces/{namespace}/rolebindings/argocd-manager-role-binding"
    )
    assert namespace == binding["subjects"][0]["namespace"]
    token = told["config"]["bearerToken"]
    assert _can(cluster, token, "delete", "secrets", namespace)
    assert not _can(cluster, token, "delete", "secrets", "kube-system")


def test_second_account(api, add, cluster, namespace):
    """Rights that an earlier account has stay its own, and the new one gets them too."""
    earlier = {"kind": "ServiceAccount", "name": "argocd-manager", "namespace": "kube-system"}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole"}
    name = "argocd-manager-role"
    binding = {
        "metadata": {"name": f"{name}-binding"},
        "roleRef": {**role, "name": name},
        "subjects": [earlier],
    }
    with contextlib.suppress(errors.AlreadyExists):
        cluster.api.create(f"{ROLES}/clusterrolebindings", binding)

    assert 0 == add("-y").code
    found = cluster.api.get(f"{ROLES}/clusterrolebindings/{name}-binding")["subjects"]
    assert namespace in [s["namespace"] for s in found]
    assert len(found) > 1
    assert _can(cluster, _told(api)["config"]["bearerToken"], "delete", "secrets", namespace)


def test_nobody_agrees(api, add, cluster, namespace):
    """Where nobody can be asked, nothing is made without --yes."""
    done = add()

    assert 20 == done.code
    assert "--yes" in done.err
    assert [] == api.asked
    accounts = cluster.api.get(f"/api/v1/namespaces/{namespace}/serviceaccounts")["items"]
    assert "argocd-manager" not in [a["metadata"]["name"] for a in accounts]


def test_other_credentials(api, add, cluster, namespace):
    """AWS's credentials, or a command's, need no account."""
    aws = ["--aws-cluster-name", "eks", "--aws-role-arn", "arn"]
    command = ["--exec-command", "get-token", "--exec-command-args", "a", "--in-cluster"]

    assert 0 == add(*aws).code
    assert {"clusterName": "eks", "roleARN": "arn"} == _told(api)["config"]["awsAuthConfig"]
    assert 0 == add(*command, "--exec-command-env", "A=1,B=2").code
    told = _told(api)
    wanted = {"command": "get-token", "args": ["a"], "env": {"A": "1", "B": "2"}}
    assert wanted == told["config"]["execProviderConfig"]
    assert "https://kubernetes.default.svc" == told["server"]
    accounts = cluster.api.get(f"/api/v1/namespaces/{namespace}/serviceaccounts")["items"]
    assert "argocd-manager" not in [a["metadata"]["name"] for a in accounts]


def test_unknown_context(api, ask, cluster):
    """A context that does not exist is named; without any, those there are are listed."""
    kubeconfig = ["--kubeconfig", str(cluster.kubeconfig)]

    unknown = ask("cluster", "add", "nowhere", *kubeconfig, "-y")
    none = ask("cluster", "add", *kubeconfig)

    assert (20, 20) == (unknown.code, none.code)
    assert "Context nowhere does not exist in kubeconfig" in json.loads(unknown.err)["msg"]
    assert none.out.startswith("CURRENT")
    assert [] == api.asked
