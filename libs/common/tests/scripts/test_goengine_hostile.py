"""Templates that want to do harm end as errors; the engine goes on or is replaced."""

import asyncio
import contextlib
import os
import pathlib
import re
import signal
import threading

import pytest

from plumbline.core import errors
from plumbline.scripts import goengine

ENDLESS = "{{range until 1000000}}{{range until 1000000}}{{end}}{{end}}"


def alive(pid):
    """Whether a process is there."""
    return pathlib.Path(f"/proc/{pid}").exists()


def idle_pids(engine):
    """The processes that wait for work."""
    return [process.pid for process in engine._idle]


@contextlib.contextmanager
def impatient(engine):
    """Have an engine wait for a moment only; to start one may take longer on a busy machine."""
    usual, engine._limits = engine._limits, goengine.Limits(seconds=0.2)
    yield
    engine._limits = usual


async def until_busy(engine):
    """Let the other tasks run until one has taken the idle process."""
    for _ in range(100):
        if not idle_pids(engine):
            return
        await asyncio.sleep(0)
    raise AssertionError


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (ENDLESS, "CPU time"),
        ("{{range 1000000000000}}{{end}}", "CPU time"),
        ('{{repeat 1073741824 "x"}}', "too much"),
        ('{{range until 1000000}}{{repeat 1000 "xy"}}{{end}}', "too long"),
        ('{{define "t"}}{{template "t"}}{{end}}{{template "t"}}', "call one another"),
        ('{{define "t"}}{{if 1}}{{range until 2}}{{template "t"}}{{end}}{{end}}{{end}}'
         '{{template "t"}}', "call one another"),
        ('{{$d := dict}}{{$_ := set $d "d" $d}}{{print $d}}', "ends the Go engine|CPU time"),
        ("{{if 1}}" * 140_000, "at most"),
        ("{{" + "(" * 100_000 + "1" + ")" * 100_000 + "}}", "depth"),
        ('{{getHostByName "localhost"}}', "not defined"),
        ('{{env "HOME"}}', "not defined"),
        ('{{expandenv "$HOME"}}', "not defined"),
        ("{{plumblineLeave}}", "not defined"),
        ("{{index .n 1}}", "index"),
        ("{{add 99999999999999999999 1}}", "overflow"),
    ],
)  # fmt: skip
def test_harm_is_an_error(strict, text, why):
    """Each names its cause, and the next call is answered."""
    with pytest.raises(goengine.TemplateError, match=why) as caught:
        strict.render(text, {"n": 1})

    assert text == caught.value.template
    assert not caught.value.transient
    assert "ok" == strict.render("{{.a}}", {"a": "ok"})


@pytest.mark.parametrize(
    "text",
    [
        '{{$x := "0123456789"}}{{range until 60}}{{$x = print $x $x}}{{end}}',
        "{{$x := list 1}}{{range until 60}}{{$x = concat $x $x}}{{end}}",
    ],
)
def test_memory_is_bounded(program, text):
    """What doubles is found by the engine's guard or refused by the kernel."""
    limits = goengine.Limits(cpu_seconds=60, memory_bytes=64 * 1024 * 1024)
    engine = goengine.Engine(program, limits=limits)
    with pytest.raises(goengine.TemplateError, match="memory"):
        engine.render(text, {})
    assert "ok" == engine.render("ok", {})
    engine.close()


def test_deep_nesting_is_rendered_or_refused(strict):
    """Thirty thousand conditions in one another: the process may not be able to, we are."""
    text = "{{if 1}}" * 30_000 + "x" + "{{end}}" * 30_000
    try:
        found = strict.render(text, {})
    except goengine.TemplateError as error:
        found = str(error)
    assert found == "x" or "nesting" in found or "CPU" in found
    assert "ok" == strict.render("ok", {})


def test_a_regular_expression_is_linear(engine):
    """RE2: a pattern that would take for ever elsewhere."""
    text = '{{regexMatch "^(a+)+$" .long}}'
    assert "false" == engine.render(text, {"long": "a" * 20_000 + "!"})


def test_keys_can_be_made_within_the_limits(engine):
    """sprig's functions for keys are in the contract: they are dear, not dangerous."""
    made = engine.render('{{genPrivateKey "ecdsa"}}{{htpasswd "a" "b"}}', {})
    assert made.startswith("-----BEGIN EC PRIVATE KEY-----")


