"""What each group of optional values makes; an API server judges it in test_cluster.py."""

import base64
import json

import pytest
import yaml

from .conftest import CHART, VALUES, Refused, of, pods


@pytest.fixture(scope="module")
def switched(helm):
    """All objects for a values file that was written for the argo-cd chart."""
    return helm.objects("argocd")


def decoded(secret):
    return {key: base64.b64decode(text).decode() for key, text in secret["data"].items()}


def container(objects, name):
    return dict(pods(objects))[name]["spec"]["containers"][0]


def test_the_domain_is_the_url(helm):
    """Unless argocd-cm is given another."""
    domain = 'global.domain="argocd.example.org"'

    def url(*settings):
        found = of(helm.objects("default", *settings), "ConfigMap", "argocd-cm")
        return found.get("data", {}).get("url")

    assert url() is None
    assert "https://argocd.example.org" == url(domain)
    assert "https://other" == url(domain, 'configs.cm.url="https://other"')


def test_the_logs_of_all_services(switched, helm):
    """One setting for all; a key of one service is stronger."""
    data = of(switched, "ConfigMap", "argocd-cmd-params-cm")["data"]
    for service in ("server", "reposerver", "controller"):
        assert "debug" == data[f"{service}.log.level"]
        assert "json" == data[f"{service}.log.format"]
    mixed = helm.objects("argocd", 'configs.params.server\\.log\\.level="warn"')
    data = of(mixed, "ConfigMap", "argocd-cmd-params-cm")["data"]
    assert ("warn", "debug") == (data["server.log.level"], data["controller.log.level"])


def test_repositories_credentials_and_clusters(switched):
    """Secrets of the contract (section 7 and 8), which the services find by their label."""
    found = {
        s["metadata"]["name"]: s
        for s in of(switched, "Secret")
        if "argocd.argoproj.io/secret-type" in s["metadata"]["labels"]
    }
    kinds = {n: s["metadata"]["labels"]["argocd.argoproj.io/secret-type"] for n, s in found.items()}
    assert {
        "argocd-repo-shop": "repository",
        "argocd-repo-charts": "repository",
        "argocd-repo-creds-github": "repo-creds",
        "argocd-cluster-east": "cluster",
    } == kinds
    assert {
        "url": "https://git.example.org/shop", "username": "shop", "password": "hidden",
    } == decoded(found["argocd-repo-shop"])  # fmt: skip
    from_values = {"example.org/from": "values"}
    assert from_values == found["argocd-repo-shop"]["metadata"]["annotations"]
    cluster = decoded(found["argocd-cluster-east"])
    assert {"name", "server", "config"} == set(cluster)
    assert ("east", "https://192.0.2.1:6443") == (cluster["name"], cluster["server"])
    assert "QQ==" == json.loads(cluster["config"])["tlsClientConfig"]["caData"]
    assert "east" == found["argocd-cluster-east"]["metadata"]["labels"]["region"]


def test_a_repository_without_an_address_is_refused(helm):
    """With its path."""
    with pytest.raises(Refused) as caught:
        helm.text("default", 'configs.repositories.shop={"password":"x"}')
    assert "/configs/repositories/shop" in str(caught.value)
    assert "url" in str(caught.value)


def test_known_hosts(switched):
    """Both texts, a line each."""
    data = of(switched, "ConfigMap", "argocd-ssh-known-hosts-cm")["data"]
    lines = ["git.example.org ssh-ed25519 AAAA", "other.example.org ssh-ed25519 BBBB"]
    assert lines == data["ssh_known_hosts"].splitlines()


def test_keys_that_may_sign(helm):
    """A ConfigMap under the contract's name, with the user's annotations, if it is to be made."""
    case = ["default", 'configs.gpg.keys={"0EAB53D77C8E1015":"armoured"}']
    made = of(
        helm.objects(*case, 'configs.gpg.annotations.team="a"'), "ConfigMap", "argocd-gpg-keys-cm"
    )
    assert {"0EAB53D77C8E1015": "armoured"} == made["data"]
    assert "a" == made["metadata"]["annotations"]["team"]
    names = {o["metadata"]["name"] for o in helm.objects(*case, "configs.gpg.create=false")}
    assert "argocd-cm" in names
    assert "argocd-gpg-keys-cm" not in names


