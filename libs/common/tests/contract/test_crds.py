"""The custom resource definitions on a real API server of their own: before and after."""

import copy
import importlib.util
import json
import subprocess
from pathlib import Path

import pytest
import yaml

from plumbline.core import errors
from plumbline.testcluster import Cluster, tools

ROOT = Path(__file__).resolve().parents[4]
CRDS = ROOT / "deploy/helm/plumbline/files/crds"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
APPLICATIONS = "/apis/argoproj.io/v1alpha1/namespaces/default/applications"
NAMES = ("applications", "applicationsets", "appprojects")
APPLICATION = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Application",
    "metadata": {"name": "probe", "namespace": "default"},
    "spec": {
        "project": "default",
        "source": {"repoURL": "https://h/r", "path": "x"},
        "destination": {"server": "https://kubernetes.default.svc", "namespace": "n"},
    },
}
APPLICATION_SET = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "ApplicationSet",
    "metadata": {"name": "probe", "namespace": "default"},
    "spec": {
        "generators": [{"list": {"elements": [{"a": 1}, {"b": "x"}]}}],
        "template": {"metadata": {"name": "{{a}}"}, "spec": APPLICATION["spec"]},
    },
}
PROJECT = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "AppProject",
    "metadata": {"name": "probe", "namespace": "default"},
    "spec": {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}]},
}


def generator():
    """Return tools/generate_crds.py as a module."""
    spec = importlib.util.spec_from_file_location("crds", ROOT / "tools/generate_crds.py")
    generate_crds = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate_crds)
    return generate_crds


class Server:
    """An API server without the definitions, and kubectl."""

    def __init__(self, cluster):
        self.api = cluster.api
        self._argv = [
            str(tools.ensure_layer(print) / "kubectl"),
            f"--kubeconfig={cluster.kubeconfig}",
        ]

    def kubectl(self, *argv, manifest=None):
        """Return exit code and all output."""
        text = json.dumps(manifest) if manifest else None
        done = subprocess.run(
            [*self._argv, *argv], input=text, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr

    def dry_run(self, manifest):
        """Try a manifest on the server."""
        return self.kubectl("apply", "--dry-run=server", "-f", "-", manifest=manifest)

    def install(self, folder):
        """Apply the definitions and wait until they are served."""
        code, text = self.kubectl("apply", "--server-side", "--force-conflicts", "-f", str(folder))
        assert 0 == code, text
        return [self.api.wait(f"{DEFINITIONS}/{name}.argoproj.io", established) for name in NAMES]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Cluster.start(tmp_path_factory.mktemp("crds") / "c") as cluster:
        yield Server(cluster)


def condition(definition, name):
    """Return the status of a definition's condition."""
    conditions = (definition.get("status") or {}).get("conditions") or []
    return next((c["status"] for c in conditions if c["type"] == name), None)


def established(definition):
    return condition(definition, "Established") == "True"


def with_value(manifest, path, value):
    """Return a copy with one member changed, or removed if the value is None."""
    changed = copy.deepcopy(manifest)
    *parents, last = path.split(".")
    at = changed
    for parent in parents:
        at = at[parent]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return changed


@pytest.mark.cluster
def test_kinds_are_unknown_before_and_validated_after(server, tmp_path):
    """One story: nothing, the lean definitions, the full ones over them."""
    code, text = server.dry_run(APPLICATION)
    assert (1, True) == (code, "no matches for kind" in text), text

    for definition in server.install(CRDS):
        assert condition(definition, "NonStructuralSchema") in (None, "False")
        assert condition(definition, "NamesAccepted") == "True"
    accepts_and_refuses(server)
    columns_and_short_names(server)
    status_is_open(server)

    generate_crds = generator()
    for name, text in generate_crds.texts(full_status=True).items():
        (tmp_path / name).write_text(text)
    server.install(tmp_path)
    accepts_and_refuses(server)


def accepts_and_refuses(server):
    """Good manifests pass; wrong types and missing members are refused by name."""
    for manifest in (APPLICATION, APPLICATION_SET, PROJECT):
        assert 0 == server.dry_run(manifest)[0], manifest["kind"]
    for manifest, path, value in (
        (APPLICATION, "spec.source.path", 3),
        (APPLICATION, "spec.project", None),
        (APPLICATION, "spec.source.repoURL", None),
        (APPLICATION, "spec.destination", "x"),
        (APPLICATION_SET, "spec.template.spec.project", 3),
        (APPLICATION_SET, "spec.generators", None),
        (PROJECT, "spec.sourceRepos", "x"),
    ):
        code, text = server.dry_run(with_value(manifest, path, value))
        assert (1, True) == (code, path in text), text


def columns_and_short_names(server):
    """``kubectl get app`` shows the contract's columns."""
    server.api.create(APPLICATIONS, APPLICATION)
    status = {"sync": {"status": "Synced", "revision": "abc"}, "health": {"status": "Healthy"}}
    server.api.merge(f"{APPLICATIONS}/probe", {"status": status})
    header, row = server.kubectl("get", "app", "-o", "wide")[1].splitlines()
    assert ["NAME", "SYNC", "STATUS", "HEALTH", "STATUS", "REVISION", "PROJECT"] == header.split()
    assert ["probe", "Synced", "Healthy", "abc", "default"] == row.split()
    for name in ("apps", "appset", "appsets", "appproj", "appprojs"):
        assert 0 == server.kubectl("get", name)[0], name


def status_is_open(server):
    """A status keeps every member, even one that no schema knows; spec drops what is unknown."""
    rows = [{"kind": "Deployment", "name": "a", "health": {"status": "Healthy"}}]
    status = {"resources": rows, "operationState": {"phase": "Running"}, "later": {"x": 1}}
    change = {"status": status, "spec": {"later": 1}}
    stored = server.api.merge(f"{APPLICATIONS}/probe", change)
    assert status == {name: stored["status"][name] for name in status}
    assert "later" not in stored["spec"]
    with pytest.raises(errors.InvalidArgument, match=r"status\.sync\.status"):
        server.api.merge(f"{APPLICATIONS}/probe", {"status": {"sync": {"status": 3}}})
    server.api.delete(f"{APPLICATIONS}/probe")
    server.api.wait_gone(f"{APPLICATIONS}/probe")


def test_the_status_is_the_only_difference_between_the_variants():
    """Spec and operation are the contract's either way."""
    generate_crds = generator()
    kinds = generate_crds.read()
    for name in kinds:
        lean = generate_crds.definition(kinds, name, full_status=False)
        full = generate_crds.definition(kinds, name, full_status=True)
        for one in (lean, full):
            schema = one["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
            if name == "Application":
                del schema["properties"]["status"]
        assert lean == full


def test_committed_definitions_are_the_lean_ones():
    """The decision record's default."""
    text = (CRDS / "applications.yaml").read_text()
    definition = yaml.load(text, Loader=yaml.CSafeLoader)
    schema = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    assert schema["properties"]["status"]["x-kubernetes-preserve-unknown-fields"]
    assert {"app", "apps"} == set(definition["spec"]["names"]["shortNames"])
