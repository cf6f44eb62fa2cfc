"""What goes over the wire for a command line: one golden request per verb and group of flags."""

import shlex

import pytest

SOURCE = {"repoURL": "https://git.example/shop.git", "path": "deploy", "targetRevision": "main"}
DESTINATION = {"server": "https://kubernetes.default.svc", "namespace": "shop"}
SPEC = {"project": "default", "source": SOURCE, "destination": DESTINATION}
APP = {"metadata": {"name": "shop", "namespace": "argocd"}, "spec": SPEC, "status": {}}
MANY = {
    **APP,
    "spec": {
        "project": "default",
        "destination": DESTINATION,
        "sources": [{"repoURL": "https://a", "path": "x"}, {"repoURL": "https://b", "name": "two"}],
    },
}
REF = {"name": "shop", "appNamespace": "argocd"}
PROJECT = {
    "metadata": {"name": "team", "resourceVersion": "7"},
    "spec": {
        "sourceRepos": ["https://a"],
        "destinations": [{"server": "https://c", "namespace": "x"}],
        "clusterResourceWhitelist": [{"group": "", "kind": "Namespace"}],
        "namespaceResourceBlacklist": [{"group": "", "kind": "Secret"}],
        "roles": [{"name": "ci", "policies": ["p, old"], "groups": ["g"]}],
        "syncWindows": [{"kind": "allow", "schedule": "* * * * *", "duration": "1h"}],
        "signatureKeys": [{"keyID": "0123456789ABCDEF"}],
        "sourceNamespaces": ["there"],
        "orphanedResources": {"warn": True, "ignore": [{"kind": "Secret"}]},
        "destinationServiceAccounts": [
            {"server": "https://c", "namespace": "x", "defaultServiceAccount": "a:b"}
        ],
    },
}
LIVE = {
    "items": [
        {
            "group": "apps",
            "kind": "Deployment",
            "namespace": "shop",
            "name": "web",
            "liveState": '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"}}',
            "targetState": "null",
        }
    ]
}
DEPLOYMENT = {
    "resourceName": "web",
    "kind": "Deployment",
    "version": "v1",
    "namespace": "shop",
    "group": "apps",
}


def spec(**changes):
    return {**SPEC, **changes}


def source(**changes):
    return spec(source={**SOURCE, **changes})


def project(**changes):
    return {"metadata": PROJECT["metadata"], "spec": {**PROJECT["spec"], **changes}}


def without(member):
    found = {key: value for key, value in PROJECT["spec"].items() if key != member}
    return {"metadata": PROJECT["metadata"], "spec": found}


def role(**changes):
    return project(roles=[{**PROJECT["spec"]["roles"][0], **changes}])


def window(**changes):
    return project(syncWindows=[{**PROJECT["spec"]["syncWindows"][0], **changes}])


HOOK = {"hook": {}}
PLAIN = {"dryRun": False, "prune": False, "revision": "", "strategy": HOOK}

