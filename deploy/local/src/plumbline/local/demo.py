"""The tour of the bookstore: each step checked at the API server and printed with its time.

Called by ``make demo`` and by the end-to-end test. A step that does not hold raises; nothing is
printed as done that was not seen.
"""

import time
from collections.abc import Callable
from typing import Any, Final

from plumbline.local.environment import Environment

__all__ = ["tour"]

_APPLICATIONS: Final = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"
_CATALOG: Final = "/apis/apps/v1/namespaces/bookstore-{}/deployments/catalog"
_PROJECT: Final = "/apis/argoproj.io/v1alpha1/namespaces/argocd/appprojects/bookstore"


class _Tour:
    def __init__(self, shop: Environment, say: Callable[[str], None]) -> None:
        self._shop = shop
        self._say = say
        self._start = time.monotonic()
        self._overlay = shop.bookstore.work / "overlays/dev/kustomization.yaml"

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
        for file in self._shop.bookstore.bootstrap:
            self._shop.apply(file)
        for name in ("root", "dev", "staging"):
            self.app(name, _is("Synced", "Healthy"))
        self.app("prod", _is("OutOfSync", "Missing"))
        self.told("two applies: root, dev and staging are Synced and Healthy, prod is OutOfSync")

    def drift(self) -> None:
        """A count changed by hand in dev goes back to Git's; staging's belongs to its HPA."""
        api = self._shop.api
        api.merge(_CATALOG.format("dev"), {"spec": {"replicas": 5}})
        api.wait(_CATALOG.format("dev"), lambda d: d["spec"]["replicas"] == 2, seconds=30)
        self.told("catalog in dev, scaled by hand, is back at Git's count")
        api.wait(_CATALOG.format("staging"), lambda d: d["spec"]["replicas"] >= 3, seconds=60)
        self.app("staging", _is("Synced", "Healthy"))
        self.told("catalog in staging keeps its autoscaler's count, and is Synced")

    def commit(self) -> None:
        """A commit to dev moves dev alone."""
        api = self._shop.api
        before = api.get(_CATALOG.format("staging"))["metadata"]["generation"]
        commit = self._set_tag("1.28", "Use nginx 1.28 in dev")
        api.wait(_CATALOG.format("dev"), lambda d: _image(d).endswith(":1.28"), seconds=30)
        self.app("dev", lambda a: _is("Synced", "Healthy")(a) and _revision(a) == commit)
        after = api.get(_CATALOG.format("staging"))["metadata"]["generation"]
        if before != after:
            raise AssertionError("a commit to dev moved staging")
        self.told("a commit to dev is live in dev, staging did not move")

    def failure(self) -> None:
        """A bad image degrades dev; reverting the commit heals it."""
        self._set_tag("missing", "Break dev")
        self.app("dev", lambda a: a["status"]["health"]["status"] == "Degraded")
        self.told("an image that does not exist turns dev Degraded")
        self._shop.bookstore.revert()
        self.app("dev", _is("Synced", "Healthy"))
        self.told("git revert brings dev back")

    def production(self) -> None:
        """The sync that prod waits for."""
        self._shop.api.merge(f"{_APPLICATIONS}/bookstore-prod", {"operation": {"sync": {}}})
        self.app("prod", _is("Synced", "Healthy"))
        self.told("prod is synced by hand")

    def cascade(self) -> None:
        """Children first, then workloads, then the namespaces."""
        api = self._shop.api
        api.delete(f"{_APPLICATIONS}/bookstore-root")
        for name in ("dev", "staging", "prod", "root"):
            api.wait_gone(f"{_APPLICATIONS}/bookstore-{name}", seconds=120)
        for name in ("dev", "staging", "prod"):
            api.wait_gone(f"/api/v1/namespaces/bookstore-{name}", seconds=120)
        api.delete(_PROJECT)
        self.told("deleting the root removed children, workloads and namespaces")

    def _set_tag(self, tag: str, message: str) -> str:
        lines = self._overlay.read_text().splitlines()
        changed = [f'    newTag: "{tag}"' if "newTag:" in line else line for line in lines]
        self._overlay.write_text("\n".join(changed) + "\n")
        return self._shop.bookstore.push(message)


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


def tour(shop: Environment, say: Callable[[str], None]) -> None:
    """Walk through the bookstore.

    Args:
        shop: an environment whose services run and whose example repository is served.
        say: takes a line for each step that held.

    Raises:
        errors.DeadlineExceeded: a step did not come about in time; the message shows the object.
    """
    steps = _Tour(shop, say)
    steps.bootstrap()
    steps.drift()
    steps.commit()
    steps.failure()
    steps.production()
    steps.cascade()
