"""Who may call what: every method of the five services, five callers, and no secret in any answer.

The letters of a row are the outcomes for: nobody, a reader (role:readonly), a stranger with every
right in another project, a token of the project, admin. A: allowed; D: PermissionDenied; E: an
answer that shows nothing of the project.
"""

import json

import pytest

from plumbline.api_server.services import registry
from plumbline.core import errors
from plumbline.pb.server import (
    certificate_pb2,
    cluster_pb2,
    project_pb2,
    repocreds_pb2,
    repository_pb2,
)
from plumbline.pb.v1alpha1 import generated_pb2
from plumbline.rpc import convert

URL, NEW = "https://h/exists", "https://h/new"
EAST = "https://exists:6443"
TEMPLATE = "https://exists"
SECRETS = {
    "username": "u",
    "password": "canary-1",
    "bearerToken": "canary-2",
    "sshPrivateKey": "canary-3",
    "tlsClientCertData": "canary-4",
    "tlsClientCertKey": "canary-5",
    "githubAppPrivateKey": "canary-6",
    "gcpServiceAccountKey": "canary-7",
    "azureServicePrincipalClientSecret": "canary-8",
    "proxy": "http://me:canary-9@proxy:1",
}
CONFIG = json.dumps({
    "password": "canary-10",
    "bearerToken": "canary-11",
    "tlsClientConfig": {"keyData": "Y2FuYXJ5", "insecure": False},
    "proxyUrl": "http://me:canary-15@proxy:1",
    "execProviderConfig": {"command": "c", "args": ["canary-12"], "env": {"A": "canary-13"}},
})  # fmt: skip
MARKED = {
    "password",
    "bearerToken",
    "sshPrivateKey",
    "tlsClientCertData",
    "tlsClientCertKey",
    "githubAppPrivateKey",
    "gcpServiceAccountKey",
    "azureServicePrincipalClientSecret",
    "keyData",
    "certData",
    "args",
    "env",
}
"""The fields of the contract's messages that may hold a secret."""
SCRUBBED = {"proxy", "proxyUrl"}
"""Shown without what is in them of a user and a password."""
HARMLESS = {
    "apiVersion", "awsAuthConfig", "azureActiveDirectoryEndpoint", "azureServicePrincipalClientId",
    "azureServicePrincipalTenantId", "caData", "command", "config", "connectionState", "depth",
    "disableCompression", "enableLfs", "enableOCI", "execProviderConfig", "forceHttpBasicAuth",
    "githubAppEnterpriseBaseUrl", "githubAppID", "githubAppInstallationID", "inheritedCreds",
    "insecure", "insecureIgnoreHostKey", "insecureOCIForceHttp", "installHint", "name", "noProxy",
    "project", "provideClusterInfo", "repo", "serverName", "tlsClientConfig", "type", "url",
    "useAzureWorkloadIdentity", "username", "webhookManifestCacheWarmDisabled",
}  # fmt: skip
"""The other fields of the messages that say how something is opened."""
OPENING = ("Repository", "RepoCreds", "ClusterConfig", "TLSClientConfig", "ExecProviderConfig")
POLICY = (
    "g, reader, role:readonly",
    *(f"p, stranger, {r}, *, other/*, allow" for r in ("repositories", "write-repositories")),
    "p, stranger, clusters, *, other/*, allow",
    "p, stranger, applications, *, other/*, allow",
    "p, stranger, projects, *, other, allow",
    *(
        f"p, proj:team:dev, {r}, *, team/*, allow"
        for r in ("repositories", "write-repositories", "clusters", "applications")
    ),
    "p, proj:team:dev, projects, get, team, allow",
)
CALLERS = ("nobody", "reader", "stranger", "proj:team:dev", "admin")


def repo(url, **fields):
    return generated_pb2.Repository(repo=url, project="team", password="canary-14", **fields)


def repo_query():
    return repository_pb2.RepoQuery(repo=URL, appProject="team")


def repo_create():
    return repository_pb2.RepoCreateRequest(repo=repo(NEW))


def repo_update():
    return repository_pb2.RepoUpdateRequest(repo=repo(URL))


def access():
    return repository_pb2.RepoAccessQuery(repo=NEW, project="team", password="canary-14")


def apps():
    return repository_pb2.RepoAppsQuery(repo=URL, appName="a", appProject="team")


