"""Hostile servers of charts: where a credential goes, what is believed, how long is waited.

Security: security.md 1a (CVE-2024-29893, CVE-2021-32690, CVE-2026-50151, CVE-2026-48978).
"""

import hashlib
import itertools
import json
import threading

import grpc
import pytest

from plumbline.pb.repo import repo_pb2, repo_pb2_grpc
from plumbline.repo_server import remote, web
from plumbline.repo_server.oci import tokens
from plumbline.rpc import channels

INDEX = "apiVersion: v1\nentries:\n  web:\n"
TAR = "application/vnd.oci.image.layer.v1.tar+gzip"
PLAIN = {"insecure_oci_force_http": True}


def source(server, **more):
    return {"repoURL": server.url, "chart": "web", "targetRevision": "*", **more}


def artifact(registry):
    return {"repoURL": f"oci://{registry.host}/team/x", "path": "."}


@pytest.fixture
def refused(render_chart):
    """Render; return the error's text, which must be there."""

    async def one(*arguments, **fields):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await render_chart(*arguments, **fields)
        return caught.value.details()

    return one


@pytest.fixture
async def limited(start_service, authority):
    """A client of a repo-server that is short of patience and space."""
    process = start_service(
        "--helm-registry-max-index-size=1M", "--plumbline-git-request-timeout=1s",
        "--plumbline-git-fetch-timeout=3s", "--helm-manifest-max-extracted-size=1M",
    )  # fmt: skip
    identity = authority.identity("controller")
    async with channels.channel(process.target, identity) as channel:
        yield repo_pb2_grpc.RepoServiceStub(channel)


async def test_an_endless_index_ends(helm_repository, refused, limited):
    """Security: CVE-2024-29893: a size, whether announced or streamed."""
    endless = itertools.repeat(b"  - version: 1.0.0\n" * 5000)
    helm_repository.special["/index.yaml"] = (200, {}, itertools.chain([INDEX.encode()], endless))

    text = await refused(source(helm_repository), stub=limited)

    assert "the answer exceeds 1048576 bytes" in text


async def test_a_server_that_falls_silent_is_left(helm_repository, refused, limited):
    """Security: slowloris; a second of silence, or three seconds of drops."""
    ended = threading.Event()

    def silent():
        yield INDEX.encode()
        ended.wait(20)

    def dripping():
        while not ended.wait(0.2):
            yield b"#"

    try:
        helm_repository.special["/index.yaml"] = (200, {}, silent())
        first = await refused(source(helm_repository), stub=limited)
        helm_repository.special["/index.yaml"] = (200, {}, dripping())
        second = await refused(source(helm_repository), stub=limited, no_cache=True)
    finally:
        ended.set()

    assert "took too long" in first
    assert "took too long" in second


@pytest.mark.parametrize(
    ("index", "text"),
    [
        ("apiVersion: v1\nentries: &a {x: &b [*a, *b]}\n", "aliases"),
        ("a: &a [x]\nb: [*a, *a]\napiVersion: v1\nentries: {}\n", "aliases"),
        ("[" * 10_000, "no mapping"),
        ("apiVersion: v1\nentries: " + "[" * 300, "nested"),
        ("- a\n", "no mapping"),
        ("entries: {}\n", "apiVersion"),
        ("apiVersion: v1\nentries: {web: [{version: 1.0.0, urls: [x]", "cannot be read"),
        ("\x00\x01", "cannot be read"),
        ("", "no mapping"),
        ("apiVersion: v1\nentries: {web: [{version: 1.0.0}]}\n", "names no address"),
        ("apiVersion: v1\nentries: {web: 5, x: [5, [], {}]}\n", "no version"),
        ("apiVersion: v1\nentries: {web: [{version: 1.0.0, urls: ['ftp://h/x']}]}\n", "http(s)"),
        ("apiVersion: v1\nentries: {web: [{version: 1.0.0, urls: ['file:///x']}]}\n", "http(s)"),
    ],
)
async def test_hostile_indexes_are_refused(helm_repository, refused, index, text):
    """The reason is in the message, and nothing grows."""
    helm_repository.special["/index.yaml"] = (200, {}, index.encode())

    assert text in await refused(source(helm_repository))


