"""On a real node pods really run, are reached, measured and restarted."""

import http.client
import json
import secrets
import subprocess
import time

import psutil
import pytest

from plumbline.testcluster.node import images

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

_HARDENED = {
    "runAsNonRoot": True,
    "runAsUser": 10001,
    "readOnlyRootFilesystem": True,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


@pytest.fixture
def space(node):
    """The name of a fresh namespace of the node."""
    name = f"test-{secrets.token_hex(4)}"
    node.api.create("/api/v1/namespaces", {"metadata": {"name": name}})
    node.api.wait(f"/api/v1/namespaces/{name}/serviceaccounts/default", lambda _: True)
    yield name
    node.api.delete(f"/api/v1/namespaces/{name}")


def _pod(name, *args, labels=None, **container):
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels or {}},
        "spec": {
            "terminationGracePeriodSeconds": 1,
            "containers": [
                {
                    "name": "tool",
                    "image": images.TOOL,
                    "args": list(args),
                    "securityContext": _HARDENED,
                    **container,
                }
            ],
        },
    }


def _run(node, space, pod):
    """Create a pod and return it once it is ready."""
    collection = f"/api/v1/namespaces/{space}/pods"
    node.api.create(collection, pod)
    return node.api.wait(f"{collection}/{pod['metadata']['name']}", _is_ready)


def _is_ready(pod):
    conditions = pod["status"].get("conditions") or []
    return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


def _container(pod):
    return (pod["status"].get("containerStatuses") or [{}])[0]


def _serve(node, space, name="web", text="hello"):
    probe = {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 1}
    pod = _pod(name, "serve", ":8080", text, labels={"app": name}, readinessProbe=probe)
    return _run(node, space, pod)


def _get(node, space, pod, url):
    """What a pod gets from `url`: asked again, because kube-proxy follows a Service with a lag."""
    argv = ["kubectl", "-n", space, "exec", pod, "--", "/podtool", "get", url]
    deadline = time.monotonic() + 30
    while True:
        done = node.run(argv, check=False)
        if done.returncode == 0 or time.monotonic() > deadline:
            return done.stdout or done.stderr


def test_hardened_pod_runs_with_volumes_and_a_token(node, space):
    """Not root, read-only root, seccomp, no capabilities; what is mounted can be used."""
    node.api.create(
        f"/api/v1/namespaces/{space}/secrets",
        {"metadata": {"name": "word"}, "stringData": {"word": "sesame"}},
    )
    pod = _pod(
        "hardened",
        "pause",
        volumeMounts=[
            {"name": "scratch", "mountPath": "/scratch"},
            {"name": "word", "mountPath": "/word", "readOnly": True},
        ],
    )
    pod["spec"]["volumes"] = [
        {"name": "scratch", "emptyDir": {}},
        {"name": "word", "secret": {"secretName": "word"}},
    ]
    _run(node, space, pod)

    def tool(*argv):
        return node.run(
            ["kubectl", "-n", space, "exec", "hardened", "--", "/podtool", *argv], check=False
        )

    status = tool("cat", "/proc/self/status").stdout
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert fields["Uid"].split() == ["10001"] * 4
    assert fields["Seccomp"].strip() == "2"
    assert int(fields["CapBnd"], 16) == 0
    refused = tool("write", "/elsewhere", "x")
    assert refused.returncode != 0
    assert "read-only file system" in refused.stderr
    assert tool("write", "/scratch/kept", "kept").returncode == 0
    assert tool("cat", "/scratch/kept", "/word/word").stdout == "keptsesame"
    token = "/var/run/secrets/kubernetes.io/serviceaccount/token"
    assert tool("cat", token).stdout.count(".") == 2


def test_logs_and_port_forward(node, space):
    """What a container prints is read by kubectl logs; its port answers through a port-forward."""
    _serve(node, space)
    argv = ["kubectl", "-n", space, "port-forward", "pod/web", "9999:8080"]
    with node.popen(argv, stdout=subprocess.PIPE, text=True) as forward:
        assert "Forwarding from" in forward.stdout.readline()
        port = node.forward("127.0.0.1", 9999)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/through")
        assert connection.getresponse().read() == b"hello\n"
        connection.close()
        forward.terminate()
    assert "GET /through" in node.kubectl("-n", space, "logs", "web")


