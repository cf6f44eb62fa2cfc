"""Looking into repositories: no fetch unless every permission is there (TOB-ARGO-014, -019)."""

import pytest

from plumbline.core import errors
from plumbline.pb.repo import repo_pb2
from plumbline.pb.reposerver import repository_pb2 as answers_pb2
from plumbline.pb.server import repository_pb2, settings_pb2
from plumbline.pb.v1alpha1 import generated_pb2

URL = "https://h/r"
READER = "p, reader, repositories, get, *, allow"


def details(name="shop", project="team", path="a", revision="main", url=URL):
    source = generated_pb2.ApplicationSource(repoURL=url, path=path, targetRevision=revision)
    return repository_pb2.RepoAppDetailsQuery(source=source, appName=name, appProject=project)


@pytest.fixture
async def team(stage):
    await stage.project("team", sourceRepos=[URL], destinations=[])
    await stage.project("other", sourceRepos=["https://h/other"], destinations=[])
    await stage.app("shop", "team")
    return stage


async def refused(stage, call, request):
    with pytest.raises(errors.PermissionDenied):
        await call(request)
    assert [] == stage.repo_server.asked


async def test_details_need_the_repository_and_the_application(team):
    """A reader of repositories alone sees nothing; one of the application does."""
    user = team.user("reader")
    await refused(team, user.repositories.GetAppDetails, details())
    team.policy(READER)
    await refused(team, user.repositories.GetAppDetails, details())
    team.policy("p, reader, applications, get, team/*, allow")
    await refused(team, user.repositories.GetAppDetails, details())

    team.policy(READER, "p, reader, applications, get, team/*, allow")
    answer = await user.repositories.GetAppDetails(details())

    assert "Directory" == answer.type


async def test_another_source_than_the_applications_needs_update(team):
    """Who may only look at the application may not look elsewhere through it."""
    team.policy(READER, "p, reader, applications, get, team/*, allow")
    user = team.user("reader")
    for other in (details(path="secret"), details(revision="other")):
        await refused(team, user.repositories.GetAppDetails, other)
    team.policy(READER, "p, reader, applications, *, team/*, allow")

    await user.repositories.GetAppDetails(details(path="secret"))

    assert 1 == len(team.repo_server.asked)


async def test_a_source_of_the_past_may_be_looked_at(team):
    """The history of the application counts as its own."""
    app = await team.memory.get("Application", "argocd", "shop")
    old = {"repoURL": "https://h/R.git", "path": "old", "targetRevision": "v1"}
    app["status"] = {"history": [{"id": 1, "source": old}]}
    await team.memory.replace("Application", app)
    team.policy(READER, "p, reader, applications, get, team/*, allow")

    await team.user("reader").repositories.GetAppDetails(details(path="old", revision="v1"))

    assert 1 == len(team.repo_server.asked)


async def test_an_application_to_come_needs_create(team):
    """In its project, and the project must permit the repository."""
    user = team.user("reader")
    team.policy(READER, "p, reader, applications, get, */*, allow")
    await refused(team, user.repositories.GetAppDetails, details("new"))
    team.policy(READER, "p, reader, applications, create, */*, allow")
    for project in ("other", "absent"):
        await refused(team, user.repositories.GetAppDetails, details("new", project))

    await user.repositories.GetAppDetails(details("new"))

    assert 1 == len(team.repo_server.asked)


async def test_a_list_of_applications_needs_create_or_update(team):
    """And a project that permits the repository."""
    user = team.user("reader")

    def apps(project):
        return repository_pb2.RepoAppsQuery(repo=URL, appName="new", appProject=project)

    team.policy(READER, "p, reader, applications, get, */*, allow")
    await refused(team, user.repositories.ListApps, apps("team"))
    team.policy(READER, "p, reader, applications, create, */*, allow")
    await refused(team, user.repositories.ListApps, apps("other"))

    await user.repositories.ListApps(apps("team"))

    assert ["ListApps"] == [method for method, _ in team.repo_server.asked]


async def test_the_credential_of_a_repository_that_is_not_seen_is_not_used(team):
    """To a caller without the permission it is a repository that nobody declared."""
    await team.secret("r", "repository", url=URL, password="canary", project="hidden")
    await team.secret("g", "repository", url=URL, password="canary", username="x")
    team.policy("p, reader, repositories, get, team/*, allow")

    query = repository_pb2.RepoQuery(repo=URL, appProject="team")
    await team.user("reader").repositories.ListRefs(query)

    [(_, request)] = team.repo_server.asked
    assert "" == request.repository.password


async def test_what_a_plugin_announces(team):
    """Its parameters arrive as they are; the project decides whether files are decrypted."""
    team.policy(READER, "p, reader, applications, get, team/*, allow")
    announced = answers_pb2.ParameterAnnouncement(
        name="n", required=True, collectionType="map", map={"a": "b"}
    )
    team.repo_server.details = repo_pb2.AppDetailsResponse(
        source_type="Plugin", announcements=[announced]
    )

    answer = await team.user("reader").repositories.GetAppDetails(details())

    assert "Plugin" == answer.type
    assert [announced] == list(answer.plugin.parametersAnnouncement)
    assert not team.repo_server.asked[0][1].source.decrypt


async def test_a_project_that_allows_decryption(stage):
    """The request says so."""
    allow = {"plumbline.io/sops": "allow"}
    await stage.project("team", annotations=allow, sourceRepos=[URL], destinations=[])
    await stage.app("shop", "team")
    stage.policy(READER, "p, reader, applications, get, team/*, allow")

    await stage.user("reader").repositories.GetAppDetails(details())

    assert stage.repo_server.asked[0][1].source.decrypt


async def test_the_plugins_that_are_there(team):
    """Named by the repo-server."""
    answer = await team.user("anybody").settings.GetPlugins(settings_pb2.SettingsQuery())

    assert ["cue-v1", "probe"] == [plugin.name for plugin in answer.plugins]