async def test_an_archive_is_what_the_index_says(helm_repository, chart_files, refused):
    """Digest and name are checked."""
    helm_repository.add(chart_files())
    index = (helm_repository.folder / "index.yaml").read_text()
    good = next(line for line in index.splitlines() if "digest:" in line)
    wrong = index.replace(good, f"    digest: {'0' * 64}")
    helm_repository.special["/index.yaml"] = (200, {}, wrong.encode())
    digest = await refused(source(helm_repository))
    other = index.replace("  web:\n", "  db:\n")
    helm_repository.special["/index.yaml"] = (200, {}, other.encode())
    name = await refused({**source(helm_repository), "chart": "db"}, no_cache=True)

    assert "not what the index's digest says" in digest
    assert "'db' holds a chart named 'web'" in name


async def test_a_redirect_takes_no_credential_along(
    helm_repository, other_host, chart_files, render_chart, header, canary, shown
):
    """Index and archive may lie elsewhere; the password stays."""
    other_host.add(chart_files())
    helm_repository.authorization = header("user")
    for path in ("/index.yaml", "/web-1.0.0.tgz"):
        helm_repository.special[path] = (302, {"Location": other_host.url + path}, b"")

    answer = await render_chart(
        source(helm_repository), repository={"username": "user", "password": canary}
    )

    assert 1 == len(shown(answer))
    assert {"", header("user")} == {a for *_, a in helm_repository.requests + other_host.requests}
    assert {""} == {authorization for *_, authorization in other_host.requests}


async def test_a_token_server_that_has_no_token(registry, other_host, refused, canary, header):
    """The error names it, and holds no credential."""
    registry.require("user", canary, bearer=True)
    registry.realm = f"{other_host.url}/token"

    text = await refused(
        artifact(registry), revision="1.0.0",
        repository={**PLAIN, "username": "user", "password": canary},
    )  # fmt: skip

    # The same host, though another port: it may see the credential, and does.
    assert [header("user")] == [authorization for *_, authorization in other_host.requests]
    assert canary not in text


def test_a_token_server_belongs_to_the_registrys_domain():
    """Security: the realm of a 401 is what a registry says, not where a password goes."""
    own = remote.origin("https://registry.evil.example")
    allowed = {
        "https://auth.evil.example/t": True,
        "https://evil.example/t": True,
        "https://registry.evil.example/t": True,
        "http://registry.evil.example/t": False,
        "https://attacker.example/t": False,
        "https://registry.evil.example.attacker.example/t": False,
    }
    assert allowed == {url: tokens._belongs(remote.origin(url), own) for url in allowed}
    hub = remote.origin("https://registry-1.docker.io")
    assert tokens._belongs(remote.origin("https://auth.docker.io/token"), hub)
    uk = remote.origin("https://shop.co.uk")
    assert not tokens._belongs(remote.origin("https://attacker.co.uk"), uk)
    number = remote.origin("https://10.0.0.1")
    assert not tokens._belongs(remote.origin("https://11.0.0.1"), number)


async def test_registries_are_not_believed(registry, refused):
    """Blobs and manifests are what their digests say; tags go on at the same host only."""
    digest = registry.put("team/x", "1.0.0", b"content", TAR)
    layer = "sha256:" + hashlib.sha256(b"content").hexdigest()
    registry.special[f"/v2/team/x/blobs/{layer}"] = (200, {}, b"changed")
    blob = await refused(artifact(registry), revision="1.0.0", repository=PLAIN)
    registry.special[f"/v2/team/x/manifests/{digest}"] = (200, {}, b'{"layers":[]}')
    manifest = await refused(
        artifact(registry), revision=digest, repository={**PLAIN, "username": "fresh"}
    )
    link = {"Link": '<http://attacker.example/v2/>; rel="next"'}
    registry.special["/v2/team/x/tags/list"] = (200, link, b'{"tags":["a"]}')
    tags = await refused(artifact(registry), revision="1.x", repository=PLAIN)

    assert "the blob is not what its digest says" in blob
    assert "the manifest is not what its digest says" in manifest
    assert "goes on at another host" in tags


