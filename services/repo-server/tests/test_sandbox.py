"""The sandbox: what a hostile tool cannot do, and that bounds hold. A canary stands outside."""

import asyncio
import gc
import os
import pathlib
import sys

import pytest

from plumbline.core import errors
from plumbline.repo_server.sandbox.client import Command, Sandbox

CANARY = "canary-7f3d1"
SYSTEM = [
    path for path in map(pathlib.Path, (sys.base_prefix, "/lib", "/lib64", "/usr")) if path.exists()
]


@pytest.fixture
async def sandbox():
    made = Sandbox("auto")
    await made.start()
    yield made
    await made.close()


def names(folder):
    return sorted(path.name for path in pathlib.Path(folder).iterdir())


def size(path):
    return pathlib.Path(path).stat().st_size


async def until(condition):
    """Wait for something only the kernel tells: the end of a process that is not our child."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 -- there is no event for it
            await asyncio.sleep(0.02)


def command(tmp_path, code, **fields):
    """A Python program as the tool, allowed to read `tree` and to write `own`."""
    for name in ("tree", "own"):
        (tmp_path / name).mkdir(exist_ok=True)
    return Command(
        argv=[os.path.realpath(sys.executable), "-I", "-S", "-c", code],
        cwd=tmp_path / "tree",
        env={"LANG": "C.UTF-8"},
        read=[tmp_path / "tree"],
        execute=SYSTEM,
        write=[tmp_path / "own"],
        **fields,
    )


async def test_a_tool_reads_its_tree_and_writes_its_own_directory(sandbox, tmp_path):
    """What a render needs works."""
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "in").write_text("inside")
    code = f"open({str(tmp_path / 'own' / 'out')!r}, 'w').write(open('in').read()); print('done')"

    result = await sandbox.run(command(tmp_path, code))

    assert (0, b"done\n", b"") == (result.status, result.output, result.error)
    assert "inside" == (tmp_path / "own" / "out").read_text()


@pytest.mark.parametrize(
    "attempt",
    [
        "print(open({canary!r}).read())",
        "print(open('/etc/passwd').read())",
        "print(open('/proc/self/environ').read())",
        "print(open('/proc/1/environ').read())",
        "print(open('/dev/zero','rb').read(1))",
        "import os; print(os.listdir('/'))",
        "open({folder!r} + '/marker', 'w').write('x')",
        "open('tree-marker', 'w').write('x')",
        "import os; os.chmod('.', 0o777); os.mkdir('marker')",
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_STREAM); print('open')",
        "import socket; socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); print('open')",
        "import socket; socket.socket(socket.AF_UNIX, socket.SOCK_STREAM); print('open')",
        "import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW); print('open')",
        "import ctypes; l = ctypes.CDLL(None);print('open') if l.unshare(0x10000000) == 0 else 1/0",
        "import ctypes; l = ctypes.CDLL(None);print('open') if l.ptrace(0, 0, 0, 0) == 0 else 1/0",
        "import ctypes; l = ctypes.CDLL(None);"
        "print('open') if l.mount(b'x', b'/', b'tmpfs', 0, None) == 0 else 1/0",
        "import ctypes; l = ctypes.CDLL(None); print('open') if l.syscall(425, 1, 0) >= 0 else 1/0",
        "import os; os.kill({parent}, 0); print('open')",
    ],
)
async def test_a_hostile_tool_reaches_nothing(sandbox, tmp_path, attempt):
    """Security section 7 A: files, network, namespaces, tracing and signals are refused."""
    canary = tmp_path / "canary"
    canary.write_text(CANARY)
    code = attempt.format(canary=str(canary), folder=str(tmp_path), parent=os.getpid())

    result = await sandbox.run(command(tmp_path, code))

    assert 0 != result.status
    assert b"" == result.output
    assert CANARY.encode() not in result.error
    assert ["canary", "own", "tree"] == names(tmp_path)
    assert [] == names(tmp_path / "tree")


async def test_the_environment_is_empty(sandbox, tmp_path, monkeypatch):
    """No variable of the server reaches a tool."""
    monkeypatch.setenv("REDIS_PASSWORD", CANARY)

    result = await sandbox.run(command(tmp_path, "import os; print(sorted(os.environ))"))

    assert b"['LANG']\n" == result.output


async def test_a_tool_that_hangs_is_killed_with_all_it_started(sandbox, tmp_path):
    """The deadline ends the whole group, grandchildren too."""
    code = (
        "import os, time\n"
        f"p = {str(tmp_path / 'own' / 'pids')!r}\n"
        "child = os.fork()\n"
        "if child: open(p, 'w').write(f'{os.getpid()} {child}')\n"
        "time.sleep(600)\n"
    )

    with pytest.raises(errors.DeadlineExceeded):
        await sandbox.run(command(tmp_path, code, timeout=1.5))

    pids = [int(text) for text in (tmp_path / "own" / "pids").read_text().split()]
    await until(lambda: not any(_runs(pid) for pid in pids))


def _runs(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


async def test_output_and_files_are_bounded(sandbox, tmp_path):
    """An endless writer is stopped at the bound; so is a file."""
    endless = "import sys\nwhile True: sys.stdout.write('x' * 65536)"
    with pytest.raises(errors.ResourceExhausted):
        await sandbox.run(command(tmp_path, endless, max_output=1_000_000))

    path = str(tmp_path / "own" / "big")
    result = await sandbox.run(
        command(
            tmp_path,
            f"open({path!r}, 'wb').write(b'x' * 4_000_000)",
            limits={"FSIZE": 1_000_000},
        )
    )
    assert 0 != result.status
    assert 1_000_000 >= size(path)


async def test_a_cancelled_caller_kills_its_tool(sandbox, tmp_path):
    """Cancellation reaches the child; the sandbox goes on working."""
    marker = tmp_path / "own" / "pid"
    code = f"import os,time; open({str(marker)!r},'w').write(str(os.getpid())); time.sleep(600)"
    task = asyncio.create_task(sandbox.run(command(tmp_path, code)))
    await until(lambda: marker.exists() and marker.read_text())

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    pid = int(marker.read_text())
    await until(lambda: not _runs(pid))
    assert 0 == (await sandbox.run(command(tmp_path, "pass"))).status


async def test_many_runs_leak_no_descriptor(sandbox, tmp_path):
    """TOB-ARGO-023: the number of open files is flat after many failed runs."""
    await sandbox.run(command(tmp_path, "1/0"))
    gc.collect()  # what other tests left
    before = len(names("/proc/self/fd"))

    for _ in range(30):
        await sandbox.run(command(tmp_path, "import os; os._exit(3)"))

    assert before >= len(names("/proc/self/fd"))


async def test_a_sandbox_that_died_comes_back(sandbox, tmp_path):
    """The zygote's end fails what runs and nothing after it."""
    sandbox._process.kill()
    sandbox._process.wait()

    await until(lambda: sandbox._peer is None)

    assert 0 == (await sandbox.run(command(tmp_path, "pass"))).status


def test_an_unknown_mode_is_refused():
    """The message names the choices."""
    with pytest.raises(errors.InvalidArgument, match="auto, required or off"):
        Sandbox("maybe")
