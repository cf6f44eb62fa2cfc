"""Check the hard limits on modules and functions: `make sizes`.

A module has at most 600 lines, a function at most 80 (CONTRIBUTING.md); generated code is exempt.
Prints every breach and exits with 1 if there is one.
"""

import ast
import subprocess
import sys
from pathlib import Path

MODULE_LINES = 600
FUNCTION_LINES = 80


def breaches(path: Path) -> list[str]:
    """Return one line for each limit that a file breaks."""
    text = path.read_text()
    found = []
    lines = text.count("\n")
    if lines > MODULE_LINES:
        found.append(f"{path}: {lines} lines, at most {MODULE_LINES}")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                found.append(f"{path}:{node.lineno}: {node.name} has {length} lines")
    return found


def main() -> int:
    """Check every tracked or new Python file outside generated code."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    paths = [Path(p) for p in listed if "/plumbline/pb/" not in p and Path(p).exists()]
    found = [line for path in paths for line in breaches(path)]
    print("\n".join(found) or f"sizes: {len(paths)} files within the limits")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