def test_ingress(switched, helm):
    """Host, TLS and further hosts; its backend is the port that fits the server's TLS."""
    web = of(switched, "Ingress", "argocd-server")["spec"]
    assert "nginx" == web["ingressClassName"]
    assert ["argocd.example.org", "argocd.example.com"] == [rule["host"] for rule in web["rules"]]
    (tls,) = web["tls"]
    assert "argocd-server-tls" == tls["secretName"]
    assert ["argocd.example.org", "argocd.example.com"] == tls["hosts"]

    def port(objects, name="argocd-server"):
        (path, *_) = of(objects, "Ingress", name)["spec"]["rules"][0]["http"]["paths"]
        service = path["backend"]["service"]
        ports = of(objects, "Service", service["name"])["spec"]["ports"]
        return next(p["name"] for p in ports if p["port"] == service["port"]["number"])

    assert "http" == port(switched)
    assert "https" == port(helm.objects("argocd", "configs.params.server\\.insecure=false"))
    grpc = of(switched, "Ingress", "argocd-server-grpc")
    assert "grpc.argocd.example.org" == grpc["spec"]["rules"][0]["host"]
    assert "http" == port(switched, "argocd-server-grpc")
    assert [] == of(helm.objects(), "Ingress")


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("server.ingress.enabled=true", "server.ingress.hostname or global.domain"),
        ('server.certificate={"enabled":true}', "server.certificate.domain or global.domain"),
        (
            'server.certificate={"enabled":true,"domain":"a.example"}',
            "server.certificate.issuer.name",
        ),
        (
            'server={"certificate":{"enabled":true},"certificateSecret":{"enabled":true}}',
            "enable one",
        ),
    ],
)
def test_half_an_option_is_refused(helm, setting, words):
    """Rather than made without the rest."""
    with pytest.raises(Refused) as caught:
        helm.text("default", setting)
    assert words in str(caught.value)


def test_the_users_certificate(helm, switched):
    """In the Secret that the api-server reads, by cert-manager or by value."""
    asked = {"enabled": True, "issuer": {"name": "acme", "kind": "ClusterIssuer"}}
    objects = helm.objects(
        "default", 'global.domain="argocd.example.org"', f"server.certificate={json.dumps(asked)}"
    )
    spec = of(objects, "Certificate", "argocd-server")["spec"]
    assert "argocd-server-tls" == spec["secretName"]
    assert ["argocd.example.org"] == spec["dnsNames"]
    assert {"name": "acme", "kind": "ClusterIssuer"} == spec["issuerRef"]
    given = of(switched, "Secret", "argocd-server-tls")
    assert "kubernetes.io/tls" == given["type"]
    assert {"tls.crt", "tls.key"} == set(given["data"])


def test_service_monitors(helm):
    """Each selects exactly one Service of ours, which has a port of that name."""
    on = '{"enabled":true,"interval":"30s","additionalLabels":{"release":"prometheus"}}'
    parts = ("server", "repoServer", "controller")
    objects = helm.objects("default", *(f"{p}.metrics.serviceMonitor={on}" for p in parts))
    monitors = of(objects, "ServiceMonitor")
    assert 3 == len(monitors)
    scraped = set()
    for monitor in monitors:
        assert "prometheus" == monitor["metadata"]["labels"]["release"]
        labels = monitor["spec"]["selector"]["matchLabels"].items()
        (service,) = [
            s for s in of(objects, "Service") if labels <= s["metadata"]["labels"].items()
        ]
        assert ["argocd"] == monitor["spec"]["namespaceSelector"]["matchNames"]
        (end,) = monitor["spec"]["endpoints"]
        assert "30s" == end["interval"]
        assert end["port"] in {p["name"] for p in service["spec"]["ports"]}
        scraped.add(service["metadata"]["name"])
    assert {"argocd-server-metrics", "argocd-repo-server", "argocd-metrics"} == scraped