def details():
    source = generated_pb2.ApplicationSource(repoURL=URL, path="a")
    return repository_pb2.RepoAppDetailsQuery(source=source, appName="a", appProject="team")


def creds(url):
    return generated_pb2.RepoCreds(url=url, password="canary-14")


def creds_create():
    return repocreds_pb2.RepoCredsCreateRequest(creds=creds("https://other"))


def creds_update():
    return repocreds_pb2.RepoCredsUpdateRequest(creds=creds(TEMPLATE))


def creds_delete():
    return repocreds_pb2.RepoCredsDeleteRequest(url=TEMPLATE)


def cluster_query():
    return cluster_pb2.ClusterQuery(server=EAST)


def cluster_update():
    return cluster_pb2.ClusterUpdateRequest(
        cluster=generated_pb2.Cluster(server=EAST, name="renamed"), updatedFields=["name"]
    )


def cluster_create():
    """Of one that exists with these very settings, so that nothing is connected."""
    shown = {"server": EAST, "name": "exists", "project": "team", "config": json.loads(CONFIG)}
    cluster = convert.to_message(shown, generated_pb2.Cluster)
    return cluster_pb2.ClusterCreateRequest(cluster=cluster)


def project(**spec):
    tree = {"metadata": {"name": "team"}, "spec": {"roles": [{"name": "dev"}], **spec}}
    return convert.to_message(tree, generated_pb2.AppProject)


def project_query():
    return project_pb2.ProjectQuery(name="team")


def certificates():
    return certificate_pb2.RepositoryCertificateCreateRequest()


def certificate_query():
    return certificate_pb2.RepositoryCertificateQuery(hostNamePattern="h")


TABLE = {
    "/repository.RepositoryService/List": ("EAEAA", repo_query),
    "/repository.RepositoryService/ListRepositories": ("EAEAA", repo_query),
    "/repository.RepositoryService/ListWriteRepositories": ("EAEAA", repo_query),
    "/repository.RepositoryService/Get": ("DADAA", repo_query),
    "/repository.RepositoryService/GetWrite": ("DADAA", repo_query),
    "/repository.RepositoryService/ListRefs": ("DADAA", repo_query),
    "/repository.RepositoryService/GetHelmCharts": ("DADAA", repo_query),
    "/repository.RepositoryService/ListOCITags": ("DADAA", repo_query),
    "/repository.RepositoryService/ListApps": ("DDDAA", apps),
    "/repository.RepositoryService/GetAppDetails": ("DADAA", details),
    "/repository.RepositoryService/Create": ("DDDAA", repo_create),
    "/repository.RepositoryService/CreateRepository": ("DDDAA", repo_create),
    "/repository.RepositoryService/CreateWriteRepository": ("DDDAA", repo_create),
    "/repository.RepositoryService/Update": ("DDDAA", repo_update),
    "/repository.RepositoryService/UpdateRepository": ("DDDAA", repo_update),
    "/repository.RepositoryService/UpdateWriteRepository": ("DDDAA", repo_update),
    "/repository.RepositoryService/Delete": ("DDDAA", repo_query),
    "/repository.RepositoryService/DeleteRepository": ("DDDAA", repo_query),
    "/repository.RepositoryService/DeleteWriteRepository": ("DDDAA", repo_query),
    "/repository.RepositoryService/ValidateAccess": ("DDDAA", access),
    "/repository.RepositoryService/ValidateWriteAccess": ("DDDAA", access),
    # Templates belong to no project: no right in a project reaches them.
    "/repocreds.RepoCredsService/ListRepositoryCredentials": (
        "EAEEA",
        repocreds_pb2.RepoCredsQuery,
    ),
    "/repocreds.RepoCredsService/ListWriteRepositoryCredentials": (
        "EAEEA",
        repocreds_pb2.RepoCredsQuery,
    ),
    "/repocreds.RepoCredsService/CreateRepositoryCredentials": ("DDDDA", creds_create),
    "/repocreds.RepoCredsService/CreateWriteRepositoryCredentials": ("DDDDA", creds_create),
    "/repocreds.RepoCredsService/UpdateRepositoryCredentials": ("DDDDA", creds_update),
    "/repocreds.RepoCredsService/UpdateWriteRepositoryCredentials": ("DDDDA", creds_update),
    "/repocreds.RepoCredsService/DeleteRepositoryCredentials": ("DDDDA", creds_delete),
    "/repocreds.RepoCredsService/DeleteWriteRepositoryCredentials": ("DDDDA", creds_delete),
    "/cluster.ClusterService/List": ("EAEAA", cluster_query),
    "/cluster.ClusterService/Get": ("DADAA", cluster_query),
    "/cluster.ClusterService/Create": ("DDDAA", cluster_create),
    "/cluster.ClusterService/Update": ("DDDAA", cluster_update),
    "/cluster.ClusterService/Delete": ("DDDAA", cluster_query),
    "/cluster.ClusterService/InvalidateCache": ("DDDAA", cluster_query),
    "/project.ProjectService/List": ("EAEAA", project_query),
    "/project.ProjectService/Get": ("DADAA", project_query),
    "/project.ProjectService/GetDetailedProject": ("DADAA", project_query),
    "/project.ProjectService/GetGlobalProjects": ("DADAA", project_query),
    "/project.ProjectService/Create": (
        "DDDDA",
        lambda: project_pb2.ProjectCreateRequest(project=project(), upsert=True),
    ),
    "/project.ProjectService/Update": (
        "DDDDA",
        lambda: project_pb2.ProjectUpdateRequest(project=project(description="x")),
    ),
    "/project.ProjectService/Delete": ("DDDDA", project_query),
    "/project.ProjectService/CreateToken": (
        "DDDDA",
        lambda: project_pb2.ProjectTokenCreateRequest(project="team", role="dev", id="new"),
    ),
    "/project.ProjectService/DeleteToken": (
        "DDDDA",
        lambda: project_pb2.ProjectTokenDeleteRequest(project="team", role="dev", id="old"),
    ),
    "/project.ProjectService/ListEvents": ("DADAA", project_query),
    "/project.ProjectService/GetSyncWindowsState": (
        "DADAA",
        lambda: project_pb2.SyncWindowsQuery(name="team"),
    ),
    "/project.ProjectService/ListLinks": (
        "DADAA",
        lambda: project_pb2.ListProjectLinksRequest(name="team"),
    ),
    "/certificate.CertificateService/ListCertificates": ("DADDA", certificate_query),
    "/certificate.CertificateService/CreateCertificate": ("DDDDA", certificates),
    "/certificate.CertificateService/DeleteCertificate": ("DDDDA", certificate_query),
}
ROWS = [
    (method, caller, letters[index])
    for method, (letters, _) in TABLE.items()
    for index, caller in enumerate(CALLERS)
]


