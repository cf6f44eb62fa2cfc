"""A real API server takes every object, with Pod Security `restricted` enforced."""

import os
import pathlib

import pytest
import yaml

from .conftest import CASES, CHART, NO_CRDS, pods

pytestmark = pytest.mark.cluster

LABELS = {
    "pod-security.kubernetes.io/enforce": "restricted",
    "pod-security.kubernetes.io/warn": "restricted",
}


@pytest.fixture
def restricted(cluster, namespace):
    cluster.api.merge(f"/api/v1/namespaces/{namespace}", {"metadata": {"labels": LABELS}})
    return namespace


@pytest.fixture(scope="session")
def definitions(kubectl):
    kubectl("apply", "--server-side", f"--filename={CHART / 'files/crds'}")


def dry_run(kubectl, objects):
    text = yaml.safe_dump_all(objects)
    return kubectl("create", "--dry-run=server", "--validate=strict", "-f-", "-o=name", stdin=text)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.usefixtures("definitions")
def test_the_api_server_takes_every_object(helm, kubectl, restricted, case):
    """No unknown field, no invalid value, no port or label that it refuses."""
    objects = [
        o
        for o in helm.objects(case, namespace=restricted)
        if o["metadata"].get("namespace") in {None, restricted}
    ]
    assert len(objects) == len(dry_run(kubectl, objects).splitlines())


@pytest.mark.parametrize("case", CASES)
def test_every_pod_passes_restricted(helm, kubectl, restricted, case, cluster):
    """Admission judges pods, not workloads: each template is tried as a pod."""
    templates = list(pods(helm.objects(case, namespace=restricted)))
    assert len(templates) >= 5
    for name, template in templates:
        spec = {**template["spec"], "serviceAccountName": "default"}
        spec.setdefault("restartPolicy", "Always")
        spec.pop("priorityClassName", None)
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": restricted},
            "spec": spec,
        }
        dry_run(kubectl, [pod])
        worse = yaml.safe_load(yaml.safe_dump(pod))
        worse["spec"]["containers"][0]["securityContext"]["capabilities"] = {}
        with pytest.raises(AssertionError, match="violates PodSecurity"):
            dry_run(kubectl, [worse])
    assert [] == cluster.api.get(f"/api/v1/namespaces/{restricted}/pods")["items"]


def test_helm_installs_and_upgrades(helm, cluster, kubectl, namespace):
    """Install, the same again, and with other values; what the api-server added stays."""
    where = [f"--namespace={namespace}", f"--kubeconfig={cluster.kubeconfig}"]
    chart = ["plumbline", str(CHART), *where]
    scale = ["server.replicas=0", "repoServer.replicas=0", "controller.replicas=0"]
    idle = [f"--set-json={s}" for s in (*scale, "keys.renewal.enabled=false", NO_CRDS)]
    helm.run("install", *chart, *idle)
    patch = {"data": {"server.secretkey": "a2VwdA=="}}
    path = f"/api/v1/namespaces/{namespace}/secrets/argocd-secret"
    cluster.api.merge(path, patch)

    helm.run("upgrade", *chart, *idle)
    helm.run("upgrade", *chart, *idle, "--set-json=keys.certificateDays=365")
    assert "a2VwdA==" == cluster.api.get(path)["data"]["server.secretkey"]
    jobs = cluster.api.get(f"/apis/batch/v1/namespaces/{namespace}/jobs")["items"]
    assert 1 == len(jobs)

    helm.run("uninstall", "plumbline", *where)
    assert "a2VwdA==" == cluster.api.get(path)["data"]["server.secretkey"]
    left = kubectl("get", "clusterrole", "-o=name").splitlines()
    assert (
        f"clusterrole.rbac.authorization.k8s.io/{namespace}-argocd-application-controller"
        not in left
    )


RIGHTS = [
    ("argocd-server", "patch", "secrets", True),
    ("argocd-server", "update", "applications.argoproj.io", True),
    ("argocd-server", "create", "pods", False),
    ("argocd-server", "create", "roles.rbac.authorization.k8s.io", False),
    ("argocd-application-controller", "patch", "applications.argoproj.io", True),
    ("argocd-application-controller", "delete", "deployments.apps", True),
    ("argocd-application-controller", "escalate", "clusterroles.rbac.authorization.k8s.io", False),
    ("argocd-application-controller", "impersonate", "users", False),
    ("argocd-repo-server", "get", "secrets", False),
    ("argocd-repo-server", "get", "configmaps", False),
    ("argocd-redis", "get", "secrets", False),
    ("plumbline-keys", "create", "secrets", True),
    ("plumbline-keys", "list", "secrets", False),
    ("plumbline-keys", "patch", "secrets/argocd-secret", False),
    ("plumbline-keys", "patch", "secrets/plumbline-authority", True),
]


@pytest.mark.usefixtures("definitions")
def test_accounts_can_do_what_they_need_and_no_more(helm, kubectl, cluster, namespace):
    """As the API server itself judges it, in this namespace and in another one."""
    wanted = {"ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"}
    objects = [o for o in helm.objects(namespace=namespace) if o["kind"] in wanted]
    kubectl("create", "-f-", stdin=yaml.safe_dump_all(objects))
    try:
        for account, verb, resource, expected in RIGHTS:
            assert expected is may(cluster, kubectl, namespace, account, verb, resource), (
                account, verb, resource,
            )  # fmt: skip
        for verb, resource in (("get", "secrets"), ("list", "applications.argoproj.io")):
            assert not may(cluster, kubectl, namespace, "argocd-server", verb, resource, "default")
    finally:
        wide = [o for o in objects if o["kind"].startswith("Cluster")]
        kubectl("delete", "-f-", stdin=yaml.safe_dump_all(wide))


