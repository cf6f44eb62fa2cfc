"""Sources rendered by a plugin: a sidecar process of our own behind a Unix socket."""

import json

import grpc
import pytest

from plumbline.pb.repo import repo_pb2, repo_pb2_grpc
from plumbline.rpc import channels

PRINT_ENVIRONMENT = """
printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: env}\\ndata:\\n'
env | grep -E '^(ARGOCD_|PARAM_|KUBE_|OPERATOR|CANARY)' | sort | while IFS='=' read -r k v; do
  printf '  %s: "%s"\\n' "$k" "$(printf %s "$v" | sed 's/"/\\\\"/g')"
done
"""
CAT = "for file in *.in; do printf -- '---\\n'; cat $file; done"
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\n"


def shell(script):
    return {"command": ["sh", "-c"], "args": [script]}


async def test_a_named_plugin_renders_with_its_environment(
    repository, ask, start_plugin, plugin_service
):
    """Contract variables, env entries with substitution, and parameters in each form."""
    start_plugin(
        {"generate": shell(PRINT_ENVIRONMENT)},
        extra=["--plumbline-variables=OPERATOR_CHOICE"],
        environment={"OPERATOR_CHOICE": "yes", "CANARY_SECRET": "hidden"},
    )
    commit = repository.commit({"app/x.txt": "x"})

    answer = await ask(
        {
            "repoURL": "https://user:hunter2@example.com/r.git",
            "path": "app",
            "targetRevision": "main",
            "plugin": {
                "name": "probe",
                "env": [{"name": "WHO", "value": "$ARGOCD_APP_NAME in ${ARGOCD_APP_NAMESPACE}"}],
                "parameters": [
                    {"name": "my-text", "string": "a b"},
                    {"name": "list", "array": ["one", "two"]},
                    {"name": "map", "map": {"some.key": "v"}},
                ],
            },
        },
        target=plugin_service,
        project="shop",
        kube_version="1.36.3",
        api_versions=["v1", "apps/v1"],
    )

    assert "" == answer.error.message
    assert "Plugin" == answer.source_type
    data = json.loads(answer.manifests[0])["data"]
    parameters = json.loads(data.pop("ARGOCD_APP_PARAMETERS"))
    assert {
        "ARGOCD_APP_NAME": "guestbook",
        "ARGOCD_APP_NAMESPACE": "web",
        "ARGOCD_APP_PROJECT_NAME": "shop",
        "ARGOCD_APP_REVISION": commit,
        "ARGOCD_APP_REVISION_SHORT": commit[:7],
        "ARGOCD_APP_REVISION_SHORT_8": commit[:8],
        "ARGOCD_APP_SOURCE_PATH": "app",
        "ARGOCD_APP_SOURCE_REPO_URL": "https://example.com/r.git",
        "ARGOCD_APP_SOURCE_TARGET_REVISION": "main",
        "ARGOCD_ENV_WHO": "guestbook in web",
        "KUBE_API_VERSIONS": "v1,apps/v1",
        "KUBE_VERSION": "1.36.3",
        "OPERATOR_CHOICE": "yes",
        "PARAM_LIST_0": "one",
        "PARAM_LIST_1": "two",
        "PARAM_MAP_SOME_KEY": "v",
        "PARAM_MY_TEXT": "a b",
    } == data
    assert [
        {"name": "my-text", "string": "a b"},
        {"name": "list", "array": ["one", "two"]},
        {"name": "map", "map": {"some.key": "v"}},
    ] == parameters


async def test_init_then_generate_in_the_sources_directory(
    repository, ask, start_plugin, plugin_service
):
    """What init writes is there for generate; the rest of the repository is readable."""
    start_plugin(
        {
            "version": "v1.2",
            "init": shell("cat ../shared/base.in > made.in"),
            "generate": shell(CAT),
        }
    )
    repository.commit({"app/a.in": CONFIG_MAP % "a", "shared/base.in": CONFIG_MAP % "base"})

    for name in ("probe", "probe-v1.2"):
        answer = await ask({"path": "app", "plugin": {"name": name}}, target=plugin_service)

        assert "" == answer.error.message
        assert ["a", "base"] == [json.loads(m)["metadata"]["name"] for m in answer.manifests]


