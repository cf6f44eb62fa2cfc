"""What a benchmark reads: CPU-seconds and peak memory of processes, requests of the API server.

Used by the scenarios of this folder. CPU-seconds and counts are the primary figures; wall-clock is
second, because the API server, the load and the system under test share the same cores
(the benchmark rules of docs/benchmarks.md).
"""

import dataclasses
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import psutil

_REQUEST = re.compile(r"^apiserver_request_total\{(?P<labels>[^}]*)\} (?P<value>\S+)$")
_LABEL = re.compile(r'(\w+)="([^"]*)"')


@dataclasses.dataclass(frozen=True)
class Usage:
    """CPU-seconds of a process and all its children since the meter began, and peak memory."""

    cpu_seconds: float
    peak_mib: float


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    total = times.user + times.system + times.children_user + times.children_system
    for child in process.children(recursive=True):
        try:
            inner = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        # With what it has waited for itself: the renders are grandchildren.
        total += inner.user + inner.system + inner.children_user + inner.children_system
    return float(total)


def _peak_mib(pid: int) -> float:
    """Peak resident memory of one process, from the kernel's own high-water mark."""
    with Path(f"/proc/{pid}/status").open(encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


class Meter:
    """Reads CPU and memory of named processes between two moments."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._processes = {name: psutil.Process(pid) for name, pid in pids.items()}
        self._base = {name: _cpu(p) for name, p in self._processes.items()}

    def read(self) -> dict[str, Usage]:
        """Return the usage of each process since the meter was made."""
        return {
            name: Usage(_cpu(process) - self._base[name], _peak_mib(process.pid))
            for name, process in self._processes.items()
        }


def api_requests(metrics_text: str) -> Counter[tuple[str, str]]:
    """Sum ``apiserver_request_total`` by (verb, resource) from the text of /metrics."""
    counts: Counter[tuple[str, str]] = Counter()
    for line in metrics_text.splitlines():
        match = _REQUEST.match(line)
        if match:
            labels = dict(_LABEL.findall(match["labels"]))
            resource = labels.get("resource", "")
            if labels.get("subresource"):
                resource += "/" + labels["subresource"]
            counts[labels.get("verb", ""), resource] += int(float(match["value"]))
    return counts