@pytest.fixture
async def seeded(stage):
    """A project with one of everything, full of secrets."""
    token = {"iat": 1, "id": "old"}
    await stage.project("team", sourceRepos=["*"], roles=[{"name": "dev", "jwtTokens": [token]}])
    for kind in ("repository", "repository-write"):
        await stage.secret(f"r-{kind}", kind, url=URL, project="team", **SECRETS)
    for kind in ("repo-creds", "repo-write-creds"):
        await stage.secret(f"t-{kind}", kind, url=TEMPLATE, **SECRETS)
    await stage.secret(
        "c",
        "cluster",
        annotations={"kubectl.kubernetes.io/last-applied-configuration": CONFIG},
        server=EAST,
        name="exists",
        project="team",
        config=json.dumps(
            convert.to_json(convert.to_message(json.loads(CONFIG), generated_pb2.ClusterConfig)),
            sort_keys=True,
        ),
    )
    await stage.project("exists")
    await stage.app("a", "other", source={"repoURL": URL, "path": "a"})
    await stage.app("unseen", "elsewhere")
    stage.policy(*POLICY)
    return stage


async def call(stage, caller, method, request):
    service, _, name = method.rpartition("/")
    stubs = {
        "RepositoryService": "repositories",
        "RepoCredsService": "templates",
        "ClusterService": "clusters",
        "ProjectService": "projects",
        "CertificateService": "certificates",
    }
    user = stage.user(caller)
    return await getattr(getattr(user, stubs[service.rpartition(".")[2]]), name)(request)


def test_the_table_has_every_method():
    """A new method fails here until somebody says who may call it."""
    services = {
        "RepositoryService",
        "RepoCredsService",
        "ClusterService",
        "ProjectService",
        "CertificateService",
    }
    unimplemented = set(registry.unimplemented())
    built = {
        f"/{s.descriptor.full_name}/{m.name}"
        for s in registry.SERVICES
        if s.name in services
        for m in s.descriptor.methods
    } - unimplemented

    assert built == set(TABLE)


