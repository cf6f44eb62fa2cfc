"""Help and local commands are quick: they import neither gRPC nor protobuf."""

import subprocess
import sys

import pytest

CODE = """
import sys
from plumbline.cli import program
code = program.run(sys.argv[1:], {"ARGOCD_CONFIG_DIR": "/nonexistent"})
heavy = {"grpc", "google.protobuf", "kubernetes", "rich", "cryptography", "ssl"}
print(sorted(heavy & set(sys.modules)), code, file=sys.stderr)
"""


@pytest.mark.parametrize(
    "line",
    [
        "--help",
        "app --help",
        "app get --help",
        "app create --help",
        "proj windows add --help",
        "cluster add --help",
        "completion bash",
        "context",
        "version --client",
        "nonsense",
    ],
)
def test_nothing_heavy(line):
    """A command that calls no server loads nothing that only calls need."""
    done = subprocess.run(
        [sys.executable, "-c", CODE, *line.split()], capture_output=True, text=True, check=True
    )

    assert f"[] {20 if line == 'nonsense' else 0}" == done.stderr.splitlines()[-1]
