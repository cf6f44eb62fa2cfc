"""The tour of the bookstore: each step checked at the API server and printed with its time.

Called by ``make demo`` and by the end-to-end test. A step that does not hold raises; nothing is
printed as done that was not seen.
"""

import pathlib
import time
from collections.abc import Callable
from typing import Any, Final, Protocol

from plumbline.local.bookstore import Bookstore
from plumbline.local.plumb import Plumb
from plumbline.testcluster.api import Api

__all__ = ["Shop", "tour"]

_APPLICATIONS: Final = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"
_CATALOG: Final = "/apis/apps/v1/namespaces/bookstore-{}/deployments/catalog"
_DEV: Final = "/apis/{}/namespaces/bookstore-dev/{}"
_PRIVATE: Final = "/api/v1/namespaces/default/configmaps/private"
_IMAGE: Final = "docker.io/library/nginx"
_DIGEST: Final = f"sha256:{'5' * 64}"
_PROJECT: Final = "/apis/argoproj.io/v1alpha1/namespaces/argocd/appprojects/bookstore"


class Shop(Protocol):
    """What the tour walks through: a Plumbline that runs, wherever that is."""

    api: Api
    """The cluster's API server, as its administrator."""
    bookstore: Bookstore
    """The example repository, served where the repo-server reaches it."""
    plumb: Plumb
    kustomize: pathlib.Path

    def login(self) -> object:
        """Log ``plumb`` in as the admin."""