def test_metrics_can_be_off(helm):
    """Then no Service has the port."""
    parts = ("server", "repoServer", "controller")
    objects = helm.objects("default", *(f"{p}.metrics.enabled=false" for p in parts))
    ports = {p["port"] for s in of(objects, "Service") for p in s["spec"]["ports"]}
    assert set() == ports & {8082, 8083, 8084}


def test_rules_of_prometheus(helm):
    """As given."""
    spec = [{"alert": "AppMissing", "expr": "absent(argocd_app_info)"}]
    objects = helm.objects(
        "default", f"controller.metrics.rules={json.dumps({'enabled': True, 'spec': spec})}"
    )
    (rule,) = of(objects, "PrometheusRule")
    assert [{"name": "argocd", "rules": spec}] == rule["spec"]["groups"]


def test_placement(switched):
    """The general words for all; a workload's own affinity in their place."""
    found = dict(pods(switched))
    for name, pod in found.items():
        spec = pod["spec"]
        assert {"kubernetes.io/os": "linux"} == spec["nodeSelector"], name
        assert [{"key": "control", "operator": "Exists"}] == spec["tolerations"], name
        anti = spec["affinity"]["podAntiAffinity"]
        if name == "argocd-repo-server":
            assert ["preferredDuringSchedulingIgnoredDuringExecution"] == list(anti)
            continue
        (term,) = anti["requiredDuringSchedulingIgnoredDuringExecution"]
        assert term["labelSelector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
        assert spec["affinity"]["nodeAffinity"], name
    for name in ("argocd-server", "argocd-repo-server", "argocd-application-controller"):
        (spread,) = found[name]["spec"]["topologySpreadConstraints"]
        assert "DoNotSchedule" == spread["whenUnsatisfiable"]
        chosen = spread["labelSelector"]["matchLabels"].items()
        assert chosen <= found[name]["metadata"]["labels"].items()


def test_autoscaling(switched):
    """Processor and memory, and how fast."""
    spec = of(switched, "HorizontalPodAutoscaler", "argocd-server")["spec"]
    assert (3, 6) == (spec["minReplicas"], spec["maxReplicas"])
    targets = {m["resource"]["name"]: m["resource"]["target"] for m in spec["metrics"]}
    assert {"cpu": 60, "memory": 80} == {n: t["averageUtilization"] for n, t in targets.items()}
    assert 300 == spec["behavior"]["scaleDown"]["stabilizationWindowSeconds"]
    repo = of(switched, "HorizontalPodAutoscaler", "argocd-repo-server")["spec"]
    assert (1, 4) == (repo["minReplicas"], repo["maxReplicas"])
    budget = of(switched, "PodDisruptionBudget", "argocd-repo-server")["spec"]
    assert 1 == budget["maxUnavailable"]
    assert 2 == of(switched, "PodDisruptionBudget", "argocd-server")["spec"]["minAvailable"]


def test_what_users_put_into_pods(switched):
    """Volumes, variables, containers before; times of a probe, not its path."""
    pod = dict(pods(switched))["argocd-server"]
    one = container(switched, "argocd-server")
    assert "more" in {v["name"] for v in pod["spec"]["volumes"]}
    assert {"name": "more", "mountPath": "/more"} in one["volumeMounts"]
    assert [{"secretRef": {"name": "proxy", "optional": True}}] == one["envFrom"]
    assert ["first"] == [c["name"] for c in pod["spec"]["initContainers"]]
    probe = one["readinessProbe"]
    assert (3, 10) == (probe["failureThreshold"], probe["initialDelaySeconds"])
    assert {"path", "port", "scheme"} == set(probe["httpGet"])
    assert 5 == probe["periodSeconds"]
    assert "true" == pod["metadata"]["annotations"]["example.org/scan"]
    deployment = of(switched, "Deployment", "argocd-server")["metadata"]
    assert "platform" == deployment["annotations"]["example.org/owner"]


def test_variables_and_containers_of_every_workload(helm):
    """`global.env`, and each workload's own extra containers, flags and variables."""
    parts = {
        "server": "argocd-server",
        "repoServer": "argocd-repo-server",
        "controller": "argocd-application-controller",
    }
    own = [{"name": "OWN", "value": "1"}]
    side = [{"name": "side", "image": "side:1"}]
    settings = ['global.env=[{"name":"ALL","value":"1"}]']
    for part in parts:
        settings += [f"{part}.env={json.dumps(own)}", f"{part}.extraContainers={json.dumps(side)}"]
        settings += [f'{part}.extraArgs=["--loglevel=debug"]']
    found = dict(pods(helm.objects("default", *settings)))
    for name in parts.values():
        first, second = found[name]["spec"]["containers"]
        assert ["ALL", "OWN"] == [e["name"] for e in first["env"][-2:]], name
        assert ["--loglevel=debug"] == first["args"], name
        assert "side" == second["name"], name


def test_services_of_the_users_port(helm):
    """As they are asked for; the port for web pages has none of its own."""
    objects = helm.objects("argocd", "server.service.nodePortHttps=30443")
    spec = of(objects, "Service", "argocd-server")["spec"]
    assert ("NodePort", "Local") == (spec["type"], spec["externalTrafficPolicy"])
    assert {"https": 30443} == {p["name"]: p["nodePort"] for p in spec["ports"] if "nodePort" in p}


def test_objects_of_the_user(switched, helm):
    """With templates in them, as objects or as text."""
    assert {"domain": "argocd.example.org"} == of(switched, "ConfigMap", "plumbline-more")["data"]
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Release.Name }}-text'}"
    of(helm.objects("default", f"extraObjects={json.dumps([text])}"), "ConfigMap", "plumbline-text")


