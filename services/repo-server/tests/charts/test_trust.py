"""What a server of charts says is no key to anything: digests, addresses, proxies, spellings.

Security: security.md 1a, architecture.md rule 3.
"""

import asyncio
import concurrent.futures
import gc
import gzip
import hashlib
import io
import json
import tarfile
import weakref

import grpc
import pytest

from plumbline.core import errors, repositories
from plumbline.core.secret import Secret
from plumbline.pb.repo import repo_pb2
from plumbline.repo_server import access, remote, web
from plumbline.repo_server.archives import Archives, Download, Limits
from plumbline.repo_server.failures import Failures
from plumbline.repo_server.git import repository as git_repository
from plumbline.repo_server.locks import Locks

CANARY = "canary-of-a-private-chart"
PLAIN = {"insecure_oci_force_http": True}


def source(server, **more):
    return {"repoURL": server.url, "chart": "web", "targetRevision": "1.0.0", **more}


async def test_a_digest_in_an_index_opens_no_chart_of_another_repository(
    helm_repository, other_host, packaged, render_chart, canary, header
):
    """The archive of a private repository is here; who names its digest has to send it."""
    secret = {"values.yaml": f"level: {CANARY}\n"}
    archive = packaged(files=secret)
    (helm_repository.folder / archive.name).write_bytes(archive.read_bytes())
    helm_repository.index()
    helm_repository.authorization = header("me")
    opened = {"username": "me", "password": canary}
    private = await render_chart(source(helm_repository), repository=opened)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    (other_host.folder / "index.yaml").write_text(
        "apiVersion: v1\nentries:\n  web:\n"
        f"  - {{name: web, version: 1.0.0, digest: {digest}, urls: [web-1.0.0.tgz]}}\n"
    )

    with pytest.raises(grpc.aio.AioRpcError, match="not found"):
        await render_chart(source(other_host))

    assert CANARY in str(private)
    assert ["/web-1.0.0.tgz"] == other_host.paths("tgz")


async def test_a_digest_in_a_manifest_opens_no_layer_of_another_registry(
    registry, packaged, render_chart, tools, tmp_path
):
    """The same in a registry: its layer has to come from there."""
    archive = packaged(files={"values.yaml": f"level: {CANARY}\n"})
    registry.helm_push(tools.helm, tmp_path / "home", archive, "private")
    url = f"{registry.host}/private"
    mine = await render_chart(
        {"repoURL": url, "chart": "web", "targetRevision": "1.0.0"},
        revision="1.0.0",
        repository={"enable_oci": True, **PLAIN},
    )
    before = len(registry.paths("/blobs/"))
    theirs = await render_chart(
        {"repoURL": url, "chart": "web", "targetRevision": "1.0.0"},
        revision="1.0.0",
        repository={"enable_oci": True, "username": "x", "password": "other", **PLAIN},
    )

    assert CANARY in str(mine)
    assert CANARY in str(theirs)
    assert before < len(registry.paths("/blobs/"))


@pytest.mark.parametrize("digest", ["../work/x", "a\\0", "sha256:../../x", "0" * 63, "G" * 64])
async def test_a_digest_that_is_none_names_no_file(
    helm_repository, chart_files, render_chart, digest
):
    """It is no path; the chart is fetched as if the index had none."""
    helm_repository.add(chart_files())
    (helm_repository.folder / "index.yaml").write_text(
        "apiVersion: v1\nentries:\n  web:\n"
        f'  - {{name: web, version: 1.0.0, digest: "{digest}", urls: [web-1.0.0.tgz]}}\n'
    )

    answer = await render_chart(source(helm_repository))

    assert "" == answer.error.message
    assert 1 == len(helm_repository.paths("tgz"))