APPLICATIONS = [
    ("app list -p a -p b -l x=y -r https://r -N ns", "List",
     {"projects": ["a", "b"], "selector": "x=y", "repo": "https://r", "appNamespace": "ns"}),
    ("app get team/shop", "Get", {"name": "shop", "appNamespace": "team"}),
    ("app get shop --refresh", "Get", {"name": "shop", "refresh": "normal"}),
    ("app get shop --hard-refresh", "Get", {"name": "shop", "refresh": "hard"}),
    ("app sync shop --async", "Sync", {"name": "shop", **PLAIN}),
    ("app sync shop --async --prune --dry-run --revision v1 --strategy apply --force", "Sync",
     {"name": "shop", "dryRun": True, "prune": True, "revision": "v1",
      "strategy": {"apply": {"force": True}}}),
    ("app sync shop --async --force", "Sync",
     {"name": "shop", **PLAIN, "strategy": {"hook": {"force": True}}}),
    ("app sync shop --async --replace --server-side --apply-out-of-sync-only", "Sync",
     {"name": "shop", **PLAIN, "syncOptions": {
         "items": ["Replace=true", "ServerSideApply=true", "ApplyOutOfSyncOnly=true"]}}),
    ("app sync shop --async --retry-limit 3 --retry-refresh --retry-backoff-duration 2s", "Sync",
     {"name": "shop", **PLAIN, "retryStrategy": {"limit": 3, "refresh": True, "backoff": {
         "duration": "2s", "maxDuration": "3m0s", "factor": 2}}}),
    ("app sync shop --async --info why=because", "Sync",
     {"name": "shop", **PLAIN, "infos": [{"name": "why", "value": "because"}]}),
    ("app terminate-op shop", "TerminateOperation", {"name": "shop"}),
    ("app patch shop --patch '[]'", "Patch", {"name": "shop", "patch": "[]", "patchType": "json"}),
    ("app patch shop --patch '{}' --type merge", "Patch",
     {"name": "shop", "patch": "{}", "patchType": "merge"}),
    ("app delete shop -y", "Delete",
     {"name": "shop", "cascade": True, "propagationPolicy": "foreground"}),
    ("app delete shop -y -p background", "Delete",
     {"name": "shop", "cascade": True, "propagationPolicy": "background"}),
    ("app delete shop --cascade=false", "Delete", {"name": "shop", "cascade": False}),
    ("app manifests shop --revision v1", "GetManifests", {"name": "shop", "revision": "v1"}),
    ("app resources shop --project p", "ResourceTree", {"applicationName": "shop", "project": "p"}),
    ("app logs shop --kind Pod --name web-1 -c app --tail 5 -p --since-seconds 60", "PodLogs",
     {"name": "shop", "kind": "Pod", "resourceName": "web-1", "container": "app", "tailLines": 5,
      "previous": True, "sinceSeconds": 60}),
]  # fmt: skip