async def test_a_blob_may_be_elsewhere_without_the_token(
    registry, other_host, render_chart, canary, shown, packaged
):
    """As registries with an object store answer; Security: oras CVE-2026-50151."""
    content = packaged().read_bytes()
    registry.put(
        "team/web", "1.0.0", content, "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
    )
    layer = "sha256:" + hashlib.sha256(content).hexdigest()
    registry.require("user", canary)
    other_host.special["/blob"] = (200, {}, content)
    registry.special[f"/v2/team/web/blobs/{layer}"] = (
        307, {"Location": f"{other_host.url}/blob?signature={canary}"}, b"",
    )  # fmt: skip

    answer = await render_chart(
        {"repoURL": f"oci://{registry.host}/team", "chart": "web", "targetRevision": "1.0.0"},
        revision="1.0.0",
        repository={**PLAIN, "username": "user", "password": canary},
    )

    assert 1 == len(shown(answer))
    assert [("GET", f"/blob?signature={canary}", "")] == other_host.requests


@pytest.mark.parametrize(
    "place",
    ["169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]", "0.0.0.0", "100.100.100.200"],
)
async def test_metadata_addresses_are_never_connected_to(helm_repository, refused, place):
    """Security: SSRF; as a repository, in an index, in a redirect."""
    direct = await refused(source(helm_repository) | {"repoURL": f"http://{place}/x"})
    helm_repository.special["/index.yaml"] = (302, {"Location": f"http://{place}/latest"}, b"")
    redirected = await refused(source(helm_repository))

    for text in (direct, redirected):
        assert "never connected to" in text


def test_loopback_is_for_named_servers_only():
    """What content names must not reach this host; names are judged by what they resolve to."""
    assert web.is_allowed("127.0.0.1", loopback=True)
    assert not web.is_allowed("127.0.0.1", loopback=False)
    assert not web.is_allowed("::ffff:127.0.0.1", loopback=False)
    assert not web.is_allowed("fe80::1%eth0", loopback=True)
    assert web.is_allowed("10.0.0.1", loopback=False)


async def test_a_name_of_loopback_is_judged_by_its_address(helm_repository):
    """The resolver sees what is connected to."""
    own = web.Web(silence=5, total=5, agent="x")
    port = helm_repository.server.server_address[1]
    named = remote.make(f"http://localhost:{port}", content_named=True)
    try:
        with pytest.raises(Exception, match="never connected to"):
            await own.get(named, web.Ask(url=f"{named.url}/index.yaml", limit=100))
    finally:
        await own.close()
    assert [] == helm_repository.requests


async def test_a_credential_is_written_nowhere(
    helm_repository, registry, chart_files, render_chart, start_service, authority, header, canary
):
    """Not in the log, the data directory, the metrics, an error or an argument."""
    process = start_service()
    helm_repository.add(chart_files())
    helm_repository.authorization = header("user")
    login = {"username": "user", "password": canary}
    identity = authority.identity("controller")
    async with channels.channel(process.target, identity) as channel:
        stub = repo_pb2_grpc.RepoServiceStub(channel)
        await render_chart(source(helm_repository), repository=login, stub=stub)
        url = helm_repository.url.replace("//", f"//user:{canary}@")
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await render_chart(
                {"repoURL": url, "chart": "absent", "targetRevision": "*"}, stub=stub
            )
        with pytest.raises(grpc.aio.AioRpcError) as tested:
            await stub.TestRepository(
                repo_pb2.TestRepositoryRequest(
                    repository=repo_pb2.Repository(
                        url=f"oci://user:{canary}@{registry.host}/a", type="oci"
                    )
                )
            )

    secret = canary.encode()
    for file in process.folder.rglob("*"):
        if file.is_file():
            assert secret not in file.read_bytes(), file
    for error in (caught, tested):
        assert canary not in json.dumps(error.value.details())
    assert canary not in process.metrics()


@pytest.mark.parametrize(
    ("url", "chart"),
    [
        ("https://h/a/../b", "x"),
        ("https://h#@x/", "x"),
        ("https://h\\@x/", "x"),
        ("ftp://h/x", "x"),
        ("https:///x", "x"),
        ("https://h/x", "../x"),
        ("https://h/x", "-x"),
        ("oci://h/UPPER", ""),
        ("oci://h/a?x=y", "a b"),
        ("https://h /x", "x"),
    ],
)
def test_urls_and_names_that_cannot_be_one(url, chart):
    """Nothing is connected to."""
    with pytest.raises(Exception, match=r"URL|chart name|no name"):
        remote.make(url, chart=chart)


def test_a_redirect_to_plain_http_is_refused():
    """What was asked for over TLS is not taken from anybody on the way."""
    with pytest.raises(Exception, match="from https to http"):
        web._next("https://h/a", "http://h/a")
    assert "https://h/b" == web._next("https://h/a", "/b#x")
