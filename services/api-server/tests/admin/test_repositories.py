"""Repositories: declared, changed, given up, looked into; the Secrets are the contract's."""

import asyncio

import pytest

from plumbline.core import errors
from plumbline.pb.repo import repo_pb2
from plumbline.pb.server import repocreds_pb2, repository_pb2
from plumbline.pb.v1alpha1 import generated_pb2

URL = "https://git.example/Org/app.git"


def repo(url=URL, **fields):
    return generated_pb2.Repository(repo=url, **fields)


def create(url=URL, *, upsert=False, **fields):
    return repository_pb2.RepoCreateRequest(repo=repo(url, **fields), upsert=upsert)


async def test_a_created_repository_is_a_secret_of_the_contract(stage):
    """Name by FNV-1a, label, annotation, and only the keys that have a value."""
    answer = await stage.user().repositories.CreateRepository(
        create(username="u", password="canary", insecure=True, depth=3)
    )

    assert (URL, "git", "") == (answer.repo, answer.type, answer.password)
    assert ["repo-3250346621"] == stage.memory.secrets()
    stored = stage.memory.objects["Secret", "repo-3250346621"]
    metadata = stored["metadata"]
    assert {"argocd.argoproj.io/secret-type": "repository"} == metadata["labels"]
    assert {"managed-by": "argocd.argoproj.io"} == metadata["annotations"]
    expected = {
        "type": "git",
        "url": URL,
        "username": "u",
        "password": "canary",
        "insecure": "true",
        "depth": "3",
    }
    assert expected == stage.memory.secret("repo-3250346621")


async def test_creating_opens_the_repository_first(stage):
    """What cannot be opened is not declared; credsOnly declares without opening."""
    stage.repo_server.error = errors.Unauthenticated("authentication required")
    user = stage.user()
    with pytest.raises(errors.Unauthenticated, match="authentication required"):
        await user.repositories.CreateRepository(create())
    assert [] == stage.memory.secrets()

    only = repository_pb2.RepoCreateRequest(repo=repo(), credsOnly=True)
    await user.repositories.CreateRepository(only)

    assert 1 == len(stage.memory.secrets())


async def test_the_same_twice_is_one_and_another_needs_upsert(stage):
    """Another spelling of the URL is the same repository."""
    user = stage.user()
    await user.repositories.CreateRepository(create(username="u", password="one"))
    await user.repositories.CreateRepository(create(username="u", password="one"))
    spelled = create("https://GIT.example:443/org/app/", username="u", password="two")
    with pytest.raises(errors.InvalidArgument) as caught:
        await user.repositories.CreateRepository(spelled)
    assert (
        "existing repository spec is different; use upsert flag to force update"
        == caught.value.message
    )

    spelled.upsert = True
    await user.repositories.CreateRepository(spelled)

    [name] = stage.memory.secrets()
    assert (URL, "two") == (stage.memory.secret(name)["url"], stage.memory.secret(name)["password"])


async def test_an_update_replaces_everything_and_empties_what_is_not_given(stage):
    """Keys that exist and have no value any more become empty (config.md section 7)."""
    user = stage.user()
    await user.repositories.CreateRepository(create(username="u", password="one"))

    request = repository_pb2.RepoUpdateRequest(repo=repo(bearerToken="new"))
    await user.repositories.UpdateRepository(request)

    [name] = stage.memory.secrets()
    data = stage.memory.secret(name)
    assert ("", "", "new") == (data["username"], data["password"], data["bearerToken"])


async def test_deleting_takes_a_secret_of_ours_and_the_label_of_any_other(stage):
    """A Secret that somebody else made stays, without the label."""
    user = stage.user()
    await stage.secret("theirs", "repository", url="https://h/theirs", password="p")
    await user.repositories.CreateRepository(create())

    await user.repositories.DeleteRepository(repository_pb2.RepoQuery(repo=URL))
    await user.repositories.DeleteRepository(repository_pb2.RepoQuery(repo="https://h/theirs"))

    assert ["theirs"] == stage.memory.secrets()
    assert {} == stage.memory.objects["Secret", "theirs"]["metadata"]["labels"]
    listed = await user.repositories.ListRepositories(repository_pb2.RepoQuery())
    assert [] == list(listed.items)
    with pytest.raises(errors.NotFound):
        await user.repositories.Get(repository_pb2.RepoQuery(repo=URL))


async def test_a_password_in_the_url_moves_into_the_credential(stage):
    """Neither the stored URL nor an answer shows it."""
    answer = await stage.user().repositories.CreateRepository(create("https://me:canary@h/r"))

    [name] = stage.memory.secrets()
    data = stage.memory.secret(name)
    assert ("https://h/r", "me", "canary") == (data["url"], data["username"], data["password"])
    assert "canary" not in str(answer)


