"""Both sides of a comparison: our render of a commit, and the bare tool on a copy of its files.

A case brings files, a source and the commands that a user would type. Cases of one test are one
commit and one request. The bare side is read by a YAML reader that shares nothing with ours.
"""

import asyncio
import dataclasses
import json
import re
import shutil
import subprocess
import typing

import pytest
import yaml

from plumbline.pb.repo import repo_pb2

COMMIT_FIELDS = {"app_name": "guestbook", "app_namespace": "web", "project": "default"}


class _Reader(yaml.CSafeLoader):
    """YAML as Kubernetes' tools write it: dates are texts, 1e-07 is a number."""


_Reader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if not pair[0].endswith(":timestamp")]
    for first, pairs in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
_Reader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?[0-9]+(\.[0-9]+)?[eE][-+]?[0-9]+$"), "-+0123456789"
)


def read(text):
    """The objects of a tool's output in its order, lists taken apart."""
    found = []
    for tree in yaml.load_all(text, _Reader):
        if tree and tree["kind"].endswith("List") and isinstance(tree.get("items"), list):
            found += tree["items"]
        elif tree:
            found.append(tree)
    return found


@dataclasses.dataclass
class Case:
    """One source, and how a user would render it by hand."""

    name: str
    files: dict
    source: dict
    commands: typing.Callable
    """Takes the root of a copy of the files; gives the commands as (argv, directory)."""
    fields: dict = dataclasses.field(default_factory=dict)
    """Of the source's request."""

    @property
    def about(self):
        """What a reader needs to see of a case that failed."""
        return f"{self.name}: {json.dumps(self.source)[:300]} {json.dumps(self.fields)}"


class Bare:
    """Runs the commands of cases on copies of the commit's files."""

    def __init__(self, folder):
        self._folder = folder
        self._turn = asyncio.Semaphore(2)
        home = folder / "home"
        home.mkdir()
        self.environment = {"HOME": str(home), "PATH": "", "KUBECONFIG": "/dev/null"}

    async def run(self, case, commit):
        """The objects, or None and what the tool said."""
        async with self._turn:
            return await asyncio.to_thread(self._run, case, commit)

    def _run(self, case, commit):
        root = self._folder / case.name
        for top in {name.partition("/")[0] for name in case.files}:
            shutil.copytree(commit / top, root / top)
        output = ""
        for argv, directory in case.commands(root):
            done = subprocess.run(
                [str(word) for word in argv],
                cwd=directory,
                env=self.environment,
                capture_output=True,
                encoding="utf-8",
                check=False,
            )
            if done.returncode:
                return None, done.stderr
            output = done.stdout
        return read(output), ""


@pytest.fixture
def make_case():
    """Cases are made by tests, which import nothing of one another."""
    return Case


@pytest.fixture
def bare(tmp_path):
    """The bare side."""
    folder = tmp_path / "bare"
    folder.mkdir()
    return Bare(folder)


def _difference(case, answer, objects, said):
    """Why the two sides are not the same; empty if they are."""
    if objects is None:
        if not answer.error.message or answer.manifests:
            return f"{case.about}\n  the tool refuses: {said}"
        return ""
    if answer.error.message:
        return f"{case.about}\n  we refuse: {answer.error.message}"
    ours = [json.loads(text) for text in answer.manifests]
    if objects == ours:
        return ""
    return "\n  ".join([case.about, *_unequal(objects, ours, "")][:8])


def _unequal(theirs, ours, path):
    """Where two values differ."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for name in {**theirs, **ours}:
            yield from _unequal(theirs.get(name), ours.get(name), f"{path}.{name}")
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        for position, pair in enumerate(zip(theirs, ours, strict=True)):
            yield from _unequal(*pair, f"{path}[{position}]")
    elif theirs != ours:
        pairs = enumerate(zip(str(theirs), str(ours), strict=False))
        same = next((place for place, (one, two) in pairs if one != two), 0)
        start = max(0, same - 20)
        shown = [str(value)[start : same + 60] for value in (theirs, ours)]
        yield f"at {path} the tool has {shown[0]!r}, we have {shown[1]!r}"


@pytest.fixture
def compare(stub, repository, bare):
    """Render cases both ways; fail with what differs.

    Order counts: of the objects, and inside lists. Returns how many cases the tool rendered.
    """

    async def both(cases, settings=None, of=stub):
        for name, content in (item for case in cases for item in case.files.items()):
            path = repository.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        commit = repository.commit()
        request = repo_pb2.RenderRequest(
            repository=repo_pb2.Repository(url=repository.url),
            commit=commit,
            settings=repo_pb2.RenderSettings(**(settings or {})),
            sources=[
                repo_pb2.SourceRequest(
                    id=case.name,
                    source_json=json.dumps(case.source).encode(),
                    **{**COMMIT_FIELDS, **case.fields},
                )
                for case in cases
            ],
        )
        found = [bare.run(case, repository.path) for case in cases]
        answers = {answer.id: answer async for answer in of.Render(request)}
        theirs = await asyncio.gather(*found)
        wrong = [
            _difference(case, answers[case.name], *result)
            for case, result in zip(cases, theirs, strict=True)
        ]
        if any(wrong):
            pytest.fail("\n".join(text for text in wrong if text), pytrace=False)
        return sum(1 for objects, _ in theirs if objects)

    return both
