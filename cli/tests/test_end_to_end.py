"""`plumb` as a process against a whole Plumbline: what users do, in the order they do it.

One environment for the file; the tests are steps, each begins where the former ended. A step that
needs a call the server does not have yet is skipped by name; the list is the api-server's own.
"""

import base64
import json
import pathlib
import subprocess
import sys

import pytest
import yaml

from plumbline.local import git_http, plumb
from plumbline.local.environment import Environment

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]

MISSING = pathlib.Path(__file__).parents[2] / "services/api-server/tests/unimplemented.txt"
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
    """A repository, the environment, and `plumb` logged in."""

    def __init__(self, environment):
        self.environment = environment
        self.api = environment.api
        root = environment.directory / "shop-git"
        self.work = environment.directory / "shop-work"
        self.work.mkdir()
        self.write(1)
        git_http.seed(root, "shop.git", self.work)
        self.server = git_http.GitServer(root)
        self.url = self.server.url("shop.git")
        git_http.git(self.work, "remote", "add", "origin", self.url)

    def write(self, number, *, extra=True):
        folder = self.work / "deploy"
        folder.mkdir(exist_ok=True)
        (folder / "settings.yaml").write_text(config_map("settings", {"n": str(number)}, a="front"))
        file = folder / "extra.yaml"
        if extra:
            file.write_text(config_map("extra", {"fixed": "1"}, a="back"))
        else:
            file.unlink()

    def push(self):
        git_http.git(self.work, "add", "--all")
        git_http.git(self.work, "commit", "--quiet", "-m", "Change")
        git_http.git(self.work, "push", "--quiet", "origin", "HEAD:main")
        return git_http.git(self.work, "rev-parse", "HEAD").strip()

    def plumb(self, *argv, code=0):
        return self.environment.plumb(*argv, code=code)

    def json(self, *argv):
        return json.loads(self.plumb(*argv, "-o", "json"))

    def config_map(self, name):
        return self.api.get(f"/api/v1/namespaces/shop/configmaps/{name}")


def config_map(name, data, **labels):
    metadata = {"name": name, "labels": labels}
    tree = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
    return yaml.safe_dump(tree)


@pytest.fixture(scope="module")
def shop():
    with Environment() as environment:
        environment.use_cluster()
        environment.install("argocd")
        environment.start_services(poll_interval=1.0, revision_flush_seconds=1.0)
        environment.api.create("/api/v1/namespaces", {"metadata": {"name": "shop"}})
        shop = Shop(environment)
        yield shop
        shop.server.close()


