"""What a render can reach from inside the repo-server's pod: nothing that is not its own.

The pod has a read-only root, `RuntimeDefault` seccomp, no capability and no token. A hostile
program is run by the service's own sandbox, in the service's own container; a second one runs
outside the sandbox and shows that the canaries are there to be found.
"""

import json
import pathlib
import re

import pytest

PROGRAMS = pathlib.Path(__file__).with_name("programs")
MODE = re.compile(r"^plumbline_sandbox_landlock_abi (\S+)$", re.MULTILINE)


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


def test_the_metric_shows_the_mode(release):
    pod = release.names("repo-server")[0]
    program = (
        "import urllib.request\n"
        "print(urllib.request.urlopen('http://127.0.0.1:8084/metrics').read().decode())\n"
    )
    assert float(MODE.search(release.python_in(pod, program))[1]) >= 1