CREATED = {"project": "default", "destination": {}}
SPECS = [
    ("app create new --repo https://r --path p --dest-server https://c --dest-namespace n",
     {"project": "default", "source": {"repoURL": "https://r", "path": "p"},
      "destination": {"server": "https://c", "namespace": "n"}}),
    ("app create new --project team --dest-name prod --revision-history-limit 3",
     {"project": "team", "destination": {"name": "prod"}, "revisionHistoryLimit": 3}),
    ("app create new --helm-chart redis --revision 1.x --release-name r --values a.yaml "
     "--values b.yaml --helm-set x=1 --helm-set-string y=2 --helm-set-file z=f --parameter q=3 "
     "--helm-version v3 --helm-namespace hn --helm-kube-version 1.30 --helm-api-versions a/v1 "
     "--helm-pass-credentials --helm-skip-crds --helm-skip-schema-validation --helm-skip-tests "
     "--ignore-missing-value-files",
     {**CREATED, "source": {"chart": "redis", "targetRevision": "1.x", "repoURL": "", "helm": {
         "releaseName": "r", "valueFiles": ["a.yaml", "b.yaml"],
         "parameters": [{"name": "q", "value": "3"}, {"name": "x", "value": "1"},
                        {"name": "y", "value": "2", "forceString": True}],
         "fileParameters": [{"name": "z", "path": "f"}], "version": "v3", "namespace": "hn",
         "kubeVersion": "1.30", "apiVersions": ["a/v1"], "passCredentials": True,
         "skipCrds": True, "skipSchemaValidation": True, "skipTests": True,
         "ignoreMissingValueFiles": True}}}),
    ("app create new --nameprefix a- --namesuffix -z --kustomize-image nginx=nginx:1.2 "
     "--kustomize-replica web=3 --kustomize-version v5 --kustomize-namespace kn "
     "--kustomize-common-label a=b --kustomize-common-annotation c=d "
     "--kustomize-force-common-label --kustomize-force-common-annotation "
     "--kustomize-label-without-selector --kustomize-label-include-templates "
     "--kustomize-kube-version 1.30 --kustomize-api-versions x/v1 --ignore-missing-components",
     {**CREATED, "source": {"repoURL": "", "kustomize": {
         "namePrefix": "a-", "nameSuffix": "-z", "images": ["nginx=nginx:1.2"],
         "replicas": [{"name": "web", "count": 3}], "version": "v5", "namespace": "kn",
         "commonLabels": {"a": "b"}, "commonAnnotations": {"c": "d"}, "forceCommonLabels": True,
         "forceCommonAnnotations": True, "labelWithoutSelector": True,
         "labelIncludeTemplates": True, "kubeVersion": "1.30", "apiVersions": ["x/v1"],
         "ignoreMissingComponents": True}}}),
    ("app create new --directory-recurse --directory-include '*.yaml' --directory-exclude x "
     "--directory-disable-extension-filter --jsonnet-ext-var-str a=1 --jsonnet-ext-var-code b=2 "
     "--jsonnet-tla-str c=3 --jsonnet-tla-code d=4 --jsonnet-libs lib",
     {**CREATED, "source": {"repoURL": "", "directory": {
         "recurse": True, "include": "*.yaml", "exclude": "x", "disableExtensionFilter": True,
         "jsonnet": {"extVars": [{"name": "a", "value": "1"},
                                 {"name": "b", "value": "2", "code": True}],
                     "tlas": [{"name": "c", "value": "3"},
                              {"name": "d", "value": "4", "code": True}],
                     "libs": ["lib"]}}}}),
    ("app create new --config-management-plugin cmp --plugin-env A=1 --tag-prefix v --ref vals "
     "--source-name main",
     {**CREATED, "source": {"repoURL": "", "plugin": {
         "name": "cmp", "env": [{"name": "A", "value": "1"}]}, "tagPrefix": "v", "ref": "vals",
         "name": "main"}}),
    ("app create new --sync-policy automated --auto-prune --self-heal --allow-empty "
     "--sync-option CreateNamespace=true --sync-retry-limit 4 --sync-retry-refresh",
     {**CREATED, "syncPolicy": {
         "automated": {"prune": True, "selfHeal": True, "allowEmpty": True},
         "syncOptions": ["CreateNamespace=true"],
         "retry": {"limit": 4, "refresh": True,
                   "backoff": {"duration": "5s", "factor": 2, "maxDuration": "3m0s"}}}}),
    ("app create new --dry-source-repo https://d --dry-source-path dp --dry-source-revision dr "
     "--sync-source-branch sb --sync-source-path sp --hydrate-to-branch hb",
     {**CREATED, "sourceHydrator": {
         "drySource": {"repoURL": "https://d", "path": "dp", "targetRevision": "dr"},
         "syncSource": {"targetBranch": "sb", "path": "sp"},
         "hydrateTo": {"targetBranch": "hb"}}}),
]  # fmt: skip

CHANGES = [
    ("app set shop --revision v2", source(targetRevision="v2")),
    ("app set shop --dest-name prod", spec(destination={"name": "prod", "namespace": "shop"})),
    ("app set shop --sync-policy none", SPEC),
    ("app set shop --helm-set a=1", source(helm={"parameters": [{"name": "a", "value": "1"}]})),
]

