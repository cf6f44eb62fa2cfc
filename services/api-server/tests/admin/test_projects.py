"""Projects: made, changed, deleted; what would hurt is refused."""

import jwt
import pytest

from plumbline.core import errors
from plumbline.pb.server import project_pb2
from plumbline.pb.v1alpha1 import generated_pb2
from plumbline.rpc import convert

ANYWHERE = [{"server": "*", "namespace": "*"}]


def project(name="team", version="", **spec):
    tree = {"metadata": {"name": name, "resourceVersion": version}, "spec": spec}
    return convert.to_message(tree, generated_pb2.AppProject)


def create(name="team", *, upsert=False, **spec):
    return project_pb2.ProjectCreateRequest(project=project(name, **spec), upsert=upsert)


def update(name="team", version="", **spec):
    return project_pb2.ProjectUpdateRequest(project=project(name, version, **spec))


def role(name="dev", **fields):
    return {"name": name, **fields}


def token(**fields):
    return project_pb2.ProjectTokenCreateRequest(**{"project": "team", "role": "dev", **fields})


async def test_a_created_project_is_stored_told_and_seen_at_once(stage):
    """Create, Get and List agree; an Event names who did it."""
    user = stage.user()
    made = await user.projects.Create(create(sourceRepos=["*"], description="ours"))
    found = await user.projects.Get(project_pb2.ProjectQuery(name="team"))
    listed = await user.projects.List(project_pb2.ProjectQuery())

    assert ("ours", ["*"]) == (found.spec.description, list(made.spec.sourceRepos))
    assert ["default", "team"] == [p.metadata.name for p in listed.items]
    expected = [("AppProject", "team", "ResourceCreated", "admin created project")]
    assert expected == stage.parts.events.emitted


async def test_creating_again_needs_upsert_unless_nothing_differs(stage):
    """The contract's text; with upsert it is an update."""
    user = stage.user()
    await user.projects.Create(create(description="a"))
    await user.projects.Create(create(description="a"))
    with pytest.raises(errors.InvalidArgument) as caught:
        await user.projects.Create(create(description="b"))
    assert (
        "existing project spec is different; use upsert flag to force update"
        == caught.value.message
    )

    made = await user.projects.Create(create(description="b", upsert=True))

    assert "b" == made.spec.description


async def test_an_update_of_an_old_version_is_refused(stage):
    """The resource version that the caller read is a precondition."""
    user = stage.user()
    made = await user.projects.Create(create())
    await user.projects.Update(update(description="first"))
    with pytest.raises(errors.Conflict):
        await user.projects.Update(update(version=made.metadata.resourceVersion, description="x"))

    found = await user.projects.Get(project_pb2.ProjectQuery(name="team"))
    assert "first" == found.spec.description


async def test_an_update_removes_what_it_does_not_name(stage):
    """It is the whole project, not a patch."""
    user = stage.user()
    await user.projects.Create(create(sourceRepos=["*"], description="gone"))
    await user.projects.Update(update(sourceRepos=["https://h/*"]))

    stored = stage.memory.objects["AppProject", "team"]
    assert {"sourceRepos": ["https://h/*"]} == stored["spec"]


async def test_what_applications_use_cannot_be_taken_away(stage):
    """Destinations and sources; the applications are counted, not named."""
    user = stage.user()
    spec = {"sourceRepos": ["*"], "destinations": ANYWHERE}
    await user.projects.Create(create(**spec))
    await stage.app("canary-app", "team")
    elsewhere = [{"server": "*", "namespace": "elsewhere"}]
    for change, word in (
        ({"destinations": elsewhere}, "1 applications use destinations"),
        ({"sourceRepos": ["https://h/other"]}, "1 applications use source repositories"),
    ):
        with pytest.raises(errors.InvalidArgument, match=word) as caught:
            await user.projects.Update(update(**{**spec, **change}))
        assert "canary" not in caught.value.message

    await user.projects.Update(update(**{**spec, "description": "fine"}))


