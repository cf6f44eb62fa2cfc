"""The images' processes, from their tars: as their user, on a root they cannot write to, offline.

A container of namespaces and chroot, so that no engine is needed; it needs root.
"""

import os
import shlex
import subprocess

import pytest
from imaging import build

OURS = build.OURS
# Every extension module by its name: a stripped library that is broken does not load.
LOAD_ALL = """
import importlib, importlib.machinery, pathlib, pkgutil, site
root, loaded = pathlib.Path(site.getsitepackages()[0]), 0
for file in sorted(root.rglob("*.so")):
    if any(part.endswith(".libs") for part in file.parts):
        continue
    name = ".".join([*file.relative_to(root).parent.parts, file.name.split(".")[0]])
    importlib.import_module(name)
    loaded += 1
import plumbline
for package in pkgutil.walk_packages(plumbline.__path__, "plumbline."):
    if not package.name.endswith("__main__"):
        importlib.import_module(package.name)
        loaded += 1
print(loaded)
"""


class Container:
    """A root file system on disk, whose processes can write to /tmp only."""

    def __init__(self, image, root):
        self.config, self.root = image.config["config"], root
        root.chmod(0o755)
        image.unpack(root)
        for place in ("dev", "proc", "tmp"):
            (root / place).mkdir(exist_ok=True)

    def run(self, *argv, mounts=(), user=""):
        root = shlex.quote(str(self.root))
        user = user or self.config["User"]
        env = ["env", "-i", *self.config["Env"]]
        steps = [
            "set -e",
            f"mount --bind {root} {root}",
            *(f"mount --bind {shlex.quote(str(a))} {root}/{b}" for a, b in mounts),
            f"mount -o remount,bind,ro {root}",
            f"mount -t proc proc {root}/proc",
            f"mount -t tmpfs -o mode=1777 tmpfs {root}/tmp",
            f"mount --bind /dev {root}/dev",
            shlex.join(["exec", "chroot", f"--userspec={user}", "--groups=", str(self.root), *env,
                        *argv]),
        ]  # fmt: skip
        apart = ["--mount", "--propagation=private", "--pid", "--fork", "--kill-child", "--net"]
        return subprocess.run(
            ["unshare", *apart, "sh", "-c", "\n".join(steps)],
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    def entry(self, *argv):
        return self.run(*self.config["Entrypoint"], *argv)


@pytest.fixture(scope="session")
def container(opened, tmp_path_factory):
    """A function that gives the container of an image."""
    if os.geteuid() != 0:
        pytest.skip("THE IMAGES ARE NOT RUN HERE: this needs root")
    known = {}

    def get(name):
        if name not in known:
            known[name] = Container(opened(name), tmp_path_factory.mktemp(name))
        return known[name]

    return get


@pytest.mark.parametrize("name", OURS)
def test_the_entrypoint_starts_with_a_read_only_root(container, name):
    done = container(name).entry("--help")

    assert 0 == done.returncode, done.stderr
    assert "usage" in done.stdout.lower()
    assert "" == done.stderr


@pytest.mark.parametrize("name", OURS)
def test_the_root_is_read_only_and_the_user_is_nobody_else(container, name):
    one = container(name)
    done = one.run("python3", "-c", "import os; print(os.getuid(), os.getgroups(), os.getcwd())")

    assert 0 == done.returncode, done.stderr
    assert done.stdout.startswith(one.config["User"].partition(":")[0])
    assert (
        "Read-only"
        in one.run("sh", "-c", "touch /etc/x || touch /opt/x").stderr
        + one.run("python3", "-c", "open('/opt/x', 'w')").stderr
    )


@pytest.mark.parametrize("name", OURS)
def test_every_module_and_every_stripped_library_loads(container, name):
    done = container(name).run("/opt/plumbline/bin/python", "-W", "error", "-c", LOAD_ALL)

    assert 0 == done.returncode, done.stderr[-2000:]
    assert int(done.stdout) > 100


@pytest.mark.parametrize("name", OURS)
def test_python_has_no_pip(container, name):
    for module in ("pip", "ensurepip", "setuptools"):
        done = container(name).run("/opt/plumbline/bin/python", "-c", f"import {module}")

        assert "ModuleNotFoundError" in done.stderr


@pytest.mark.parametrize("user", ["", "999:999"])
def test_ssh_knows_the_users_of_the_repo_server(container, user):
    """Its own, and the one that sidecars of plugins ask the pod for."""
    done = container("repo-server").run("ssh", "-G", "example.org", user=user)

    assert 0 == done.returncode, done.stderr
    assert "hostname example.org" in done.stdout.splitlines()


@pytest.mark.parametrize("user", ["", "999:999"])
def test_a_sidecar_of_a_plugin_starts_from_the_image(container, user):
    """It reads its file first, and says where it looked."""
    python = "/opt/plumbline/bin/python"
    done = container("repo-server").run(python, "-m", "plumbline.repo_server.plugin", user=user)

    assert 1 == done.returncode
    assert "/home/argocd/cmp-server/config/plugin.yaml" in done.stderr


def test_the_repo_servers_programs_run(container):
    repo_server = container("repo-server")
    wanted = {
        ("git", "--version"): "git version 2.",
        ("ssh", "-V"): "OpenSSH_",
        ("gpgv", "--version"): "gpgv (GnuPG) 2.",
        ("helm", "version", "--short"): "v4.2.3",
        ("kustomize", "version"): "v5.8.1",
    }

    for argv, text in wanted.items():
        done = repo_server.run(*argv)
        assert 0 == done.returncode, done.stderr
        assert text in done.stdout + done.stderr


def test_git_can_clone_in_the_repo_server(container):
    script = """
        set -e; cd /tmp; git init -q -b main a; cd a
        git -c user.name=a -c user.email=a@a commit -q --allow-empty -m One
        git clone -q /tmp/a /tmp/b; git -C /tmp/b log --format=%s
    """
    done = container("repo-server").run("sh", "-c", script)

    assert "One\n" == done.stdout, done.stderr


def test_redis_starts_as_the_chart_starts_it(container, tmp_path):
    acl = tmp_path / "acl"
    acl.mkdir()
    (acl / "users.acl").write_text("user default on nopass ~* &* +@all\n")
    script = """
        redis-server --unixsocket /tmp/socket --port 6379 --aclfile /etc/redis/users.acl \
          --save '' --appendonly no --dir /tmp --maxmemory 192mb \
          --maxmemory-policy allkeys-lru >/tmp/log &
        until redis-cli -s /tmp/socket ping 2>/dev/null; do
          kill -0 $! || { cat /tmp/log; exit 1; }
          sleep 0.1
        done
        redis-cli -s /tmp/socket acl whoami
    """
    redis = container("redis")
    (redis.root / "etc/redis").mkdir(exist_ok=True)  # as a kubelet makes a mount's place
    done = redis.run("sh", "-c", f"exec 2>&1; {script}", mounts=[(acl, "etc/redis")])

    assert "PONG\n" in done.stdout, done.stdout
    assert done.stdout.endswith("default\n")
