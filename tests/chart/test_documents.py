"""The chart's README and the installation page name what is there, in commands that are there."""

import pathlib
import re
import shlex
import subprocess
import sys

import pytest
import yaml

from .conftest import CHART

ROOT = CHART.parents[2]
INSTALL = ROOT / "docs/install.md"
README = CHART / "README.md"
BLOCK = re.compile(r"(?P<skip><!-- not run: [^\n]+ -->\n)?```sh\n(?P<text>.*?)```", re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)\)")
BLOCKS = list(BLOCK.finditer(INSTALL.read_text()))
LINES = [line for block in BLOCKS for line in block["text"].splitlines()]
PLUMB = [line for line in LINES if line.startswith("plumb ")]


def test_every_block_is_a_shell_text():
    """Most of them are run on a node; the others say why not."""
    assert 6 <= len([block for block in BLOCKS if not block["skip"]])
    assert len(BLOCKS) == INSTALL.read_text().count("```") / 2
    for block in BLOCKS:
        done = subprocess.run(
            ["bash", "-n"], input=block["text"], text=True, capture_output=True, check=False
        )
        assert 0 == done.returncode, done.stderr


@pytest.mark.parametrize("line", PLUMB)
def test_flags_of_plumb_are_there(line):
    """A misspelt one would stop the reader."""
    words = shlex.split(line)[1:]
    command = [w for w in words if re.fullmatch(r"[a-z-]+", w) and not w.startswith("-")][:2]
    command = command[:1] if command[0] == "login" else command
    plumb = pathlib.Path(sys.executable).with_name("plumb")

    def said(*argv):
        return subprocess.run(
            [plumb, *argv, "--help"], text=True, capture_output=True, check=True
        ).stdout

    known = said() + said(*command)
    flags = {word.partition("=")[0] for word in words if word.startswith("--")}
    assert set() == {flag for flag in flags if f"{flag} " not in known and f"{flag}\n" not in known}


def test_helm_lines_render(helm):
    """With the values that they give."""
    lines = [shlex.split(line)[1:] for line in LINES if line.startswith("helm install")]
    assert lines
    for _, name, chart, *flags in lines:
        given = [flag.replace("$NAMESPACE", "argocd") for flag in flags]
        assert "kind: Deployment" in helm.run("template", name, str(ROOT / chart), *given)


@pytest.mark.parametrize("file", [INSTALL, README], ids=lambda file: file.name)
def test_links_lead_somewhere(file):
    """Relative ones, to files of the tree."""
    links = LINK.findall(file.read_text())
    assert links
    assert [] == [link for link in links if not (file.parent / link).resolve().exists()]


def test_the_readme_counts_the_keys():
    """Of each class, as the table has them."""
    table = yaml.safe_load((CHART / "files/argo-cd-values.yaml").read_text())
    counted = dict(re.findall(r"^\| (\w+) \| (\d+) \|", README.read_text(), re.MULTILINE))
    classes = ("same", "differs", "ignored", "replaced", "refused")
    assert {name: str(len(table[name])) for name in classes} == counted


def test_the_readme_names_tests_that_are_there():
    """A row of the hardening list without its test would be a promise."""
    named = re.findall(r"`(test_\w+\.py)::(test_\w+)`", README.read_text())
    assert 15 <= len(named)
    for file, name in named:
        assert f"\ndef {name}(" in (pathlib.Path(__file__).parent / file).read_text(), name