def _log_in(shop):
    password = plumb.admin_password(shop.api, "argocd")
    address = shop.environment.services.address
    command = [sys.executable, "-m", "plumbline.cli", "login", address, "--insecure"]
    config = str(shop.environment.directory / "plumb.config")
    done = subprocess.run(
        [*command, "--username", "admin", "--config", config],
        input=f"{password}\n", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr
    assert password not in done.stdout + done.stderr
    return done.stdout


class TestPlumb:
    """The steps; pytest keeps the order of a class's tests."""

    def test_login(self, shop):
        """A password comes from standard input and is not echoed; the context is made."""
        out = _log_in(shop)

        assert "'admin:login' logged in successfully" in out
        assert shop.environment.services.address in shop.plumb("context")
        assert "Username: admin" in shop.plumb("account", "get-user-info")
        assert "argocd-server: " in shop.plumb("version")

    def test_wrong_password(self, shop, tmp_path):
        """A wrong password is an error, and leaves no context behind."""
        config = tmp_path / "config"
        command = [sys.executable, "-m", "plumbline.cli", "login", "--insecure", "--config", config]
        words = ["--username", "admin", "--password", "canary", shop.environment.services.address]

        done = subprocess.run([*command, *words], capture_output=True, text=True, check=False)

        assert 20 == done.returncode
        assert "Invalid username or password" in done.stderr
        assert "canary" not in done.stderr
        assert not config.exists()

    @app_call("Create")
    def test_create(self, shop):
        """An application is made of flags."""
        out = shop.plumb(
            "app", "create", "shop", "--repo", shop.url, "--path", "deploy", "--revision", "main",
            "--dest-server", "https://kubernetes.default.svc", "--dest-namespace", "shop",
            "--label", "team=one",
        )  # fmt: skip

        assert "application 'shop' created" in out
        assert {"team": "one"} == shop.json("app", "get", "shop")["metadata"]["labels"]

    def test_applied(self, shop):
        """An application that was applied as a manifest is the same, made or changed."""
        spec = {
            "project": "default",
            "source": {"repoURL": shop.url, "path": "deploy", "targetRevision": "main"},
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"},
        }
        kind = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application"}
        metadata = {"name": "shop", "namespace": "argocd", "labels": {"team": "one"}}
        shop.api.apply(f"{APPLICATIONS}/shop", {**kind, "metadata": metadata, "spec": spec})

        shop.api.wait(f"{APPLICATIONS}/shop", _sync_status("OutOfSync"), seconds=60)

    def test_list(self, shop):
        """The list shows it, by name, selector and repository."""
        shown = shop.plumb("app", "list")

        assert "argocd/shop" in shown
        assert "OutOfSync" in shown
        assert "argocd/shop\n" == shop.plumb("app", "list", "-l", "team=one", "-o", "name")
        assert "" == shop.plumb("app", "list", "-l", "team=two", "-o", "name")
        assert ["shop"] == [a["metadata"]["name"] for a in shop.json("app", "list", "-r", shop.url)]

    def test_diff(self, shop):
        """What is missing is shown as added, with exit code 1."""
        shown = shop.plumb("app", "diff", "shop", code=1)

        assert "===== /ConfigMap shop/settings ======" in shown
        assert "+  n: '1'" in shown

    def test_partial_sync(self, shop):
        """A selected resource is synced, and no other."""
        shop.plumb("app", "sync", "shop", "--resource", ":ConfigMap:extra")

        assert {"fixed": "1"} == shop.config_map("extra")["data"]
        assert "OutOfSync" in shop.plumb("app", "get", "shop")

    def test_selection_of_nothing(self, shop):
        """A selection that means nothing syncs nothing."""
        shop.plumb("app", "sync", "shop", "--resource", "apps:Deployment:x", code=20)

        assert "OutOfSync" in shop.plumb("app", "get", "shop")

    def test_sync(self, shop):
        """A sync ends when the cluster follows, and tells how it went."""
        shown = shop.plumb("app", "sync", "shop", "--timeout", "60", "--info", "why=test")

        assert "Succeeded" in shown
        assert "Sync Status:        Synced to main" in shown
        assert {"n": "1"} == shop.config_map("settings")["data"]
        assert "" == shop.plumb("app", "diff", "shop")

    def test_get(self, shop):
        """Details, tree and structured forms agree."""
        shown = shop.plumb("app", "get", "shop", "--refresh", "--show-operation")
        tree = shop.plumb("app", "get", "shop", "-o", "tree")
        found = yaml.safe_load(shop.plumb("app", "get", "shop", "-o", "yaml"))

        assert "ConfigMap" in shown
        assert "Phase:              Succeeded" in shown
        assert "ConfigMap/settings" in tree
        assert "Synced" == found["status"]["sync"]["status"]
        assert "settings" in shop.plumb("app", "resources", "shop")

    def test_live_manifests(self, shop):
        """Live manifests are those of the cluster."""
        texts = shop.plumb("app", "manifests", "shop", "--source", "live")

        found = {m["metadata"]["name"]: m for m in yaml.safe_load_all(texts)}
        assert {"n": "1"} == found["settings"]["data"]

    def test_wait(self, shop):
        """A wait for what holds ends at once; one for what never comes ends in time."""
        shop.plumb("app", "wait", "shop", "--timeout", "30")
        shop.plumb("app", "wait", "shop", "--degraded", "--timeout", "2", code=20)

    def test_prune(self, shop):
        """A resource that Git no longer holds goes only with --prune."""
        shop.write(2, extra=False)
        commit = shop.push()
        shop.plumb("app", "get", "shop", "--refresh")

        shown = shop.plumb("app", "sync", "shop", "--timeout", "60", code=20)
        assert "extra" in shown
        assert {"fixed": "1"} == shop.config_map("extra")["data"]
        shop.plumb("app", "sync", "shop", "--timeout", "60", "--prune")

        shop.api.wait_gone("/api/v1/namespaces/shop/configmaps/extra", seconds=30)
        assert commit == shop.json("app", "get", "shop")["status"]["sync"]["revision"]

    def test_history(self, shop):
        """Every full sync is a deployment."""
        ids = shop.plumb("app", "history", "shop", "-o", "id").split()
        shown = shop.plumb("app", "history", "shop")

        assert len(ids) >= 2
        assert "main (" in shown
        assert shop.url in shown

    @app_call("Rollback")
    def test_rollback(self, shop):
        """A rollback brings an earlier deployment back."""
        first = shop.plumb("app", "history", "shop", "-o", "id").split()[0]

        shop.plumb("app", "rollback", "shop", first, "--timeout", "60")

        assert {"n": "1"} == shop.config_map("settings")["data"]

    @app_call("GetManifests")
    def test_manifests(self, shop):
        """Manifests and differences of another revision are shown without a sync."""
        first = git_http.git(shop.work, "rev-list", "--max-parents=0", "HEAD").strip()
        shop.plumb("app", "sync", "shop", "--timeout", "60", "--prune")

        texts = shop.plumb("app", "manifests", "shop", "--revision", first)
        shown = shop.plumb("app", "diff", "shop", "--revision", first, code=1)

        found = {m["metadata"]["name"]: m for m in yaml.safe_load_all(texts)}
        assert {"n": "1"} == found["settings"]["data"]
        assert "+  n: '1'" in shown
        assert "ConfigMap shop/extra" in shown

    @app_call("UpdateSpec", "Patch")
    def test_set(self, shop):
        """`set` and `patch` change one thing."""
        shop.plumb("app", "set", "shop", "--revision-history-limit", "4")
        patch = '{"metadata": {"labels": {"patched": "yes"}}}'
        shop.plumb("app", "patch", "shop", "--type", "merge", "--patch", patch)

        found = shop.json("app", "get", "shop")
        assert 4 == found["spec"]["revisionHistoryLimit"]
        assert "yes" == found["metadata"]["labels"]["patched"]

    @app_call("GetResource", "PatchResource", "DeleteResource")
    def test_resources(self, shop):
        """A live resource is read, patched and deleted through the application."""
        choice = ["--kind", "ConfigMap", "--resource-name", "settings"]
        patch = '{"data": {"more": "1"}}'

        shop.plumb("app", "patch-resource", "shop", *choice, "--patch", patch)
        shown = shop.plumb("app", "get-resource", "shop", *choice, "-o", "yaml")
        assert "1" == yaml.safe_load(shown)["data"]["more"]
        shop.plumb("app", "delete-resource", "shop", *choice)
        shop.api.wait_gone("/api/v1/namespaces/shop/configmaps/settings", seconds=30)

    @project_call("Create", "Get", "Update", "GetDetailedProject", "List", "Delete")
    def test_projects(self, shop):
        """A project is made, changed, shown and deleted."""
        shop.plumb("proj", "create", "team", "--src", "https://a", "--dest", "*,team-*")
        shop.plumb("proj", "add-source", "team", "https://b")
        shop.plumb("proj", "role", "create", "team", "ci")
        shop.plumb("proj", "role", "add-policy", "team", "ci", "-a", "sync", "-o", "*")

        assert "https://b" in shop.plumb("proj", "get", "team")
        assert "team" in shop.plumb("proj", "list", "-o", "name").split()
        assert "applications, sync, team/*, allow" in shop.plumb(
            "proj", "role", "get", "team", "ci"
        )
        shop.plumb("proj", "delete", "team")
        assert "team" not in shop.plumb("proj", "list", "-o", "name").split()

    @needs(
        "repository.RepositoryService/ValidateAccess",
        "repository.RepositoryService/CreateRepository",
        "repository.RepositoryService/ListRepositories",
        "repository.RepositoryService/DeleteRepository",
    )
    def test_repositories(self, shop):
        """A repository is added, listed and removed; one that cannot be opened is refused."""
        shop.plumb("repo", "add", shop.url)
        assert shop.url in shop.plumb("repo", "list", "-o", "url").split()
        shop.plumb("repo", "add", shop.url.replace("shop.git", "none.git"), code=20)
        shop.plumb("repo", "rm", shop.url)
        assert shop.url not in shop.plumb("repo", "list", "-o", "url").split()

    @needs(
        "account.AccountService/ListAccounts",
        "account.AccountService/CanI",
        "account.AccountService/UpdatePassword",
    )
    def test_accounts(self, shop):
        """Accounts are shown; after a change of password the context goes on with a new token."""
        assert "admin" in shop.plumb("account", "list")
        assert "yes" == shop.plumb("account", "can-i", "sync", "applications", "*/*").strip()
        old = plumb.admin_password(shop.api, "argocd")
        change = ["--current-password", old, "--new-password", "a-longer-password"]
        shop.plumb("account", "update-password", *change)
        assert "argocd/shop" in shop.plumb("app", "list")

    @needs("cluster.ClusterService/Create", "cluster.ClusterService/List")
    def test_clusters(self, shop):
        """A cluster is added from a kubeconfig context: account, rights and token are made."""
        kubeconfig = str(shop.environment.kubeconfig)
        context = yaml.safe_load(pathlib.Path(kubeconfig).read_text())["current-context"]

        shop.plumb("cluster", "add", context, "--kubeconfig", kubeconfig, "-y", "--name", "other")

        account = shop.api.get("/api/v1/namespaces/kube-system/serviceaccounts/argocd-manager")
        assert "argocd-manager" == account["metadata"]["name"]
        assert "other" in shop.plumb("cluster", "list")

    def test_other_contexts(self, shop):
        """A token in the environment works without any configuration; a wrong one does not."""
        config = yaml.safe_load((shop.environment.directory / "plumb.config").read_text())
        token = config["users"][0]["auth-token"]
        command = [sys.executable, "-m", "plumbline.cli", "app", "list", "-o", "name"]

        def run(auth):
            environment = {
                "ARGOCD_SERVER": shop.environment.services.address,
                "ARGOCD_AUTH_TOKEN": auth,
                "ARGOCD_OPTS": "--insecure",
                "ARGOCD_CONFIG_DIR": "/nonexistent",
            }
            return subprocess.run(
                command, env=environment, capture_output=True, text=True, check=False
            )

        head, _, _ = token.rpartition(".")
        forged = f"{head}.{base64.urlsafe_b64encode(b'x' * 32).decode().rstrip('=')}"
        assert (0, "argocd/shop\n") == (run(token).returncode, run(token).stdout)
        assert 20 == run(forged).returncode
        assert "Unauthenticated" in run(forged).stderr

    def test_delete(self, shop):
        """A cascading delete waits until the application and what it made are gone."""
        out = shop.plumb("app", "delete", "shop", "--yes", "--wait")

        assert "application 'shop' deleted" in out
        assert "" == shop.plumb("app", "list", "-o", "name")
        shop.api.wait_gone("/api/v1/namespaces/shop/configmaps/settings", seconds=30)

    def test_logout(self, shop):
        """After a logout the token is gone, and calls are refused."""
        address = shop.environment.services.address

        assert f"Logged out from '{address}'" in shop.plumb("logout", address)
        shop.plumb("app", "list", code=20)


def _sync_status(word):
    def check(app):
        return ((app.get("status") or {}).get("sync") or {}).get("status") == word

    return check