@pytest.mark.parametrize(
    "discover",
    [
        {"fileName": "*.in"},
        {"find": {"glob": "**/*.in"}},
        {"find": shell("find . -name '*.in' | grep in")},
    ],
)
async def test_discovery(repository, ask, start_plugin, plugin_service, discover):
    """A source without a type is the plugin's if the plugin says so; others stay what they are."""
    start_plugin({"discover": discover, "generate": shell(CAT)})
    repository.commit({"app/a.in": CONFIG_MAP % "a", "plain/b.yaml": CONFIG_MAP % "b"})

    mine = await ask({"path": "app"}, target=plugin_service)
    other = await ask({"path": "plain"}, target=plugin_service)
    unnamed = await ask({"path": "app", "plugin": {}}, target=plugin_service)
    nobody = await ask({"path": "plain", "plugin": {}}, target=plugin_service)
    named = await ask({"path": "plain", "plugin": {"name": "probe"}}, target=plugin_service)

    assert ("Plugin", "") == (mine.source_type, mine.error.message)
    assert ("Directory", "") == (other.source_type, other.error.message)
    assert mine.manifests == unnamed.manifests
    assert "no config management plugin supports this source" == nobody.error.message
    assert "plugin probe: its discovery does not match plain" == named.error.message


async def test_a_new_commit_is_asked_about_again(repository, ask, start_plugin, plugin_service):
    """A file that makes a source the plugin's need not be one the last plan read."""
    start_plugin({"discover": {"find": {"glob": "mark"}}, "generate": shell(CAT)})
    repository.commit({"app/a.yaml": CONFIG_MAP % "a", "app/b.in": CONFIG_MAP % "b"})
    before = await ask({"path": "app"}, target=plugin_service)
    repository.commit({"app/mark": ""})
    after = await ask({"path": "app"}, target=plugin_service)

    assert "Directory" == before.source_type
    assert "Plugin" == after.source_type


async def test_a_file_elsewhere_may_make_a_source_the_plugins(
    repository, ask, start_plugin, plugin_service
):
    """All that the last plan read is as it was; the plugin is asked all the same."""
    start_plugin({"discover": {"find": shell("ls ../mark || true")}, "generate": shell(CAT)})
    repository.commit({"app/a.yaml": CONFIG_MAP % "a", "app/b.in": CONFIG_MAP % "b"})
    types = []
    for files in ({}, {"mark": ""}):
        repository.commit(files)
        types.append((await ask({"path": "app"}, target=plugin_service)).source_type)

    assert ["Directory", "Plugin"] == types


async def test_a_plugin_that_is_gone_fails_instead_of_becoming_a_directory(
    repository, ask, start_plugin, plugin_service
):
    """Nothing else may be rendered in its place: what it made would be pruned."""
    plugin = start_plugin({"discover": {"fileName": "*.in"}, "generate": shell(CAT)})
    repository.commit({"app/a.in": CONFIG_MAP % "a", "app/b.yaml": CONFIG_MAP % "b"})
    before = await ask({"path": "app"}, target=plugin_service)
    plugin.process.kill()
    plugin.process.wait()
    repository.commit({"elsewhere": "x"})

    after = await ask({"path": "app"}, target=plugin_service)
    explicit = await ask({"path": "app", "directory": {}}, target=plugin_service)

    assert "" == before.error.message
    assert "UNAVAILABLE" == after.error.code
    assert after.error.message.startswith("plugin probe: ")
    assert "Directory" == explicit.source_type


async def test_an_expected_plugin_is_waited_for(
    repository, ask, start_plugin, start_service, sockets
):
    """Before its socket is there, no source is taken for something else."""
    service = start_service(f"--plumbline-plugins={sockets}", "--plumbline-expected-plugins=probe")
    repository.commit({"app/a.in": CONFIG_MAP % "a", "app/b.yaml": CONFIG_MAP % "b"})

    before = await ask({"path": "app"}, target=service)
    explicit = await ask({"path": "app", "directory": {}}, target=service)
    start_plugin({"discover": {"fileName": "*.in"}, "generate": shell(CAT)})
    after = await ask({"path": "app"}, target=service)

    assert "UNAVAILABLE" == before.error.code
    assert "Directory" == explicit.source_type
    assert ("Plugin", "") == (after.source_type, after.error.message)


async def test_names(repository, ask, start_plugin, plugin_service):
    """A plugin that is not there, one with two versions, and what is no name."""
    for version in ("v1", "v2"):
        start_plugin({"version": version, "generate": shell("true")}, name="twice")
    repository.commit({"app/a.in": ""})

    found = {
        name: (await ask({"path": "app", "plugin": {"name": name}}, target=plugin_service)).error
        for name in ("absent", "twice", "../../probe")
    }

    assert "NOT_FOUND" == found["absent"].code
    assert "each one is a sidecar" in found["absent"].message
    assert "plugin 'twice' is not there: name one of twice-v1, twice-v2" == found["twice"].message
    assert "plugin name '../../probe' is not a name" == found["../../probe"].message


