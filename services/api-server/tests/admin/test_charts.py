"""Helm repositories and registries through the API: asked of the repo-server, under permissions."""

import pytest

from plumbline.core import errors
from plumbline.pb.server import repository_pb2
from plumbline.pb.v1alpha1 import generated_pb2

URL = "https://charts.example/stable"
READER = "p, reader, repositories, get, *, allow"


async def test_charts_and_tags_need_the_repository(stage):
    """What the repository holds, by its own credential, for whoever may see it."""
    await stage.secret("r", "repository", url=URL, type="helm", name="stable", password="secret")
    query = repository_pb2.RepoQuery(repo=URL)
    registry = repository_pb2.RepoQuery(repo="registry.example/team/web")
    user = stage.user("reader")
    for call, request in (
        (user.repositories.GetHelmCharts, query),
        (user.repositories.ListOCITags, registry),
    ):
        with pytest.raises(errors.PermissionDenied):
            await call(request)
    assert [] == stage.repo_server.asked
    stage.policy(READER)

    charts = await user.repositories.GetHelmCharts(query)
    tags = await user.repositories.ListOCITags(registry)

    assert [("web", ["1.1.0", "1.0.0"])] == [(i.name, list(i.versions)) for i in charts.items]
    assert ["v1"] == list(tags.tags)
    [(_, asked), (_, other)] = stage.repo_server.asked
    assert ("helm", "secret") == (asked.repository.type, asked.repository.password)
    assert "registry.example/team/web" == other.repository.url


async def test_details_of_a_chart_bring_the_projects_repositories_along(stage):
    """The chart's name, and what the project may have fetched; nothing of another project."""
    await stage.project("team", sourceRepos=[URL], destinations=[])
    await stage.secret("a", "repository", url=URL, type="helm", name="own", password="1")
    await stage.secret(
        "b", "repository", url="https://b", type="helm", name="b", project="other", password="2"
    )
    await stage.secret("c", "repository", url="https://git.example/r", password="3")
    await stage.secret("t", "repo-creds", url="https://charts", type="helm", password="4")
    stage.policy("p, admin, *, *, *, allow")
    source = generated_pb2.ApplicationSource(repoURL=URL, chart="web", targetRevision="1.x")
    source.helm.passCredentials = True

    await stage.user("admin").repositories.GetAppDetails(
        repository_pb2.RepoAppDetailsQuery(source=source, appName="new", appProject="team")
    )

    [(_, asked)] = stage.repo_server.asked
    assert ("web", True) == (asked.repository.chart, asked.repository.pass_credentials)
    assert [(URL, "1")] == [(r.url, r.password) for r in asked.charts.repositories]
    assert ["https://charts"] == [r.url for r in asked.charts.templates]
    assert [URL] == list(asked.charts.source_repos)