async def test_a_global_project_counts_when_something_is_taken_away(stage):
    """What is still inherited is not lost."""
    user = stage.user()
    stage.setting(globalProjects="[{projectName: base, labelSelector: {}}]")
    await user.projects.Create(create("base", sourceRepos=["*"], destinations=ANYWHERE))
    await user.projects.Create(create(sourceRepos=["https://h/r"], destinations=ANYWHERE))
    await stage.app("shop", "team")

    await user.projects.Update(update())


async def test_a_project_in_use_and_the_default_one_are_not_deleted(stage):
    """Deleting what nobody uses is told."""
    user = stage.user()
    await stage.project("team")
    await stage.app("shop", "team")
    with pytest.raises(errors.InvalidArgument, match="project is referenced by 1 applications"):
        await user.projects.Delete(project_pb2.ProjectQuery(name="team"))
    with pytest.raises(errors.InvalidArgument, match="cannot be deleted"):
        await user.projects.Delete(project_pb2.ProjectQuery(name="default"))

    await stage.memory.delete("Application", "argocd", "shop")
    await user.projects.Delete(project_pb2.ProjectQuery(name="team"))

    assert ("AppProject", "team", "ResourceDeleted", "admin deleted project") in (
        stage.parts.events.emitted
    )
    with pytest.raises(errors.NotFound, match=r'appprojects\.argoproj\.io "team" not found'):
        await user.projects.Get(project_pb2.ProjectQuery(name="team"))


async def test_a_broken_rule_is_refused_before_anything_is_written(stage):
    """By Create and by Update; every rule has its own test in core."""
    user = stage.user()
    bad = {"roles": [role(policies=["p, proj:team:dev, applications, get, other/*, allow"])]}
    for call, request in ((user.projects.Create, create(**bad)),):
        with pytest.raises(errors.InvalidArgument, match="its object must be of the form"):
            await call(request)
    assert ("AppProject", "team") not in stage.memory.objects
    await user.projects.Create(create())
    with pytest.raises(errors.InvalidArgument, match="its object must be of the form"):
        await user.projects.Update(update(**bad))
    assert {} == stage.memory.objects["AppProject", "team"]["spec"]


async def test_a_token_is_signed_and_listed_in_spec_and_status(stage):
    """Subject, id and times are those of the project's lists."""
    user = stage.user()
    await user.projects.Create(create(roles=[role()]))
    answer = await user.projects.CreateToken(token(id="ci", expiresIn=3600))

    claims = jwt.decode(answer.token, "k" * 40, algorithms=["HS256"], issuer="argocd")
    assert ("proj:team:dev", "ci", 3600) == (
        claims["sub"],
        claims["jti"],
        claims["exp"] - claims["iat"],
    )
    stored = stage.memory.objects["AppProject", "team"]
    entry = {"iat": claims["iat"], "exp": claims["exp"], "id": "ci"}
    assert [entry] == stored["spec"]["roles"][0]["jwtTokens"]
    assert {"dev": {"items": [entry]}} == stored["status"]["jwtTokensByRole"]


async def test_ids_of_tokens_are_used_once_and_roles_must_exist(stage):
    """Also across roles, because the id alone revokes."""
    user = stage.user()
    await user.projects.Create(create(roles=[role(), role("ops")]))
    await user.projects.CreateToken(token(id="ci"))
    with pytest.raises(errors.InvalidArgument, match="'ci' has been used"):
        await user.projects.CreateToken(token(id="ci", role="ops"))
    with pytest.raises(errors.NotFound, match="does not have role 'absent'"):
        await user.projects.CreateToken(token(role="absent"))
    with pytest.raises(errors.InvalidArgument, match="expiresIn"):
        await user.projects.CreateToken(token(expiresIn=-1))


