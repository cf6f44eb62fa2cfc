"""What shipped code must never hold: lints that read the source (security.md 1a, 1c, 6)."""

import ast
import pathlib
import re
import tomllib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[4]
SOURCES = ("libs/common/src", "services/api-server/src", "services/repo-server/src",
           "services/app-controller/src", "cli/src")  # fmt: skip
FILES = sorted(
    file for part in SOURCES for file in (ROOT / part).rglob("*.py") if "pb" not in file.parts
)
LOCKS = sorted(
    file for file in ROOT.rglob("requirements*.txt") if ".venv" not in file.relative_to(ROOT).parts
)

BANNED_IMPORTS = {
    "pickle": "CVE-2020-1747's class: data that runs",
    "marshal": "data that runs",
    "shelve": "data that runs",
    "dill": "data that runs",
    "git": "GitPython: CVE-2022-24439 and its successors",
}
UNVERIFIED = {
    "libs/common/src/plumbline/kube/config.py": "a cluster that its owner declared `insecure`",
    "cli/src/plumbline/cli/grpcweb.py": "`--insecure` of the command line",
    "services/repo-server/src/plumbline/repo_server/web.py": "a repository declared `insecure`",
    "services/repo-server/src/plumbline/repo_server/git/web.py": "a repository declared `insecure`",
}
"""Where TLS may go unverified, and who asked for it (CVE-2022-31105)."""

each_file = pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(ROOT)))


def faults(text):
    """Return what is wrong with a module's source: (line, what)."""
    tree = ast.parse(text)
    lines = text.splitlines()
    loaders = {"yaml.CSafeLoader"} | {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and "yaml.CSafeLoader" in map(ast.unparse, node.bases)
    }
    found = []
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        found += [
            (node.lineno, f"imports {name}")
            for name in names
            if name.partition(".")[0] in BANNED_IMPORTS
        ]
        if isinstance(node, ast.Call):
            found += [(node.lineno, what) for what in _call(node, loaders, lines)]
    return found


def _call(node, loaders, lines):
    name = ast.unparse(node.func)
    given = {k.arg: ast.unparse(k.value) for k in node.keywords if k.arg}
    if name.startswith("random.") and not re.search(r"noqa: S311 -- \w", lines[node.lineno - 1]):
        yield "random in what may be a security decision (CVE-2022-31034)"
    if given.get("shell", "False") != "False" or name in {"os.system", "os.popen"}:
        yield "a shell (ADA-FLUX-21-01)"
    if "subprocess_shell" in name:
        yield "a shell (ADA-FLUX-21-01)"
    if given.get("verify") == "False" or "_create_unverified" in name:
        yield "TLS without verification (CVE-2022-31105)"
    if name in {"eval", "exec"}:
        yield "text that runs"
    if name in {"yaml.unsafe_load", "yaml.full_load", "yaml.load_all", "yaml.unsafe_load_all"}:
        yield "YAML that makes objects (CVE-2020-14343)"
    loader = given.get("Loader") or (ast.unparse(node.args[1]) if len(node.args) > 1 else "")
    if name == "yaml.load" and loader not in loaders:
        yield "YAML that makes objects (CVE-2020-14343)"


@each_file
def test_shipped_code_has_none_of_the_banned(file):
    """No pickle, shell, unverified TLS, unsafe YAML, eval; unmarked randomness."""
    assert [] == faults(file.read_text())


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from git import Repo",
        "random.random()",
        "random.random()  # noqa: S311",
        "subprocess.run('x', shell=True)",
        "os.system('x')",
        "asyncio.create_subprocess_shell('x')",
        "requests.get(u, verify=False)",
        "ssl._create_unverified_context()",
        "eval('1')",
        "yaml.load(x)",
        "yaml.load(x, Loader=yaml.Loader)",
        "yaml.load(x, yaml.FullLoader)",
        "yaml.unsafe_load(x)",
    ],
)
def test_the_lint_finds_what_it_looks_for(line):
    """Each of the banned, alone."""
    assert 1 == len(faults(line))


def test_tls_goes_unverified_only_where_the_user_says_so():
    """CVE-2022-31105: a closed list of files."""
    switched_off = re.compile(r"CERT_NONE|check_hostname\s*=\s*False|ssl_verify=False")
    found = {str(f.relative_to(ROOT)) for f in FILES if switched_off.search(f.read_text())}
    assert set(UNVERIFIED) == found


def test_the_security_rules_of_the_linter_are_on():
    """Ruff's S rules, all but two, for everything that is shipped."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    assert ["ALL"] == settings["select"]
    assert {"S404", "S603"} == {rule for rule in settings["ignore"] if re.match(r"S\d*$", rule)}
    for pattern, rules in settings["per-file-ignores"].items():
        if any(part.startswith(pattern.partition("/src")[0]) for part in SOURCES):
            assert not [rule for rule in rules if re.match(r"S\d*$", rule)], pattern


def test_no_line_switches_off_a_rule_against_execution():
    """Shell, pickle, unsafe YAML, eval, unverified TLS: no exception, however well explained."""
    banned = re.compile(
        r"noqa:[^#\n]*\b(S30[1267]|S323|S501|S50[236]|S60[2459])\b|noqa\s*$", re.MULTILINE
    )
    assert [] == [str(f.relative_to(ROOT)) for f in FILES if banned.search(f.read_text())]


def test_cve_2022_24439_gitpython_is_in_no_lock():
    """Nor is anything in the locks without a hash."""
    assert len(LOCKS) >= 5
    for lock in LOCKS:
        text = lock.read_text().replace("\\\n", " ")
        pinned = [line for line in text.splitlines() if re.match(r"^[A-Za-z0-9]", line)]
        names = {re.split(r"[=\[ ]", line)[0].lower() for line in pinned}
        assert names, lock
        assert not names & {"gitpython", "dulwich"}, lock
        assert [] == [line for line in pinned if "--hash=sha256:" not in line], lock