def test_service_is_reached_by_name_and_from_outside(node, space):
    """By its DNS name from another pod, by its name from a program beside, by a forwarded port."""
    _serve(node, space)
    node.api.create(
        f"/api/v1/namespaces/{space}/services",
        {
            "metadata": {"name": "web"},
            "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]},
        },
    )
    _run(node, space, _pod("client", "pause"))
    for name in ("web", f"web.{space}.svc.cluster.local"):
        assert _get(node, space, "client", f"http://{name}/") == "hello\n"
    # The pod itself, through its own Service: a hairpin. (Its bare name is its host name too.)
    assert _get(node, space, "web", f"http://web.{space}/") == "hello\n"
    assert node.run(["getent", "hosts", f"web.{space}"]).stdout.split()[0].startswith("10.")
    connection = http.client.HTTPConnection("127.0.0.1", node.forward_service(space, "web", 80))
    connection.request("GET", "/")
    assert connection.getresponse().read() == b"hello\n"
    connection.close()


def test_load_balancer_and_node_port_answer_at_the_nodes_address(node, space):
    """From outside by a forwarded port, from another pod directly."""
    _serve(node, space)
    path = f"/api/v1/namespaces/{space}/services"
    spec = {"type": "LoadBalancer", "selector": {"app": "web"}}
    spec["ports"] = [{"port": 8091, "targetPort": 8080}]
    node.api.create(path, {"metadata": {"name": "front"}, "spec": spec})
    front = node.api.wait(f"{path}/front", lambda seen: seen["status"]["loadBalancer"])
    assert front["status"]["loadBalancer"]["ingress"][0]["ip"] == node.address
    _run(node, space, _pod("client", "pause"))
    for port in (8091, front["spec"]["ports"][0]["nodePort"]):
        assert _get(node, space, "client", f"http://{node.address}:{port}/") == "hello\n"
        connection = http.client.HTTPConnection("127.0.0.1", node.forward(node.address, port))
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"hello\n"
        connection.close()


def test_program_started_inside_is_reached_from_pods(node, space, tmp_path):
    """As a Git server of a test is: it listens on the node's address."""
    tmp_path.joinpath("index.html").write_text("from the node")
    argv = ["python3", "-u", "-m", "http.server", "8098", f"--bind={node.address}"]
    argv.append(f"--directory={tmp_path}")
    with node.popen(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert "Serving HTTP" in server.stdout.readline()
        url = f"http://{node.address}:8098/index.html"
        node.api.create(f"/api/v1/namespaces/{space}/pods", _once("client", "get", url))
        done = node.api.wait(f"/api/v1/namespaces/{space}/pods/client", _ended)
        assert done["status"]["phase"] == "Succeeded"
        assert node.kubectl("-n", space, "logs", "client") == "from the node"
        server.terminate()


def _once(name, *args):
    pod = _pod(name, *args)
    pod["spec"]["restartPolicy"] = "Never"
    return pod


def _ended(pod):
    return pod["status"].get("phase") in {"Succeeded", "Failed"}


def test_job_succeeds_and_fails_by_what_it_does(node, space):
    """A Job whose pod exits with 0 completes; one whose pod does not, fails."""
    for name, args in (("good", ["say", "done"]), ("bad", ["fail", "3"])):
        spec = {
            "backoffLimit": 0,
            "template": {"spec": _once(name, *args)["spec"]},
        }
        node.api.create(
            f"/apis/batch/v1/namespaces/{space}/jobs", {"metadata": {"name": name}, "spec": spec}
        )
    for name, wanted in (("good", "Complete"), ("bad", "Failed")):
        node.api.wait(
            f"/apis/batch/v1/namespaces/{space}/jobs/{name}",
            lambda job, wanted=wanted: any(
                c["type"] == wanted and c["status"] == "True"
                for c in job["status"].get("conditions") or []
            ),
        )
    assert node.kubectl("-n", space, "logs", "job/good") == "done\n"


def test_killed_container_is_started_again(node, space):
    """Its process is killed from outside; the kubelet starts another."""
    before = _container(_serve(node, space))
    ctr = ["ctr", "-a", "/run/containerd/containerd.sock", "-n", "k8s.io"]
    node.run([*ctr, "task", "kill", "-s", "SIGKILL", before["containerID"].rpartition("/")[2]])
    after = node.api.wait(
        f"/api/v1/namespaces/{space}/pods/web",
        lambda pod: _container(pod).get("restartCount", 0) > 0 and _is_ready(pod),
    )
    assert _container(after)["containerID"] != before["containerID"]
    assert _container(after)["lastState"]["terminated"]["exitCode"] == 137


def test_memory_limit_is_enforced(node, space):
    """A container that takes more than its limit is killed for it."""
    pod = _once("greedy", "hold", str(256 * 2**20))
    pod["spec"]["containers"][0]["resources"] = {"limits": {"memory": "32Mi"}}
    node.api.create(f"/api/v1/namespaces/{space}/pods", pod)
    ended = node.api.wait(f"/api/v1/namespaces/{space}/pods/greedy", _ended)
    assert _container(ended)["state"]["terminated"]["reason"] == "OOMKilled"


def test_missing_image_is_not_to_be_had(node, space):
    """There is no registry: the pod says so, and nothing else happens."""
    pod = _pod("absent", image="plumbline.test/absent:1")
    node.api.create(f"/api/v1/namespaces/{space}/pods", pod)
    node.api.wait(
        f"/api/v1/namespaces/{space}/pods/absent",
        lambda seen: (
            _container(seen).get("state", {}).get("waiting", {}).get("reason")
            in {"ErrImagePull", "ImagePullBackOff"}
        ),
    )


def test_stateful_set_keeps_its_volume(node, space):
    """A claim gets a directory that a user who is not root can write; a new pod finds it again."""
    labels = {"app": "keeper"}
    template = _pod("", "pause", volumeMounts=[{"name": "data", "mountPath": "/data"}])
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Mi"}}}
    node.api.create(
        f"/apis/apps/v1/namespaces/{space}/statefulsets",
        {
            "metadata": {"name": "keeper"},
            "spec": {
                "serviceName": "keeper",
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": template["spec"]},
                "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": claim}],
            },
        },
    )
    path = f"/api/v1/namespaces/{space}/pods/keeper-0"
    first = node.api.wait(path, _is_ready)
    tool = ["-n", space, "exec", "keeper-0", "--", "/podtool"]
    node.kubectl(*tool, "write", "/data/kept", "kept")
    node.api.delete(path)
    uid = first["metadata"]["uid"]
    node.api.wait(path, lambda pod: pod["metadata"]["uid"] != uid and _is_ready(pod))
    assert node.kubectl(*tool, "cat", "/data/kept") == "kept"


