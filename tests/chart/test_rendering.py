"""helm accepts the chart and its values, refuses wrong ones, and always renders the same."""

import pytest
import yaml

from .conftest import CASES, CHART, VALUES, Refused, of


@pytest.mark.parametrize("case", CASES)
def test_lint(helm, case):
    """No warning, with every values file."""
    files = [] if case == "default" else [f"--values={VALUES / case}.yaml"]
    assert "0 chart(s) failed" in helm.run("lint", "--strict", str(CHART), *files)


@pytest.mark.parametrize("case", CASES)
def test_rendering_twice_gives_the_same(helm, case):
    """Nothing random and no time: a GitOps tool sees no difference."""
    assert helm.text(case) == helm.text(case)


def test_every_document_is_an_object_with_namespace_and_labels(rendered):
    """Nothing lands in another namespace by accident; names are unique."""
    elsewhere = {"ClusterRole", "ClusterRoleBinding"}
    seen = set()
    for item in rendered:
        metadata = item["metadata"]
        key = (item["kind"], metadata.get("namespace"), metadata["name"])
        assert key not in seen
        seen.add(key)
        if item["kind"] not in elsewhere:
            assert metadata["namespace"] in {"argocd", "shop", "bank"}, key
        assert "argocd" == metadata["labels"]["app.kubernetes.io/part-of"]
        assert "plumbline" == metadata["labels"]["app.kubernetes.io/instance"]


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ('server.replicas="two"', "/server/replicas"),
        ("server.replica=2", "replica"),
        ("sever={}", "sever"),
        ("controller.replicas=2", "/controller/replicas"),
        ("repoServer.sandbox=false", "/repoServer/sandbox"),
        ('repoServer.dataSizeLimit="big"', "/repoServer/dataSizeLimit"),
        ('redis.enabled="yes"', "/redis/enabled"),
        ("externalRedis.port=70000", "/externalRedis/port"),
        ('global.image.imagePullPolicy="Sometimes"', "/global/image/imagePullPolicy"),
        ('server.image.digest="sha256:1"', "/server/image/digest"),
        ('configs.secret.argocdServerAdminPassword="plain"', "argocdServerAdminPassword"),
        ("configs.params.server\\.insecure=[]", "/configs/params/server.insecure"),
        ('global.networkPolicy.blockedAddresses=["metadata"]', "blockedAddresses"),
        ('controller.managedNamespaces=["*"]', "/controller/managedNamespaces"),
    ],
)
def test_a_wrong_value_is_refused_by_name(helm, setting, named):
    """The message says where; nothing is rendered."""
    with pytest.raises(Refused) as caught:
        helm.text("default", setting)
    assert named in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        (('externalRedis.host="r"',), "set redis.enabled=false"),
        (
            ("redis.enabled=false", 'externalRedis={"password":"a","existingSecret":"b"}'),
            "not both",
        ),
        (('configs.params.application\\.namespaces="a"',), "not supported yet"),
    ],
)
def test_values_that_contradict_are_refused(helm, settings, text):
    """Rather than one of them being ignored."""
    with pytest.raises(Refused) as caught:
        helm.text("default", *settings)
    assert text in str(caught.value)


def test_settings_become_text(helm):
    """Booleans, large numbers and YAML trees, as ConfigMaps need them; unknown keys are kept."""
    objects = helm.objects("scaled")
    params = of(objects, "ConfigMap", "argocd-cmd-params-cm")["data"]
    assert {
        "controller.status.processors": "50",
        "redis.server": "argocd-redis:6379",
        "repo.server": "argocd-repo-server-pods:8081",
        "reposerver.parallelism.limit": "1000000",
        "server.insecure": "true",
        "some.key.of.theirs": "kept",
    } == params
    settings = of(objects, "ConfigMap", "argocd-cm")["data"]
    assert "https://argocd.example.org" == settings["url"]
    assert "apiKey" == settings["accounts.robot"]
    exclusions = [{"apiGroups": ["example.org"], "kinds": ["Noise"]}]
    assert exclusions == yaml.safe_load(settings["resource.exclusions"])
    policy = of(objects, "ConfigMap", "argocd-rbac-cm")["data"]
    assert "g, admins, role:admin\n" == policy["policy.csv"]
    secret = of(objects, "Secret", "argocd-secret")
    assert {"oidc.clientSecret": "aGlkZGVu", "webhook.github.secret": "aG9vaw=="} == secret["data"]


def test_the_secret_of_the_contract_outlives_the_release(default):
    """Its keys were made by the api-server; deleting the release must not log everybody out."""
    annotations = of(default, "Secret", "argocd-secret")["metadata"]["annotations"]
    assert "keep" == annotations["helm.sh/resource-policy"]
    assert "data" not in of(default, "Secret", "argocd-secret")


def test_a_registry_and_a_digest(helm):
    """The registry is put before our images only; a digest wins over a tag."""
    digest = "sha256:" + "a" * 64
    objects = helm.objects(
        "default", 'global.image.registry="reg.example.org/x"', f'server.image.digest="{digest}"'
    )

    def image(kind, name):
        return of(objects, kind, name)["spec"]["template"]["spec"]["containers"][0]["image"]

    server = image("Deployment", "argocd-server")
    assert f"reg.example.org/x/plumbline/api-server@{digest}" == server
    repo_server = image("Deployment", "argocd-repo-server")
    assert "reg.example.org/x/plumbline/repo-server:0.1.0" == repo_server
    assert image("Deployment", "argocd-redis").startswith("docker.io/library/redis:")


def test_a_changed_key_pod_makes_another_job(helm):
    """A Job's pod cannot be changed; the same values keep the same Job."""

    def name(*settings):
        return of(helm.objects("default", *settings), "Job")[0]["metadata"]["name"]

    assert name() == name()
    assert name() != name("keys.certificateDays=365")
    assert name() == name("repoServer.replicas=5")