async def test_connection_states_are_remembered_and_asked_anew_on_request(stage):
    """Two lists ask once; a forced one asks again."""
    await stage.secret("r", "repository", url="https://h/r")
    user = stage.user()
    first = await user.repositories.ListRepositories(repository_pb2.RepoQuery())
    await user.repositories.List(repository_pb2.RepoQuery())
    assert ["TestRepository"] == [method for method, _ in stage.repo_server.asked]
    assert "Successful" == first.items[0].connectionState.status

    stage.repo_server.error = errors.Unavailable("no route")
    forced = repository_pb2.RepoQuery(repo="https%3A%2F%2Fh%2Fr", forceRefresh=True)
    found = await user.repositories.Get(forced)

    assert ("Failed", "no route") == (
        found.connectionState.status,
        found.connectionState.message,
    )


async def test_a_template_opens_what_has_no_credential(stage):
    """The credential goes to the repo-server and nowhere else; the answer says it is inherited."""
    user = stage.user()
    await user.templates.CreateRepositoryCredentials(
        repocreds_pb2.RepoCredsCreateRequest(
            creds=generated_pb2.RepoCreds(url="https://git.example/org", password="canary")
        )
    )
    await user.repositories.CreateRepository(create())

    found = await user.repositories.Get(repository_pb2.RepoQuery(repo=URL))

    assert found.inheritedCreds
    assert "canary" not in str(found)
    assert {"canary"} == {request.repository.password for _, request in stage.repo_server.asked}
    assert ["creds-1075696887", "repo-3250346621"] == stage.memory.secrets()


async def test_a_template_is_not_sent_through_a_proxy_that_the_asker_names(stage):
    """Who may declare a repository must not read an administrator's password on the way."""
    await stage.secret("t", "repo-creds", url="https://git.example", password="canary")
    query = repository_pb2.RepoAccessQuery(repo=URL, insecure=True, proxy="http://evil.example:1")

    await stage.user().repositories.ValidateAccess(query)

    [(_, request)] = stage.repo_server.asked
    assert ("", "http://evil.example:1") == (request.repository.password, request.repository.proxy)


async def test_write_repositories_are_secrets_of_their_own(stage):
    """Another label, another name; one is not seen through the other."""
    user = stage.user()
    await user.repositories.CreateWriteRepository(create(username="u", password="push"))

    listed = await user.repositories.ListRepositories(repository_pb2.RepoQuery())
    writable = await user.repositories.ListWriteRepositories(repository_pb2.RepoQuery())
    found = await user.repositories.GetWrite(repository_pb2.RepoQuery(repo=URL))

    assert ([], [URL], URL) == (list(listed.items), [r.repo for r in writable.items], found.repo)
    assert ["repo-write-3250346621"] == stage.memory.secrets()
    update = repository_pb2.RepoUpdateRequest(repo=repo(username="u", password="other"))
    await user.repositories.UpdateWriteRepository(update)
    assert "other" == stage.memory.secret("repo-write-3250346621")["password"]
    await user.repositories.DeleteWriteRepository(repository_pb2.RepoQuery(repo=URL))
    assert [] == stage.memory.secrets()


async def test_templates_are_written_listed_changed_and_given_up(stage):
    """Both sorts; the Azure ids have their own spelling in templates."""
    user = stage.user()
    creds = generated_pb2.RepoCreds(
        url="https://h/org",
        username="u",
        azureServicePrincipalClientId="client",
        azureServicePrincipalTenantId="tenant",
    )
    for word, prefix in (("", "creds"), ("Write", "creds-write")):

        def method(verb, word=word):
            return getattr(user.templates, f"{verb}{word}RepositoryCredentials")

        await method("Create")(repocreds_pb2.RepoCredsCreateRequest(creds=creds))
        [name] = stage.memory.secrets()
        data = stage.memory.secret(name)
        assert name.startswith(f"{prefix}-")
        assert ("client", "tenant") == (
            data["azureServicePrincipalClientID"],
            data["azureServicePrincipalTenantID"],
        )
        listed = await method("List")(repocreds_pb2.RepoCredsQuery())
        assert [("https://h/org", "u")] == [(c.url, c.username) for c in listed.items]
        changed = generated_pb2.RepoCreds(url="https://h/org", username="other")
        await method("Update")(repocreds_pb2.RepoCredsUpdateRequest(creds=changed))
        assert "other" == stage.memory.secret(name)["username"]
        escaped = repocreds_pb2.RepoCredsDeleteRequest(url="https%3A%2F%2Fh%2Forg")
        await method("Delete")(escaped)
        assert [] == stage.memory.secrets()


async def test_an_identity_travels_to_the_repo_server(stage):
    """Which buys tokens with it."""
    await stage.user().repositories.ValidateAccess(
        repository_pb2.RepoAccessQuery(repo=URL, githubAppPrivateKey="canary", githubAppID=1)
    )

    [(_, request)] = stage.repo_server.asked
    assert ("canary", 1) == (
        request.repository.github_app_private_key,
        request.repository.github_app_id,
    )


