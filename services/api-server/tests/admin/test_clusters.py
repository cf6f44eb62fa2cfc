"""Clusters: declared, changed, given up; nothing of a credential is ever answered."""

import json

import pytest

from plumbline.core import errors
from plumbline.pb.controller import controller_pb2
from plumbline.pb.server import cluster_pb2
from plumbline.pb.v1alpha1 import generated_pb2

IN_CLUSTER = "https://kubernetes.default.svc"
CONFIG = json.dumps({
    "username": "u",
    "password": "canary-1",
    "bearerToken": "canary-2",
    "tlsClientConfig": {"insecure": False, "keyData": "Y2FuYXJ5LTM=", "certData": "Y2FuYXJ5"},
    "execProviderConfig": {"command": "aws", "args": ["canary-4"], "env": {"K": "canary-5"}},
    "proxyUrl": "http://me:canary-6@proxy:1",
})  # fmt: skip


def query(server="", name="", kind=None, value=""):
    identity = cluster_pb2.ClusterID(type=kind, value=value) if kind is not None else None
    return cluster_pb2.ClusterQuery(server=server, name=name, id=identity)


def cluster(server="https://east.example:6443", **fields):
    config = generated_pb2.ClusterConfig(bearerToken="secret")
    return generated_pb2.Cluster(server=server, config=config, **fields)


@pytest.fixture
async def east(stage):
    await stage.secret(
        "east",
        "cluster",
        annotations={
            "kubectl.kubernetes.io/last-applied-configuration": CONFIG,
            "team": "payments",
        },
        server="https://east.example:6443",
        name="east/1",
        namespaces="a,b",
        project="team",
        shard="2",
        config=CONFIG,
    )
    return stage


async def test_answers_show_a_cluster_without_what_opens_it(east):
    """Names, addresses, labels; not a byte of the credential, nor of the copy in an annotation."""
    listed = await east.user().clusters.List(query())

    shown = listed.items[0]
    assert ("east/1", ["a", "b"], "team", 2) == (
        shown.name,
        list(shown.namespaces),
        shown.project,
        shown.shard,
    )
    assert {"team": "payments"} == dict(shown.annotations)
    assert {} == dict(shown.labels)
    assert ("u", "aws", "http://proxy:1") == (
        shown.config.username,
        shown.config.execProviderConfig.command,
        shown.config.proxyUrl,
    )
    assert "canary" not in str(listed)
    assert b"canary" not in listed.SerializeToString()


@pytest.mark.parametrize(
    "wanted",
    [
        query("https://east.example:6443"),
        query("HTTPS://EAST.example:6443/"),
        query(name="east/1"),
        query(kind="name", value="east/1"),
        query(kind="name_escaped", value="east%2F1"),
        query(kind="server", value="https%3A%2F%2Feast.example%3A6443"),
        query(kind="", value="https://east.example:6443"),
    ],
)
async def test_a_cluster_is_found_by_every_spelling(east, wanted):
    """Address, name, or an id of either sort, escaped or not."""
    found = await east.user().clusters.Get(wanted)

    assert "east/1" == found.name


async def test_our_own_cluster_needs_no_secret(stage):
    """It is listed unless the setting switches it off."""
    user = stage.user()
    listed = await user.clusters.List(query())
    assert [("in-cluster", IN_CLUSTER)] == [(c.name, c.server) for c in listed.items]

    stage.setting(cluster__inClusterEnabled="false")

    assert [] == list((await user.clusters.List(query())).items)
    request = cluster_pb2.ClusterCreateRequest(cluster=generated_pb2.Cluster(server=IN_CLUSTER))
    with pytest.raises(errors.InvalidArgument, match="is disabled in settings"):
        await user.clusters.Create(request)


async def test_states_come_from_the_controller(east):
    """Connected or not, with version, counts, and the applications that go there."""
    east.controller.clusters = [
        controller_pb2.ClusterState(
            server=IN_CLUSTER, status="Successful", version="1.31", objects=7, kinds=3,
            api_versions=["v1"],
        )
    ]  # fmt: skip
    await east.app("a")
    await east.app("b")

    listed = await east.user().clusters.List(query())

    idle, used = listed.items
    assert ("Unknown", "Cluster has no applications and is not being monitored.", 0) == (
        idle.connectionState.status,
        idle.connectionState.message,
        idle.info.applicationsCount,
    )
    assert ("Successful", "1.31", 2, 7, 3, ["v1"]) == (
        used.connectionState.status,
        used.serverVersion,
        used.info.applicationsCount,
        used.info.cacheInfo.resourcesCount,
        used.info.cacheInfo.apisCount,
        list(used.info.apiVersions),
    )


async def test_named_fields_change_and_the_rest_stays(east):
    """updatedFields; an unknown field is refused, and so is another address."""
    user = east.user()
    request = cluster_pb2.ClusterUpdateRequest(
        cluster=generated_pb2.Cluster(name="renamed", namespaces=["z"], labels={"tier": "gold"}),
        updatedFields=["name", "labels"],
        id=cluster_pb2.ClusterID(type="name", value="east/1"),
    )
    changed = await user.clusters.Update(request)

    assert ("renamed", ["a", "b"]) == (changed.name, list(changed.namespaces))
    stored = east.memory.objects["Secret", "east"]
    expected = {"argocd.argoproj.io/secret-type": "cluster", "tier": "gold"}
    assert expected == stored["metadata"]["labels"]
    assert CONFIG == east.memory.secret("east")["config"]
    request.updatedFields[:] = ["server"]
    request.id.value = "renamed"
    with pytest.raises(errors.InvalidArgument, match="'server' cannot be updated"):
        await user.clusters.Update(request)
    moved = cluster_pb2.ClusterUpdateRequest(
        cluster=cluster("https://evil"), id=cluster_pb2.ClusterID(type="name", value="renamed")
    )
    with pytest.raises(errors.InvalidArgument, match="address of a cluster cannot be changed"):
        await user.clusters.Update(moved)


