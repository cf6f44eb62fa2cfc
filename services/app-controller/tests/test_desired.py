"""Desired state: bursts are one call, polls are one call, failures keep the last good render."""

import asyncio

import pytest

from plumbline.app_controller.application.desired import (
    AppKey,
    DesiredState,
    Rendered,
    SourceAnswer,
    WantedSource,
)
from plumbline.core import errors, repositories


def wanted(path="a", revision="main", url="https://h/r"):
    return WantedSource(
        repo_url=url,
        revision=revision,
        project="p",
        source_json=path.encode(),
        app_name="x",
        app_namespace="d",
        kube_version="",
        api_versions=(),
    )


class FakeServer:
    """A repository whose commit and renders are set by the test."""

    def __init__(self):
        self.commit = "c1"
        self.keys = {}
        self.fail = None
        self.broken = {}
        self.resolves = 0
        self.renders = []

    async def resolve(self, repository, revision, *, no_cache):
        self.resolves += 1
        if self.fail:
            raise self.fail
        return self.commit

    async def render(self, repository, revision, *, commit, questions):
        self.renders.append([q.id for q in questions])
        for question in questions:
            path = question.source.source_json.decode()
            if path in self.broken:
                yield SourceAnswer(question.id, commit, None, self.broken[path])
                continue
            key = self.keys.get(path, path)
            if key == question.known_key:
                yield SourceAnswer(question.id, commit, None, None)
                continue
            rendered = Rendered(
                commit=commit, key=key, digest=key, source_type="Directory", manifests=(b"{}",)
            )
            yield SourceAnswer(question.id, commit, rendered, None)


@pytest.fixture
async def setup():
    server = FakeServer()
    changes = []
    state = DesiredState(
        server,
        credential=lambda url, project: repositories.Repository(url=url, project=project),
        on_change=lambda app, manifests: changes.append((app.name, manifests)),
        poll_interval=0,
    )
    yield state, server, changes
    await state.close()


def app(name):
    return AppKey("argocd", name)


async def test_a_burst_of_applications_is_one_call(setup):
    """A hundred applications of one repository: one resolve, one render call."""
    state, server, _ = setup
    names = [f"a{i}" for i in range(100)]
    got = await asyncio.gather(*(state.get(app(n), [wanted(n)]) for n in names))
    assert all(states[0].rendered.commit == "c1" for states in got)
    assert (1, 1) == (server.resolves, len(server.renders))
    assert 100 == len(server.renders[0])


async def test_asking_again_costs_nothing(setup):
    """The same sources are answered from what is known."""
    state, server, _ = setup
    await state.get(app("a"), [wanted()])
    await state.get(app("a"), [wanted()])
    assert (1, 1) == (server.resolves, len(server.renders))


async def test_a_commit_changes_only_what_it_touched(setup):
    """Every source takes the commit, only the changed one reports manifests."""
    state, server, changes = setup
    await state.get(app("a"), [wanted("a")])
    await state.get(app("b"), [wanted("b")])
    changes.clear()
    server.commit, server.keys = "c2", {"a": "a2"}
    assert 1 == state.moved("https://h/r.git", "refs/heads/main")
    states = await state.get(app("a"), [wanted("a")], refresh="normal")
    assert ("c2", "a2") == (states[0].rendered.commit, states[0].rendered.key)
    assert {("a", True), ("b", False)} == set(changes)


async def test_an_unreachable_repository_keeps_the_last_good_render(setup):
    """The error stands beside the render it could not replace."""
    state, server, changes = setup
    await state.get(app("a"), [wanted()])
    server.fail = errors.Unavailable("down")
    (got,) = await state.get(app("a"), [wanted()], refresh="normal")
    assert ("down", "c1") == (got.error.message, got.rendered.commit)
    assert got.failing_since is not None
    server.fail = None
    (got,) = await state.get(app("a"), [wanted()], refresh="normal")
    assert (None, None) == (got.error, got.failing_since)
    assert ("a", True) in changes


async def test_one_broken_source_leaves_the_others_alone(setup):
    """An error belongs to its own application."""
    state, server, _ = setup
    server.broken = {"bad": errors.InvalidArgument("bad YAML")}
    good, bad = await asyncio.gather(
        state.get(app("good"), [wanted("good")]), state.get(app("bad"), [wanted("bad")])
    )
    assert good[0].error is None
    assert "bad YAML" == bad[0].error.message


async def test_a_changed_source_is_rendered_anew(setup):
    """A spec change replaces the registration; the old one is dropped."""
    state, _, _ = setup
    await state.get(app("a"), [wanted("a")])
    (got,) = await state.get(app("a"), [wanted("b")])
    assert "b" == got.rendered.key
    state.forget(app("a"))
    assert [] == state.peek(app("a"))
    assert 0 == state.moved("https://h/r")


async def test_a_webhook_for_another_branch_is_ignored(setup):
    """Only groups whose revision may mean the pushed ref look again."""
    state, _, _ = setup
    await state.get(app("a"), [wanted(revision="main")])
    assert 0 == state.moved("https://h/r", "refs/heads/other")
    assert 0 == state.moved("https://h/else", "refs/heads/main")


async def test_a_revision_is_rendered_once_and_changes_nothing_polled(setup):
    """`at` answers at other revisions; what is followed keeps its commit, and nobody is called."""
    state, server, changes = setup
    await state.get(app("a"), [wanted("a")])
    changes.clear()
    server.commit, server.keys = "old", {"a": "a-old"}

    (got,) = await state.at(app("a"), [wanted("a")], ["v1.0"])

    assert ("old", "a-old") == (got.rendered.commit, got.rendered.key)
    assert "c1" == state.peek(app("a"))[0].rendered.commit
    assert [] == changes
    assert 0 == state.moved("https://h/r", "refs/heads/v1.0")


async def test_a_revision_that_renders_the_same_is_not_sent_again(setup):
    """The key of the held render goes along, and its manifests come back at the other commit."""
    state, server, _ = setup
    await state.get(app("a"), [wanted("a")])
    server.commit = "c0"

    (got,) = await state.at(app("a"), [wanted("a")], ["c0"])

    assert ("c0", "a", (b"{}",)) == (
        got.rendered.commit,
        got.rendered.key,
        got.rendered.manifests,
    )


async def test_each_source_at_its_revision_has_its_own_error(setup):
    """An error belongs to its own source; more revisions than sources are refused."""
    state, server, _ = setup
    server.broken = {"b": errors.InvalidArgument("bad YAML")}

    good, bad = await state.at(app("a"), [wanted("a"), wanted("b")], ["c1"])

    assert (None, "bad YAML") == (good.error, bad.error.message)
    with pytest.raises(errors.InvalidArgument, match="2 revisions for 1 sources"):
        await state.at(app("a"), [wanted("a")], ["c1", "c2"])