PROJECTS = [
    ("proj set team --description d --src https://z", project(description="d",
                                                              sourceRepos=["https://z"])),
    ("proj set team --orphaned-resources=false", without("orphanedResources")),
    ("proj set team --allow-cluster-resource '*/*' --deny-namespaced-resource apps/Deployment",
     project(clusterResourceWhitelist=[{"group": "*", "kind": "*"}],
             namespaceResourceBlacklist=[{"group": "apps", "kind": "Deployment"}])),
    ("proj set team --dest a,b --dest-service-accounts https://c,n,sa --source-namespaces u,v "
     "--signature-keys AAAABBBBCCCCDDDD",
     project(destinations=[{"server": "a", "namespace": "b"}], sourceNamespaces=["u", "v"],
             signatureKeys=[{"keyID": "AAAABBBBCCCCDDDD"}],
             destinationServiceAccounts=[
                 {"server": "https://c", "namespace": "n", "defaultServiceAccount": "sa"}])),
    ("proj add-destination team https://d y", project(destinations=[
        {"server": "https://c", "namespace": "x"}, {"server": "https://d", "namespace": "y"}])),
    ("proj add-destination team prod y --name", project(destinations=[
        {"server": "https://c", "namespace": "x"}, {"name": "prod", "namespace": "y"}])),
    ("proj remove-destination team https://c x", without("destinations")),
    ("proj add-source team https://b", project(sourceRepos=["https://a", "https://b"])),
    ("proj remove-source team https://a", without("sourceRepos")),
    ("proj add-source-namespace team here", project(sourceNamespaces=["there", "here"])),
    ("proj remove-source-namespace team there", without("sourceNamespaces")),
    ("proj add-signature-key team 0xFEDCBA9876543210", project(signatureKeys=[
        {"keyID": "0123456789ABCDEF"}, {"keyID": "FEDCBA9876543210"}])),
    ("proj remove-signature-key team 0123456789ABCDEF", without("signatureKeys")),
    ("proj add-orphaned-ignore team apps Deployment --name x", project(orphanedResources={
        "warn": True, "ignore": [{"kind": "Secret"},
                                 {"group": "apps", "kind": "Deployment", "name": "x"}]})),
    ("proj remove-orphaned-ignore team '' Secret", project(orphanedResources={"warn": True})),
    ("proj add-destination-service-account team https://d n sa --service-account-namespace k",
     project(destinationServiceAccounts=[
         {"server": "https://c", "namespace": "x", "defaultServiceAccount": "a:b"},
         {"server": "https://d", "namespace": "n", "defaultServiceAccount": "k:sa"}])),
    ("proj remove-destination-service-account team https://c x a:b",
     without("destinationServiceAccounts")),
    ("proj allow-cluster-resource team rbac ClusterRole one", project(clusterResourceWhitelist=[
        {"group": "", "kind": "Namespace"},
        {"group": "rbac", "kind": "ClusterRole", "name": "one"}])),
    ("proj deny-cluster-resource team '' Namespace", without("clusterResourceWhitelist")),
    ("proj deny-cluster-resource team '' Node -l deny", project(clusterResourceBlacklist=[
        {"group": "", "kind": "Node"}])),
    ("proj allow-namespace-resource team '' Secret", without("namespaceResourceBlacklist")),
    ("proj allow-namespace-resource team '' Pod -l allow", project(namespaceResourceWhitelist=[
        {"group": "", "kind": "Pod"}])),
    ("proj deny-namespace-resource team '' Pod", project(namespaceResourceBlacklist=[
        {"group": "", "kind": "Secret"}, {"group": "", "kind": "Pod"}])),
    ("proj role create team new --description d", project(roles=[
        *PROJECT["spec"]["roles"], {"name": "new", "description": "d"}])),
    ("proj role delete team ci", without("roles")),
    ("proj role add-policy team ci -a sync -o '*'", role(policies=[
        "p, old", "p, proj:team:ci, applications, sync, team/*, allow"])),
    ("proj role add-group team ci h", role(groups=["g", "h"])),
    ("proj windows add team -k deny --schedule '0 1 * * *' --duration 2h --applications a,b "
     "--manual-sync --use-and-operator --sync-overrun --time-zone Europe/Berlin --description d",
     project(syncWindows=[*PROJECT["spec"]["syncWindows"], {
         "kind": "deny", "schedule": "0 1 * * *", "duration": "2h", "applications": ["a", "b"],
         "manualSync": True, "andOperator": True, "syncOverrun": True,
         "timeZone": "Europe/Berlin", "description": "d"}])),
    ("proj windows update team 0 --duration 3h --clusters c", window(duration="3h",
                                                                     clusters=["c"])),
    ("proj windows delete team 0", without("syncWindows")),
    ("proj windows enable-manual-sync team 0", window(manualSync=True)),
    ("proj windows disable-manual-sync team 0", window()),
    ("proj windows enable-sync-overrun team 0", window(syncOverrun=True)),
    ("proj windows disable-sync-overrun team 0", window()),
]  # fmt: skip