async def test_the_body_does_not_choose_another_cluster_than_the_id(east):
    """CVE-2023-23947: permission on one cluster, the body names another."""
    await east.secret("west", "cluster", server="https://west", name="west", config=CONFIG)
    east.policy("p, mallory, clusters, *, https://west, allow")
    attack = cluster_pb2.ClusterUpdateRequest(
        cluster=cluster("https://west", name="taken"),
        updatedFields=["name"],
        id=cluster_pb2.ClusterID(type="server", value="https://EAST.example:6443/"),
    )
    before = east.memory.secret("east")

    with pytest.raises(errors.PermissionDenied):
        await east.user("mallory").clusters.Update(attack)

    assert before == east.memory.secret("east")


async def test_moving_into_a_project_needs_permission_there(east):
    """Both ends are asked."""
    update = cluster_pb2.ClusterUpdateRequest(
        cluster=generated_pb2.Cluster(server="https://east.example:6443", project="other"),
        updatedFields=["project"],
    )
    east.policy("p, mallory, clusters, *, team/*, allow")
    with pytest.raises(errors.PermissionDenied):
        await east.user("mallory").clusters.Update(update)
    assert "team" == east.memory.secret("east")["project"]

    moved = await east.user().clusters.Update(update)

    assert "other" == moved.project


async def test_a_cluster_is_given_up(east):
    """The Secret that somebody else made stays without its label; ours alone has none."""
    user = east.user()
    await user.clusters.Delete(query(kind="name", value="east/1"))
    assert {} == east.memory.objects["Secret", "east"]["metadata"]["labels"]
    with pytest.raises(errors.NotFound):
        await user.clusters.Get(query(name="east/1"))
    with pytest.raises(errors.InvalidArgument, match="has no Secret"):
        await user.clusters.Delete(query(IN_CLUSTER))


async def test_invalidating_marks_the_secret_with_the_time(east):
    """For the implicit entry a Secret without settings is made to carry the mark."""
    user = east.user()
    shown = await user.clusters.InvalidateCache(query("https://east.example:6443"))
    await user.clusters.InvalidateCache(query(IN_CLUSTER))

    annotations = east.memory.objects["Secret", "east"]["metadata"]["annotations"]
    assert annotations["argocd.argoproj.io/refresh"].endswith("Z")
    assert shown.refreshRequestedAt.seconds > 0
    [name] = [n for n in east.memory.secrets() if n.startswith("cluster-kubernetes.default.svc-")]
    assert {"name": "in-cluster", "server": IN_CLUSTER} == east.memory.secret(name)
    [own] = [c for c in east.parts.declared.clusters() if c.server == IN_CLUSTER]
    assert own.refresh_requested


@pytest.mark.parametrize(
    "server",
    ["", "east", "ftp://h", "https://u:p@h", "https://h?x", "https://h/\nx", "file:///etc/passwd"],
)
async def test_addresses_that_are_none_are_refused(stage, server):
    """Nothing is connected, nothing written."""
    request = cluster_pb2.ClusterCreateRequest(cluster=cluster(server))
    with pytest.raises(errors.InvalidArgument):
        await stage.user().clusters.Create(request)
    assert [] == stage.memory.secrets()


async def test_a_cluster_that_cannot_be_reached_is_not_declared(stage):
    """The settings are tried before they are kept; the token is in no text."""
    request = cluster_pb2.ClusterCreateRequest(cluster=cluster("https://127.0.0.1:1"))
    with pytest.raises(errors.Unavailable) as caught:
        await stage.user().clusters.Create(request)
    assert "secret" not in caught.value.message
    assert [] == stage.memory.secrets()


async def test_a_projects_cluster_takes_no_name_of_another(east):
    """Destinations name clusters: two of one name are none (and the first is not the project's)."""
    await east.secret("mine", "cluster", server="https://mine", name="mine", project="team")
    east.policy("p, mallory, clusters, *, team/*, allow")
    user = east.user("mallory")
    create = cluster_pb2.ClusterCreateRequest(
        cluster=cluster("https://127.0.0.1:1", name="in-cluster", project="team")
    )
    with pytest.raises(errors.InvalidArgument, match="is that of another cluster"):
        await user.clusters.Create(create)
    rename = cluster_pb2.ClusterUpdateRequest(
        cluster=generated_pb2.Cluster(server="https://mine", name="in-cluster"),
        updatedFields=["name"],
    )
    with pytest.raises(errors.InvalidArgument, match="is that of another cluster"):
        await user.clusters.Update(rename)


async def test_declaring_the_same_in_another_spelling_changes_nothing(stage):
    """Settings are compared by what they say."""
    config = '{ "bearerToken":"secret",  "tlsClientConfig":{"insecure":false}, "extra": 1 }'
    await stage.secret("c", "cluster", server="https://c", name="https://c", config=config)
    before = dict(stage.memory.objects)
    request = cluster_pb2.ClusterCreateRequest(cluster=cluster("https://c/"))

    await stage.user().clusters.Create(request)

    assert before == stage.memory.objects
