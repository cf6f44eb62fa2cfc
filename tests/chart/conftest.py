"""The chart rendered by the real helm, for each of the values files."""

import pathlib
import subprocess

import pytest
import yaml

from plumbline.testcluster import tools

CHART = pathlib.Path(__file__).resolve().parents[2] / "deploy/helm/plumbline"
VALUES = pathlib.Path(__file__).parent / "values"
# Megabytes, the same in every rendering: only tests about them ask for them.
NO_CRDS = "crds.install=false"
CASES = ["default", *sorted(file.stem for file in VALUES.glob("*.yaml"))]


class Refused(Exception):
    """What helm said."""


class Helm:
    """Runs helm on the chart."""

    def __init__(self, program):
        self._program = program

    def run(self, *argv):
        done = subprocess.run(
            [self._program, *argv], capture_output=True, text=True, check=False, cwd=CHART.parent
        )
        if done.returncode:
            raise Refused(done.stdout + done.stderr)
        return done.stdout

    def text(self, case="default", *settings, namespace="argocd"):
        files = [] if case == "default" else [f"--values={VALUES / case}.yaml"]
        argv = ["template", "plumbline", str(CHART), f"--namespace={namespace}", *files]
        return self.run(*argv, *(f"--set-json={one}" for one in (NO_CRDS, *settings)))

    def objects(self, case="default", *settings, namespace="argocd"):
        text = self.text(case, *settings, namespace=namespace)
        return [item for item in yaml.load_all(text, yaml.CSafeLoader) if item]


@pytest.fixture(scope="session")
def helm():
    return Helm(tools.ensure_layer(print) / "helm")


@pytest.fixture(scope="session", params=CASES)
def rendered(request, helm):
    """All objects of one case."""
    return helm.objects(request.param)


@pytest.fixture(scope="session")
def default(helm):
    """All objects with the default values."""
    return helm.objects()


def of(objects, kind, name=None):
    """Objects of a kind; with a name, exactly the one."""
    found = [o for o in objects if o["kind"] == kind]
    if name is None:
        return found
    (one,) = [o for o in found if o["metadata"]["name"] == name]
    return one


def pods(objects):
    """(name, pod template) of every workload."""
    for item in objects:
        spec = item.get("spec") or {}
        if item["kind"] == "CronJob":
            spec = spec["jobTemplate"]["spec"]
        if "template" in spec:
            yield item["metadata"]["name"], spec["template"]
