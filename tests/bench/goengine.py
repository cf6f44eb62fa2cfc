"""Microseconds and CPU time of one call of the Go engine, and of Python's own forms.

    .venv/bin/python -m tests.bench.goengine [CALLS]

For each kind of call: real time, the CPU time of this process and that of the engine, per call. The
engine is built if the cache does not hold it. No cluster is needed.
"""

import os
import pathlib
import sys
import time

import uvloop

from plumbline.core import pattern
from plumbline.scripts import goengine
from plumbline.testcluster import binaries

TICKS = os.sysconf("SC_CLK_TCK")
DATA = {
    "name": "bookstore",
    "server": "https://kubernetes.default.svc",
    "path": {"path": "apps/bookstore", "basename": "bookstore", "segments": ["apps", "bookstore"]},
    "metadata": {"labels": {"env": "prod", "region": "eu"}, "annotations": {}},
    "values": {"replicas": 3},
}
FIELDS = [
    "{{.name}}-{{.metadata.labels.env}}",
    "{{.path.path}}",
    "{{.server}}",
    "{{.values.replicas | int}}",
    "{{normalize .name}}",
    "{{.metadata.labels | toYaml}}",
    *(f"plain text {number}" for number in range(14)),
]
VERSIONS = [f"v{major}.{minor}.0" for major in range(10) for minor in range(10)]


class Meter:
    """Time and CPU since it was made."""

    def __init__(self, pid):
        self.pid = pid
        self.start = time.perf_counter(), time.process_time(), self.engine()

    def engine(self):
        """CPU seconds of the engine's process so far."""
        if self.pid is None:
            return 0.0
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def show(self, name, calls):
        """Print one line."""
        now = time.perf_counter(), time.process_time(), self.engine()
        real, own, engine = ((b - a) / calls * 1e6 for a, b in zip(self.start, now, strict=True))
        print(f"{name:<46}{real:>10.1f}{own:>10.1f}{engine:>10.1f}")


def measure(name, pid, calls, call):
    """Time calls that block."""
    call()
    meter = Meter(pid)
    for _ in range(calls):
        call()
    meter.show(name, calls)


async def measure_async(program, calls):
    """Time calls on an event loop, one after another."""
    engine = goengine.AsyncEngine(program)
    await engine.render("{{.name}}", DATA)
    (process,) = engine._idle
    for name, call in (
        ("async: one small template", lambda: engine.render("{{.name}}", {"name": "a"})),
        ("async: 20 fields of an Application", lambda: engine.render_all(FIELDS, DATA)),
    ):
        meter = Meter(process.pid)
        for _ in range(calls):
            await call()
        meter.show(name, calls)
    engine.close()


def starts(program):
    """Time the start of a process with its first answer, and its end."""
    times = 20
    began = time.perf_counter()
    for _ in range(times):
        engine = goengine.Engine(program)
        engine.render("x", {})
        engine.close()
    each = (time.perf_counter() - began) / times * 1e3
    print(f"start, first answer, end: {each:.1f} ms")


def main():
    """Print the table."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    program = binaries.ensure_goengine(print)
    print(f"{'us per call':<46}{'real':>10}{'own CPU':>10}{'engine':>10}")
    engine = goengine.Engine(program)
    engine.render("x", {})
    (process,) = engine._idle
    for name, call in (
        ("one small template", lambda: engine.render("{{.name}}", {"name": "a"})),
        ("20 fields of an Application", lambda: engine.render_all(FIELDS, DATA)),
        ("a range of 100 versions", lambda: engine.versions("^3.2", VERSIONS)),
        ("a glob of one text", lambda: engine.glob("team-*", ["team-a"])),
    ):
        measure(name, process.pid, calls, call)
    rss = pathlib.Path(f"/proc/{process.pid}/status").read_text().partition("VmRSS:")[2].split()[0]
    engine.close()
    uvloop.run(measure_async(program, calls))
    measure("Python: a range of 100 versions", None, calls // 10,
            lambda: pattern.max_version("^3.2", VERSIONS))  # fmt: skip
    measure("Python: a glob of one text", None, calls, lambda: pattern.match("team-*", "team-a"))
    url, rule = "https://git.example.com/org/shop.git", "https://git.example.com/*/*"
    measure("Python: a glob of a URL", None, calls,
            lambda: pattern.match(rule, url, separator="/"))  # fmt: skip
    starts(program)
    print(f"resident memory of the engine: {int(rss) / 1024:.1f} MiB")


if __name__ == "__main__":
    main()
