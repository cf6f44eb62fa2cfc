"""The authority of all running services is replaced; commits go on reaching the cluster."""

import datetime as dt
import pathlib

import pytest

from plumbline.rpc import credentials

pytestmark = pytest.mark.cluster

ROLES = {"repo-server", "controller", "api-server"}


class Files:
    """The certificates of the services, as the kubelet would replace them."""

    def __init__(self, services):
        self.paths = {role: list(map(pathlib.Path, services._identities[role])) for role in ROLES}
        self.old = self.paths["controller"][2].read_bytes()

    def trust(self, *authorities):
        for _, _, path in self.paths.values():
            _replace(path, b"".join(authorities))

    def issue(self, role, authority, key):
        made = credentials.issue(role, authority, key, dt.datetime.now(dt.UTC))
        certificate, private, _ = self.paths[role]
        _replace(private, made.key.reveal().encode())
        _replace(certificate, made.certificate)


def _replace(path, text):
    fresh = path.with_suffix(".new")
    fresh.write_bytes(text)
    fresh.replace(path)


def test_commits_go_on_while_the_authority_is_rotated(shop):
    """Both trusted, each role in turn shows the new one, the old one forgotten; nobody restarts."""
    services = shop.environment.services
    pids, files, repo = services.pids, Files(services), shop.repository()
    colours = iter("abcdefghij")

    def commit():
        colour = next(colours)
        manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}}
        repo.write("app/map.yaml", {**manifest, "data": {"colour": colour}})
        repo.push()
        return colour

    def arrives(colour):
        shop.config_map("settings", lambda o: o["data"] == {"colour": colour}, 30)
        # Through the api-server to the controller.
        assert "settings" in shop.plumb("app", "resources", f"{shop.name}-app")

    first = commit()
    shop.create("app", repo.url, "app", automated={})
    arrives(first)
    authority, key = credentials.issue_authority(dt.datetime.now(dt.UTC))
    files.trust(files.old, authority)
    arrives(commit())
    for role in sorted(ROLES):
        files.issue(role, authority, key)
        arrives(commit())
    files.trust(authority)
    arrives(commit())
    assert pids == services.pids
