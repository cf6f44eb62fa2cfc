"""Hostile plugins, and hostile callers of a plugin: bounded, held, and removed afterwards."""

import asyncio
import contextlib
import gzip
import hashlib
import io
import json
import socket
import tarfile
from pathlib import Path

import grpc
import pytest

from plumbline.core import errors, render
from plumbline.pb.cmpserver import plugin_pb2, plugin_pb2_grpc
from plumbline.repo_server.plugin import Sidecars, client, configuration
from plumbline.repo_server.plugin.archive import Archive
from plumbline.repo_server.plugin.commands import Commands, Place
from plumbline.repo_server.sandbox.client import Sandbox

CANARY = "canary-4d1f09"
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"


def shell(script):
    return {"command": ["sh", "-c"], "args": [script]}


def packed(*members):
    """Return a compressed tar of (TarInfo, content)."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for info, content in members:
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def member(name, content=b"", kind=tarfile.REGTYPE, link="", mode=0o644):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = kind, link, mode
    return info, content


async def call(plugin, data, method="GenerateManifest", checksum=None, path=".", env=()):
    """Send an archive to a plugin as a repo-server would."""

    async def stream():
        yield plugin_pb2.AppStreamRequest(
            metadata=plugin_pb2.ManifestRequestMetadata(
                appName="x",
                appRelPath=path,
                checksum=checksum or hashlib.sha256(data).hexdigest(),
                size=len(data),
                env=[plugin_pb2.EnvEntry(name=name, value=value) for name, value in env],
            )
        )
        for start in range(0, len(data), 1024):
            chunk = data[start : start + 1024]
            yield plugin_pb2.AppStreamRequest(file=plugin_pb2.File(chunk=chunk))

    async with grpc.aio.insecure_channel(f"unix:{plugin.socket}") as channel:
        stub = plugin_pb2_grpc.ConfigManagementPluginServiceStub(channel)
        return await getattr(stub, method)(stream())


@pytest.mark.parametrize(
    "members",
    [
        [member("../escape", b"x")],
        [member("/tmp/escape-absolute", b"x")],
        [member("a/../../escape", b"x")],
        [member("link", kind=tarfile.SYMTYPE, link="/etc/passwd")],
        [member("link", kind=tarfile.SYMTYPE, link="../../outside")],
        # Neither leaves by its own text, together they do.
        [
            member("d1/d2/b", kind=tarfile.SYMTYPE, link="../.."),
            member("d1/d2/a", kind=tarfile.SYMTYPE, link="b/../x"),
            member("x", b""),
            member("d1/d2/c", kind=tarfile.SYMTYPE, link="b/.."),
        ],
        [member("hard", kind=tarfile.LNKTYPE, link="../../etc/passwd")],
        [member("device", kind=tarfile.CHRTYPE)],
        [member("pipe", kind=tarfile.FIFOTYPE)],
        [member("d", kind=tarfile.SYMTYPE, link="."), member("d/file", b"x")],
        [member("twice", b"x"), member("twice", b"y")],
    ],
)
async def test_an_archive_that_leaves_its_place_is_refused(start_plugin, members):
    """Nothing is written outside, nothing runs, the directory is gone."""
    plugin = start_plugin({"generate": shell("echo ran")})

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call(plugin, packed(*members))

    assert grpc.StatusCode.INVALID_ARGUMENT == caught.value.code()
    assert "the archive" in caught.value.details()
    assert [] == list(plugin.work.iterdir())


async def test_bombs_and_lies(start_plugin):
    """More than announced, another checksum, a path outside, a variable that loads code."""
    plugin = start_plugin({"generate": shell("echo ran")})
    good = packed(member("a", b"x"), member("locked", kind=tarfile.DIRTYPE, mode=0))
    large = tarfile.TarInfo("zeros")
    large.size = 2 * 1024**3
    bomb = gzip.compress(large.tobuf() + bytes(1024))

    async def refused(data, **more):
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call(plugin, data, **more)
        return caught.value.code().name, caught.value.details()

    assert ("RESOURCE_EXHAUSTED", "the archive unpacks to more than 1073741824 bytes") == (
        await refused(bomb)
    )
    assert "checksum" in (await refused(good, checksum="0" * 64))[1]
    assert "leaves the tree" in (await refused(good, path="../.."))[1]
    assert "no directory" in (await refused(good, path="a"))[1]
    assert (
        "variable 'LD_PRELOAD' is refused"
        == (await refused(good, env=[("LD_PRELOAD", "/x.so")]))[1]
    )
    assert "cannot be unpacked" in (await refused(b"no archive"))[1]
    assert [] == list(plugin.work.iterdir())


async def test_a_tree_that_locks_its_owner_out_is_removed(start_plugin):
    """Modes of directories are ours, and what a command locks is removed all the same."""
    plugin = start_plugin({"generate": shell("mkdir deep && touch deep/x && chmod 0 deep")})

    await call(plugin, packed(member("d", kind=tarfile.DIRTYPE, mode=0), member("d/a", b"x")))

    assert [] == list(plugin.work.iterdir())


MISBEHAVIOUR = {
    "yes manifest": ("RESOURCE_EXHAUSTED", "sh wrote more than"),
    "sleep 300 & sleep 300": ("DEADLINE_EXCEEDED", "sh took longer than 3 s"),
    "head -c 9000000 /dev/zero | tr '\\0' e >&2; exit 1": ("INVALID_ARGUMENT", "sh failed"),
    "head -c 400000000 /dev/zero > big": ("INVALID_ARGUMENT", "sh failed"),
    "exit 3": ("INVALID_ARGUMENT", "sh failed with status 3: it said nothing"),
    "echo why >&2; exit 1": ("INVALID_ARGUMENT", "sh failed with status 1: why"),
    "echo '{'": ("INVALID_ARGUMENT", "output of generate"),
    "echo 'just: text'": ("INVALID_ARGUMENT", "Object 'kind' is missing"),
}


async def test_a_plugin_that_misbehaves_costs_one_source(
    repository, ask, start_plugin, plugin_service
):
    """Output, time and disk are bounded; the service goes on; nothing is left."""
    plugin = start_plugin(
        {"generate": shell('eval "$ARGOCD_ENV_SCRIPT"')}, extra=["--plumbline-exec-timeout=3s"]
    )
    repository.commit({"app/a.yaml": CONFIG_MAP})

    for script, (code, text) in MISBEHAVIOUR.items():
        env = [{"name": "SCRIPT", "value": script.replace("$", "$$")}]
        answer = await ask(
            {"path": "app", "plugin": {"name": "probe", "env": env}}, target=plugin_service
        )

        assert (script, code) == (script, answer.error.code)
        assert text in answer.error.message
        assert len(answer.error.message) < 2500

    other = await ask({"path": "app"}, target=plugin_service)
    assert "" == other.error.message
    assert [] == list(plugin.work.iterdir())
    assert [] == plugin_service.work()


async def test_an_answer_larger_than_the_client_takes_is_an_error(
    repository, ask, sockets, plugin_service
):
    """Any sidecar may send what it likes; the repo-server takes 64 MiB."""

    class Large(plugin_pb2_grpc.ConfigManagementPluginServiceServicer):
        async def CheckPluginConfiguration(self, request, context):  # noqa: N802 -- gRPC requires this name
            return plugin_pb2.CheckPluginConfigurationResponse()

        async def GenerateManifest(self, request, context):  # noqa: N802 -- gRPC requires this name
            async for _ in request:
                pass
            return plugin_pb2.ManifestResponse(manifests=["x" * (65 * 1024 * 1024)])

    server = grpc.aio.server()
    plugin_pb2_grpc.add_ConfigManagementPluginServiceServicer_to_server(Large(), server)
    server.add_insecure_port(f"unix:{sockets}/large.sock")
    await server.start()
    repository.commit({"app/a.yaml": CONFIG_MAP})

    answer = await ask({"path": "app", "plugin": {"name": "large"}}, target=plugin_service)
    await server.stop(0)

    assert "RESOURCE_EXHAUSTED" == answer.error.code


async def test_a_plugin_that_never_answers_is_not_asked_at_each_plan(sockets, tmp_path):
    """It would hold up all sources; a socket made anew is asked at once."""
    asked = 0

    async def hang_up(_, writer):
        nonlocal asked
        asked += 1
        writer.close()

    now = 100.0
    sidecars = Sidecars(sockets, work=tmp_path, timeout=5, sent=render.Sent(), clock=lambda: now)
    unknown = render.Plugins(("mute",), ("mute",))
    async with await asyncio.start_unix_server(hang_up, sockets / "mute.sock"):
        assert unknown == await sidecars.present()
        first = asked
        assert unknown == await sidecars.present()
        assert first == asked > 0
        now += 6
        assert unknown == await sidecars.present()
        assert asked > first
    (sockets / "mute.sock").unlink(missing_ok=True)
    second = asked
    async with await asyncio.start_unix_server(hang_up, sockets / "mute.sock"):
        assert unknown == await sidecars.present()
        assert asked > second


class Foreign(plugin_pb2_grpc.ConfigManagementPluginServiceServicer):
    """A sidecar of somebody else: ends each question as it is told."""

    def __init__(self, code=None):
        self.code = code

    async def CheckPluginConfiguration(self, request, context):  # noqa: N802 -- gRPC requires this name
        return plugin_pb2.CheckPluginConfigurationResponse(isDiscoveryConfigured=True)

    async def MatchRepository(self, request, context):  # noqa: N802 -- gRPC requires this name
        async for _ in request:
            pass
        await context.abort(self.code, "find: nothing")

    async def GenerateManifest(self, request, context):  # noqa: N802 -- gRPC requires this name
        await asyncio.Event().wait()


@contextlib.asynccontextmanager
async def serving(sidecar, socket):
    server = grpc.aio.server()
    plugin_pb2_grpc.add_ConfigManagementPluginServiceServicer_to_server(sidecar, server)
    server.add_insecure_port(f"unix:{socket}")
    await server.start()
    yield
    await server.stop(0)


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (grpc.StatusCode.UNKNOWN, ("Directory", "")),
        (grpc.StatusCode.INVALID_ARGUMENT, ("", "INVALID_ARGUMENT")),
        (grpc.StatusCode.INTERNAL, ("", "UNAVAILABLE")),
        (grpc.StatusCode.UNIMPLEMENTED, ("", "UNIMPLEMENTED")),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, ("", "RESOURCE_EXHAUSTED")),
    ],
)
async def test_only_a_failed_command_is_a_no(
    repository, ask, sockets, plugin_service, code, outcome
):
    """Argo CD's sidecars answer so when nothing is found; all else must not change the type."""
    repository.commit({"app/a.yaml": CONFIG_MAP})

    async with serving(Foreign(code), sockets / "foreign.sock"):
        answer = await ask({"path": "app"}, target=plugin_service)

    assert outcome == (answer.source_type, answer.error.code)