async def test_the_key_holds_all_that_is_sent(repository, ask, start_plugin, plugin_service):
    """A change anywhere in the repository, a variable or a parameter renders anew."""
    start_plugin({"generate": shell(CAT)})
    repository.commit({"app/a.in": CONFIG_MAP % "a", "other/b": "1"})
    source = {"path": "app", "plugin": {"name": "probe"}}
    first = await ask(source, target=plugin_service)
    same = await ask(source, target=plugin_service, known_key=first.key)
    variable = await ask(
        source | {"plugin": {"name": "probe", "env": [{"name": "A", "value": "1"}]}},
        target=plugin_service,
        known_key=first.key,
    )
    repository.commit({"other/b": "2"})
    moved = await ask(source, target=plugin_service, known_key=first.key)

    assert same.unchanged
    assert not variable.unchanged
    assert not moved.unchanged


async def test_only_the_paths_of_the_annotation_are_sent(
    repository, ask, start_plugin, start_service, sockets
):
    """Where the operator chose so: what lies elsewhere is neither seen nor counted."""
    service = start_service(
        f"--plumbline-plugins={sockets}",
        "--plugin-use-manifest-generate-paths=true",
        "--plugin-tar-exclude=*.secret;team/docs",
    )
    listing = "find ../.. -type f | sort | tr '\\n' ' '"
    start_plugin(
        {
            "generate": shell(
                "printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: x}\\n"
                'data: {files: "%s", path: "%s"}\\n\' '
                f'"$({listing})" "$ARGOCD_APP_SOURCE_PATH"'
            )
        }
    )
    repository.commit(
        {
            "team/apps/app/a.in": "a",
            "team/shared/b.in": "b",
            "elsewhere/c": "c",
            "team/apps/app/k.secret": "k",
            "x.secret": "x",
            "team/docs/d": "d",
        }
    )
    source = {"path": "team/apps/app", "plugin": {"name": "probe"}}
    paths = {"manifest_generate_paths": ".;/team/shared"}

    whole = await ask(source, target=service)
    narrow = await ask(source, target=service, **paths)
    repository.commit({"elsewhere/c": "2"})
    after = await ask(source, target=service, known_key=narrow.key, **paths)

    def files(answer):
        return json.loads(answer.manifests[0])["data"]["files"].replace("../../", "").split()

    # Globs count from the directory that is sent, and do not cross a slash.
    assert ["apps/app/a.in", "apps/app/k.secret", "shared/b.in"] == files(whole)
    assert ["apps/app/a.in", "apps/app/k.secret", "docs/d", "shared/b.in"] == files(narrow)
    assert after.unchanged


async def test_parameters_and_names_for_the_user_interface(
    repository, authority, start_plugin, plugin_service
):
    """AppDetails announces what the plugin can be given; ListPlugins names it."""
    dynamic = json.dumps([{"name": "from-command", "collectionType": "map", "map": {"a": "b"}}])
    start_plugin(
        {
            "discover": {"fileName": "*.in"},
            "generate": shell("true"),
            "parameters": {
                "static": [{"name": "fixed", "title": "T", "required": True, "string": "s"}],
                "dynamic": {"command": ["echo"], "args": [dynamic]},
            },
        }
    )
    repository.commit({"app/a.in": "", "plain/b.yaml": ""})
    async with channels.channel(plugin_service.target, authority.identity("api-server")) as channel:
        stub = repo_pb2_grpc.RepoServiceStub(channel)

        async def details(source):
            return await stub.AppDetails(
                repo_pb2.AppDetailsRequest(
                    repository=repo_pb2.Repository(url=repository.url),
                    revision="main",
                    source=repo_pb2.SourceRequest(source_json=json.dumps(source).encode()),
                )
            )

        found = await details({"path": "app"})
        plain = await details({"path": "plain"})
        with pytest.raises(grpc.aio.AioRpcError, match="is not there"):
            await details({"path": "plain", "plugin": {"name": "absent"}})
        names = await stub.ListPlugins(repo_pb2.ListPluginsRequest())

    assert "Plugin" == found.source_type
    assert ["from-command", "fixed"] == [a.name for a in found.announcements]
    assert {"a": "b"} == dict(found.announcements[0].map)
    assert found.announcements[1].required
    assert "Directory" == plain.source_type
    assert ["probe"] == list(names.names)
