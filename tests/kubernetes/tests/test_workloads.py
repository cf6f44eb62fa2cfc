"""Workloads of every kind behave on played nodes as on real ones, as far as their status tells."""

import json

import pytest

from plumbline.testcluster import load

pytestmark = pytest.mark.cluster


def _template(name, *, image="nginx:1.27", cpu="100m", **spec):
    container = {"name": "main", "image": image, "resources": {"requests": {"cpu": cpu}}}
    return {
        "metadata": {"labels": {"app": name}},
        "spec": {"containers": [container], **spec},
    }


def _deployment(name, replicas, **template):
    return {
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "progressDeadlineSeconds": 2,
            "selector": {"matchLabels": {"app": name}},
            "template": _template(name, **template),
        },
    }


def _condition(item, kind):
    conditions = item.get("status", {}).get("conditions") or []
    return next((c for c in conditions if c["type"] == kind), {})


def test_deployment_becomes_ready(cluster, namespace):
    """Three replicas are asked for; three turn ready, with pod addresses of their own."""
    base = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    cluster.api.create(base, _deployment("web", 3))
    cluster.api.wait(f"{base}/web", lambda d: d.get("status", {}).get("readyReplicas") == 3)
    pods = cluster.api.get(f"/api/v1/namespaces/{namespace}/pods")["items"]
    assert len({pod["status"]["podIP"] for pod in pods}) == 3


def test_job_completes(cluster, namespace):
    """A Job's pod succeeds and the Job is Complete."""
    base = f"/apis/batch/v1/namespaces/{namespace}/jobs"
    template = _template("migrate", restartPolicy="Never")
    cluster.api.create(base, {"metadata": {"name": "migrate"}, "spec": {"template": template}})
    done = cluster.api.wait(
        f"{base}/migrate", lambda j: _condition(j, "Complete").get("status") == "True"
    )
    assert done["status"]["succeeded"] == 1


def test_ingress_gets_an_address(cluster, namespace):
    """An Ingress has a load balancer address soon after it is made."""
    base = f"/apis/networking.k8s.io/v1/namespaces/{namespace}/ingresses"
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    cluster.api.create(base, {"metadata": {"name": "shop"}, "spec": {"defaultBackend": backend}})
    found = cluster.api.wait(
        f"{base}/shop", lambda i: i["status"].get("loadBalancer", {}).get("ingress")
    )
    assert found["status"]["loadBalancer"]["ingress"] == [{"ip": "127.0.0.1"}]


def test_load_balancer_gets_an_address_and_other_services_do_not(cluster, namespace):
    """Only a Service of type LoadBalancer gets one."""
    base = f"/api/v1/namespaces/{namespace}/services"
    for name, kind in (("inner", "ClusterIP"), ("outer", "LoadBalancer")):
        spec = {"type": kind, "ports": [{"port": 80}], "selector": {"app": "web"}}
        cluster.api.create(base, {"metadata": {"name": name}, "spec": spec})
    cluster.api.wait(f"{base}/outer", lambda s: s["status"]["loadBalancer"].get("ingress"))
    assert cluster.api.get(f"{base}/inner")["status"]["loadBalancer"] == {}