async def test_a_sidecar_that_hangs_is_left(sockets, tmp_path):
    """The deadline is the repo-server's own; nobody has to trust a sidecar's."""
    path = tmp_path / "archive"
    path.write_bytes(b"x")
    async with serving(Foreign(), sockets / "foreign.sock"):
        sidecar = client.Sidecar(sockets / "foreign.sock", timeout=0.3, margin=0.1)
        with pytest.raises(errors.DeadlineExceeded, match="plugin foreign"):
            await sidecar.generate(client.Request("x", ".", ()), Archive(path, 1, "x"))


async def test_a_sidecar_without_its_program_is_an_error(
    repository, ask, start_plugin, plugin_service
):
    """It cannot say that the source is not its."""
    start_plugin({"discover": {"find": {"command": ["absent-tool"]}}, "generate": shell("true")})
    repository.commit({"app/a.yaml": CONFIG_MAP})

    answer = await ask({"path": "app"}, target=plugin_service)

    assert "INVALID_ARGUMENT" == answer.error.code
    assert "no program 'absent-tool'" in answer.error.message


async def test_sockets_without_end_leave_nobody_out(repository, ask, sockets, plugin_service):
    """A sidecar can fill the folder; what the last plugin knew would then be something else."""
    made = []
    for number in range(101):
        made.append(socket.socket(socket.AF_UNIX))
        made[-1].bind(str(sockets / f"a{number}.sock"))
    repository.commit({"app/a.yaml": CONFIG_MAP})

    with pytest.raises(grpc.aio.AioRpcError, match="more than 100 plugins"):
        await ask({"path": "app"}, target=plugin_service)
    for one in made:
        one.close()


