"""`plumb` as a process against a whole Plumbline: what users do.

One environment for the file, an application of its own for each test. A test that needs a call the
server does not have yet is skipped and names it; the list is the api-server's own.
"""

import base64
import json
import pathlib
import secrets
import subprocess
import sys

import pytest
import yaml

from plumbline.local import git_http, plumb
from plumbline.local.environment import Environment

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]

MISSING = pathlib.Path(__file__).parents[2] / "services/api-server/tests/unimplemented.txt"
SERVER = "https://kubernetes.default.svc"
APPLICATIONS = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"


def needs(*names):
    """Skip a step whose calls the server does not have, and say which."""
    missing = MISSING.read_text().split() if MISSING.exists() else []
    lacking = [name for name in names if f"/{name}" in missing]
    return pytest.mark.skipif(bool(lacking), reason=f"the server lacks {', '.join(lacking)}")


def app_call(*names):
    return needs(*(f"application.ApplicationService/{name}" for name in names))


def project_call(*names):
    return needs(*(f"project.ProjectService/{name}" for name in names))


class Shop:
    """The environment, a repository, and `plumb` logged in."""

    def __init__(self, environment):
        self.environment = environment
        self.api = environment.api
        root = environment.directory / "shop-git"
        self.work = environment.directory / "shop-work"
        self.work.mkdir()
        (self.work / "README").write_text("Folders are made by tests.")
        git_http.seed(root, "shop.git", self.work)
        self.server = git_http.GitServer(root)
        self.url = self.server.url("shop.git")
        git_http.git(self.work, "remote", "add", "origin", self.url)

    def push(self):
        """Push everything and return the commit."""
        git_http.git(self.work, "add", "--all")
        git_http.git(self.work, "commit", "--quiet", "-m", "Change")
        git_http.git(self.work, "push", "--quiet", "origin", "HEAD:main")
        return git_http.git(self.work, "rev-parse", "HEAD").strip()

    def plumb(self, *argv, code=0):
        return self.environment.plumb(*argv, code=code)

    def json(self, *argv):
        return json.loads(self.plumb(*argv, "-o", "json"))


class App:
    """A folder of two ConfigMaps, and an application of them that is not synced yet."""

    def __init__(self, shop):
        self.shop = shop
        self.name = f"app-{secrets.token_hex(4)}"
        self.folder = shop.work / self.name
        self.folder.mkdir()
        self.write(1)
        self.first = shop.push()
        shop.api.create("/api/v1/namespaces", {"metadata": {"name": self.name}})

    def write(self, number, *, extra=True):
        settings = config_map("settings", {"count": str(number)}, tier="front")
        (self.folder / "settings.yaml").write_text(settings)
        file = self.folder / "extra.yaml"
        if extra:
            file.write_text(config_map("extra", {"fixed": "1"}, tier="back"))
        else:
            file.unlink()

    def apply(self):
        spec = {
            "project": "default",
            "source": {"repoURL": self.shop.url, "path": self.name, "targetRevision": "main"},
            "destination": {"server": SERVER, "namespace": self.name},
        }
        kind = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application"}
        metadata = {"name": self.name, "namespace": "argocd", "labels": {"team": self.name}}
        path = f"{APPLICATIONS}/{self.name}"
        self.shop.api.apply(path, {**kind, "metadata": metadata, "spec": spec})
        self.shop.api.wait(path, _sync_status("OutOfSync"), seconds=60)

    def plumb(self, verb, *argv, code=0):
        """Run `plumb app VERB NAME ...`."""
        return self.shop.plumb("app", verb, self.name, *argv, code=code)

    def sync(self, *argv, code=0):
        return self.plumb("sync", "--timeout", "60", *argv, code=code)

    def get(self):
        return json.loads(self.plumb("get", "-o", "json"))

    def path(self, config_map):
        return f"/api/v1/namespaces/{self.name}/configmaps/{config_map}"

    def data(self, config_map):
        return self.shop.api.get(self.path(config_map))["data"]


def config_map(name, data, **labels):
    metadata = {"name": name, "labels": labels}
    tree = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
    return yaml.safe_dump(tree)


def _sync_status(word):
    def check(app):
        return ((app.get("status") or {}).get("sync") or {}).get("status") == word

    return check


