"""The keys of an installation: made once, kept, completed, and refused where they do not fit."""

import asyncio
import base64
import datetime as dt
import os
import socket
import subprocess
import sys

import pytest
from cryptography import x509

from plumbline import cache
from plumbline.api_server import keys, rotation
from plumbline.core import errors
from plumbline.core.secret import Secret
from plumbline.kube import config
from plumbline.kube.client import KubeClient
from plumbline.kube.own import OwnObjects
from plumbline.rpc import credentials
from plumbline.testcluster import tools

pytestmark = pytest.mark.cluster

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
LIFE = dt.timedelta(days=730)
IDENTITIES = [f"plumbline-identity-{r}" for r in ("api-server", "controller", "repo-server")]
ALL = ["argocd-redis", "plumbline-authority", *IDENTITIES, "plumbline-render-signing"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Place:
    """The Secrets of one namespace, and the program at work in it."""

    def __init__(self, api, namespace, own, maker):
        self._api, self.maker = api, maker
        self.namespace, self.own = namespace, own
        self._root = f"/api/v1/namespaces/{namespace}/secrets"

    async def ensure(self, now=NOW, *, redis=True):
        return await self.maker.ensure(now, redis=redis)

    def rotating(self, users):
        times = rotation.Times(dt.timedelta(hours=1), dt.timedelta(hours=2))
        return keys.Keys(self.own, self.namespace, life=LIFE, times=times, users=users)

    async def secrets(self):
        listed = await asyncio.to_thread(self._api.get, self._root)
        return {item["metadata"]["name"]: item for item in listed["items"]}

    async def data(self, name):
        return {
            key: base64.b64decode(value).decode()
            for key, value in ((await self.secrets())[name].get("data") or {}).items()
        }

    async def merge(self, name, **data):
        texts = {k: v and base64.b64encode(v.encode()).decode() for k, v in data.items()}
        await asyncio.to_thread(self._api.merge, f"{self._root}/{name}", {"data": texts})

    async def create(self, name, **data):
        body = {"metadata": {"name": name}, "stringData": data}
        await asyncio.to_thread(self._api.create, self._root, body)

    async def delete(self, name):
        await asyncio.to_thread(self._api.delete, f"{self._root}/{name}")


@pytest.fixture
async def place(cluster, namespace):
    own = config.load(str(cluster.kubeconfig), {})
    async with KubeClient(own, user_agent="test") as client:
        objects = OwnObjects(client)
        yield Place(cluster.api, namespace, objects, keys.Keys(objects, namespace, life=LIFE))


async def test_a_second_run_changes_nothing(place):
    """All is made at once; afterwards not even a resource version moves."""
    assert sorted(await place.ensure()) == ALL
    before = await place.secrets()
    assert sorted(before) == ALL

    assert [] == await place.ensure()
    assert before == await place.secrets()


async def test_two_jobs_that_run_together_agree(place):
    """One of them makes each Secret; what results fits together."""
    first, second = await asyncio.gather(place.ensure(), place.ensure())
    assert sorted([*first, *second]) == ALL
    assert [] == await place.ensure()


async def test_the_identities_are_good_for_our_services(place):
    """Each has its role, the common authority, and the life that was asked for."""
    await place.ensure()
    authority = (await place.data("plumbline-authority"))["tls.crt"]
    for role in credentials.ROLES:
        data = await place.data(keys.identity_name(role))
        assert authority == data["ca.crt"]
        found = x509.load_pem_x509_certificate(data["tls.crt"].encode())
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        uris = names.get_values_for_type(x509.UniformResourceIdentifier)
        assert [f"spiffe://plumbline/{role}"] == uris
        found.verify_directly_issued_by(x509.load_pem_x509_certificate(authority.encode()))
        assert NOW + LIFE == found.not_valid_after_utc
        made = credentials.Identity(
            data["tls.crt"].encode(), Secret(data["tls.key"]), data["ca.crt"].encode()
        )
        credentials.server_credentials(made)


async def test_the_signing_key_is_one_that_the_repo_server_takes(place):
    """An entry sealed by it is opened by its verifier."""
    await place.ensure()
    pem = Secret((await place.data("plumbline-render-signing"))["signing.pem"])
    signer = cache.Signer.from_pem(pem, kind="render")
    assert b"payload" == signer.verifier().open("key", signer.seal("key", b"payload"))


async def test_a_secret_that_lacks_one_key_gets_only_that_one(place):
    """The others keep their bytes."""
    name = "plumbline-identity-controller"
    await place.ensure()
    before = await place.data(name)
    await place.merge(name, **{"ca.crt": None})

    assert [name] == await place.ensure()
    assert before == await place.data(name)


async def test_a_redis_password_that_is_there_is_kept(place):
    """An installation of Argo CD has it without the file; only the file is added."""
    await place.create("argocd-redis", auth="given-by-others")
    assert "argocd-redis" in await place.ensure()
    data = await place.data("argocd-redis")
    assert "given-by-others" == data["auth"]
    assert "given-by-others" not in data["users.acl"]


async def test_a_changed_redis_password_changes_the_file(place):
    """A password rotated by hand stays, and Redis is told its digest."""
    await place.ensure()
    before = (await place.data("argocd-redis"))["users.acl"]
    await place.merge("argocd-redis", auth="rotated")
    assert ["argocd-redis"] == await place.ensure()
    after = await place.data("argocd-redis")
    assert "rotated" == after["auth"]
    assert before != after["users.acl"]


async def test_no_redis_password_is_made_for_a_redis_outside(place):
    """Nor is one that exists touched."""
    assert "argocd-redis" not in await place.ensure(redis=False)
    assert "argocd-redis" not in await place.secrets()


async def test_certificates_are_issued_anew_after_half_of_their_life(place):
    """By the same authority; one day earlier nothing happens."""
    await place.ensure()
    before = await place.data("plumbline-identity-controller")
    assert [] == await place.ensure(NOW + LIFE / 2 - dt.timedelta(days=1))
    assert sorted(await place.ensure(NOW + LIFE / 2 + dt.timedelta(days=1))) == IDENTITIES
    after = await place.data("plumbline-identity-controller")
    assert before["ca.crt"] == after["ca.crt"]
    assert before["tls.crt"] != after["tls.crt"]


async def test_a_lost_authority_is_not_replaced_behind_running_processes(place):
    """A new one would part processes that restart from those that do not."""
    await place.ensure()
    await place.delete("plumbline-authority")
    with pytest.raises(errors.FailedPrecondition, match="plumbline-authority is missing"):
        await place.ensure()
    assert "plumbline-authority" not in await place.secrets()


async def test_an_identity_of_another_authority_is_refused_and_kept(place):
    """The message names the Secret; nothing is overwritten."""
    await place.ensure()
    authority, key = credentials.issue_authority(NOW)
    other = credentials.issue("controller", authority, key, NOW)
    await place.merge("plumbline-identity-controller", **{"tls.crt": other.certificate.decode()})
    before = await place.data("plumbline-identity-controller")
    with pytest.raises(errors.FailedPrecondition, match="plumbline-identity-controller was not"):
        await place.ensure()
    assert before == await place.data("plumbline-identity-controller")


async def test_the_secrets_cannot_be_referred_to_from_settings(place):
    """None has the label by which ``$secret:key`` finds a Secret."""
    await place.ensure()
    for item in (await place.secrets()).values():
        assert "argocd" != item["metadata"]["labels"]["app.kubernetes.io/part-of"]


async def test_redis_takes_the_file_and_lets_the_cache_work_but_not_rule(place, tmp_path):
    """SET and GET are allowed with the password; CONFIG, KEYS, FLUSHALL and EVAL are not."""
    await place.ensure()
    data = await place.data("argocd-redis")
    (tmp_path / "users.acl").write_text(data["users.acl"])
    sock = tmp_path / "redis.sock"
    server = await asyncio.create_subprocess_exec(
        tools.redis_server(), "--port", "0", "--unixsocket", sock, "--save", "", "--dir", tmp_path,
        "--aclfile", tmp_path / "users.acl", stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        backend = _redis_client(sock, data["auth"])
        await _answers(backend)
        await backend.set("key", b"value", ex=10)
        assert b"value" == await backend.get("key")
        for command in (("CONFIG", "GET", "*"), ("KEYS", "*"), ("FLUSHALL",), ("EVAL", "1", "0")):
            with pytest.raises(Exception, match=r"no permissions|NOPERM"):
                await backend.execute_command(*command)
        await backend.aclose()
        stranger = _redis_client(sock, "wrong")
        with pytest.raises(Exception, match=r"WRONGPASS|invalid username-password"):
            await stranger.ping()
        await stranger.aclose()
    finally:
        server.kill()
        await server.wait()


def _redis_client(sock, password):
    import redis.asyncio  # noqa: PLC0415 -- only here

    return redis.asyncio.Redis(unix_socket_path=str(sock), password=password)


async def _answers(client):
    import redis  # noqa: PLC0415 -- only here

    async with asyncio.timeout(20):
        while True:
            try:
                await client.ping()
            except redis.ConnectionError:
                await asyncio.sleep(0.02)
            else:
                return


@pytest.fixture
async def redis_pod(place, tmp_path):
    """A Redis as the chart's, whose file follows the Secret when the kubelet has copied it."""
    await place.ensure()
    file, port = tmp_path / "users.acl", free_port()

    async def kubelet():
        file.write_text((await place.data("argocd-redis"))["users.acl"])

    await kubelet()
    server = await asyncio.create_subprocess_exec(
        tools.redis_server(), "--bind", "127.0.0.1", "--port", str(port), "--save", "",
        "--dir", tmp_path, "--aclfile", file, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"127.0.0.1:{port}"
    users = cache.Users(cache.Settings(address=address, timeout=5))
    async with asyncio.timeout(20):
        password = Secret((await place.data("argocd-redis"))["auth"])
        while True:
            try:
                assert await users.accepts(password)
                break
            except errors.Unavailable:
                await asyncio.sleep(0.02)
    yield address, users, kubelet
    server.kill()
    await server.wait()


async def test_everything_is_rotated_while_clients_work(place, redis_pod):
    """On a real API server with a real Redis: the old is refused at the end, not before."""
    address, users, kubelet = redis_pod
    rotating = place.rotating(users)
    before = {name: await place.data(name) for name in ALL}
    old, now = Secret(before["argocd-redis"]["auth"]), NOW
    changed = await rotating.ensure(now, redis=True, begin=keys.KINDS)
    assert sorted(changed) == ALL
    assert [] == await rotating.ensure(now, redis=True, begin=keys.KINDS)
    for _ in range(6):
        assert await users.accepts(Secret((await place.data("argocd-redis"))["auth"]))
        await kubelet()
        now += dt.timedelta(hours=3)
        await rotating.ensure(now, redis=True)
    assert {} == await rotating.pending()
    for name in ALL:
        after = await place.data(name)
        assert set(after) == set(before[name])
        assert not set(after.values()) & set(before[name].values()), name
    assert not await users.accepts(old)
    backend = cache.RedisBackend(
        cache.Settings(address=address, password=Secret((await place.data("argocd-redis"))["auth"]))
    )
    await backend.check()
    await backend.close()


async def test_a_password_waits_for_the_redis_that_must_take_it(place, redis_pod):
    """Until the kubelet has copied the file nothing is changed, however long it takes."""
    _, users, kubelet = redis_pod
    rotating = place.rotating(users)
    await rotating.ensure(NOW, redis=True, begin=["redis"])
    before = await place.data("argocd-redis")
    assert [] == await rotating.ensure(NOW + dt.timedelta(days=9), redis=True)
    assert before == await place.data("argocd-redis")
    await kubelet()
    assert ["argocd-redis"] == await rotating.ensure(NOW + dt.timedelta(days=9), redis=True)


async def test_a_rotation_runs_as_a_job_runs_it(place, cluster, namespace, redis_pod):
    """From the command to the end, and with one word wrong."""
    address, _, kubelet = redis_pod
    before = {name: await place.data(name) for name in ALL}

    async def copy():
        while True:
            await kubelet()
            await asyncio.sleep(0.2)

    copying = asyncio.ensure_future(copy())
    done = await _program(
        cluster, namespace, "rotate", "all", "--wait", "--settle=1s", "--overlap=2s",
        f"--redis-server={address}",
    )  # fmt: skip
    copying.cancel()
    assert 0 == done.returncode, done.stderr
    for name in ALL:
        after = await place.data(name)
        assert not set(after.values()) & set(before[name].values()), name
        for value in after.values():
            assert value not in done.stderr
    wrong = await _program(cluster, namespace, "rotate", "everything")
    assert 1 == wrong.returncode
    assert "not one of authority, signing, redis, all" in wrong.stderr


async def _program(cluster, namespace, *argv):
    words = [sys.executable, "-m", "plumbline.api_server.keys", *argv]
    return await asyncio.to_thread(
        subprocess.run,
        [*words, f"--namespace={namespace}"],
        env={**os.environ, "KUBECONFIG": str(cluster.kubeconfig)},
        check=False,
        capture_output=True,
        text=True,
    )


async def test_the_program_runs_as_the_job_runs_it(place, cluster, namespace):
    """It tells which Secrets changed, and no value of any."""
    command = [sys.executable, "-m", "plumbline.api_server.keys", f"--namespace={namespace}"]
    done = await asyncio.to_thread(
        subprocess.run,
        command,
        env={**os.environ, "KUBECONFIG": str(cluster.kubeconfig)},
        check=True,
        capture_output=True,
        text=True,
    )
    output = done.stdout + done.stderr
    assert "plumbline-authority" in output
    for name in ALL:
        for value in (await place.data(name)).values():
            assert value not in output
            assert value.splitlines()[-2 if value.count("\n") > 1 else 0] not in output