OTHERS = [
    ("account can-i sync applications '*/*'", "CanI",
     {"action": "sync", "resource": "applications", "subresource": "*/*"}),
    ("account get -a bob", "GetAccount", {"name": "bob"}),
    ("account update-password --account bob --current-password a --new-password b",
     "UpdatePassword", {"name": "bob", "currentPassword": "a", "newPassword": "b"}),
    ("account generate-token -a bob -e 24h --id x", "CreateToken",
     {"name": "bob", "expiresIn": 86400, "id": "x"}),
    ("account delete-token -a bob x", "DeleteToken", {"name": "bob", "id": "x"}),
    ("proj get team", "GetDetailedProject", {"name": "team"}),
    ("proj delete team", "Delete", {"name": "team"}),
    ("proj role create-token team ci -e 7d -i x -t", "CreateToken",
     {"project": "team", "role": "ci", "expiresIn": 604800, "id": "x"}),
    ("proj role delete-token team ci 1700000000", "DeleteToken",
     {"project": "team", "role": "ci", "iat": 1700000000}),
    ("repo list --refresh hard", "ListRepositories", {"forceRefresh": True}),
    ("repo get https://r --project p", "Get", {"repo": "https://r", "appProject": "p"}),
    ("repo rm https://r --project p", "DeleteRepository", {"repo": "https://r", "appProject": "p"}),
    ("repo add https://r --username u --password s --type helm --name n --project p --enable-oci",
     "ValidateAccess",
     {"repo": "https://r", "username": "u", "password": "s", "type": "helm", "name": "n",
      "project": "p", "enableOci": True}),
    ("repocreds add https://r --username u --password s --proxy-url http://x",
     "CreateRepositoryCredentials",
     {"creds": {"url": "https://r", "username": "u", "password": "s", "type": "git",
                "proxy": "http://x"}}),
    ("repocreds rm https://r", "DeleteRepositoryCredentials", {"url": "https://r"}),
    ("cluster get https://c", "Get", {"server": "https://c"}),
    ("cluster get prod", "Get", {"name": "prod"}),
    ("cluster rm prod -y", "Delete", {"name": "prod"}),
    ("cluster rotate-auth https://c", "RotateAuth", {"server": "https://c"}),
    ("cert list --cert-type ssh --hostname-pattern 'git*'", "ListCertificates",
     {"certType": "ssh", "hostNamePattern": "git*"}),
    ("cert rm git.example --cert-type ssh --cert-sub-type ssh-rsa", "DeleteCertificate",
     {"hostNamePattern": "git.example", "certType": "ssh", "certSubType": "ssh-rsa"}),
]  # fmt: skip


def _run(ask, line):
    return ask(*shlex.split(line))


def _pruned(tree):
    """Return a tree without what always appears: nulls, empty maps' worth, zero times."""
    if isinstance(tree, dict):
        found = {key: _pruned(value) for key, value in tree.items()}
        return {k: v for k, v in found.items() if v not in (None, {}, "")}
    return [_pruned(item) for item in tree] if isinstance(tree, list) else tree


@pytest.mark.parametrize(
    ("line", "method", "wanted"), APPLICATIONS, ids=[c[0] for c in APPLICATIONS]
)
def test_application(api, ask, line, method, wanted):
    """The verbs of applications."""
    api.answers.update(Get=APP, Patch=APP, Sync=APP, PodLogs=[[]])
    api.answers["GetApplicationSyncWindows"] = {"canSync": True}

    done = _run(ask, line)

    assert (0, "") == (done.code, done.err)
    assert wanted == api.requests(method)[-1]


@pytest.mark.parametrize(("line", "wanted"), SPECS, ids=[c[0] for c in SPECS])
def test_create(api, ask, line, wanted):
    """The flags that make an application's spec."""
    done = _run(ask, line)

    assert (0, "application 'new' created\n") == (done.code, done.out)
    request = api.requests("Create")[-1]
    assert (False, True) == (request["upsert"], request["validate"])
    assert "new" == request["application"]["metadata"]["name"]
    assert _pruned(wanted) == _pruned(request["application"]["spec"])


