"""The chart upgraded under work: an operation goes on, and clients see no failed call."""

import pytest

from .test_kills import WAVES, healthy, waves


@pytest.mark.timeout(400)
def test_an_upgrade_under_work(release, played_node, plane, shop, users):
    """Every pod is replaced while a sync is in its second wave and clients call."""
    repo = shop.repository()
    repo.write("app/all.yaml", *waves("blue"))
    commit = repo.push()
    before = {c: release.names(c) for c in ("server", "repo-server")}
    with users:
        shop.create("waves", repo.url, "app", automated={"prune": True})
        shop.api.wait(shop.object_path("wave-1"), lambda _: True, seconds=60)
        release.install("--set-string=global.podAnnotations.upgraded=yes")
        done = shop.app("waves", healthy(commit), seconds=150)
        for component in ("server", "repo-server", "controller"):
            release.rolled_out(component)
    assert [commit] == [entry["revision"] for entry in done["status"]["history"]]
    for number in range(WAVES):
        assert {"c": "blue"} == shop.api.get(shop.object_path(f"wave-{number}"))["data"]
    for component, names in before.items():
        assert not set(names) & set(release.names(component))
    assert [] == users.failures
    assert min(users.calls.values()) > 100, users.calls
