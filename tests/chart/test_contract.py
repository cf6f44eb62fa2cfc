"""Names, ports, variables and flags: what users' tools look for, and what our services read."""

import re
import shlex

import pytest
import yaml

from plumbline.api_server.keys import AUTHORITY, REDIS, SIGNING, identity_name
from plumbline.api_server.keys import Settings as Keys
from plumbline.api_server.settings import Settings as ApiServer
from plumbline.app_controller.settings import Settings as AppController
from plumbline.repo_server.settings import Settings as RepoServer
from plumbline.rpc import credentials
from plumbline.runtime import settings

from .conftest import CHART, of, pods

SERVICES = {
    "server": ApiServer,
    "repo-server": RepoServer,
    "application-controller": AppController,
    "keys": Keys,
}
COMPONENTS = {
    "server": "server",
    "repoServer": "repo-server",
    "controller": "application-controller",
}
DEFAULTS = {"HOME"}  # of the operating system
IMAGES = {
    "server": "services/api-server",
    "repo-server": "services/repo-server",
    "application-controller": "services/app-controller",
    "keys": "services/api-server",
}


def known(cls):
    """(flags, variables) that a service reads."""
    rows = settings.describe(cls)
    variables = {name for _, names, *_ in rows for name in names.split(", ") if name}
    return {flag for flag, *_ in rows if flag}, variables


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("Deployment", "argocd-server"),
        ("Deployment", "argocd-repo-server"),
        ("StatefulSet", "argocd-application-controller"),
        ("Deployment", "argocd-redis"),
    ],
)
def test_workloads_and_their_accounts_and_selectors(default, kind, name):
    """Contract, section 24: the account is named like the workload, which its label names."""
    spec = of(default, kind, name)["spec"]
    assert name == spec["selector"]["matchLabels"]["app.kubernetes.io/name"]
    assert name == spec["template"]["spec"]["serviceAccountName"]
    of(default, "ServiceAccount", name)


@pytest.mark.parametrize(
    ("service", "ports", "workload"),
    [
        ("argocd-server", {80: 8080, 443: 8080}, "argocd-server"),
        ("argocd-server-metrics", {8083: 8083}, "argocd-server"),
        ("argocd-repo-server", {8081: 8081, 8084: 8084}, "argocd-repo-server"),
        ("argocd-repo-server-pods", {8081: 8081}, "argocd-repo-server"),
        ("argocd-metrics", {8082: 8082}, "argocd-application-controller"),
        ("argocd-application-controller", {8087: 8087}, "argocd-application-controller"),
        ("argocd-redis", {6379: 6379}, "argocd-redis"),
    ],
)
def test_services_reach_their_containers(default, service, ports, workload):
    """Port and target of each Service; the target's name is one of the selected pod's."""
    spec = of(default, "Service", service)["spec"]
    pod = dict(pods(default))[workload]
    named = {p["name"]: p["containerPort"] for p in pod["spec"]["containers"][0]["ports"]}
    assert ports == {p["port"]: named[p["targetPort"]] for p in spec["ports"]}
    assert spec["selector"].items() <= pod["metadata"]["labels"].items()


def test_every_variable_is_one_that_the_service_reads(rendered):
    """A misspelt variable would be ignored in silence."""
    for name, pod in pods(rendered):
        (container,) = pod["spec"]["containers"]
        if container["name"] == "redis":
            continue
        _, variables = known(SERVICES[container["name"]])
        given = [entry["name"] for entry in container.get("env", [])]
        assert len(given) == len(set(given)), name
        assert set() == set(given) - variables - DEFAULTS, name


def test_the_services_start_with_the_fixed_values(helm):
    """Flags and literal values are read by the service's own parser."""
    for _, pod in pods(helm.objects("scaled")):
        (container,) = pod["spec"]["containers"]
        if container["name"] == "redis":
            continue
        literal = {e["name"]: e["value"] for e in container.get("env", []) if "value" in e}
        settings.load(SERVICES[container["name"]], container.get("args", []), literal, prog="test")


@pytest.mark.parametrize("component", COMPONENTS)
def test_the_table_of_parameters(component):
    """Each maps to a variable of that service, and none of ours of the contract is left out."""
    table = yaml.safe_load((CHART / "files/params.yaml").read_text())[component]
    _, variables = known(SERVICES[COMPONENTS[component]])
    assert set() == set(table.values()) - variables
    assert len(table) == len(set(table.values()))
    # Variables of the contract that are no key of argocd-cmd-params-cm, or that the chart fixes.
    without_key = re.compile(
        r"ARGOCD_(NAMESPACE|EXEC_TIMEOUT|GRPC_MAX_SIZE_MB|RECONCILIATION_TIMEOUT_SECONDS"
        r"|(SERVER|APPLICATION_CONTROLLER)_METRICS_PORT"
        r"|API_SERVER_REPLICAS|MAX_CONCURRENT_LOGIN_REQUESTS_COUNT|SESSION_.*"
        r"|GPG_ENABLED|GIT_ATTEMPTS_COUNT|GIT_RETRY_.*)"
    )
    for _, names, *_ in settings.describe(SERVICES[COMPONENTS[component]]):
        contract = {v for v in names.split(", ") if v.startswith("ARGOCD_")}
        contract = {v for v in contract if not without_key.fullmatch(v)}
        # Of a setting with several names, one will do.
        assert not contract or contract & set(table.values()), names