@pytest.mark.parametrize("data", [{"a": "\ud800"}, {"a": {1, 2}}, {"a": float("nan"), "b": 10**30}])
def test_what_json_cannot_say_is_refused(engine, data):
    """Half a surrogate pair, a set, no number."""
    with pytest.raises(errors.InvalidArgument):
        engine.render("{{.a}}", data)


def test_huge_numbers_are_floats_or_refused(engine):
    """As Go reads them."""
    assert "1e+30" == engine.render("{{.a}}", {"a": 10**30})
    with pytest.raises(errors.InvalidArgument, match="data"):
        engine.render("{{.a}}", {"a": 10**400})
    with pytest.raises(errors.InvalidArgument, match="data"):
        engine.render("{{.a}}", {"a": 10**400}, goengine.Options(integers=True))


def test_half_a_character_is_replaced(engine):
    """As Go's JSON does when the text is put into an object."""
    assert "Gr\ufffd" == engine.render("{{trunc 3 .a}}", {"a": "Grüße"})


def test_a_request_is_bounded(engine):
    """Data beyond all reason is refused before it is sent."""
    with pytest.raises(errors.InvalidArgument, match="at most"):
        engine.render("x", {"a": "x" * (17 * 1024 * 1024)})
    assert 3_000_000 == len(engine.render("{{.a}}", {"a": "x" * 3_000_000}))


def test_deep_data_is_read_or_refused(engine):
    """Data nested ten thousand times."""
    data = inner = {}
    for _ in range(10_000):
        inner["a"] = {}
        inner = inner["a"]
    with pytest.raises(errors.InvalidArgument):
        engine.render("{{.a}}", data)


@pytest.mark.parametrize("wrong", [{"functions": "all"}, {"missing_key": "x"}])
def test_unknown_options_are_refused(engine, wrong):
    """By name."""
    with pytest.raises(errors.InvalidArgument, match=r"unknown set|unrecognized"):
        engine.render("x", {}, goengine.Options(**wrong))


def test_the_engine_has_no_variable_and_no_file_of_ours(program, monkeypatch, tmp_path):
    """A canary in our environment and an open file that children would inherit."""
    monkeypatch.setenv("CANARY", "a-secret")
    with (tmp_path / "file").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        engine = goengine.Engine(program)
        engine.render("x", {})
        (pid,) = idle_pids(engine)
        proc = pathlib.Path(f"/proc/{pid}")

        assert b"" == (proc / "environ").read_bytes()
        assert b"a-secret" not in (proc / "cmdline").read_bytes()
        held = {str(link.readlink()) for link in (proc / "fd").iterdir()}
        assert str(tmp_path / "file") not in held
        assert 1 == sum(name.startswith("socket:") for name in held)
        assert os.getsid(pid) == pid
        assert pathlib.Path("/") == (proc / "cwd").readlink()
        limits = (proc / "limits").read_text()
        for name in ("open files", "file size", "core file size"):
            assert re.search(rf"^Max {name} +0 +0 ", limits, re.MULTILINE), name
        assert not re.search(r"^Max data size +unlimited", limits, re.MULTILINE)
        engine.close()
    assert not alive(pid)


def test_an_engine_that_died_while_idle_is_replaced(program):
    """Nobody sees it."""
    engine = goengine.Engine(program)
    assert "a" == engine.render("a", {})
    (pid,) = idle_pids(engine)
    os.kill(pid, signal.SIGKILL)

    assert "b" == engine.render("b", {})
    assert [pid] != idle_pids(engine)
    engine.close()


async def test_an_engine_that_is_killed_in_a_call_is_replaced(program):
    """The call is repeated on another one and answered."""
    engine = goengine.AsyncEngine(program)
    assert "a" == await engine.render("a", {})
    (pid,) = idle_pids(engine)
    os.kill(pid, signal.SIGSTOP)  # it holds the request and does not answer
    call = asyncio.create_task(engine.render("b", {}))
    await until_busy(engine)
    os.kill(pid, signal.SIGKILL)

    assert "b" == await call
    assert not alive(pid)
    engine.close()


