"""The hardening list of the security design, checked on every pod of every rendering."""

import json

import pytest

from .conftest import of, pods

WIDE = "argocd-argocd-application-controller"
TOKENS = {"argocd-server", "argocd-application-controller"}


def test_pods_are_restricted(rendered):
    """No root, no privilege, no writable root, RuntimeDefault, no service links."""
    users = {}
    for name, pod in pods(rendered):
        spec = pod["spec"]
        security = spec["securityContext"]
        assert security["runAsNonRoot"], name
        assert 10000 <= security["runAsUser"] == security["runAsGroup"] == security["fsGroup"]
        assert {"type": "RuntimeDefault"} == security["seccompProfile"], name
        assert spec["enableServiceLinks"] is False, name
        for banned in ("hostNetwork", "hostPID", "hostIPC"):
            assert banned not in spec, name
        for container in [*spec.get("initContainers", []), *spec["containers"]]:
            held = container["securityContext"]
            assert {
                "allowPrivilegeEscalation": False,
                "privileged": False,
                "readOnlyRootFilesystem": True,
                "runAsNonRoot": True,
                "capabilities": {"drop": ["ALL"]},
                "seccompProfile": {"type": "RuntimeDefault"},
            } == held, name
        users.setdefault(spec["containers"][0]["name"], security["runAsUser"])
    users.pop("keys")  # runs the api-server's image
    assert len(users) == len(set(users.values())), "two parts share a user"


def test_tokens_only_where_they_are_used(rendered):
    """repo-server and Redis have none; accounts hand out none by themselves."""
    for name, pod in pods(rendered):
        wanted = name in TOKENS or name.startswith("plumbline-keys")
        assert wanted is pod["spec"]["automountServiceAccountToken"], name
    for account in of(rendered, "ServiceAccount"):
        assert account["automountServiceAccountToken"] is False


def test_resources_and_volumes_are_bounded(rendered):
    """Memory and ephemeral storage; every emptyDir, and no volume of the node."""
    for name, pod in pods(rendered):
        for container in pod["spec"]["containers"]:
            assert {"cpu", "memory", "ephemeral-storage"} == set(container["resources"]["requests"])
            assert {"memory", "ephemeral-storage"} <= set(container["resources"]["limits"]), name
        for volume in pod["spec"].get("volumes", []):
            kinds = set(volume) - {"name"}
            assert kinds <= {"emptyDir", "secret", "configMap", "projected"}, name
            if "emptyDir" in volume:
                assert volume["emptyDir"]["sizeLimit"], name
            if "secret" in volume:
                assert 0o440 == volume["secret"]["defaultMode"], name


def test_writable_places_are_volumes(rendered):
    """With a read-only root, HOME, /tmp and the repo-server's data need a volume."""
    for name, pod in pods(rendered):
        (container,) = pod["spec"]["containers"]
        empty = {v["name"] for v in pod["spec"]["volumes"] if "emptyDir" in v}
        places = {m["mountPath"] for m in container["volumeMounts"] if m["name"] in empty}
        assert "/tmp" in places, name
        env = {e["name"]: e.get("value", "") for e in container.get("env", [])}
        for variable in ("HOME", "PLUMBLINE_REPO_SERVER_DATA"):
            if variable in env:
                assert any(f"{env[variable]}/".startswith(f"{p}/") for p in places), name


def test_secrets_come_as_files_or_references(rendered):
    """No password stands in an argument or a literal variable."""
    for name, pod in pods(rendered):
        for container in pod["spec"]["containers"]:
            words = " ".join([*container.get("command", []), *container.get("args", [])])
            assert "requirepass" not in words, name
            for entry in container.get("env", []):
                names_a_file = entry["name"].endswith("_FILE")
                switch = entry["name"] == "PLUMBLINE_MAKE_REDIS_PASSWORD"
                if "PASSWORD" in entry["name"] and not names_a_file and not switch:
                    assert "value" not in entry, name


def test_availability(rendered):
    """Probes, spread, disruption budgets, no replica taken away before another is ready."""
    budgets = [b["spec"]["selector"]["matchLabels"] for b in of(rendered, "PodDisruptionBudget")]
    for item in [*of(rendered, "Deployment"), *of(rendered, "StatefulSet")]:
        name, spec = item["metadata"]["name"], item["spec"]
        (container,) = spec["template"]["spec"]["containers"]
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            assert probe in container, name
        if name == "argocd-redis":
            continue
        assert spec["selector"]["matchLabels"] in budgets, name
        assert spec["template"]["spec"]["topologySpreadConstraints"], name
        if item["kind"] == "Deployment":
            assert 0 == spec["strategy"]["rollingUpdate"]["maxUnavailable"], name
            grace = spec["template"]["spec"]["terminationGracePeriodSeconds"]
            assert container["lifecycle"]["preStop"]["sleep"]["seconds"] < grace
            assert "full=true" not in str(container["livenessProbe"]), name


def test_autoscaled_deployments_have_no_replica_count(helm):
    """Else each upgrade would set it back; logins are shared among the most there may be."""
    objects = helm.objects("scaled")
    for name in ("argocd-server", "argocd-repo-server"):
        assert "replicas" not in of(objects, "Deployment", name)["spec"]
        target = of(objects, "HorizontalPodAutoscaler", name)["spec"]["scaleTargetRef"]
        assert ("Deployment", name) == (target["kind"], target["name"])
    env = dict(pods(objects))["argocd-server"]["spec"]["containers"][0]["env"]
    assert {"name": "ARGOCD_API_SERVER_REPLICAS", "value": "6"} in env