def _login(address, config, password, *argv):
    command = [sys.executable, "-m", "plumbline.cli", "login", address, "--insecure"]
    return subprocess.run(
        [*command, "--username", "admin", "--config", str(config), *argv],
        input=f"{password}\n", capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def shop():
    with Environment() as environment:
        environment.use_cluster()
        environment.install("argocd")
        environment.start_services(poll_interval=1.0, revision_flush_seconds=1.0)
        environment.login()
        shop = Shop(environment)
        yield shop
        shop.server.close()


@pytest.fixture
def app(shop):
    made = App(shop)
    made.apply()
    yield made
    shop.api.delete(f"{APPLICATIONS}/{made.name}")


@pytest.fixture
def synced(app):
    app.sync()
    return app


def test_login_and_logout(shop, tmp_path):
    """A password comes from standard input and is not echoed; a logout ends the session."""
    password = plumb.admin_password(shop.api, "argocd")
    address, config = shop.environment.services.address, tmp_path / "config"

    done = _login(address, config, password)

    assert 0 == done.returncode, done.stderr
    assert "'admin:login' logged in successfully" in done.stdout
    assert password not in done.stdout + done.stderr
    other = plumb.Plumb(tmp_path, address)
    other("app", "list", "--config", str(config))
    assert address in other("context", "--config", str(config))
    assert "Username: admin" in other("account", "get-user-info", "--config", str(config))
    assert f"Logged out from '{address}'" in other("logout", address, "--config", str(config))
    other("app", "list", "--config", str(config), code=20)


def test_wrong_password(shop, tmp_path):
    """A wrong password is an error, and leaves no context behind."""
    config = tmp_path / "config"

    done = _login(shop.environment.services.address, config, "canary")

    assert 20 == done.returncode
    assert "Invalid username or password" in done.stderr
    assert "canary" not in done.stderr
    assert not config.exists()


def test_token_of_the_environment(shop):
    """A token in the environment works without any configuration; a forged one does not."""
    token = shop.plumb("account", "session-token").strip()
    command = [sys.executable, "-m", "plumbline.cli", "app", "list", "-o", "name"]
    head, _, _ = token.rpartition(".")
    forged = f"{head}.{base64.urlsafe_b64encode(b'x' * 32).decode().rstrip('=')}"

    def run(auth):
        environment = {
            "ARGOCD_SERVER": shop.environment.services.address,
            "ARGOCD_AUTH_TOKEN": auth,
            "ARGOCD_OPTS": "--insecure",
            "ARGOCD_CONFIG_DIR": "/nonexistent",
        }
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert 0 == run(token).returncode
    refused = run(forged)
    assert 20 == refused.returncode
    assert "Unauthenticated" in refused.stderr


def test_version(shop):
    """The server's version is told beside the client's."""
    assert "argocd-server: " in shop.plumb("version", "--short")


def test_list(shop, app):
    """The list shows an application, by name, selector and repository."""
    shown = shop.plumb("app", "list")

    assert f"argocd/{app.name}" in shown
    assert f"argocd/{app.name}\n" == shop.plumb(
        "app", "list", "-l", f"team={app.name}", "-o", "name"
    )
    assert "" == shop.plumb("app", "list", "-l", "team=none", "-o", "name")
    found = [a["metadata"]["name"] for a in shop.json("app", "list", "-r", shop.url)]
    assert app.name in found
    assert [] == shop.json("app", "list", "-r", "https://elsewhere")


@app_call("Create")
def test_create(shop):
    """An application is made of flags, and made again only with --upsert."""
    made = App(shop)
    line = [
        "--repo", shop.url, "--path", made.name, "--revision", "main",
        "--dest-server", SERVER, "--dest-namespace", made.name, "--label", "made=yes",
    ]  # fmt: skip

    assert f"application '{made.name}' created" in made.plumb("create", *line)
    assert {"made": "yes"} == made.get()["metadata"]["labels"]
    changed = [*line, "--revision-history-limit", "3"]
    made.plumb("create", *changed, code=20)
    assert "updated" in made.plumb("create", *changed, "--upsert")
    assert 3 == made.get()["spec"]["revisionHistoryLimit"]
    made.sync()
    assert {"count": "1"} == made.data("settings")


def test_diff(app):
    """What is missing is shown as added, with exit code 1; after a sync there is nothing."""
    shown = app.plumb("diff", code=1)

    assert f"===== /ConfigMap {app.name}/settings ======" in shown
    assert "+  count: '1'" in shown
    app.sync()
    assert "" == app.plumb("diff")


def test_partial_sync(app):
    """A selected resource is synced, and no other; a selection of nothing syncs nothing."""
    app.sync("--resource", "apps:Deployment:x", code=20)
    app.sync("--resource", ":ConfigMap:extra")

    assert {"fixed": "1"} == app.data("extra")
    app.shop.api.wait_gone(app.path("settings"), seconds=1)
    assert "OutOfSync" in app.plumb("get")


def test_sync(app):
    """A sync ends when the cluster follows, and tells how it went."""
    shown = app.sync("--info", "why=test")

    assert "Succeeded" in shown
    assert "Sync Status:        Synced to main" in shown
    assert {"count": "1"} == app.data("settings")


def test_dry_run(app):
    """A dry run says what would happen, and changes nothing."""
    shown = app.sync("--dry-run")

    assert "settings" in shown
    app.shop.api.wait_gone(app.path("settings"), seconds=1)


def test_get(synced):
    """Details, tree and structured forms agree."""
    shown = synced.plumb("get", "--refresh", "--show-operation")
    tree = synced.plumb("get", "-o", "tree")
    found = yaml.safe_load(synced.plumb("get", "-o", "yaml"))

    assert "Phase:              Succeeded" in shown
    assert "ConfigMap/settings" in tree
    assert "Synced" == found["status"]["sync"]["status"]
    assert "settings" in synced.plumb("resources")
    assert "ConfigMap/settings" in synced.plumb("resources", "--output", "tree")


def test_live_manifests(synced):
    """Live manifests are those of the cluster."""
    texts = synced.plumb("manifests", "--source", "live")

    found = {m["metadata"]["name"]: m for m in yaml.safe_load_all(texts)}
    assert {"count": "1"} == found["settings"]["data"]


def test_wait(synced):
    """A wait for what holds ends at once; one for what never comes ends in time."""
    synced.plumb("wait", "--timeout", "30")
    synced.plumb("wait", "--resource", ":ConfigMap:settings", "--sync", "--timeout", "30")
    synced.plumb("wait", "--degraded", "--timeout", "2", code=20)


def test_prune(synced):
    """A resource that Git no longer holds goes only with --prune."""
    synced.write(2, extra=False)
    commit = synced.shop.push()
    synced.plumb("get", "--refresh")

    shown = synced.sync(code=20)
    assert "extra" in shown
    assert {"fixed": "1"} == synced.data("extra")
    synced.sync("--prune")

    synced.shop.api.wait_gone(synced.path("extra"), seconds=30)
    assert commit == synced.get()["status"]["sync"]["revision"]


def test_history(synced):
    """Every full sync is a deployment, shown with what it deployed."""
    synced.write(2)
    synced.shop.push()
    synced.plumb("get", "--refresh")
    synced.sync()

    ids = synced.plumb("history", "-o", "id").split()
    shown = synced.plumb("history")

    assert 2 == len(ids)
    assert f"main ({synced.first[:7]})" in shown
    assert synced.shop.url in shown


@app_call("Rollback")
def test_rollback(synced):
    """A rollback brings the deployment before the last back."""
    synced.write(2)
    synced.shop.push()
    synced.plumb("get", "--refresh")
    synced.sync()
    assert {"count": "2"} == synced.data("settings")

    synced.plumb("rollback", "--timeout", "60")

    assert {"count": "1"} == synced.data("settings")


@app_call("GetManifests")
def test_other_revision(synced):
    """Manifests and differences of another revision are shown without a sync."""
    synced.write(2, extra=False)
    synced.shop.push()
    synced.plumb("get", "--refresh")
    synced.sync("--prune")

    texts = synced.plumb("manifests", "--revision", synced.first)
    shown = synced.plumb("diff", "--revision", synced.first, code=1)

    found = {m["metadata"]["name"]: m for m in yaml.safe_load_all(texts)}
    assert {"count": "1"} == found["settings"]["data"]
    assert {"-  count: '2'", "+  count: '1'"} <= set(shown.splitlines())
    assert f"===== /ConfigMap {synced.name}/extra ======" in shown


@app_call("GetManifests")
def test_sync_by_label(app):
    """`--label` syncs what carries it."""
    app.sync("--label", "tier=front")

    assert {"count": "1"} == app.data("settings")
    app.shop.api.wait_gone(app.path("extra"), seconds=1)


@app_call("UpdateSpec", "Patch")
def test_set(synced):
    """`set` and `patch` change one thing."""
    synced.plumb("set", "--revision-history-limit", "4")
    patch = '{"metadata": {"labels": {"patched": "yes"}}}'
    synced.plumb("patch", "--type", "merge", "--patch", patch)

    found = synced.get()
    assert 4 == found["spec"]["revisionHistoryLimit"]
    assert "yes" == found["metadata"]["labels"]["patched"]


@app_call("GetResource", "PatchResource", "DeleteResource")
def test_resources(synced):
    """A live resource is read, patched and deleted through the application."""
    choice = ["--kind", "ConfigMap", "--resource-name", "settings"]

    synced.plumb("patch-resource", *choice, "--patch", '{"data": {"more": "1"}}')
    shown = synced.plumb("get-resource", *choice, "-o", "yaml")
    assert "1" == yaml.safe_load(shown)["data"]["more"]
    synced.plumb("delete-resource", *choice)
    synced.shop.api.wait_gone(synced.path("settings"), seconds=30)


@project_call("Create", "Get", "Update", "GetDetailedProject", "List", "Delete")
def test_projects(shop):
    """A project is made, changed, shown and deleted."""
    shop.plumb("proj", "create", "team", "--src", "https://a", "--dest", "*,team-*")
    shop.plumb("proj", "add-source", "team", "https://b")
    shop.plumb("proj", "role", "create", "team", "ci")
    shop.plumb("proj", "role", "add-policy", "team", "ci", "-a", "sync", "-o", "*")

    assert "https://b" in shop.plumb("proj", "get", "team")
    assert "team" in shop.plumb("proj", "list", "-o", "name").split()
    assert "applications, sync, team/*, allow" in shop.plumb("proj", "role", "get", "team", "ci")
    shop.plumb("proj", "delete", "team")
    assert "team" not in shop.plumb("proj", "list", "-o", "name").split()


@project_call("Create", "Update", "GetSyncWindowsState", "CreateToken")
def test_windows_and_tokens(shop):
    """A sync window that is open is shown as active; a role's token can read its project."""
    shop.plumb("proj", "create", "windowed")
    line = ["-k", "allow", "--schedule", "* * * * *", "--duration", "1h", "--applications", "*"]
    shop.plumb("proj", "windows", "add", "windowed", *line)
    shop.plumb("proj", "role", "create", "windowed", "ci")

    token = shop.plumb("proj", "role", "create-token", "windowed", "ci", "-t").strip()

    assert "Active" in shop.plumb("proj", "windows", "list", "windowed")
    assert "windowed" in shop.plumb("proj", "list", "-o", "name", "--auth-token", token).split()
    shop.plumb("proj", "delete", "windowed")


@needs(
    "repository.RepositoryService/ValidateAccess",
    "repository.RepositoryService/CreateRepository",
    "repository.RepositoryService/ListRepositories",
    "repository.RepositoryService/DeleteRepository",
)
def test_repositories(shop):
    """A repository is added, listed and removed; one that cannot be opened is refused."""
    shop.plumb("repo", "add", shop.url)
    assert shop.url in shop.plumb("repo", "list", "-o", "url").split()
    shop.plumb("repo", "add", shop.url.replace("shop.git", "none.git"), code=20)
    shop.plumb("repo", "rm", shop.url)
    assert shop.url not in shop.plumb("repo", "list", "-o", "url").split()


@needs("account.AccountService/ListAccounts", "account.AccountService/CanI")
def test_accounts(shop):
    """Accounts are listed, and permissions asked for."""
    assert "admin" in shop.plumb("account", "list")
    assert "yes" == shop.plumb("account", "can-i", "sync", "applications", "*/*").strip()


@needs(
    "certificate.CertificateService/CreateCertificate",
    "certificate.CertificateService/ListCertificates",
    "certificate.CertificateService/DeleteCertificate",
)
def test_certificates(shop, tmp_path):
    """Known hosts are added, listed and removed."""
    hosts = tmp_path / "hosts"
    key = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
    hosts.write_text(f"git.example ssh-ed25519 {key}\n")

    shop.plumb("cert", "add-ssh", "--batch", "--from", str(hosts))
    assert "git.example" in shop.plumb("cert", "list", "--cert-type", "ssh")
    shop.plumb("cert", "rm", "git.example")
    assert "git.example" not in shop.plumb("cert", "list")


@needs("cluster.ClusterService/Create", "cluster.ClusterService/List")
def test_clusters(shop):
    """A cluster is added from a kubeconfig context: account, rights and token are made."""
    kubeconfig = str(shop.environment.kubeconfig)
    context = yaml.safe_load(pathlib.Path(kubeconfig).read_text())["current-context"]

    shop.plumb("cluster", "add", context, "--kubeconfig", kubeconfig, "-y", "--name", "other")

    account = shop.api.get("/api/v1/namespaces/kube-system/serviceaccounts/argocd-manager")
    assert "argocd-manager" == account["metadata"]["name"]
    assert "other" in shop.plumb("cluster", "list")
    shop.plumb("cluster", "rm", "other", "-y")
    assert "other" not in shop.plumb("cluster", "list")


def test_delete(shop):
    """A cascading delete waits until the application and what it made are gone."""
    made = App(shop)
    made.apply()
    made.sync()

    out = made.plumb("delete", "--yes", "--wait")

    assert f"application '{made.name}' deleted" in out
    assert made.name not in shop.plumb("app", "list")
    shop.api.wait_gone(made.path("settings"), seconds=30)


def test_delete_without_cascade(shop):
    """Without cascade, what the application made stays."""
    made = App(shop)
    made.apply()
    made.sync()

    made.plumb("delete", "--cascade=false", "--wait")

    assert made.name not in shop.plumb("app", "list")
    assert {"count": "1"} == made.data("settings")