HOSTS = [
    "\uff11\uff12\uff17.0.0.1", "127\u30020\u30020\u30021", "\uff11\uff16\uff19.254.169.254",
    "%31%32%37.0.0.1", "a" * 64 + ".example", "b\u00fccher.example", "a..b", "-a", "a b",
]  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_is_a_name_that_everybody_reads_alike(host):
    """What looks like a name here must not be an address one library further."""
    with pytest.raises(errors.InvalidArgument):
        remote.origin(f"http://{host}/x")
    with pytest.raises(errors.InvalidArgument):
        remote.make(f"http://{host}/x")


@pytest.mark.parametrize("host", ["a", "a.b-c.example", "xn--bcher-kva.example", "h.", "[::1]"])
def test_names_and_addresses_are_hosts(host):
    """Also with a dot at the end, and an underscore as clusters have them."""
    assert remote.origin(f"https://{host}:8443/x")[2] == 8443


@pytest.mark.parametrize("place", ["http://[x", f"http://{HOSTS[0]}/x", "//", "http://" + "a" * 70])
async def test_a_redirect_that_cannot_be_followed_is_an_error_of_its_source(
    helm_repository, repository, stub, place
):
    """The other source of the same call renders."""
    helm_repository.special["/index.yaml"] = (302, {"Location": place.encode().decode("latin-1")},
                                              b"")  # fmt: skip
    depends = f"dependencies: [{{name: a, version: '1', repository: '{helm_repository.url}'}}]\n"
    repository.commit(
        {
            "bad/Chart.yaml": f"apiVersion: v2\nname: bad\nversion: 1.0.0\n{depends}",
            "good/x.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ok}\n",
        }
    )
    request = repo_pb2.RenderRequest(
        repository=repo_pb2.Repository(url=repository.url),
        revision="main",
        charts=repo_pb2.ChartAccess(source_repos=["*", helm_repository.url]),
        sources=[
            repo_pb2.SourceRequest(id=path, source_json=json.dumps({"path": path}).encode())
            for path in ("bad", "good")
        ],
    )

    answers = {answer.id: answer async for answer in stub.Render(request)}

    assert answers["bad"].error.message
    assert "internal error" not in answers["bad"].error.message
    assert 1 == len(answers["good"].manifests)


@pytest.mark.parametrize("url", ["oci://evil.example/x", "evil.example/x"])
@pytest.mark.parametrize("rule", ["!oci://evil.example/**", "!evil.example/**"])
def test_a_denial_holds_for_every_spelling(url, rule):
    """With the scheme or without it."""
    allowed = repositories.ChartAccess(source_repos=("*", rule))
    address = url if "://" in url else f"oci://{url}"
    with pytest.raises(errors.PermissionDenied, match="not permitted"):
        access.dependency(address, "x", allowed)
    assert access.dependency("oci://good.example/x", "x", allowed).url


def test_whoever_stands_between_has_a_view_of_its_own():
    """A project's own proxy fills no cache of others."""
    key = b"k"
    plain = remote.make("http://charts.example")
    behind = remote.make("http://charts.example", proxy="http://evil:3128")
    assert plain.scope(key) != behind.scope(key)
    git = git_repository.make("http://git.example/x", allow_file=False)
    through = git_repository.make(
        "http://git.example/x", allow_file=False, proxy_setting="http://evil:3128"
    )
    trusting = git_repository.make("http://git.example/x", allow_file=False, insecure=True)
    assert 3 == len({git.scope(key), through.scope(key), trusting.scope(key)})


def test_the_password_of_a_proxy_is_a_secret():
    """As it is for Git."""
    made = remote.make("http://h", proxy=f"http://me:{CANARY}@p:3128", password=Secret("pw"))
    assert {CANARY, "pw"} == set(made.secrets())