def may(cluster, kubectl, namespace, account, verb, resource, where=None):
    plural, _, name = resource.partition("/")
    plural, _, group = plural.partition(".")
    attributes = {
        "namespace": where or namespace, "verb": verb, "group": group, "resource": plural,
        "name": name,
    }  # fmt: skip
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {
            "user": f"system:serviceaccount:{namespace}:{account}",
            "groups": ["system:serviceaccounts", "system:authenticated"],
            "resourceAttributes": attributes,
        },
    }
    path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
    return cluster.api.create(path, review)["status"]["allowed"]


ACCOUNTS = (
    "argocd-server", "argocd-application-controller", "argocd-repo-server", "argocd-redis",
    "plumbline-keys",
)  # fmt: skip
RIGHTS_FILES = pathlib.Path(__file__).parent / "rights"


def listed(kubectl, namespace, account):
    """What ``kubectl auth can-i --list`` tells of an account in the release's namespace."""
    user = f"system:serviceaccount:{namespace}:{account}"
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}")
    who = [f"--as={user}", *(f"--as-group={g}" for g in (*groups, "system:authenticated"))]
    text = kubectl("auth", "can-i", "--list", f"--namespace={namespace}", *who)
    head, *rows = (line.rstrip() for line in text.splitlines() if line.strip())
    assert head.startswith("Resources")
    return "\n".join(" ".join(row.split()) for row in [head, *sorted(rows)]) + "\n"


@pytest.mark.parametrize("case", ["default", "namespaced"])
@pytest.mark.usefixtures("definitions")
def test_the_rights_are_the_reviewed_ones(helm, kubectl, namespace, case):
    """Kept in ``rights/``, so that a change of a role is seen as what it means.

    After a change that is meant: PLUMBLINE_WRITE_RIGHTS=1 writes them anew.
    """
    wanted = {"ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"}
    # The namespaces that the controller manages in that case are not this one.
    objects = [
        o
        for o in helm.objects(case, namespace=namespace)
        if o["kind"] in wanted and o["metadata"].get("namespace") in {None, namespace}
    ]
    kubectl("create", "-f-", stdin=yaml.safe_dump_all(objects))
    try:
        for account in ACCOUNTS:
            file = RIGHTS_FILES / case / f"{account}.txt"
            found = listed(kubectl, namespace, account)
            if os.environ.get("PLUMBLINE_WRITE_RIGHTS"):
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(found)
            assert file.read_text() == found, account
    finally:
        wide = [o for o in objects if o["kind"].startswith("Cluster")]
        kubectl("delete", "-f-", stdin=yaml.safe_dump_all(wide))


def test_helm_brings_definitions_and_leaves_them(helm, cluster, namespace):
    """It takes over what is there; neither an upgrade without them nor the end deletes them."""
    where = [f"--namespace={namespace}", f"--kubeconfig={cluster.kubeconfig}"]
    scale = ["server.replicas=0", "repoServer.replicas=0", "controller.replicas=0"]
    idle = [f"--set-json={s}" for s in (*scale, "keys.renewal.enabled=false")]
    helm.run("install", "plumbline", str(CHART), *where, *idle, "--take-ownership")
    root = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    names = ("applications", "applicationsets", "appprojects")

    def uids():
        return [cluster.api.get(f"{root}/{n}.argoproj.io")["metadata"]["uid"] for n in names]

    before = uids()
    marked = '--set-json=crds.additionalLabels={"upgraded":"yes"}'
    helm.run("upgrade", "plumbline", str(CHART), *where, *idle, marked)
    for name in names:
        found = cluster.api.get(f"{root}/{name}.argoproj.io")["metadata"]
        assert "yes" == found["labels"]["upgraded"]
    helm.run("upgrade", "plumbline", str(CHART), *where, *idle, f"--set-json={NO_CRDS}")
    assert before == uids()
    helm.run("uninstall", "plumbline", *where)
    assert before == uids()


def differences(wanted, found, path=""):
    """Paths at which what was given back does not hold what was wanted."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key, value in wanted.items():
            yield from differences(value, found.get(key), f"{path}.{key}")
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for number, (one, other) in enumerate(zip(wanted, found, strict=True)):
            yield from differences(one, other, f"{path}[{number}]")
    elif wanted != found:
        yield f"{path}: {wanted!r} became {found!r}"


@pytest.mark.parametrize("case", CASES)
@pytest.mark.usefixtures("definitions")
def test_the_api_server_gives_back_what_it_was_given(helm, kubectl, namespace, case):
    """No order that it changes, no field that it drops, no number that it writes otherwise.

    A GitOps tool would see such an object as OutOfSync for ever.
    """
    objects = [
        {**o, "spec": {**o["spec"], "replicas": 0}}
        if o["kind"] in {"Deployment", "StatefulSet"}
        else o
        for o in helm.objects(case, "keys.renewal.enabled=false", namespace=namespace)
        if o["metadata"].get("namespace") == namespace and o["kind"] != "Job"
    ]
    kubectl("create", "-f-", stdin=yaml.safe_dump_all(objects))
    text = kubectl("get", "-f-", "-o=yaml", stdin=yaml.safe_dump_all(objects))
    found = {(o["kind"], o["metadata"]["name"]): o for o in yaml.safe_load(text)["items"]}
    wrong = {
        (o["kind"], o["metadata"]["name"]): list(
            differences(o, found[o["kind"], o["metadata"]["name"]])
        )
        for o in objects
    }
    assert {} == {name: paths for name, paths in wrong.items() if paths}