@pytest.mark.parametrize(("line", "wanted"), CHANGES, ids=[c[0] for c in CHANGES])
def test_set(api, ask, line, wanted):
    """`set` changes what is named and keeps the rest."""
    api.answers["Get"] = APP

    assert 0 == _run(ask, line).code
    request = api.requests("UpdateSpec")[-1]
    assert {**REF, "validate": True} == {k: v for k, v in request.items() if k != "spec"}
    assert _pruned(wanted) == _pruned(request["spec"])


@pytest.mark.parametrize(("line", "wanted"), PROJECTS, ids=[c[0] for c in PROJECTS])
def test_project(api, ask, line, wanted):
    """The verbs that change a project change one thing, and send the version that was read."""
    api.answers["Get"] = PROJECT

    done = _run(ask, line)

    assert (0, "") == (done.code, done.err)
    assert _pruned(wanted) == _pruned(api.requests("Update")[-1]["project"])


@pytest.mark.parametrize(("line", "method", "wanted"), OTHERS, ids=[c[0] for c in OTHERS])
def test_other(api, ask, line, method, wanted):
    """The verbs of accounts, repositories, clusters and certificates."""
    api.answers.update(
        GetUserInfo={"loggedIn": True, "username": "admin"},
        GetAccount={"name": "bob"},
        CreateToken={"token": "t"},
        DeleteCertificate={"items": [{"serverName": "git.example", "certType": "ssh"}]},
        ListRepositories={"items": []},
    )

    done = _run(ask, line)

    assert (0, "") == (done.code, done.err)
    assert wanted == _pruned(api.requests(method)[-1])


def test_chosen_sources(api, ask):
    """`--source-names` with `--revisions` names positions and revisions side by side."""
    api.answers.update(Get=MANY, Sync=MANY)

    done = _run(ask, "app sync shop --async --source-names two --revisions v9")

    assert 0 == done.code
    request = api.requests("Sync")[-1]
    assert ([2], ["v9"]) == (request["sourcePositions"], request["revisions"])


def test_source_of_several(api, ask):
    """With several sources, `set` changes the one at the position."""
    api.answers["Get"] = MANY

    assert 0 == _run(ask, "app set shop --source-position 2 --path new").code
    sources = api.requests("UpdateSpec")[-1]["spec"]["sources"]
    assert ["x", "new"] == [s["path"] for s in sources]


def test_source_of_several_must_be_named(api, ask):
    """With several sources, `set` without a position is refused, and nothing is written."""
    api.answers["Get"] = MANY

    done = _run(ask, "app set shop --path new")

    assert 20 == done.code
    assert "2 sources" in done.err
    assert ["Get"] == api.names()


def test_add_and_remove_source(api, ask):
    """`add-source` turns one source into several; `remove-source` takes one away."""
    api.answers["Get"] = [APP, MANY]

    assert 0 == _run(ask, "app add-source shop --repo https://b --ref values").code
    assert 0 == _run(ask, "app remove-source shop --source-name two").code

    added, removed = (r["spec"]["sources"] for r in api.requests("UpdateSpec"))
    assert [SOURCE, {"repoURL": "https://b", "ref": "values"}] == added
    assert [{"repoURL": "https://a", "path": "x"}] == removed


def test_unset(api, ask):
    """`unset` removes what is named, and writes nothing where nothing was there."""
    helm = {"parameters": [{"name": "a", "value": "1"}, {"name": "b"}], "valueFiles": ["v.yaml"]}
    images = ["nginx:1.2", "old=new:3"]
    changed = {**APP, "spec": source(helm=helm, kustomize={"images": images, "namePrefix": "p"})}
    api.answers["Get"] = changed
    line = "app unset shop -p a --values v.yaml --kustomize-image old --nameprefix"

    assert 0 == _run(ask, line).code
    found = api.requests("UpdateSpec")[-1]["spec"]["source"]
    assert [{"name": "b"}] == found["helm"]["parameters"]
    assert "valueFiles" not in found["helm"]
    assert {"images": ["nginx:1.2"]} == found["kustomize"]
    assert 0 == _run(ask, "app unset shop --ref").code
    assert 1 == len(api.requests("UpdateSpec"))


