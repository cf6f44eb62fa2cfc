"""A tool that read more than was planned: the key names all of it, now and for later commits."""

import pytest

from plumbline import cache
from plumbline.core import render
from plumbline.repo_server import git, origins, planner, renderer
from plumbline.repo_server.batch import Batch, Question
from plumbline.repo_server.git import repository as repositories
from plumbline.repo_server.tools import Output


class NoCharts:
    """Nothing here comes from a repository of charts."""

    archive = None


class Widening:
    """A tool that finds every closure too narrow, and shows the file that was left out."""

    name = "kustomize"
    digest = "1"

    def __init__(self):
        self.renders = 0

    def check_options(self, options):
        return ()

    def version(self, name, versions):
        return self

    async def render(self, job):
        self.renders += 1
        wide = await job.read(lambda trees: render.plan_wider(trees.own, job.plan)) or job.plan
        entries = dict(wide.reads.files)
        hidden = await job.read(lambda trees: trees.own.blob(entries["hidden.yaml"].oid, 100))
        text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: " + hidden.decode() + "}\n"
        return Output(text, wide)


@pytest.fixture
def parts(tmp_path):
    """A renderer with that tool."""
    mirrors = git.Mirrors(git.Settings(tmp_path / "mirrors"))
    tool = Widening()
    signer = cache.Signer.generate(kind="render", epoch="")
    store = cache.Store(
        "render", signer=signer, verifier=signer.verifier(), backend=None, ttl=60, prefix=""
    )
    made = renderer.Renderer(
        origins=origins.Origins(mirrors, NoCharts()),
        planner=planner.Planner(
            {render.SourceType.KUSTOMIZE: tool},
            settings=render.Settings(),
            has_chart=lambda _: False,
        ),
        store=store,
        claims=cache.Claims(None, kind="render"),
        settings=renderer.Settings(),
    )
    yield made, mirrors, tool
    mirrors.close()


async def test_the_wider_key_is_found_again_and_follows_the_hidden_file(parts, repository):
    """The same commit renders once; a commit of the file that was left out renders anew."""
    made, mirrors, tool = parts
    opened = repositories.make(repository.url, allow_file=True)

    async def ask(known=""):
        commit = await mirrors.resolve(opened, "main")
        question = Question(
            id="x", source_json=b'{"path":"app"}', context=render.Context(), known_key=known
        )
        batch = Batch(repository=opened, commit=commit, questions=(question,))
        (answer,) = [answer async for answer in made.render(batch)]
        return answer

    repository.commit({"app/kustomization.yaml": "resources: []\n", "hidden.yaml": "one"})
    first = await ask()
    again = await ask(first.key)
    repository.commit({"hidden.yaml": "two"})
    after = await ask(first.key)

    assert b'"name":"one"' in first.rendered.manifests[0]
    assert (first.key, None) == (again.key, again.rendered)
    assert b'"name":"two"' in after.rendered.manifests[0]
    assert 2 == tool.renders