def definitions(helm, *settings):
    objects = helm.objects("default", "crds.install=true", *settings)
    return of(objects, "CustomResourceDefinition")


def test_definitions_come_with_the_release_and_stay(helm):
    """The generated ones, kept by Helm and by a GitOps tool, applied where they fit."""
    found = {item["metadata"]["name"]: item for item in definitions(helm)}
    for file in sorted((CHART / "files/crds").glob("*.yaml")):
        made = yaml.load(file.read_text(), yaml.CSafeLoader)
        one = found.pop(made["metadata"]["name"])
        assert made["spec"] == one["spec"]
        assert made["metadata"]["labels"].items() <= one["metadata"]["labels"].items()
        assert {
            "helm.sh/resource-policy": "keep",
            "argocd.argoproj.io/sync-options": "ServerSideApply=true,Prune=false,Delete=false",
        } == one["metadata"]["annotations"]
    assert {} == found


def test_definitions_may_go_and_may_be_left_out(helm):
    """Both are asked for."""
    for item in definitions(helm, "crds.keep=false", 'crds.annotations={"a":"b"}'):
        annotations = item["metadata"]["annotations"]
        assert {"a", "argocd.argoproj.io/sync-options"} == set(annotations)
        assert "ServerSideApply=true" == annotations["argocd.argoproj.io/sync-options"]
    assert [] == of(helm.objects(), "CustomResourceDefinition")


def test_helm_finds_no_definitions_of_its_own_kind(helm):
    """In `crds/` they would be installed a second time, outside the release, and never upgraded."""
    argv = ["template", "plumbline", str(CHART), "--include-crds", "--set=crds.install=false"]
    assert "kind: CustomResourceDefinition" not in helm.run(*argv)


def test_nothing_is_said_to_be_empty(rendered):
    """`data:` without a value would take away what a service, or a user, has put there."""
    for item in rendered:
        assert None not in item.values(), item["metadata"]["name"]
        assert None not in (item.get("spec") or {}).values(), item["metadata"]["name"]


def test_no_hooks_of_helm(rendered):
    """They would run at every sync under self-management."""
    for item in rendered:
        annotations = item["metadata"].get("annotations") or {}
        assert [] == [key for key in annotations if key.startswith("helm.sh/hook")]


def test_the_values_file_is_realistic():
    """The example has keys of every class that does not fail."""
    table = yaml.safe_load((CHART / "files/argo-cd-values.yaml").read_text())
    given = yaml.safe_load((VALUES / "argocd.yaml").read_text())

    def has(path):
        node = given
        for name in path.split("."):
            if not isinstance(node, dict) or name not in node:
                return False
            node = node[name]
        return True

    for kind, least in (("same", 60), ("ignored", 8), ("differs", 2)):
        assert least <= len([path for path in table[kind] if has(path)]), kind