def test_an_engine_that_does_not_answer_is_ended(program):
    """The deadline in real time is transient: the machine may be at fault."""
    engine = goengine.Engine(program)
    engine.render("a", {})
    (pid,) = idle_pids(engine)
    os.kill(pid, signal.SIGSTOP)

    with impatient(engine), pytest.raises(errors.DeadlineExceeded):
        engine.render("b", {})
    assert not alive(pid)
    assert "c" == engine.render("c", {})
    engine.close()


async def test_a_cancelled_call_leaves_no_process(program):
    """Its answer would be taken for that of the next call."""
    engine = goengine.AsyncEngine(program)
    await engine.render("a", {})
    (pid,) = idle_pids(engine)
    os.kill(pid, signal.SIGSTOP)
    call = asyncio.create_task(engine.render("b", {}))
    await until_busy(engine)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call

    assert not alive(pid)
    assert "c" == await engine.render("c", {})
    (other,) = idle_pids(engine)
    os.kill(other, signal.SIGSTOP)
    with impatient(engine), pytest.raises(errors.DeadlineExceeded):
        await engine.render("d", {})
    assert not alive(other)
    engine.close()


async def test_tasks_and_threads_get_their_own_answers(program):
    """However many share it; at most `size` processes run."""
    tasks, threads = goengine.AsyncEngine(program, size=2), goengine.Engine(program, size=2)
    answers = await asyncio.gather(
        *(tasks.render("{{.n}}", {"n": n}) for n in range(200)),
        *(asyncio.to_thread(threads.render, "{{.n}}", {"n": n}) for n in range(200)),
    )

    assert [str(n) for n in [*range(200), *range(200)]] == answers
    assert len(idle_pids(tasks)) <= 2
    assert len(idle_pids(threads)) <= 2
    assert [True, False] == await tasks.glob("a*", ["ab", "b"])
    assert "2.0.0" == (await tasks.versions(">1", ["2.0.0", "1.0.0"])).newest
    tasks.close()
    threads.close()


def test_a_closed_engine_starts_nothing(program):
    """Nor does one that is closed during a call keep its process."""
    engine = goengine.Engine(program)
    engine.render("a", {})
    (pid,) = idle_pids(engine)
    os.kill(pid, signal.SIGSTOP)
    found = []
    thread = threading.Thread(target=lambda: found.append(engine.render("b", {})))
    thread.start()
    while idle_pids(engine):
        pass
    engine.close()
    os.kill(pid, signal.SIGCONT)
    thread.join()

    assert ["b"] == found
    assert not alive(pid)
    with pytest.raises(errors.FailedPrecondition, match="closed"):
        engine.render("c", {})


@pytest.mark.parametrize("body", ["exit 0", "printf '\\377\\377\\377\\377'; cat", "kill -9 $$"])
def test_a_program_that_is_no_engine_is_an_error(tmp_path, body):
    """It ends, or says what nobody asked."""
    fake = tmp_path / "goengine"
    fake.write_text(f"#!/bin/sh\n{body}\n")
    fake.chmod(0o755)
    engine = goengine.Engine(goengine.locate(str(fake)))

    with pytest.raises(errors.InvalidArgument, match="ends the Go engine"):
        engine.render("x", {})
    engine.close()


def test_a_missing_engine_says_what_to_do(tmp_path, monkeypatch, program):
    """Both where none is set and where what is set is not there."""
    monkeypatch.setenv("PATH", str(tmp_path))
    for named in ("", str(tmp_path / "absent")):
        with pytest.raises(errors.FailedPrecondition, match="PLUMBLINE_GOENGINE"):
            goengine.locate(named)
    monkeypatch.setenv("PATH", str(program.parent))
    assert program == goengine.locate()
    (tmp_path / "text").write_text("x")
    with pytest.raises(errors.FailedPrecondition, match="cannot be started"):
        goengine.Engine(tmp_path / "text").render("x", {})


def test_ranges_and_globs_are_refused_by_name(engine):
    """As errors of the user."""
    with pytest.raises(errors.InvalidArgument, match="constraint"):
        engine.versions("x y", ["1.0.0"])
    with pytest.raises(errors.InvalidArgument, match="pattern"):
        engine.glob("[", ["a"])
    with pytest.raises(errors.InvalidArgument, match="too long"):
        engine.glob("a" * 100_000, ["a"])
    assert [True, False] == engine.glob("a/*", ["a/b", "a/b/c"], separators="/")
    assert (True, False, None) == engine.versions("^1", ["1.2", "v2", "x"]).matches