async def test_each_address_has_its_own_answer_to_no_proxy(helm_repository, other_host):
    """A redirect to an excluded host goes past the proxy, whose own is reached through it."""
    helm_repository.special["/x"] = (302, {"Location": f"{other_host.url}/y"}, b"")
    other_host.special["/y"] = (200, {}, b"past")
    made = web.Web(silence=5, total=5, agent="x")
    place = other_host.host
    through = remote.make("http://charts.example", proxy=helm_repository.url, no_proxy=place)
    try:
        # The proxy answers for the first one; a GET through a proxy names the whole address.
        helm_repository.special["http://charts.example/x"] = helm_repository.special["/x"]
        with pytest.raises(errors.PermissionDenied):  # loopback is named by a server only
            await made.get(through, web.Ask(url="http://charts.example/x", limit=10))
    finally:
        await made.close()
    assert ["http://charts.example/x"] == helm_repository.paths("http://")
    assert not other_host.requests


async def test_what_a_refusal_says_is_not_read(helm_repository):
    """A gigabyte of it neither."""
    helm_repository.special["/x"] = (404, {}, iter([b"x" * 65536] * 64))
    made = web.Web(silence=5, total=5, agent="x")
    try:
        own = remote.make(helm_repository.url)
        answer = await made.get(own, web.Ask(url=f"{helm_repository.url}/x", limit=10))
    finally:
        await made.close()
    assert (404, b"") == (answer.status, answer.body)


def test_a_failure_is_remembered_without_what_was_in_hand():
    """Its traceback would keep every frame of the call."""

    class Body(bytearray):
        pass

    failures = Failures(60, kinds=(errors.PlumblineError,))

    def fails():
        body = Body(b"large")
        kept.append(weakref.ref(body))
        raise errors.NotFound("gone")

    kept = []
    try:
        fails()
    except errors.NotFound as error:
        failures.keep("a", error)
    gc.collect()
    assert kept[0]() is None
    with pytest.raises(errors.NotFound, match="gone"):
        failures.check("a")
    failures.check("b")


async def test_a_lock_is_known_while_anybody_waits_for_it():
    """One at a time in the order they came; afterwards nothing is left."""
    locks, inside, order = Locks(), 0, []

    async def one(number):
        nonlocal inside
        async with locks.hold("a"):
            inside += 1
            assert 1 == inside
            await asyncio.sleep(0)
            order.append(number)
            inside -= 1
            if number % 3 == 0:
                raise KeyError

    await asyncio.gather(*(one(number) for number in range(20)), return_exceptions=True)
    assert list(range(20)) == order
    assert 0 == len(locks)


def packed_tar(*names, pax=None):
    into = io.BytesIO()
    with tarfile.open(fileobj=into, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in names:
            info = tarfile.TarInfo(name)
            info.pax_headers = pax or {}
            archive.addfile(info)
    return gzip.compress(into.getvalue())


@pytest.mark.parametrize(
    ("names", "pax", "text"),
    [
        (["web/" + "d/" * 100 + "x"], None, "deeper than 64"),
        ([f"web/{n}/" + "d/" * 50 + "x" for n in range(30)], None, "more than 500 directories"),
        (["web/x"], {f"k{n}": "v" * 20 for n in range(5000)}, "extended headers"),
        ([f"web/{n}" for n in range(499)], {"k": "v" * 40_000}, "extended headers"),
    ],
)
def test_small_archives_do_not_become_large_trees(tmp_path, names, pax, text):
    """Depth, directories that no entry names, headers beside the entries."""
    store = Archives(tmp_path, Limits(entries=500))
    download = Download(tmp_path)
    download.write(packed_tar(*names, pax=pax))
    with pytest.raises(errors.InvalidArgument, match=text):
        store.keep(download, strip=True, name="it")
    download.discard()


def test_one_archive_may_come_from_several_places_at_the_same_moment(tmp_path):
    """All of them have it, whole."""
    content = packed_tar("web/Chart.yaml", *(f"web/{n}" for n in range(50)))
    store = Archives(tmp_path, Limits())

    def one(_):
        download = Download(tmp_path)
        download.write(content)
        try:
            return len(store.keep(download, strip=True, name="it").children(""))
        finally:
            download.discard()

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert {51} == set(pool.map(one, range(200)))