class _Tour:
    def __init__(self, shop: Shop, say: Callable[[str], None]) -> None:
        self._shop = shop
        self._say = say
        self._start = time.monotonic()

    def told(self, text: str) -> None:
        """Print a step that held, with the time it took."""
        now = time.monotonic()
        self._say(f"{now - self._start:6.1f} s  {text}")
        self._start = now

    def app(self, name: str, condition: Callable[[Any], bool], seconds: int = 120) -> Any:
        """Wait for an application of the bookstore."""
        path = f"{_APPLICATIONS}/bookstore-{name}"
        return self._shop.api.wait(path, condition, seconds=seconds)

    def bootstrap(self) -> None:
        """Two applies: dev and staging follow, prod waits."""
        self._shop.bookstore.bootstrap(self._shop.api)
        for name in ("root", "dev", "staging"):
            self.app(name, _is("Synced", "Healthy"))
        self.app("prod", _is("OutOfSync", "Missing"))
        self.told("two applies: root, dev and staging are Synced and Healthy, prod is OutOfSync")

    def drift(self) -> None:
        """A count changed by hand in dev goes back to Git's; staging's belongs to its HPA."""
        api = self._shop.api
        drifted = api.merge(_CATALOG.format("dev"), {"spec": {"replicas": 5}})["metadata"]
        api.wait(
            _CATALOG.format("dev"),
            lambda d: (
                d["spec"]["replicas"] == 2 and d["metadata"]["generation"] > drifted["generation"]
            ),
            seconds=30,
        )
        self.told("catalog in dev, scaled by hand, is back at Git's count")
        api.wait(_CATALOG.format("staging"), lambda d: d["spec"]["replicas"] >= 3, seconds=60)
        self.app("staging", _is("Synced", "Healthy"))
        self.told("catalog in staging keeps its autoscaler's count, and is Synced")

    def commit(self) -> None:
        """A commit to dev moves dev alone."""
        api = self._shop.api
        before = api.get(_CATALOG.format("staging"))["metadata"]["generation"]
        commit = self._set_image("dev", f"{_IMAGE}@{_DIGEST}", "Pin nginx in dev by digest")
        api.wait(_CATALOG.format("dev"), lambda d: _image(d).endswith(_DIGEST), seconds=30)
        self.app("dev", lambda a: _is("Synced", "Healthy")(a) and _revision(a) == commit)
        after = api.get(_CATALOG.format("staging"))["metadata"]["generation"]
        if before != after:
            raise AssertionError("a commit to dev moved staging")
        self.told("a commit to dev is live in dev, staging did not move")
        self._migrated()
        self.told("db-migrate ran before the Deployments of that commit changed")

    def _migrated(self) -> None:
        """The hook of the last sync ended before the new pods' ReplicaSet was made."""
        api = self._shop.api
        state = self.app("dev", _is("Synced", "Healthy"))["status"]["operationState"]
        rows = state["syncResult"]["resources"]
        hook = next(r for r in rows if r["name"] == "db-migrate")
        if (hook["syncPhase"], hook["hookPhase"]) != ("PreSync", "Succeeded"):
            raise AssertionError(f"db-migrate did not run as a PreSync hook: {hook}")
        job = api.get(_DEV.format("batch/v1", "jobs/db-migrate"))
        sets = api.get(_DEV.format("apps/v1", "replicasets"))["items"]
        times = [s["metadata"]["creationTimestamp"] for s in sets if _image(s).endswith(_DIGEST)]
        if not times or job["status"]["completionTime"] > min(times):
            raise AssertionError(f"db-migrate ended {job['status']}, Deployments changed {times}")

    def outsider(self) -> None:
        """A child that leaves its project is refused, and says so; nothing of it is made."""
        shop = self._shop
        child = (shop.bookstore.work / "apps/bookstore-dev.yaml").read_text()
        rogue = child.replace("bookstore-dev", "bookstore-rogue").replace(
            "namespace: bookstore-rogue", "namespace: kube-system"
        )
        (shop.bookstore.work / "apps/bookstore-rogue.yaml").write_text(rogue)
        shop.bookstore.push("Deploy outside the project")

        def refused(app: Any) -> bool:
            found = (app.get("status") or {}).get("conditions") or []
            wanted = "do not match any of the allowed destinations in project 'bookstore'"
            return any(c["type"] == "InvalidSpecError" and wanted in c["message"] for c in found)

        self.app("rogue", refused)
        shop.bookstore.revert()
        shop.api.wait_gone(f"{_APPLICATIONS}/bookstore-rogue", seconds=60)
        self.told("a child whose destination its project does not allow is refused")

    def token(self) -> None:
        """A project's token may sync one application, and nothing else."""
        plumb = self._shop.plumb
        plumb("proj", "role", "create", "bookstore", "ci")
        for action in ("get", "sync"):
            plumb(
                "proj", "role", "add-policy", "bookstore", "ci", "-a", action, "-o", "bookstore-dev"
            )
        token = plumb("proj", "role", "create-token", "bookstore", "ci", "--token-only").strip()
        plumb("--auth-token", token, "app", "sync", "bookstore-dev")
        for refused in (
            ("app", "sync", "bookstore-staging"),
            ("app", "delete", "bookstore-dev", "--yes"),
            ("proj", "role", "create", "bookstore", "more"),
            ("repo", "add", "https://git.example/other.git"),
            ("proj", "delete", "bookstore"),
        ):
            plumb.refused("--auth-token", token, *refused)
        names = plumb("--auth-token", token, "app", "list", "-o", "name").split()
        if names != ["argocd/bookstore-dev"]:
            raise AssertionError(f"the token sees {names}")
        self.told("a project token syncs bookstore-dev, sees nothing else and may do nothing else")

    def rollback(self) -> None:
        """Production goes back to the deployment before, and forward again."""
        plumb, api = self._shop.plumb, self._shop.api
        plumb("app", "rollback", "bookstore-prod")
        api.wait(_CATALOG.format("prod"), lambda d: _image(d).endswith(":1.27"), seconds=30)
        self.app("prod", lambda a: a["status"]["sync"]["status"] == "OutOfSync")
        plumb("app", "sync", "bookstore-prod")
        api.wait(_CATALOG.format("prod"), lambda d: _image(d).endswith(_DIGEST), seconds=30)
        self.told("plumb app rollback brings prod's last image back, a sync the present one")

    def private(self) -> None:
        """An application of a private repository, over HTTP with a password."""
        shop, plumb = self._shop, self._shop.plumb
        url, user, password = shop.bookstore.serve_private()
        plumb("repo", "add", url, "--username", user, "--password", password)
        plumb(
            "app", "create", "private", "--repo", url, "--path", ".",
            "--dest-server", "https://kubernetes.default.svc", "--dest-namespace", "default",
        )  # fmt: skip
        plumb("app", "sync", "private")
        shop.api.wait(_PRIVATE, lambda m: m["data"] == {"from": "a private repository"}, seconds=30)
        plumb("app", "delete", "private", "--yes")
        shop.api.wait_gone(f"{_APPLICATIONS}/private", seconds=60)
        shop.api.wait_gone(_PRIVATE, seconds=60)
        plumb("repo", "rm", url)
        self.told("an application of a private repository is synced and deleted")

    def failure(self) -> None:
        """A bad image degrades dev; reverting the commit heals it."""
        self._set_image("dev", f"{_IMAGE}:missing", "Break dev")
        self.app("dev", lambda a: a["status"]["health"]["status"] == "Degraded")
        self.told("an image that does not exist turns dev Degraded")
        self._shop.bookstore.revert()
        self.app("dev", _is("Synced", "Healthy"))
        self.told("git revert brings dev back")

    def production(self) -> None:
        """The sync that prod waits for."""
        printed = self._shop.plumb("app", "sync", "bookstore-prod")
        if "Succeeded" not in printed:
            raise AssertionError(f"plumb app sync did not tell its end:\n{printed}")
        self.app("prod", _is("Synced", "Healthy"))
        self.told("plumb app sync bookstore-prod: prod is Synced and Healthy")

    def pending(self) -> None:
        """A commit to prod waits, and plumb app diff shows it."""
        plumb = self._shop.plumb
        self._set_image("prod", f"{_IMAGE}@{_DIGEST}", "Pin nginx in prod by digest")
        self.app("prod", lambda a: a["status"]["sync"]["status"] == "OutOfSync")
        shown = plumb("app", "diff", "bookstore-prod", code=1)
        if _DIGEST not in shown:
            raise AssertionError(f"plumb app diff does not show the commit:\n{shown}")
        self.told("a commit to prod is pending; plumb app diff bookstore-prod shows it")
        plumb("app", "sync", "bookstore-prod")
        plumb("app", "wait", "bookstore-prod", "--timeout", "120")
        self.told("plumb app sync and plumb app wait bring it to prod")

    def cascade(self) -> None:
        """Children first, then workloads, then the namespaces."""
        api = self._shop.api
        self._shop.plumb("app", "delete", "bookstore-root", "--cascade", "--yes")
        for name in ("dev", "staging", "prod", "root"):
            api.wait_gone(f"{_APPLICATIONS}/bookstore-{name}", seconds=120)
        for name in ("dev", "staging", "prod"):
            api.wait_gone(f"/api/v1/namespaces/bookstore-{name}", seconds=120)
        api.delete(_PROJECT)
        self.told(
            "plumb app delete bookstore-root --cascade removed children, workloads and namespaces"
        )

    def _set_image(self, overlay: str, image: str, message: str) -> str:
        shop = self._shop
        shop.bookstore.set_image(overlay, image, kustomize=shop.kustomize)
        return shop.bookstore.push(message)


def _is(sync: str, health: str) -> Callable[[Any], bool]:
    def check(app: Any) -> bool:
        status = app.get("status") or {}
        got = (status.get("sync") or {}).get("status"), (status.get("health") or {}).get("status")
        return got == (sync, health)

    return check


def _revision(app: Any) -> str:
    return str(app["status"]["sync"].get("revision"))


def _image(deployment: Any) -> str:
    return str(deployment["spec"]["template"]["spec"]["containers"][0]["image"])


def tour(shop: Shop, say: Callable[[str], None]) -> None:
    """Walk through the bookstore.

    Args:
        shop: a Plumbline that runs, with its example repository served.
        say: takes a line for each step that held.

    Raises:
        errors.DeadlineExceeded: a step did not come about in time; the message shows the object.
    """
    shop.login()
    steps = _Tour(shop, say)
    steps.bootstrap()
    steps.drift()
    steps.commit()
    steps.failure()
    steps.production()
    steps.pending()
    steps.rollback()
    steps.outsider()
    steps.token()
    steps.private()
    steps.cascade()