async def test_a_plugin_sees_its_tree_and_nothing_of_ours(
    repository, ask, start_plugin, plugin_service, tmp_path
):
    """No file, no process, no network, no variable of the sidecar or of the repo-server."""
    (tmp_path / "secret").write_text(CANARY)
    script = (
        f"cat {tmp_path}/secret >&2; cat /etc/passwd >&2; cat /proc/*/environ >&2;"
        f" env >&2; ls {tmp_path} >&2; ls ../.. >&2;"
        " python3 -c 'import socket; socket.socket()' >&2; exit 1"
    )
    plugin = start_plugin({"generate": shell(script)}, environment={"CANARY": CANARY})
    repository.commit({"app/a.yaml": CONFIG_MAP})

    answer = await ask({"path": "app", "plugin": {"name": "probe"}}, target=plugin_service)

    logs = plugin.log.read_text() + plugin_service.log.read_text()
    assert "Permission denied" in answer.error.message
    for text in (answer.error.message, logs):
        assert CANARY not in text
        assert "root:" not in text
    assert str(tmp_path) not in answer.error.message.replace(f"{tmp_path}/secret", "").replace(
        f"'{tmp_path}'", ""
    )


async def test_the_operators_variables_do_not_reach_an_error(
    repository, ask, start_plugin, plugin_service
):
    """A plugin given a token may print it; the error does not."""
    start_plugin(
        {"generate": shell("echo token is $TOKEN >&2; exit 1")},
        extra=["--plumbline-variables=TOKEN"],
        environment={"TOKEN": CANARY},
    )
    repository.commit({"app/a.yaml": CONFIG_MAP})

    answer = await ask({"path": "app", "plugin": {"name": "probe"}}, target=plugin_service)

    assert "plugin probe: sh failed with status 1: token is ++++++++" == answer.error.message


