"""Desired state: bursts are one call, polls are one call, failures keep the last good render."""

import asyncio
import dataclasses

import pytest

from plumbline.app_controller.application.desired import (
    AppKey,
    DesiredState,
    Rendered,
    SourceAnswer,
    WantedSource,
)
from plumbline.core import errors, render, repositories


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
        self.commits = {}
        self.unreachable = set()
        self.gates = {}
        self.answering = asyncio.Event()
        self.types = {}
        self.asked = []
        self.keys = {}
        self.fail = None
        self.broken = {}
        self.resolves = 0
        self.renders = []
        self.modules = {}

    async def resolve(self, repository, revision, *, no_cache, tag_prefix=""):
        self.resolves += 1
        if self.fail:
            raise self.fail
        if revision in self.gates:
            await self.gates[revision].wait()
        if revision in self.unreachable:
            raise errors.Unavailable(f"{revision} is down")
        return self.commits.get(revision, self.commit)

    async def render(self, repository, revision, *, commit, questions):
        self.renders.append([q.id for q in questions])
        self.asked += questions
        self.answering.set()
        for question in questions:
            path = question.source.source_json.decode()
            if path in self.broken:
                yield SourceAnswer(question.id, commit, None, self.broken[path])
                continue
            opened = [one.url for one in question.submodules]
            missing = tuple(url for url in self.modules.get(path, ()) if url not in opened)
            if missing:
                error = errors.FailedPrecondition("not opened")
                yield SourceAnswer(question.id, commit, None, error, missing)
                continue
            key = self.keys.get(path, path)
            if key == question.known_key:
                yield SourceAnswer(question.id, commit, None, None)
                continue
            rendered = Rendered(
                commit=commit,
                key=key,
                digest=key,
                source_type=self.types.get(path, "Directory"),
                manifests=(b"{}",),
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
        permits=lambda url, project: (project == "p") and "forbidden" not in url,
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


async def test_an_unexpected_failure_is_an_answer_too(setup):
    """Whoever waits for a source is told, and does not hold a worker of the controller for ever."""
    state, server, _ = setup
    server.fail = ValueError("never expected")
    async with asyncio.timeout(20):
        (got,) = await state.get(app("x"), [wanted()])
    assert errors.Unavailable is type(got.error)
    assert not any(group.task.done() for group in state._groups.values())


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


def with_ref(revision="values"):
    """A source that is only there to be read."""
    return dataclasses.replace(wanted("values", revision, "https://h/values"), ref="v")


async def test_a_reader_is_pinned_to_where_its_reference_stands(setup):
    """One resolve per repository; the question carries the other's commit, not its branch."""
    state, server, _ = setup
    server.commits = {"values": "v1"}

    chart, values = await state.get(app("a"), [wanted("a"), with_ref()])

    (asked,) = [q for q in server.asked if q.source.source_json == b"a"]
    assert [("v", "https://h/values", "values", "v1")] == [
        (r.name, r.repository.url, r.revision, r.commit) for r in asked.references
    ]
    assert ("c1", "v1") == (chart.rendered.commit, values.rendered.commit)


async def test_a_commit_of_a_reference_asks_its_readers_again(setup):
    """Both sources are current when the application is; a reader without the files is unchanged."""
    state, server, _ = setup
    server.commits = {"values": "v1"}
    sources = [wanted("a"), with_ref()]
    await state.get(app("a"), sources)
    await state.get(app("other"), [wanted("b")])
    server.asked.clear()
    server.commits, server.keys = {"values": "v2"}, {"a": "a-v2"}

    state.moved("https://h/values")
    _, values = await state.get(app("a"), [sources[0], sources[1]], refresh="normal")
    chart = state.peek(app("a"))[0]

    assert ("a-v2", "v2") == (chart.rendered.key, values.rendered.commit)
    asked = [q for q in server.asked if q.source.source_json == b"a"]
    assert "v2" == asked[-1].references[0].commit
    assert not [q for q in server.asked if q.source.source_json == b"b"]


async def test_an_answer_from_before_a_reference_moved_is_waited_past(setup):
    """The reader answered first, at the old commit of the other: it is asked, and waited for."""
    state, server, _ = setup
    server.commits = {"values": "v1"}
    sources = [wanted("a"), with_ref()]
    await state.get(app("a"), sources)
    server.commits = {"values": "v2"}
    server.gates["values"] = asyncio.Event()
    server.answering.clear()
    server.asked.clear()

    getting = asyncio.create_task(state.get(app("a"), sources, refresh="normal"))
    await server.answering.wait()
    assert "v1" == server.asked[0].references[0].commit
    server.keys = {"a": "a-v2"}
    server.gates["values"].set()
    chart, values = await getting

    assert "v2" == values.rendered.commit
    assert "v2" == [q for q in server.asked if q.source is sources[0]][-1].references[0].commit
    assert "a-v2" == chart.rendered.key


async def test_two_sources_may_read_each_other(setup):
    """Commits are pinned by looking at revisions, so nobody waits for the other's render."""
    state, server, _ = setup
    both = [
        dataclasses.replace(wanted(name, url=f"https://h/{name}"), ref=name) for name in ("a", "b")
    ]

    got = await state.get(app("a"), both)

    assert [None, None] == [s.error for s in got]
    assert {"a", "b"} == {q.references[0].name for q in server.asked}


async def test_a_reference_that_cannot_be_resolved_does_not_block_its_reader(setup):
    """The reader is asked without a pinned commit, and the repo-server says what is wrong."""
    state, server, _ = setup
    server.unreachable = {"values"}

    chart, values = await state.get(app("a"), [wanted("a"), with_ref()])

    assert "values is down" == values.error.message
    assert "a" == chart.rendered.key
    assert "" == server.asked[0].references[0].commit


async def test_sources_that_read_no_files_of_others_are_left_alone(setup):
    """Kustomizations and directories do not wait for a ref, and are not asked when it moves."""
    state, server, _ = setup
    plain = dataclasses.replace(wanted("a"), may_refer=False)

    await state.get(app("a"), [plain, with_ref()])

    assert [()] == [q.references for q in server.asked if q.source is plain]


async def test_what_a_cluster_serves_concerns_charts_only(setup):
    """Other versions ask charts anew and keep the last render until then; others are not asked."""
    state, server, _ = setup
    server.types = {"chart": "Helm"}
    await asyncio.gather(*(state.get(app(n), [wanted(n)]) for n in ("chart", "plain")))
    server.asked.clear()
    server.broken = {"chart": errors.Unavailable("down")}

    newer = {
        name: [dataclasses.replace(wanted(name), api_versions=("x/v1",))]
        for name in ("chart", "plain")
    }
    (chart,) = await state.get(app("chart"), newer["chart"])
    (plain,) = await state.get(app("plain"), newer["plain"])

    assert ["chart"] == [q.source.source_json.decode() for q in server.asked]
    assert ("x/v1",) == server.asked[0].source.api_versions
    assert ("down", "chart") == (chart.error.message, chart.rendered.key)
    assert plain.error is None


async def test_the_settings_of_tools_ask_everybody_anew(setup):
    """Build options of argocd-cm take effect without forgetting what is known."""
    state, server, _ = setup
    await state.get(app("a"), [wanted("a")])
    server.asked.clear()
    tools = render.ToolSettings(build_options="--load-restrictor=LoadRestrictionsNone")

    await state.get(app("a"), [dataclasses.replace(wanted("a"), tools=tools)])

    assert [(tools, "a")] == [(q.source.tools, q.known_key) for q in server.asked]


async def test_given_revisions_pin_references_too(setup):
    """A sync to a revision reads the other source at the revision given for it."""
    state, server, _ = setup
    server.commits = {"v0.9": "old-values"}

    chart, values = await state.at(app("a"), [wanted("a"), with_ref()], ["", "v0.9"])

    asked = next(q for q in server.asked if q.source.source_json == b"a")
    assert "old-values" == asked.references[0].commit
    assert ("c1", "old-values") == (chart.rendered.commit, values.rendered.commit)


async def test_charts_of_one_repository_are_asked_for_by_name(setup):
    """Two charts at one revision are two questions; each brings what its project may fetch."""
    _, server, _ = setup
    asked = []
    resolve = server.resolve

    async def spy(repository, revision, **options):
        asked.append((repository.chart, repository.pass_credentials, revision))
        return await resolve(repository, revision, **options)

    server.resolve = spy
    access = repositories.ChartAccess(source_repos=("https://h/*",))
    state = DesiredState(
        server,
        credential=lambda url, project: repositories.Repository(url=url, project=project),
        on_change=lambda app, manifests: None,
        poll_interval=0,
        charts=lambda project: access if project == "p" else repositories.ChartAccess(),
    )
    web = dataclasses.replace(wanted("w", "1.*"), chart="web")
    db = dataclasses.replace(wanted("d", "1.*"), chart="db", pass_credentials=True)
    try:
        await state.get(app("a"), [web, db])
        await state.get(app("b"), [dataclasses.replace(web, app_name="b")])
        await state.at(app("a"), [web], ["1.0.0"])
    finally:
        await state.close()

    assert {("web", False, "1.*"), ("db", True, "1.*"), ("web", False, "1.0.0")} == set(asked)
    assert {access} == {question.charts for question in server.asked}


async def test_a_submodule_is_opened_when_the_project_permits_it(setup):
    """Asked for once by the repo-server, then sent with every question of the repository."""
    state, server, _ = setup
    server.modules["a"] = ("https://h/one", "https://h/two")

    (got,) = await state.get(app("x"), [wanted("a")])
    assert got.error is None
    assert 2 == len(server.renders)
    (again,) = await state.get(app("y"), [wanted("b")])
    assert again.error is None
    assert [("https://h/one", "p"), ("https://h/two", "p")] == [
        (one.url, one.project) for one in server.asked[-1].submodules
    ]


async def test_a_submodule_that_the_project_forbids(setup):
    """Is never sent to the repo-server, whoever may push the file that names it."""
    state, server, _ = setup
    server.modules["a"] = ("https://forbidden/r", "https://h/two")

    (got,) = await state.get(app("x"), [wanted("a")])
    (once,) = await state.at(app("x"), [wanted("a")], ["main"])
    for found in (got, once):
        assert isinstance(found.error, errors.PermissionDenied)
        text = "application repo https://forbidden/r is not permitted in project 'p'"
        assert text == found.error.message
    sent = {one.url for question in server.asked for one in question.submodules}
    assert "https://forbidden/r" not in sent


async def test_a_given_revision_opens_submodules_too(setup):
    """For a rollback, and for the manifests of a revision."""
    state, server, _ = setup
    server.modules["a"] = ("https://h/one",)

    (once,) = await state.at(app("x"), [wanted("a")], ["main"])
    assert once.error is None
    assert "a" == once.rendered.key
