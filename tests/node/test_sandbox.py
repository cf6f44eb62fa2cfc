"""What a render can reach from inside the repo-server's pod: nothing that is not its own.

The pod has a read-only root, `RuntimeDefault` seccomp, no capability and no token. A hostile
program is run by the service's own sandbox, in the service's own container; a second one runs
outside the sandbox and shows that the canaries are there to be found.
"""

import json
import pathlib
import re

import pytest

from .release import WORKLOADS, until

PROGRAMS = pathlib.Path(__file__).with_name("programs")
MODE = re.compile(r'^plumbline_sandbox_info\{mode="([^"]+)"\} (\S+)$', re.MULTILINE)
# As an old kernel answers, or a container runtime whose profile does not know these calls.
NO_LANDLOCK = {
    "defaultAction": "SCMP_ACT_ALLOW",
    "syscalls": [{
        "names": ["landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"],
        "action": "SCMP_ACT_ERRNO",
        "errnoRet": 38,
    }],
}  # fmt: skip


@pytest.fixture(scope="module")
def reached(release):
    """What the hostile program got, by what it tried."""
    pod = release.names("repo-server")[0]
    driver, hostile = ((PROGRAMS / f"{name}.py").read_text() for name in ("driver", "hostile"))
    printed = release.python_in(pod, driver, hostile, "canary-of-another-tree")
    return json.loads(printed.splitlines()[-1])


def test_the_canaries_are_there_without_the_sandbox(release):
    """Or the test below would prove nothing."""
    pod = release.names("repo-server")[0]
    program = (
        "print(open('/proc/1/environ').read());"
        "print(open('/etc/plumbline/signing/signing.pem').read())"
    )
    printed = release.python_in(pod, program)
    assert "PLUMBLINE_RENDER_SIGNING_KEY" in printed
    assert "PRIVATE KEY" in printed


def test_a_render_has_its_own_and_nothing_else(reached):
    own = {name: reached.pop(name) for name in ("own tree", "own scratch", "environment")}
    assert {"own tree": "'mine'", "own scratch": "1"}.items() <= own.items()
    assert set(json.loads(own["environment"].replace("'", '"'))) <= {"ONLY", "LC_CTYPE"}
    got = {name: text for name, text in reached.items() if not text.startswith("refused")}
    assert {} == got


def test_the_service_has_no_token_and_a_read_only_root(release):
    pod = release.names("repo-server")[0]
    program = (
        "import os\n"
        "assert not os.path.exists('/var/run/secrets/kubernetes.io/serviceaccount')\n"
        "try:\n    open('/made', 'w')\n"
        "except OSError as error:\n    print(error.errno)\n"
    )
    assert "30" == release.python_in(pod, program).strip()  # EROFS


def modes(release):
    """How renders are held, as each pod's metrics say it."""
    pages = release.metrics("repo-server", 8084).values()
    return {mode for page in pages for mode, on in MODE.findall(page) if float(on)}


def test_the_metric_shows_the_mode(release):
    assert {"landlock+seccomp"} == modes(release)


def hold(release, profile, mode):
    """Give the repo-server's pods another seccomp profile and another setting."""
    spec = {
        "securityContext": {"seccompProfile": profile},
        "containers": [{
            "name": "repo-server",
            "securityContext": {"seccompProfile": profile},
            "env": [{"name": "PLUMBLINE_SANDBOX", "value": mode}],
        }],
    }  # fmt: skip
    patch = json.dumps({"spec": {"template": {"spec": spec}}})
    release.kubectl("patch", WORKLOADS["repo-server"], "--type=strategic", f"--patch={patch}")


@pytest.mark.timeout(300)
def test_a_kernel_without_landlock(release, plane, shop):
    """`auto` goes on with less and says so; `required` does not render, and says why."""
    folder = release.node.directory / "kubelet/seccomp"
    folder.mkdir(exist_ok=True)
    (folder / "no-landlock.json").write_text(json.dumps(NO_LANDLOCK))
    without = {"type": "Localhost", "localhostProfile": "no-landlock.json"}
    try:
        hold(release, without, "auto")
        release.rolled_out("repo-server")
        assert {"seccomp"} == modes(release)
        assert "no landlock" in release.logs("repo-server")
        repo = shop.repository()
        data = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}}
        repo.write("app/map.yaml", {**data, "data": {"held": "by seccomp"}})
        repo.write("app/kustomization.yaml", text="resources: [map.yaml]\n")
        repo.push()
        shop.create("app", repo.url, "app", automated={})
        shop.config_map("settings", lambda m: m["data"] == {"held": "by seccomp"})

        before = release.names("repo-server")
        hold(release, without, "required")
        until(lambda: "sandbox=required, but the kernel has no landlock" in last_words(release))
        # The old pods serve on: no new one becomes ready.
        assert set(before) <= set(release.names("repo-server"))
    finally:
        hold(release, {"type": "RuntimeDefault", "localhostProfile": None}, "auto")
        release.rolled_out("repo-server")


def last_words(release):
    """What containers of the repo-server left as their termination message."""
    return " ".join(
        state["terminated"].get("message", "")
        for pod in release.pods("repo-server")
        for status in pod["status"].get("containerStatuses", [])
        for state in (status.get("state") or {}, status.get("lastState") or {})
        if "terminated" in state
    )