def test_no_rule_has_all_verbs(rendered):
    """And all groups and kinds only where it is documented: the controller's."""
    for item in [*of(rendered, "Role"), *of(rendered, "ClusterRole")]:
        for rule in item["rules"]:
            assert "*" not in rule["verbs"], item["metadata"]["name"]
            assert not {"escalate", "bind", "impersonate"} & set(rule["verbs"])
            if "*" in rule["resources"] or "*" in rule["apiGroups"]:
                assert WIDE == item["metadata"]["name"]


def test_the_only_cluster_wide_rights_are_the_controllers(helm):
    """They can be switched off, and cut to reading."""
    assert [WIDE] == [o["metadata"]["name"] for o in of(helm.objects(), "ClusterRole")]
    off = helm.objects("default", "createClusterRoles=false")
    assert [] == of(off, "ClusterRole") + of(off, "ClusterRoleBinding")
    cut = helm.objects("namespaced")
    (rule,) = of(cut, "ClusterRole", WIDE)["rules"]
    assert ["get", "list", "watch"] == rule["verbs"]
    own = {o["metadata"]["namespace"] for o in of(cut, "Role") if WIDE == o["metadata"]["name"]}
    assert {"shop", "bank"} == own


def test_privilege_escalation_is_asked_for(helm):
    """Only then may the controller grant what it does not have."""
    (_, extra) = of(
        helm.objects("default", "controller.allowPrivilegeEscalation=true"), "ClusterRole", WIDE
    )["rules"]
    assert {"bind", "escalate"} == set(extra["verbs"])
    assert ["rbac.authorization.k8s.io"] == extra["apiGroups"]


def test_repo_server_and_redis_have_no_rights(rendered):
    """No binding names their accounts."""
    bound = {
        subject["name"]
        for item in [*of(rendered, "RoleBinding"), *of(rendered, "ClusterRoleBinding")]
        for subject in item["subjects"]
    }
    assert {*TOKENS, "plumbline-keys"} == bound


def policy(objects, name):
    return of(objects, "NetworkPolicy", f"{name}-network-policy")["spec"]


def peers(rules, port):
    """Names of the workloads that may come, or be gone to, at a port; "*" for anybody else."""
    found = set()
    for rule in rules:
        if port in [p["port"] for p in rule["ports"]]:
            for peer in rule.get("from", rule.get("to", [{}])):
                labels = peer.get("podSelector", {}).get("matchLabels", {})
                found.add(labels.get("app.kubernetes.io/name", "*"))
    return found


def test_network_everything_is_denied_first(rendered):
    """The policy without rules selects every pod of ours."""
    spec = policy(rendered, "argocd-default-deny")
    assert {"podSelector", "policyTypes"} == set(spec)
    assert ["Ingress", "Egress"] == spec["policyTypes"]
    for name, pod in pods(rendered):
        assert spec["podSelector"]["matchLabels"].items() <= pod["metadata"]["labels"].items(), name
    for item in of(rendered, "NetworkPolicy"):
        assert ["Ingress", "Egress"] == item["spec"]["policyTypes"]


def test_network_who_may_call_whom(default):
    """Redis only from the repo-server; the controller only from the api-server."""
    server, controller = "argocd-server", "argocd-application-controller"
    clients = {"argocd-repo-server", "plumbline-keys"}
    assert clients == peers(policy(default, "argocd-redis")["ingress"], 6379)
    assert "egress" not in policy(default, "argocd-redis")
    assert {server} == peers(policy(default, controller)["ingress"], 8087)
    assert {server, controller} == peers(policy(default, "argocd-repo-server")["ingress"], 8081)
    assert {"*"} == peers(policy(default, server)["ingress"], 8080)
    assert {controller} == peers(policy(default, server)["egress"], 8087)
    assert set() == peers(policy(default, server)["egress"], 6379)
    assert set() == peers(policy(default, "argocd-repo-server")["egress"], 8087)
    assert set() == peers(policy(default, "argocd-repo-server")["egress"], 6443)
    assert "ingress" not in policy(default, "plumbline-keys")


def test_network_metadata_services_are_blocked(rendered):
    """Wherever "everywhere" is allowed."""
    wide = [
        peer["ipBlock"]
        for item in of(rendered, "NetworkPolicy")
        for rule in item["spec"].get("egress", [])
        for peer in rule.get("to", [])
        if peer.get("ipBlock", {}).get("cidr") in {"0.0.0.0/0", "::/0"}
    ]
    assert wide
    for block in wide:
        blocked = {"0.0.0.0/0": "169.254.169.254/32", "::/0": "fd00:ec2::254/128"}
        assert blocked[block["cidr"]] in block["except"]


def test_network_egress_of_the_repo_server_can_be_replaced(helm):
    """The users' list stands in the place of "everywhere"."""
    rules = policy(helm.objects("namespaced"), "argocd-repo-server")["egress"]
    blocks = [p["ipBlock"]["cidr"] for r in rules for p in r["to"] if "ipBlock" in p]
    assert ["10.9.0.0/16"] == blocks


@pytest.mark.parametrize("port", [8082, 8083, 8084])
def test_network_metrics_can_be_narrowed(helm, port):
    """To the namespace of the scraper."""
    selector = {"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}
    given = f"global.networkPolicy.metricsFrom={json.dumps([selector])}"
    found = [
        rule["from"]
        for item in of(helm.objects("default", given), "NetworkPolicy")
        for rule in item["spec"].get("ingress", [])
        if port in [p["port"] for p in rule["ports"]]
    ]
    assert [[selector]] == found
