"""Destinations: server or name, with the contract's messages."""

import pytest

from plumbline.core import clusters, errors
from plumbline.core.model import Destination
from plumbline.core.secret import Secret


def cluster(**data):
    return clusters.decode_cluster("secret", {k: Secret(v) for k, v in data.items()})


WEST = cluster(server="https://west/", name="west")
WEST_TOO = cluster(server="https://west-2", name="west")


def test_a_server_or_a_name_finds_its_cluster():
    """Trailing slashes do not matter; the in-cluster destination needs no secret."""
    assert WEST == clusters.resolve(Destination(server="https://west"), [WEST])
    assert WEST == clusters.resolve(Destination(name="west"), [WEST])
    found = clusters.resolve(Destination(server="https://kubernetes.default.svc"), [])
    assert "in-cluster" == found.name
    assert found == clusters.resolve(Destination(name="in-cluster"), [])


@pytest.mark.parametrize(
    ("destination", "known", "kind", "message"),
    [
        (
            Destination(server="https://west", name="west"),
            [WEST],
            errors.InvalidArgument,
            "application destination can't have both name and server defined: west https://west",
        ),
        (
            Destination(name="north"),
            [WEST],
            errors.NotFound,
            "there are no clusters with this name: north",
        ),
        (
            Destination(name="west"),
            [WEST, WEST_TOO],
            errors.InvalidArgument,
            "there are 2 clusters with the same name: [https://west https://west-2]",
        ),
        (
            Destination(),
            [WEST],
            errors.InvalidArgument,
            "destination server missing from app spec",
        ),
    ],
)
def test_wrong_destinations_are_named(destination, known, kind, message):
    """behaviour.md section 2, Destination."""
    with pytest.raises(kind) as caught:
        clusters.resolve(destination, known)
    assert message == caught.value.message


def test_in_cluster_can_be_switched_off():
    """cluster.inClusterEnabled=false removes the implicit cluster."""
    with pytest.raises(errors.NotFound):
        clusters.resolve(Destination(name="in-cluster"), [], in_cluster_enabled=False)


def test_a_secret_without_server_is_refused_and_config_stays_hidden():
    """A broken secret is named; the connection settings have no readable form."""
    with pytest.raises(errors.InvalidArgument, match="no server"):
        cluster(name="x")
    assert "canary" not in repr(cluster(server="https://x", config="canary"))
