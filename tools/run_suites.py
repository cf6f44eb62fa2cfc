"""Run the test suites one after another and print a time for each: `make test`, `make test-fast`.

Every suite runs even if one before it failed; the exit code is 1 if any failed. The last line sums
up all suites as `N passed, N failed, N skipped`.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

BIN = Path(sys.executable).parent
PYTEST = [str(BIN / "pytest"), "-q", "-p", "no:cacheprovider"]

UNIT = [
    "libs/common/tests",
    "services/repo-server/tests",
    "services/app-controller/tests",
    "services/api-server/tests",
    "cli/tests",
    "tests/chart",
]
SUITES: dict[str, list[list[str]]] = {
    "check": [["make", "--no-print-directory", "check"]],
    "unit": [[*PYTEST, "-n", "2", "-m", "not cluster", *UNIT]],
    "build": [[sys.executable, "-m", "plumbline.testcluster", "build"]],
    "images": [[*PYTEST, "tests/images"]],
    "kubernetes": [[*PYTEST, "-n", "2", "tests/kubernetes/tests"]],
    "cluster": [[*PYTEST, "-m", "cluster", *UNIT]],
    "e2e": [[*PYTEST, "tests/e2e"]],
    "faults": [[*PYTEST, "tests/faults"]],
    # In the order of the files: the page that installs and uninstalls comes first.
    "node": [[*PYTEST, "-p", "no:randomly", "tests/node"]],
    "chart": [[*PYTEST, "-n", "2", "tests/chart"]],
    "conformance": [[*PYTEST, "-k", "fixture or golden or conformance", *UNIT]],
}
GROUPS = {
    "all": ["check", "unit", "build", "images", "kubernetes", "cluster", "e2e", "faults", "node"],
    "fast": ["check", "unit"],
    "e2e": ["build", "e2e"],
    "node": ["build", "images", "node"],
    "chart": ["build", "chart"],
    "conformance": ["conformance"],
}
COUNT = re.compile(r"(\d+) (passed|failed|skipped|error)")
NOTHING_COLLECTED = 5


def run(command: list[str], counts: dict[str, int]) -> int:
    """Run one command, pass its output through, and add its counted results."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    last = ""
    for line in process.stdout or ():
        print(line, end="", flush=True)
        if COUNT.search(line):
            last = line
    for number, word in COUNT.findall(last):
        counts[word] = counts.get(word, 0) + int(number)
    return process.wait()


def main() -> int:
    """Run the suites of the group named on the command line."""
    names = GROUPS[sys.argv[1]]
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if "PLUMBLINE_FIXTURES" not in os.environ:
        print("PLUMBLINE_FIXTURES is not set: conformance cases from fixtures will be skipped")
    counts: dict[str, int] = {}
    results = []
    for name in names:
        print(f"== {name}", flush=True)
        start = time.monotonic()
        codes = [run(command, counts) for command in SUITES[name]]
        failed = any(code not in (0, NOTHING_COLLECTED) for code in codes)
        if NOTHING_COLLECTED in codes:
            print(f"== {name}: no test was collected", flush=True)
            failed = True
        results.append((name, time.monotonic() - start, failed))
    print("\n== times")
    for name, seconds, failed in results:
        print(f"  {name:<12} {seconds:8.1f} s  {'FAILED' if failed else 'ok'}")
    bad = counts.get("failed", 0) + counts.get("error", 0)
    bad = bad or sum(failed for *_, failed in results)
    print(f"{counts.get('passed', 0)} passed, {bad} failed, {counts.get('skipped', 0)} skipped")
    return 1 if any(failed for *_, failed in results) else 0


if __name__ == "__main__":
    sys.exit(main())