def test_image_replaces_its_own(api, ask):
    """A Kustomize image takes the place of the one it is of, and of no other."""
    images = ["nginx:1.2", "old=new:3", "host:5000/a/b@sha256:1"]
    api.answers["Get"] = {**APP, "spec": source(kustomize={"images": images})}

    for image in ("nginx:9", "old=other:1", "host:5000/a/b:2"):
        assert 0 == ask("app", "set", "shop", "--kustomize-image", image).code

    found = [set(r["spec"]["source"]["kustomize"]["images"]) for r in api.requests("UpdateSpec")]
    for before, after, wanted in zip(
        images, found, ("nginx:9", "old=other:1", "host:5000/a/b:2"), strict=True
    ):
        assert {*images, wanted} - {before} == after


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["-P", "deploy"], True),
        (["-P", "other"], False),
        (["-c", "https://kubernetes.default.svc"], True),
        (["-c", "prod"], False),
    ],
)
def test_filters_of_the_client(api, ask, words, found):
    """Path and cluster, which the API does not know as filters, are filtered by here."""
    api.answers["List"] = {"items": [APP]}

    assert ("argocd/shop\n" if found else "") == ask("app", "list", "-o", "name", *words).out


@pytest.mark.parametrize(
    "line",
    [
        "proj add-source team https://a",
        "proj add-destination team https://c x",
        "proj allow-cluster-resource team '' Namespace",
        "proj role create team ci",
        "proj role add-group team ci g",
        "proj remove-source team https://none",
        "proj remove-destination team https://c none",
        "proj remove-orphaned-ignore team apps Deployment",
        "proj role delete team none",
        "proj role remove-policy team ci -a get -o '*'",
        "proj windows delete team 1",
        "proj windows update team x --duration 1h",
    ],
)
def test_nothing_to_change(api, ask, line):
    """What is there already, or is not there, is an error, and the project is not written."""
    api.answers["Get"] = PROJECT

    assert 20 == _run(ask, line).code
    assert [] == api.requests("Update")


def test_resource_verbs(api, ask):
    """Resource verbs find the version of the live object and name it."""
    api.answers.update(
        ManagedResources=LIVE,
        PatchResource={"manifest": "{}"},
        ListResourceActions={"actions": [{"name": "restart"}]},
    )

    for line in (
        "app patch-resource shop --kind Deployment --patch '{}'",
        "app delete-resource shop --kind Deployment --resource-name web --force",
        "app actions list shop --kind Deployment",
        "app actions run shop restart --kind Deployment",
    ):
        assert 0 == _run(ask, line).code, line

    named = {"name": "shop", **DEPLOYMENT}
    merge = "application/merge-patch+json"
    assert [{**named, "patch": "{}", "patchType": merge}] == api.requests("PatchResource")
    assert [{**named, "force": True, "orphan": False}] == api.requests("DeleteResource")
    assert [named] == api.requests("ListResourceActions")
    assert [{**named, "action": "restart"}] == api.requests("RunResourceActionV2")


def test_cluster_set(api, ask):
    """`cluster set` names the fields it changes."""
    api.answers["Get"] = {"server": "https://c", "name": "prod"}

    assert 0 == _run(ask, "cluster set prod --name new --label a=b --namespace x").code
    request = api.requests("Update")[-1]
    assert ["name", "namespaces", "labels"] == request["updatedFields"]
    assert {"type": "name", "value": "prod"} == request["id"]
    assert ("new", ["x"], {"a": "b"}) == tuple(
        request["cluster"][m] for m in ("name", "namespaces", "labels")
    )
