"""A release of the chart on a node: what the tests of this folder work with."""

import contextlib
import pathlib
import re
import subprocess
import time

from plumbline.local import bookstore, plumb
from plumbline.testcluster import binaries, tools

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHART = ROOT / "deploy/helm/plumbline"
VALUES = pathlib.Path(__file__).with_name("values.yaml")
NAME, NAMESPACE = "plumbline", "argocd"
WORKLOADS = {
    "server": "deployment/argocd-server",
    "repo-server": "deployment/argocd-repo-server",
    "controller": "statefulset/argocd-application-controller",
    "redis": "deployment/argocd-redis",
}


class Failed(AssertionError):
    """A command ended badly; the message holds what it said."""


def run(*argv, stdin=None, seconds=180, env=None):
    done = subprocess.run(
        [str(one) for one in argv], input=stdin, capture_output=True, text=True, check=False,
        timeout=seconds, env=env,
    )  # fmt: skip
    if done.returncode:
        raise Failed(f"{' '.join(map(str, argv))}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def until(look, seconds=90):
    """Look again and again; nobody pushes these facts."""
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(Failed):  # a pod that is not there yet, or not any more
            found = look()
            if found:
                return found
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.5)


class Release:
    """Plumbline in pods, installed by Helm; also what `demo.tour` calls a shop."""

    def __init__(self, node, directory):
        self.node, self.directory, self.api = node, directory, node.api
        layer = tools.ensure_layer(print)
        self._helm, self._kubectl = layer / "helm", layer / "kubectl"
        self.kustomize = binaries.ensure_kustomize(print)
        self.bookstore = self.plumb = None

    def helm(self, *argv, **options):
        return run(self._helm, f"--kubeconfig={self.node.kubeconfig}", *argv, **options)

    @property
    def kubectl_argv(self):
        return [str(self._kubectl), f"--kubeconfig={self.node.kubeconfig}", f"-n{NAMESPACE}"]

    def kubectl(self, *argv, **options):
        return run(*self.kubectl_argv, *argv, **options)

    @property
    def users_address(self):
        """``host:port`` of the users' Service inside the cluster's network."""
        service = self.api.get(f"/api/v1/namespaces/{NAMESPACE}/services/argocd-server")
        return f"{service['spec']['clusterIP']}:443"

    def install(self, *options):
        """`helm upgrade --install --wait`; returns its seconds."""
        started = time.monotonic()
        self.helm(
            "upgrade", "--install", NAME, CHART, f"--namespace={NAMESPACE}", "--create-namespace",
            f"--values={VALUES}", "--wait", "--timeout=4m", *options, seconds=270,
        )  # fmt: skip
        return time.monotonic() - started

    def uninstall(self):
        self.helm("uninstall", NAME, f"--namespace={NAMESPACE}", "--wait", seconds=200)

    def pods(self, component):
        """Pods of a component that are not going away."""
        found = self.api.get(
            f"/api/v1/namespaces/{NAMESPACE}/pods"
            f"?labelSelector=app.kubernetes.io/name%3D{WORKLOADS[component].partition('/')[2]}"
        )["items"]
        return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]

    def names(self, component):
        return sorted(pod["metadata"]["name"] for pod in self.pods(component))

    def rolled_out(self, component, seconds=150):
        self.kubectl(
            "rollout", "status", WORKLOADS[component], f"--timeout={seconds}s", seconds=seconds + 20
        )

    def logs(self, component, *options):
        return "".join(self.kubectl("logs", name, *options) for name in self.names(component))

    def run_in(self, pod, *argv, **options):
        """`kubectl exec`; no shell is there or needed."""
        return self.kubectl("exec", pod, "--", *argv, **options)

    def python_in(self, pod, program, *argv, **options):
        """Run a Python program in a pod, with the image's own interpreter."""
        return self.run_in(pod, "/opt/plumbline/bin/python", "-I", "-c", program, *argv, **options)

    def metrics(self, component, port):
        """The pages of /metrics of a component's pods, by pod."""
        program = (
            "import sys, urllib.request\n"
            "url = 'http://127.0.0.1:' + sys.argv[1] + '/metrics'\n"
            "print(urllib.request.urlopen(url).read().decode())\n"
        )
        return {n: self.python_in(n, program, str(port)) for n in self.names(component)}

    @contextlib.contextmanager
    def forwarded(self, target, port):
        """`kubectl port-forward` to any free port; yields ``host:port``."""
        command = [*self.kubectl_argv, "port-forward", target, f":{port}", "--address=127.0.0.1"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                line = process.stdout.readline()
                found = re.search(r"127\.0\.0\.1:(\d+)", line)
                if not found:
                    raise Failed(f"port-forward to {target} says {line!r}")
                yield f"127.0.0.1:{found[1]}"
            finally:
                process.terminate()

    def serve_bookstore(self):
        folder = self.directory / f"bookstore-{time.monotonic_ns()}"
        folder.mkdir()
        self.bookstore = bookstore.Bookstore(folder, host=self.node.address)
        return contextlib.closing(self.bookstore)

    def admin_password(self):
        return plumb.admin_password(self.api, NAMESPACE)

    def login(self):
        return self.plumb.login(self.admin_password())

    def use(self, directory, address, **options):
        """Let `plumb` talk to an address from now on."""
        self.plumb = plumb.Plumb(pathlib.Path(directory), address, **options)
        self.login()

    def events(self):
        """What Kubernetes says of the release's pods, for a failed test."""
        found = self.api.get(f"/api/v1/namespaces/{NAMESPACE}/events")["items"]
        rows = ((e["involvedObject"]["name"], e["reason"], e["message"]) for e in found)
        return "\n".join(" ".join(row) for row in rows)
