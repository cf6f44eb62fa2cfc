"""What a service lacks: it stays, names it in one line and on /readyz, and goes on by itself."""

import contextlib
import datetime as dt
from concurrent import futures

import grpc
import pytest

from plumbline.rpc import credentials
from plumbline.testing.crds import install_crds

from . import fleet

pytestmark = pytest.mark.cluster

SERVICES = list(fleet.ROLES)
ADMIN = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}


class Authority:
    """Issues what processes show."""

    def __init__(self):
        self.now = dt.datetime.now(dt.UTC)
        self.certificate, self.key = credentials.issue_authority(self.now)

    def issue(self, role):
        return credentials.issue(role, self.certificate, self.key, self.now)


class Place:
    """A namespace, a folder with files of an identity, and processes that end with the test."""

    def __init__(self, cluster, namespace, folder, stack):
        self.cluster, self.namespace, self.folder = cluster, namespace, folder
        self.api = cluster.api
        self.authority = Authority()
        self._stack = stack

    def write(self, role, authority=None):
        (authority or self.authority).issue(role).write(self.folder, "x")

    def start(self, service, **more):
        more.setdefault("kubeconfig", self.cluster.kubeconfig)
        made = fleet.Process(service, self.folder, namespace=self.namespace, **more)
        self._stack.callback(made.end)
        return made

    def nobody(self):
        """The kubeconfig of an account without any right."""
        root = f"/api/v1/namespaces/{self.namespace}/serviceaccounts"
        self.api.create(root, {"metadata": {"name": "nobody"}})
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        token = self.api.create(f"{root}/nobody/token", body)["status"]["token"]
        return fleet.kubeconfig_of(self.cluster, self.folder, token=token)[0]

    def grant(self):
        root = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{self.namespace}/rolebindings"
        who = {"kind": "ServiceAccount", "name": "nobody", "namespace": self.namespace}
        body = {"metadata": {"name": "nobody"}, "roleRef": ADMIN, "subjects": [who]}
        self.api.create(root, body)


@pytest.fixture
def place(cluster, namespace, tmp_path):
    install_crds(cluster.api)
    with contextlib.ExitStack() as stack:
        yield Place(cluster, namespace, tmp_path, stack)


@pytest.mark.parametrize("service", SERVICES)
def test_a_missing_certificate(place, service):
    """Named with its file and the Secret it comes from."""
    process = place.start(service)
    status, text = process.until(lambda _, text: "internal certificate" in text)
    assert 503 == status
    assert "x.crt" in text
    assert (200, "ok") == process.ask("/livez")
    place.write(service)
    process.until(lambda status, _: status == 200)
    [line] = [e for e in process.errors() if e[0] == "no internal certificate"]
    assert "plumbline-identity" in line[1]


@pytest.mark.parametrize("service", SERVICES)
def test_a_certificate_of_another_authority(place, service):
    """The peer is named, the service works without it, and new files need no restart."""
    server = grpc.server(futures.ThreadPoolExecutor(2))
    given = credentials.server_credentials(place.authority.issue("repo-server"))
    port = server.add_secure_port("127.0.0.1:0", given)
    server.start()
    try:
        place.write(service, Authority())
        process = place.start(service, repo_server=f"127.0.0.1:{port}")
        _, text = process.until(lambda status, text: status == 200 and "repo-server: " in text)
        assert f"127.0.0.1:{port} cannot be reached" in text
        assert "do both certificates come from one CA" in text
        place.write(service)
        process.until(lambda status, text: (status, text) == (200, "ok"))
    finally:
        server.stop(0)
    assert 1 == len([e for e in process.errors() if e[0] == "no repo-server"])


@pytest.mark.parametrize("service", SERVICES)
def test_a_missing_permission(place, service):
    """The API server's own words: who may not do what."""
    place.write(service)
    process = place.start(service, kubeconfig=place.nobody())
    status, text = process.until(lambda _, text: "Kubernetes permission" in text)
    assert 503 == status
    assert f"system:serviceaccount:{place.namespace}:nobody" in text
    assert "cannot" in text
    assert "RoleBindings" in text
    place.grant()
    process.until(lambda status, _: status == 200)
    assert 1 == len([e for e in process.errors() if e[0] == "no Kubernetes permission"])


@pytest.mark.parametrize("service", SERVICES)
def test_an_api_server_that_cannot_be_reached(place, service):
    """Before the first list; it is taken up when it answers."""
    place.write(service)
    port = fleet.free_port()
    kubeconfig, address = fleet.kubeconfig_of(place.cluster, place.folder, port=port)
    process = place.start(service, kubeconfig=kubeconfig)
    status, text = process.until(lambda _, text: "Kubernetes API" in text)
    assert 503 == status
    assert f"127.0.0.1:{port}" in text
    way = fleet.Forward(port, address)
    try:
        process.until(lambda status, _: status == 200)
        assert 1 == len([e for e in process.errors() if e[0] == "no Kubernetes API"])
        process.end()
    finally:
        way.close()


@pytest.mark.parametrize("service", SERVICES)
def test_a_stop_while_something_is_missing(place, service):
    """It ends at once, and well."""
    process = place.start(service)
    process.until(lambda _, text: "internal certificate" in text)
    process.process.terminate()
    assert 0 == process.process.wait(20)


@pytest.mark.parametrize("service", SERVICES)
def test_a_setting_that_cannot_be_used(place, service):
    """The process ends with one line that names it."""
    process = place.start(service, extra=["--metrics-port=many"])
    assert 1 == process.process.wait(30)
    [line] = process.log.read_text().splitlines()
    assert "--metrics-port: cannot read 'many'" in line