@pytest.mark.parametrize(("method", "caller", "expected"), ROWS)
async def test_the_outcome_is_the_tables(seeded, method, caller, expected, capfd):
    """Allowed, denied, or empty; and no secret in the answer, the error, the log or an Event."""
    stage = seeded
    if method.endswith("GetAppDetails") and caller == "reader":
        # Looking into a source is about an application, so a right on repositories is not enough.
        stage.policy(*POLICY, "p, reader, applications, create, team/a, allow")
    request = TABLE[method][1]()
    before = dict(stage.memory.objects)
    text = ""
    try:
        answer = await call(stage, caller, method, request)
    except errors.PermissionDenied as error:
        outcome, text = "D", error.message
    else:
        items = list(getattr(answer, "items", ()))
        is_list = "items" in answer.DESCRIPTOR.fields_by_name
        shown = [i for i in items if "in-cluster" not in str(i)]
        outcome = "E" if is_list and not shown and method.split("/")[-1].startswith("List") else "A"
        if method.endswith(("ListEvents", "ListLinks", "ListCertificates")):
            outcome = "A"
        text = str(answer) + repr(answer.SerializeToString())
        assert [] == list(marked(answer))
    assert expected == outcome
    if outcome != "A":
        assert before == stage.memory.objects
        assert [] == stage.repo_server.asked
    everything = text + "".join(capfd.readouterr()) + repr(stage.parts.events.emitted)
    assert "canary" not in everything
    assert "Y2FuYXJ5" not in everything


def test_cve_2025_55190_every_field_that_opens_something_is_known():
    """A field that the contract adds is marked, scrubbed or called harmless by somebody."""
    fields = {
        field.name for name in OPENING for field in getattr(generated_pb2, name).DESCRIPTOR.fields
    }
    assert MARKED | SCRUBBED | HARMLESS == fields


def marked(message):
    """Yield the fields that may hold a secret and have a value."""
    for field, value in message.ListFields():
        if field.name in MARKED and value:
            yield field.full_name
        if field.message_type is None or field.message_type.GetOptions().map_entry:
            continue
        for inner in value if field.is_repeated else [value]:
            yield from marked(inner)


@pytest.mark.parametrize(
    "ask",
    [
        lambda u, n: u.repositories.Get(repository_pb2.RepoQuery(repo=f"https://h/{n}")),
        lambda u, n: u.repositories.ListRefs(
            repository_pb2.RepoQuery(repo=f"https://h/{n}", appProject="team")
        ),
        lambda u, n: u.repositories.DeleteRepository(
            repository_pb2.RepoQuery(repo=f"https://h/{n}", appProject="team")
        ),
        lambda u, n: u.repositories.UpdateRepository(
            repository_pb2.RepoUpdateRequest(
                repo=generated_pb2.Repository(repo=f"https://h/{n}", project="team")
            )
        ),
        lambda u, n: u.clusters.Get(cluster_pb2.ClusterQuery(server=f"https://{n}:6443")),
        lambda u, n: u.clusters.Get(cluster_pb2.ClusterQuery(name=n)),
        lambda u, n: u.clusters.Delete(
            cluster_pb2.ClusterQuery(id=cluster_pb2.ClusterID(type="name", value=n))
        ),
        lambda u, n: u.projects.Get(project_pb2.ProjectQuery(name=n)),
        lambda u, n: u.projects.Delete(project_pb2.ProjectQuery(name=n)),
        lambda u, n: u.templates.DeleteRepositoryCredentials(
            repocreds_pb2.RepoCredsDeleteRequest(url=f"https://{n}")
        ),
    ],
)
@pytest.mark.parametrize("caller", ["nobody", "stranger"])
async def test_what_is_forbidden_and_what_is_missing_look_the_same(seeded, ask, caller):
    """403 is 404: code and text differ in the asked name alone (CVE-2022-41354)."""
    said = []
    for name in ("exists", "absent"):
        with pytest.raises(errors.PlumblineError) as caught:
            await ask(seeded.user(caller), name)
        said.append((type(caught.value), caught.value.message.replace(name, "X")))

    assert said[0] == said[1]
    assert errors.PermissionDenied is said[0][0]
