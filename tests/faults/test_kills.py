"""Any service killed at any moment and started again: the same end state.

Twelve applications of two objects each converge while one service is killed again and again; then
they change, and are deleted, under the same treatment. What counts is what the API server holds.
"""

import itertools
import random
import threading

import pytest

pytestmark = pytest.mark.cluster

APPS = [f"a{i}" for i in range(12)]
SEED = 20261125


def config_map(name, **data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def healthy(app):
    status = app.get("status") or {}
    found = (status.get("sync") or {}).get("status"), (status.get("health") or {}).get("status")
    return found == ("Synced", "Healthy") and "operation" not in app


class Killer(threading.Thread):
    """Kills a service again and again, each time at another moment, and starts it again."""

    def __init__(self, services, name):
        super().__init__()
        self._services, self._name = services, name
        self._end = threading.Event()
        self._random = random.Random(f"{SEED} {name}")
        self.kills = 0

    def run(self):
        while not self._end.wait(self._random.uniform(0.05, 1.5)):
            component = self._services.component(self._name)
            component.kill()
            component.start()
            self.kills += 1
            if self._end.wait(self._random.choice([0.0, 0.0, 2.5])):
                break

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self.join()
        self._services.wait_ready(self._name)


def write_all(repo, colour):
    for name in APPS:
        first = config_map(f"{name}-first", colour=colour)
        second = config_map(f"{name}-second", colour=colour)
        second["metadata"]["annotations"] = {"argocd.argoproj.io/sync-wave": "1"}
        repo.write(f"{name}/maps.yaml", first, second)


def objects(shop):
    found = shop.api.get(f"/api/v1/namespaces/{shop.name}/configmaps")["items"]
    return {o["metadata"]["name"]: o for o in found if o["metadata"]["name"][0] == "a"}


@pytest.mark.timeout(240)
@pytest.mark.parametrize("service", ["controller", "repo-server", "api-server"])
def test_the_end_state_is_the_same(shop, service):
    """Bootstrap, a commit to all, and a cascade, each while the service is being killed."""
    services = shop.environment.services
    repo = shop.repository()
    write_all(repo, "blue")
    repo.push()
    with Killer(services, service) as killer:
        for name in APPS:
            shop.create(name, repo.url, name, automated={"prune": True, "selfHeal": True})
        while killer.kills < 3:
            shop.app(APPS[0], lambda _: True)
    for name in APPS:
        shop.app(name, healthy)
    made = objects(shop)
    uids = {n: o["metadata"]["uid"] for n, o in made.items()}
    assert {f"{n}-{s}" for n in APPS for s in ("first", "second")} == made.keys()

    write_all(repo, "red")
    commit = repo.push()
    with Killer(services, service) as killer:
        while killer.kills < 3:
            shop.app(APPS[0], lambda _: True)
    for name in APPS:
        app = shop.app(name, lambda a: healthy(a) and a["status"]["sync"]["revision"] == commit)
        ids = [h["id"] for h in app["status"]["history"]]
        assert sorted(set(ids)) == ids
    changed = objects(shop)
    assert {"red"} == {o["data"]["colour"] for o in changed.values()}
    assert uids == {n: o["metadata"]["uid"] for n, o in changed.items()}

    with Killer(services, service):
        for name in APPS:
            shop.api.delete(shop.path(name))
        for name in APPS[:4]:
            shop.api.wait_gone(shop.path(name), seconds=60)
    for name in APPS:
        shop.api.wait_gone(shop.path(name), seconds=60)
    assert {} == objects(shop)


@pytest.mark.timeout(120)
def test_redis_may_lose_everything_and_be_gone(shop):
    """A flushed Redis costs a render; a stopped one costs nothing but time; nothing is pruned."""
    redis = shop.environment.redis
    repo = shop.repository()
    colours = itertools.count()

    def change():
        colour = str(next(colours))
        write_all(repo, colour)
        commit = repo.push()
        for name in APPS[:3]:
            shop.app(name, lambda a: healthy(a) and a["status"]["sync"]["revision"] == commit)
        assert colour == objects(shop)["a0-first"]["data"]["colour"]

    write_all(repo, "first")
    repo.push()
    for name in APPS[:3]:
        shop.create(name, repo.url, name, automated={"prune": True, "selfHeal": True})
    change()
    redis.flush()
    change()
    redis.component.stop()
    try:
        change()
        shop.api.merge(
            shop.path("a0"), {"metadata": {"annotations": {"argocd.argoproj.io/refresh": "hard"}}}
        )
        refresh = "argocd.argoproj.io/refresh"
        shop.app("a0", lambda a: refresh not in (a["metadata"].get("annotations") or {}))
    finally:
        redis.component.start()
        redis.wait_ready()
    change()


@pytest.mark.timeout(120)
def test_git_may_be_gone_for_a_while(shop, git_server):
    """While the server of a repository hangs up, the last good state stands; then it goes on."""
    repo = shop.repository()
    write_all(repo, "blue")
    repo.push()
    shop.create("a0", repo.url, "a0", automated={"prune": True, "selfHeal": True})
    shop.app("a0", healthy)
    moved = repo.hide()
    shop.api.merge(
        shop.path("a0"), {"metadata": {"annotations": {"argocd.argoproj.io/refresh": "normal"}}}
    )
    refresh = "argocd.argoproj.io/refresh"
    shop.app("a0", lambda a: refresh not in (a["metadata"].get("annotations") or {}))
    assert {"a0-first", "a0-second"} == objects(shop).keys()
    moved()
    write_all(repo, "red")
    commit = repo.push()
    shop.app("a0", lambda a: healthy(a) and a["status"]["sync"]["revision"] == commit)