def test_parameters_reach_the_pods(helm):
    """By reference, and a change restarts the pods."""

    def checksum(*given):
        pod = dict(pods(helm.objects("default", *given)))["argocd-repo-server"]
        return pod["metadata"]["annotations"]["checksum/cmd-params"]

    pod = dict(pods(helm.objects()))["argocd-repo-server"]
    env = {e["name"]: e for e in pod["spec"]["containers"][0]["env"]}
    reference = {"name": "argocd-cmd-params-cm", "key": "redis.server", "optional": True}
    assert reference == env["REDIS_SERVER"]["valueFrom"]["configMapKeyRef"]
    assert checksum() == checksum()
    assert checksum() != checksum("configs.params.reposerver\\.parallelism\\.limit=3")


def test_mounted_secrets_are_those_that_the_job_makes(default):
    """And the Job may touch no others."""
    made = {AUTHORITY, SIGNING, REDIS, *(identity_name(role) for role in credentials.ROLES)}
    rules = of(default, "Role", "plumbline-keys")["rules"]
    assert made == {name for rule in rules for name in rule.get("resourceNames", [])}
    mounted = {
        volume["secret"]["secretName"]
        for _, pod in pods(default)
        for volume in pod["spec"].get("volumes", [])
        if "secret" in volume
    }
    assert made - {AUTHORITY} == mounted


def test_each_workload_has_its_own_identity_only(default):
    """The repo-server's certificate does not open the controller."""
    roles = {
        "argocd-server": "api-server",
        "argocd-repo-server": "repo-server",
        "argocd-application-controller": "controller",
    }
    for name, pod in pods(default):
        found = {
            v["secret"]["secretName"]
            for v in pod["spec"].get("volumes", [])
            if "secret" in v and v["secret"]["secretName"].startswith("plumbline-identity-")
        }
        expected = {identity_name(roles[name])} if name in roles else set()
        assert expected == found, name


def test_users_and_commands_are_the_images(default):
    """runAsUser is the Dockerfile's USER, and the Job's command starts its Python."""
    root = CHART.parents[2]
    for _, pod in pods(default):
        (container,) = pod["spec"]["containers"]
        if container["name"] not in IMAGES:
            continue
        text = (root / IMAGES[container["name"]] / "Dockerfile").read_text()
        (user,) = re.findall(r"^USER (\d+):\1$", text, re.MULTILINE)
        assert int(user) == pod["spec"]["securityContext"]["runAsUser"]
        if "command" in container:
            (entry,) = re.findall(r"^ENTRYPOINT \[(.*)\]$", text, re.MULTILINE)
            assert shlex.split(entry.replace(",", ""))[:2] == container["command"][:2]


def test_an_external_redis(helm):
    """Address, password, TLS and CA reach the repo-server; nothing of ours runs."""
    objects = helm.objects("external-redis")
    params = of(objects, "ConfigMap", "argocd-cmd-params-cm")["data"]
    assert "redis.example.org:6380" == params["redis.server"]
    assert [] == [o for o in objects if o["metadata"]["name"].startswith("argocd-redis")]
    pod = dict(pods(objects))["argocd-repo-server"]
    env = {e["name"]: e for e in pod["spec"]["containers"][0]["env"]}
    (volume,) = [v for v in pod["spec"]["volumes"] if v["name"] == "redis-password"]
    assert "my-redis" == volume["secret"]["secretName"]
    (item,) = volume["secret"]["items"]
    assert "redis-password" == item["key"]
    mounts = {m["name"]: m["mountPath"] for m in pod["spec"]["containers"][0]["volumeMounts"]}
    file = f"{mounts['redis-password']}/{item['path']}"
    literal = {name: e["value"] for name, e in env.items() if "value" in e}
    parsed = settings.load(RepoServer, [], literal, prog="test")
    assert parsed.redis_use_tls
    assert "/etc/plumbline/redis/ca.crt" == parsed.redis_ca
    assert file == parsed.redis_password_file
    job = next(pod for name, pod in pods(objects) if name.startswith("plumbline-keys-"))
    flags = {e["name"]: e.get("value") for e in job["spec"]["containers"][0]["env"]}
    assert "false" == flags["PLUMBLINE_MAKE_REDIS_PASSWORD"]


def test_probes_ask_three_questions(rendered):
    """Liveness asks for nothing that a restart would not bring; readiness for all."""
    for name, pod in pods(rendered):
        (container,) = pod["spec"]["containers"]
        if container["name"] not in SERVICES or container["name"] == "keys":
            continue
        asked = {
            kind: container[f"{kind}Probe"]["httpGet"]["path"]
            for kind in ("startup", "liveness", "readiness")
        }
        assert {"startup": "/livez", "liveness": "/livez", "readiness": "/readyz"} == asked, name
        for kind in asked:
            assert "metrics" == container[f"{kind}Probe"]["httpGet"]["port"], name


@pytest.mark.parametrize(
    "name", ["argocd-server", "argocd-repo-server", "argocd-application-controller"]
)
def test_there_is_time_to_drain(default, name):
    """The pause before the stop and the grace of the service fit into the pod's."""
    spec = dict(pods(default))[name]["spec"]
    (container,) = spec["containers"]
    parsed = settings.load(SERVICES[container["name"]], [], {}, prog="test")
    pause = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
    needed = pause + parsed.shutdown_delay + parsed.shutdown_grace + 2  # gRPC's last words
    assert needed < spec["terminationGracePeriodSeconds"]