def test_stateful_set_becomes_ready_with_bound_volumes(cluster, namespace):
    """Each replica's claim is bound to a volume; deleting the claim takes the volume away."""
    base = f"/apis/apps/v1/namespaces/{namespace}/statefulsets"
    claim = {
        "metadata": {"name": "data"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    spec = {
        "replicas": 2,
        "serviceName": "db",
        "selector": {"matchLabels": {"app": "db"}},
        "template": _template("db"),
        "volumeClaimTemplates": [claim],
    }
    cluster.api.create(base, {"metadata": {"name": "db"}, "spec": spec})
    cluster.api.wait(f"{base}/db", lambda s: s["status"].get("readyReplicas") == 2)
    claims = f"/api/v1/namespaces/{namespace}/persistentvolumeclaims"
    found = {c["metadata"]["name"]: c for c in cluster.api.get(claims)["items"]}
    assert {n: c["status"]["phase"] for n, c in found.items()} == {
        "data-db-0": "Bound",
        "data-db-1": "Bound",
    }
    volume = f"/api/v1/persistentvolumes/{found['data-db-1']['spec']['volumeName']}"
    cluster.api.delete(f"{base}/db")
    cluster.api.delete(f"{claims}/data-db-1")
    cluster.api.wait_gone(volume)


def test_autoscaler_has_valid_metrics_and_follows_the_load(cluster, namespace):
    """ScalingActive is True at the default load; four times the target makes more replicas."""
    deployments = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    scalers = f"/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers"
    cluster.api.create(deployments, _deployment("web", 2))
    target = {"type": "Utilization", "averageUtilization": 50}
    spec = {
        "minReplicas": 2,
        "maxReplicas": 5,
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
    }
    cluster.api.create(scalers, {"metadata": {"name": "web"}, "spec": spec})
    active = cluster.api.wait(
        f"{scalers}/web", lambda h: _condition(h, "ScalingActive").get("status") == "True"
    )
    assert active["status"]["currentMetrics"][0]["resource"]["current"]["averageUtilization"] == 50
    assert active["status"]["desiredReplicas"] == 2
    busy = load.Load(namespace=namespace, selector={"app": "web"}, cpu="200m")
    load.put(cluster.api, busy, name=namespace)
    try:
        cluster.api.wait(f"{deployments}/web", lambda d: d["status"].get("readyReplicas") == 5)
    finally:
        load.clear(cluster.api, name=namespace)


def test_missing_image_stays_in_back_off_until_it_is_replaced(cluster, namespace):
    """The tag `missing` cannot be pulled: not ready, deadline exceeded; another tag heals it."""
    base = f"/apis/apps/v1/namespaces/{namespace}/deployments"
    cluster.api.create(base, _deployment("web", 1, image="nginx:missing"))
    failed = cluster.api.wait(
        f"{base}/web",
        lambda d: _condition(d, "Progressing").get("reason") == "ProgressDeadlineExceeded",
    )
    assert "readyReplicas" not in failed["status"]
    (pod,) = cluster.api.get(f"/api/v1/namespaces/{namespace}/pods")["items"]
    (container,) = pod["status"]["containerStatuses"]
    assert container["state"]["waiting"]["reason"] == "ImagePullBackOff"
    assert (pod["status"]["phase"], container["ready"]) == ("Pending", False)
    cluster.api.merge(f"{base}/web", {"spec": {"template": _template("web", image="nginx:1.28")}})
    cluster.api.wait(f"{base}/web", lambda d: d["status"].get("readyReplicas") == 1)


def test_missing_image_of_an_init_container_holds_the_pod(cluster, namespace):
    """An init container that cannot be pulled keeps the pod from becoming ready as well."""
    init = {"name": "setup", "image": "example.com:5000/setup:missing"}
    pod = {"metadata": {"name": "web"}, "spec": _template("web", initContainers=[init])["spec"]}
    base = f"/api/v1/namespaces/{namespace}/pods"
    cluster.api.create(base, pod)
    held = cluster.api.wait(
        f"{base}/web", lambda p: p["status"].get("initContainerStatuses") is not None
    )
    (status,) = held["status"]["initContainerStatuses"]
    assert status["state"]["waiting"]["reason"] == "ImagePullBackOff"
    assert held["status"]["phase"] == "Pending"


def test_metrics_api_lists_by_label_and_by_name(cluster, namespace):
    """Pods' metrics can be listed by selector and read one by one; nodes have metrics too."""
    pods = f"/api/v1/namespaces/{namespace}/pods"
    for name in ("one", "two"):
        template = _template(name)
        cluster.api.create(
            pods, {"metadata": {"name": name, **template["metadata"]}, "spec": template["spec"]}
        )
        cluster.api.wait(f"{pods}/{name}", lambda p: p["status"].get("phase") == "Running")
    base = f"/apis/metrics.k8s.io/v1beta1/namespaces/{namespace}/pods"
    listed = cluster.api.get(f"{base}?labelSelector=app%3Done")["items"]
    assert [item["metadata"]["name"] for item in listed] == ["one"]
    assert cluster.api.get(f"{base}/two")["containers"][0]["usage"]["cpu"] == "50000u"
    nodes = cluster.api.get("/apis/metrics.k8s.io/v1beta1/nodes")["items"]
    assert [item["kind"] for item in nodes] == ["NodeMetrics"]


def test_kubectl_talks_to_the_cluster(kubectl, namespace):
    """The kubectl fixture applies from standard input and reads back."""
    manifest = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "greeting", "namespace": namespace},
        "data": {"text": "hello"},
    }
    kubectl("apply", "-f", "-", stdin=json.dumps(manifest))
    read = kubectl("get", "configmap", "greeting", "-n", namespace, "-o", "jsonpath={.data.text}")
    assert read == "hello"


def test_server_calls_itself_by_its_version(cluster):
    """Clients decide by the version, so v0.0.0 would not do."""
    assert cluster.api.get("/version")["gitVersion"] == "v1.36.3"