async def test_links_of_the_repository(repository, ask, start_plugin, plugin_service):
    """Those that stay inside arrive as links; those that leave are not there."""
    start_plugin({"generate": shell("cat inside.yaml; cat passwd up 2>/dev/null; true")})
    repository.write({"app/a.yaml": CONFIG_MAP, "other/b": "x"})
    repository.link("app/inside.yaml", "a.yaml")
    repository.link("app/passwd", "/etc/passwd")
    repository.link("app/up", "../../../../etc/passwd")
    repository.commit()

    answer = await ask({"path": "app", "plugin": {"name": "probe"}}, target=plugin_service)

    assert "" == answer.error.message
    assert ["x"] == [json.loads(m)["metadata"]["name"] for m in answer.manifests]


async def test_a_cancelled_call_kills_the_command_and_its_children(start_plugin, tmp_path):
    """The caller goes away: the whole group dies, and the tree is removed."""
    plugin = start_plugin(
        {"generate": shell("sleep 300 & echo $! > pid; echo $$ >> pid; mv pid done; wait")}
    )
    task = asyncio.create_task(call(plugin, packed(member("a", b"x"))))

    async def pids():
        while True:
            for path in plugin.work.glob("*/tree/done"):
                return [int(line) for line in path.read_text().split()]
            await asyncio.sleep(0.02)

    async with asyncio.timeout(20):
        child, leader = await pids()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, grpc.aio.AioRpcError):
            await task
        # Another process' children: their end cannot be awaited, only looked at.
        while _lives(child) or _lives(leader) or list(plugin.work.iterdir()):  # noqa: ASYNC110 -- see above
            await asyncio.sleep(0.02)

    assert plugin.process.poll() is None


def _lives(pid):
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
        return text.rpartition(") ")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_a_plugin_that_wants_credentials_is_refused(
    repository, ask, sockets, plugin_service, start_plugin
):
    """provideGitCreds: by the repo-server for any sidecar, by our sidecar at its start."""

    class Wanting(plugin_pb2_grpc.ConfigManagementPluginServiceServicer):
        async def CheckPluginConfiguration(self, request, context):  # noqa: N802 -- gRPC requires this name
            return plugin_pb2.CheckPluginConfigurationResponse(provideGitCreds=True)

    server = grpc.aio.server()
    plugin_pb2_grpc.add_ConfigManagementPluginServiceServicer_to_server(Wanting(), server)
    server.add_insecure_port(f"unix:{sockets}/wanting.sock")
    await server.start()
    repository.commit({"app/a.yaml": CONFIG_MAP})

    answer = await ask({"path": "app", "plugin": {"name": "wanting"}}, target=plugin_service)
    await server.stop(0)
    with pytest.raises(AssertionError, match="provideGitCreds"):
        start_plugin({"generate": shell("true"), "provideGitCreds": True})

    assert "FAILED_PRECONDITION" == answer.error.code
    assert "provideGitCreds" in answer.error.message


class NoLandlock(Sandbox):
    """A sandbox on a kernel without landlock."""

    @property
    def has_landlock(self):
        return False


@pytest.mark.parametrize(("mode", "refused"), [("auto", True), ("required", True), ("off", False)])
async def test_without_landlock_plugins_are_refused(tmp_path, mode, refused):
    """Only an operator who switched the sandbox off runs them without a hold."""
    sandbox = NoLandlock(mode)
    commands = Commands(
        sandbox=sandbox,
        mode=mode,
        timeout=10,
        search="/usr/bin:/bin",
        execute=[],
        read=[],
        environment={},
    )
    run = configuration.Run(command=("echo",), args=("ran",))
    if refused:
        with pytest.raises(errors.FailedPrecondition, match="landlock"):
            await commands.run(run, Place(tmp_path, tmp_path, tmp_path), {})
        return
    await sandbox.start()
    result = await commands.run(run, Place(tmp_path, tmp_path, tmp_path), {})
    await sandbox.close()

    assert b"ran\n" == result.output


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ({}, "generate.command is missing"),
        ({"generate": {"command": ["x"]}, "genrate": {}}, "genrate"),
        ({"generate": {"command": "x"}}, "array"),
        ({"generate": {"command": ["x"]}, "version": "../1"}, "is not a name"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path, spec, text):
    """The field is named."""
    document = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "ConfigManagementPlugin",
        "metadata": {"name": "probe"},
        "spec": spec,
    }
    path = tmp_path / "plugin.yaml"
    path.write_text(json.dumps(document))

    with pytest.raises(errors.InvalidArgument, match=text):
        configuration.read(path)
