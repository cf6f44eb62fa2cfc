"""The verbs of the story, typed as commands of ``plumb``."""

import json
import re

import yaml

from plumbline.local import plumb

from .caller import CLUSTER
from .transports import Refused

_CODES = {"InvalidArgument": 3, "NotFound": 5, "PermissionDenied": 7, "Unauthenticated": 16}


class Typist:
    """One user of ``plumb``, with a configuration of its own."""

    reads_metadata = False

    def __init__(self, folder, address, token=""):
        self._folder, self._address = folder, address
        self._plumb = plumb.Plumb(folder, address)
        self.token = token
        self._server = ("--server", address, "--insecure", "--auth-token", token) if token else ()

    def close(self):
        """Nothing runs between commands."""

    def __call__(self, *argv, codes=(0,)):
        done = self._plumb._run(*self._server, *argv)
        if done.returncode in codes:
            return done.stdout
        found = re.search(r"code = (\w+) desc = ([^\n]*)", done.stderr)
        if found is None:
            raise AssertionError(f"{argv[:2]}: {done.returncode}\n{done.stdout}{done.stderr}")
        raise Refused(_CODES.get(found[1], found[1]), found[2].rstrip('"'))

    def _json(self, *argv):
        return json.loads(self(*argv, "-o", "json"))

    def version(self):
        tree = self._json("--server", self._address, "--insecure", "version")
        return tree["server"]["Version"]

    def login(self, username, password):
        self._plumb.login(password, username=username)
        config = yaml.safe_load((self._folder / "plumb.config").read_text())
        self.token = config["users"][0]["auth-token"]

    def logout(self):
        self("logout", self._address)

    def with_token(self, token):
        return Typist(self._folder, self._address, token)

    def username(self):
        tree = self._json("account", "get-user-info")
        return tree["username"] if tree.get("loggedIn") else None

    def create_project(self, name, url, namespace):
        self("proj", "create", name, "--src", url, "--dest", f"{CLUSTER},{namespace}")

    def delete_project(self, name):
        self("proj", "delete", name)

    def projects(self):
        return [p["metadata"]["name"] for p in self._json("proj", "list")]

    def add_repository(self, url, project):
        self("repo", "add", url, "--project", project)

    def repositories(self):
        return {r["repo"]: r["connectionState"]["status"] for r in self._json("repo", "list")}

    def remove_repository(self, url, project):
        self("repo", "rm", url, "--project", project)

    def create_app(self, name, project, url, path, namespace):
        self(
            "app", "create", name, "--project", project, "--repo", url, "--path", path,
            "--revision", "main", "--dest-server", CLUSTER, "--dest-namespace", namespace,
        )  # fmt: skip

    def apps(self, project):
        return [a["metadata"]["name"] for a in self._json("app", "list", "--project", project)]

    def app(self, name, *, refresh=""):
        return self._json("app", "get", name, *(["--hard-refresh"] if refresh == "hard" else []))

    def watched(self, name, condition):
        """Return an Application once ``plumb app wait``, which watches, has seen its end."""
        self("app", "wait", name, "--operation", "--timeout", "90")
        app = self.app(name)
        if not condition(app):
            self("app", "wait", name, "--sync", "--health", "--operation", "--timeout", "90")
            app = self.app(name)
        assert condition(app), app["status"]
        return app

    def sync(self, name, revision=""):
        more = ["--revision", revision] if revision else []
        assert "Succeeded" in self("app", "sync", name, "--timeout", "90", *more)

    def rollback(self, name, number):
        self("app", "rollback", name, str(number), "--timeout", "90")

    def terminate(self, name):
        self("app", "terminate-op", name)

    def tree(self, name):
        found = re.findall(r"([A-Z]\w+)/([\w.-]+)", self("app", "get", name, "-o", "tree"))
        return set(found)

    def managed(self, name):
        assert "" == self("app", "diff", name)
        resources = self.app(name)["status"]["resources"]
        return {(r["kind"], r["name"]): r["status"] != "Synced" for r in resources}

    def manifests(self, name):
        return [m for m in yaml.safe_load_all(self("app", "manifests", name)) if m]

    def live(self, name, namespace, ref):
        _, kind, resource = ref
        found = self._json("app", "get-resource", name, "--kind", kind, "--resource-name", resource)
        return found[0] if isinstance(found, list) else found

    def patch(self, name, tree):
        self("app", "patch", name, "--type", "merge", "--patch", json.dumps(tree))

    def patch_resource(self, name, namespace, ref, tree):
        self("app", "patch-resource", name, *_object(namespace, ref), "--patch", json.dumps(tree))

    def delete_resource(self, name, namespace, ref):
        self("app", "delete-resource", name, *_object(namespace, ref))

    def create_role(self, project, role, app):
        self("proj", "role", "create", project, role)
        for action in ("get", "sync"):
            self("proj", "role", "add-policy", project, role, "-a", action, "-o", app)
        return self("proj", "role", "create-token", project, role, "--token-only").strip()

    def deny_syncs(self, project):
        self(
            "proj", "windows", "add", project, "--kind", "deny", "--schedule", "* * * * *",
            "--duration", "1h", "--applications", "*",
        )  # fmt: skip

    def allow_syncs(self, project):
        self("proj", "windows", "delete", project, "0")

    def delete(self, name):
        self("app", "delete", name, "--cascade", "--yes")


def _object(namespace, ref):
    group, kind, name = ref
    found = ["--kind", kind, "--namespace", namespace, "--resource-name", name]
    return found + (["--group", group] if group else [])