async def test_refs_apps_and_details_come_from_the_repo_server(stage):
    """Each in the contract's message."""
    user = stage.user()
    refs = await user.repositories.ListRefs(repository_pb2.RepoQuery(repo=URL))
    apps = await user.repositories.ListApps(
        repository_pb2.RepoAppsQuery(repo=URL, revision="main", appName="x", appProject="default")
    )
    stage.repo_server.details = repo_pb2.AppDetailsResponse(
        source_type="Helm",
        chart_name="shop",
        value_files=["values.yaml"],
        values="a: 1\n",
        parameters=[repo_pb2.Parameter(name="a", value="1")],
    )
    source = generated_pb2.ApplicationSource(repoURL=URL, path="c", targetRevision="v1")
    details = await user.repositories.GetAppDetails(
        repository_pb2.RepoAppDetailsQuery(source=source, appName="x", appProject="default")
    )

    assert (["main"], ["v1"]) == (list(refs.branches), list(refs.tags))
    assert [("a", "Kustomize"), ("b", "Helm")] == [(i.path, i.type) for i in apps.items]
    assert ("Helm", "shop", ["values.yaml"], "a: 1\n") == (
        details.type,
        details.helm.name,
        list(details.helm.valueFiles),
        details.helm.values,
    )
    assert [("a", "1")] == [(p.name, p.value) for p in details.helm.parameters]
    assert "v1" == stage.repo_server.asked[-1][1].revision


@pytest.mark.parametrize(
    "url",
    [
        "",
        "-u./x",
        "ext::sh -c 'touch pwned'",
        "ext::sh%20-c%20touch%20pwned",
        "https://h/r\nHost: evil",
        "https://h/\x00r",
        "https://-oProxyCommand=touch/r",
        "javascript://h/r",
        "https://h/a/../b",
        "https://h/a/%2e%2e/b",
        "https://" + "h" * 10_000,
        "ssh://-oProxyCommand=touch@-host/r",
        "--upload-pack=touch pwned",
    ],
)
async def test_hostile_urls_are_refused_before_anything_is_opened(stage, url):
    """InvalidArgument, nothing written, no word of it in the answer."""
    user = stage.user()
    access = repository_pb2.RepoAccessQuery(repo=url, password="canary")
    for call, request in (
        (user.repositories.CreateRepository, create(url, password="canary")),
        (user.repositories.ValidateAccess, access),
        (user.repositories.ListRefs, repository_pb2.RepoQuery(repo=url)),
    ):
        with pytest.raises(errors.InvalidArgument) as caught:
            await call(request)
        assert "pwned" not in caught.value.message
        assert "canary" not in caught.value.message
    assert ([], []) == (stage.repo_server.asked, stage.memory.secrets())


@pytest.mark.parametrize(
    "proxy",
    [
        "socks5://x';touch pwned;':1",
        "http://x;touch pwned",
        "http://$(touch pwned)",
        "http://`touch pwned`:1",
        "http://h:1\n",
        "-x",
        "ext::sh -c pwned",
    ],
)
async def test_hostile_proxies_are_refused(stage, proxy):
    """No metacharacter gets as far as a connection or a Secret."""
    user = stage.user()
    with pytest.raises(errors.InvalidArgument, match="plain http or https URL"):
        await user.repositories.CreateRepository(create(proxy=proxy))
    with pytest.raises(errors.InvalidArgument):
        await user.repositories.ValidateAccess(
            repository_pb2.RepoAccessQuery(repo=URL, proxy=proxy)
        )
    with pytest.raises(errors.InvalidArgument):
        await user.repositories.UpdateRepository(
            repository_pb2.RepoUpdateRequest(repo=repo(proxy=proxy))
        )
    assert ([], []) == (stage.repo_server.asked, stage.memory.secrets())


async def test_a_registry_is_not_taken_for_a_project(stage):
    """Who may do everything in the project `team` does not declare registries for everybody."""
    stage.policy("p, mallory, repositories, *, team/*, allow")
    request = create("team/charts", type="helm", name="x", enableOCI=True)
    with pytest.raises(errors.PermissionDenied):
        await stage.user("mallory").repositories.CreateRepository(request)
    assert [] == stage.memory.secrets()

    await stage.user().repositories.CreateRepository(request)

    [name] = stage.memory.secrets()
    assert "team/charts" == stage.memory.secret(name)["url"]


async def test_many_at_once_end_in_one_of_the_asked_states(stage):
    """CVE-2025-55191: no internal error, no half of one and half of another."""
    user = stage.user()

    async def one(number):
        request = create(username=f"u{number}", password=f"p{number}", upsert=True)
        try:
            await user.repositories.CreateRepository(request)
            await user.repositories.ListRepositories(repository_pb2.RepoQuery())
            if number % 3 == 0:
                await user.repositories.DeleteRepository(repository_pb2.RepoQuery(repo=URL))
        except (errors.AlreadyExists, errors.Conflict, errors.NotFound):
            return

    await asyncio.gather(*(one(n) for n in range(60)))
    await user.repositories.CreateRepository(create(username="u", password="p", upsert=True))

    [name] = stage.memory.secrets()
    data = stage.memory.secret(name)
    assert ("u", "p") == (data["username"], data["password"])