def test_metrics_are_measured(node, space):
    """The metrics API tells a busy pod from an idle one, and an autoscaler acts on it."""
    resources = {"requests": {"cpu": "100m"}, "limits": {"cpu": "300m"}}
    busy = _pod("", "burn", labels={"app": "busy"}, resources=resources)
    labels = {"matchLabels": {"app": "busy"}}
    template = {"metadata": {"labels": {"app": "busy"}}, "spec": busy["spec"]}
    node.api.create(
        f"/apis/apps/v1/namespaces/{space}/deployments",
        {"metadata": {"name": "busy"}, "spec": {"selector": labels, "template": template}},
    )
    target = {"type": "Utilization", "averageUtilization": 50}
    node.api.create(
        f"/apis/autoscaling/v2/namespaces/{space}/horizontalpodautoscalers",
        {
            "metadata": {"name": "busy"},
            "spec": {
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "busy"},
                "minReplicas": 1,
                "maxReplicas": 2,
                "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
            },
        },
    )
    _run(node, space, _pod("idle", "pause"))
    node.api.wait(
        f"/apis/apps/v1/namespaces/{space}/deployments/busy",
        lambda found: found["status"].get("readyReplicas") == 2,
    )
    usage = {
        item["metadata"]["name"]: int(item["containers"][0]["usage"]["cpu"].removesuffix("n"))
        for item in node.api.get(f"/apis/metrics.k8s.io/v1beta1/namespaces/{space}/pods")["items"]
    }
    busiest = max(usage[name] for name in usage if name.startswith("busy"))
    assert 100e6 < busiest < 450e6
    assert usage["idle"] < 20e6
    assert "%" in node.kubectl("top", "node", node.name)


def test_killed_component_is_started_again(node):
    """As a service manager would; what runs on the node does not notice."""

    def proxies():
        children = psutil.Process(node.pid).children(recursive=True)
        return [p for p in children if p.cmdline()[1:2] == ["kube-proxy"]]

    (before,) = proxies()
    before.kill()
    psutil.wait_procs([before], timeout=10)
    deadline = time.monotonic() + 60
    while not proxies():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert proxies()[0].pid != before.pid


def test_program_inside_ends_with_its_handle(node, tmp_path):
    """In the directory it is given; terminated outside, it is gone inside."""
    argv = ["sh", "-c", "pwd; exec sleep 4321"]
    with node.popen(argv, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline().strip() == str(tmp_path)
        (inner,) = psutil.Process(process.pid).children()
        process.terminate()
    _, alive = psutil.wait_procs([inner], timeout=10)
    assert [p for p in alive if p.status() != psutil.STATUS_ZOMBIE] == []


def test_node_does_not_see_the_machine(node):
    """Its processes and links are its own, and there is no way out of its network."""
    routes = json.loads(node.run(["ip", "-json", "route"]).stdout)
    assert [route for route in routes if route["dst"] == "default"] == []
    commands = node.run(["ps", "-e", "-ww", "-o", "args="]).stdout.splitlines()
    assert "plumbline.testcluster.node.inside" in commands[0]
    assert " ".join(psutil.Process().cmdline()) not in commands