async def test_a_deleted_token_does_not_come_back(stage):
    """Neither a stale copy of the project brings it back, nor does one without tokens revoke."""
    user = stage.user()
    await user.projects.Create(create(roles=[role()]))
    for name in ("one", "two"):
        await user.projects.CreateToken(token(id=name))
    stale = await user.projects.Get(project_pb2.ProjectQuery(name="team"))
    delete = project_pb2.ProjectTokenDeleteRequest(project="team", role="dev", id="one")
    await user.projects.DeleteToken(delete)
    stale.metadata.resourceVersion = ""
    await user.projects.Update(project_pb2.ProjectUpdateRequest(project=stale))
    await user.projects.Update(update(roles=[role(description="no tokens named")]))

    stored = stage.memory.objects["AppProject", "team"]
    listed = stored["spec"]["roles"][0]["jwtTokens"]
    assert ["two"] == [t["id"] for t in listed]
    assert ["two"] == [t["id"] for t in stored["status"]["jwtTokensByRole"]["dev"]["items"]]
    with pytest.raises(errors.NotFound):
        await user.projects.DeleteToken(delete)
    by_time = project_pb2.ProjectTokenDeleteRequest(
        project="team", role="dev", iat=listed[0]["iat"]
    )
    await user.projects.DeleteToken(by_time)
    assert "jwtTokensByRole" not in stage.memory.objects["AppProject", "team"]["status"]
    texts = [text for *_, text in stage.parts.events.emitted]
    assert ["admin created token"] * 2 == [t for t in texts if t.endswith("created token")]
    assert ["admin deleted token"] * 2 == [t for t in texts if t.endswith("deleted token")]


async def test_a_role_that_goes_takes_its_tokens_along(stage):
    """A role of the same name that comes later has none of them."""
    user = stage.user()
    await user.projects.Create(create(roles=[role()]))
    await user.projects.CreateToken(token(id="ci"))
    await user.projects.Update(update())
    await user.projects.Update(update(roles=[role()]))

    stored = stage.memory.objects["AppProject", "team"]
    assert ([{"name": "dev"}], None) == (
        stored["spec"]["roles"],
        (stored.get("status") or {}).get("jwtTokensByRole"),
    )


async def test_tokens_in_a_create_are_not_taken(stage):
    """Nobody lists a token that was not issued here."""
    forged = {"iat": 1, "id": "forged"}
    await stage.user().projects.Create(create(roles=[role(jwtTokens=[forged])]))

    assert [{"name": "dev"}] == stage.memory.objects["AppProject", "team"]["spec"]["roles"]


async def test_details_name_what_belongs_to_the_project_and_open_nothing(stage):
    """CVE-2025-55190: repositories and clusters without credentials; globals by selector."""
    stage.setting(
        globalProjects="[{projectName: base, labelSelector: {matchLabels: {tier: gold}}}]"
    )
    await stage.project("base")
    await stage.project("team", labels={"tier": "gold"}, sourceRepos=["*"])
    await stage.secret("r", "repository", url="https://h/r", project="team", password="canary-1")
    await stage.secret("o", "repository", url="https://h/o", project="other", password="canary-2")
    config = '{"bearerToken": "canary-3"}'
    await stage.secret("c", "cluster", server="https://c", project="team", config=config)
    user = stage.user()

    found = await user.projects.GetDetailedProject(project_pb2.ProjectQuery(name="team"))
    inherited = await user.projects.GetGlobalProjects(project_pb2.ProjectQuery(name="team"))

    assert (["https://h/r"], ["https://c"]) == (
        [r.repo for r in found.repositories],
        [c.server for c in found.clusters],
    )
    assert ["base"] == [p.metadata.name for p in found.globalProjects]
    assert ["base"] == [p.metadata.name for p in inherited.items]
    assert "canary" not in str(found)


async def test_open_windows_and_links(stage):
    """The windows that are open now; links are none, and said to be missing where configured."""
    always = {"kind": "allow", "schedule": "* * * * *", "duration": "1h", "applications": ["*"]}
    never = {"kind": "deny", "schedule": "0 0 29 2 *", "duration": "1s", "applications": ["*"]}
    user = stage.user()
    await user.projects.Create(create(syncWindows=[always, never]))

    state = await user.projects.GetSyncWindowsState(project_pb2.SyncWindowsQuery(name="team"))
    links = await user.projects.ListLinks(project_pb2.ListProjectLinksRequest(name="team"))

    assert (["allow"], []) == ([w.kind for w in state.windows], list(links.items))
    stage.setting(project__links="- url: https://x")
    with pytest.raises(errors.Unimplemented):
        await user.projects.ListLinks(project_pb2.ListProjectLinksRequest(name="team"))
