"""Charts in Git by the real helm: what the Application says becomes what helm is told."""

import pytest

from plumbline.pb.repo import repo_pb2

CHART = "apiVersion: v2\nname: web\nversion: 1.0.0\n"
TEMPLATE = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
  namespace: {{ .Release.Namespace }}
data:
{{ range $name, $value := .Values }}
  {{ $name }}: {{ $value | toString | quote }}
{{ end }}
"""


def chart(files=None, path="chart"):
    """A chart whose one object shows its values."""
    found = {
        "Chart.yaml": CHART,
        "values.yaml": "level: chart\n",
        "templates/cm.yaml": TEMPLATE,
        **(files or {}),
    }
    return {f"{path}/{name}": text for name, text in found.items()}


def helm(path="chart", **options):
    return {"repoURL": "https://h/r", "path": path, "helm": options}


async def test_release_and_namespace_come_from_the_application(repository, objects):
    """The release is the application's name without its namespace; both can be set."""
    repository.commit(chart())

    (plain,) = await objects({"path": "chart"})
    (other,) = await objects(helm(), app_name="team_guestbook")
    (given,) = await objects(helm(releaseName="db", namespace="data"))

    assert ("guestbook", "web") == (plain["metadata"]["name"], plain["metadata"]["namespace"])
    assert "guestbook" == other["metadata"]["name"]
    assert ("db", "data") == (given["metadata"]["name"], given["metadata"]["namespace"])


async def test_values_win_in_the_contracts_order(repository, objects):
    """Parameters over valuesObject over values over the value files, in order, over the chart."""
    repository.commit(
        chart({"a.yaml": "level: a\none: a\n", "b.yaml": "level: b\n"})
        | {"env/prod.yaml": "level: prod\nfrom: env\n"}
    )
    files = {"valueFiles": ["a.yaml", "b.yaml", "../env/prod.yaml", "/env/prod.yaml"]}
    text = {"values": "level: text\n"}
    tree = {"valuesObject": {"level": "tree", "nested": {"a": [1]}}}
    parameter = {"parameters": [{"name": "level", "value": "parameter"}]}
    expected = ["chart", "prod", "text", "tree", "parameter"]

    found = []
    options = {}
    for step in ({}, files, text, tree, parameter):
        options |= step
        (shown,) = await objects(helm(**options))
        found.append(shown["data"]["level"])

    assert expected == found
    assert {"one": "a", "from": "env"}.items() <= shown["data"].items()
    assert "map[a:[1]]" == shown["data"]["nested"]


async def test_globs_select_value_files_by_name(repository, objects):
    """In order of names; one star stays in a directory, two cross; none matching is an error."""
    repository.commit(
        chart()
        | {
            "env/1.yaml": "level: one\na: x\n",
            "env/2.yaml": "level: two\n",
            "env/b/3.yaml": "b: deep\n",
        }
    )

    (one,) = await objects(helm(valueFiles=["../env/*.yaml"]))
    (two,) = await objects(helm(valueFiles=["/env/**/*.yaml"]))
    (none,) = await objects(helm(valueFiles=["/none/*.yaml"], ignoreMissingValueFiles=True))

    assert {"level": "two", "a": "x"} == one["data"]
    assert {"level": "two", "a": "x", "b": "deep"} == two["data"]
    assert {"level": "chart"} == none["data"]


async def test_a_missing_value_file_is_an_error_unless_ignored(repository, ask, objects):
    """Once it appears, it counts."""
    repository.commit(chart())
    missing = helm(valueFiles=["prod.yaml"])
    ignored = helm(valueFiles=["prod.yaml"], ignoreMissingValueFiles=True)

    answer = await ask(missing)
    (before,) = await objects(ignored)
    repository.commit({"chart/prod.yaml": "level: prod\n"})
    (after,) = await objects(ignored)

    assert "helm value file 'prod.yaml' does not exist" == answer.error.message
    assert ("chart", "prod") == (before["data"]["level"], after["data"]["level"])


async def test_parameters_are_what_helm_makes_of_them(repository, objects):
    """Types, forced texts, lists, commas, and the build environment."""
    commit = repository.commit(chart({"text.txt": "from a file, with commas"}))
    parameters = [
        {"name": "number", "value": "1"},
        {"name": "text", "value": "1", "forceString": True},
        {"name": "list", "value": "{a,b}"},
        {"name": "comma", "value": "a,b=c"},
        {"name": "app", "value": "$ARGOCD_APP_NAME/${ARGOCD_APP_NAMESPACE}/$$x$NONE"},
        {"name": "sha", "value": "$ARGOCD_APP_REVISION_SHORT"},
    ]
    files = [{"name": "file", "path": "text.txt"}]

    (shown,) = await objects(helm(parameters=parameters, fileParameters=files))

    assert {
        "level": "chart",
        "number": "1",
        "text": "1",
        "list": "[a b]",
        "comma": "a,b=c",
        "app": "guestbook/web/$x",
        "sha": commit[:7],
        "file": "from a file, with commas",
    } == shown["data"]


async def test_the_cluster_is_known_to_the_chart(repository, objects):
    """kubeVersion and apiVersions are the destination's, or what the source says."""
    repository.commit(
        chart(
            {
                "templates/cm.yaml": (
                    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n"
                    "  version: {{ .Capabilities.KubeVersion.Version }}\n"
                    '  has: {{ .Capabilities.APIVersions.Has "a.io/v1/Thing" | quote }}\n'
                    '  looked: {{ lookup "v1" "Secret" "web" "x" | toString | quote }}\n'
                )
            }
        )
    )
    cluster = {"kube_version": "v1.31.2", "api_versions": ["a.io/v1", "a.io/v1/Thing", "v1"]}

    (there,) = await objects({"path": "chart"}, **cluster)
    (said,) = await objects(helm(kubeVersion="1.29.0", apiVersions=["b.io/v1"]), **cluster)

    assert {"version": "v1.31.2", "has": "true", "looked": "map[]"} == there["data"]
    assert {"version": "v1.29.0", "has": "false", "looked": "map[]"} == said["data"]


async def test_crds_tests_and_schema_are_switches(repository, ask):
    """CRDs and tests are included unless skipped; a schema is checked unless skipped."""
    crd = (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
        "metadata: {name: things.a.io}\n"
    )
    test = (
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: test\n  annotations: {helm.sh/hook: test}\n"
    )
    schema = '{"properties": {"level": {"enum": ["chart"]}}}'
    repository.commit(
        chart({"crds/c.yaml": crd, "templates/test.yaml": test, "values.schema.json": schema})
    )
    bad = {"values": "level: other\n"}

    async def kinds(**options):
        answer = await ask(helm(**options))
        return sorted(
            kind
            for kind in ("ConfigMap", "CustomResourceDefinition", "Pod")
            if any(f'"kind":"{kind}"'.encode() in text for text in answer.manifests)
        )

    assert ["ConfigMap", "CustomResourceDefinition", "Pod"] == await kinds()
    assert ["ConfigMap", "Pod"] == await kinds(skipCrds=True)
    assert ["ConfigMap", "CustomResourceDefinition"] == await kinds(skipTests=True)
    assert [] == await kinds(**bad)
    assert 3 == len(await kinds(**bad, skipSchemaValidation=True))


async def test_override_files_change_the_source(repository, objects):
    """`.argocd-source.yaml`, then the application's own, in the chart's directory."""
    repository.commit(
        chart(
            {
                ".argocd-source.yaml": "helm: {parameters: [{name: level, value: all}]}\n",
                ".argocd-source-guestbook.yaml": "helm: {releaseName: mine}\n",
            }
        )
    )

    (mine,) = await objects({"path": "chart"})
    (other,) = await objects({"path": "chart"}, app_name="other")

    assert ("mine", "all") == (mine["metadata"]["name"], mine["data"]["level"])
    assert "other" == other["metadata"]["name"]


async def test_local_dependencies_are_found(repository, objects):
    """`file://` charts beside the chart, also through one another, and vendored ones."""
    dependency = "dependencies:\n- {name: lib, version: 1.0.0, repository: 'file://../lib'}\n"
    vendored = "- {name: own, version: 1.0.0, repository: 'https://charts.example'}\n"
    deeper = "dependencies:\n- {name: deep, version: 1.0.0, repository: 'file://../deep'}\n"
    repository.commit(
        chart({"Chart.yaml": CHART + dependency + vendored})
        | chart({"Chart.yaml": CHART.replace("web", "lib") + deeper}, "lib")
        | chart({"Chart.yaml": CHART.replace("web", "deep")}, "deep")
        | chart({"Chart.yaml": CHART.replace("web", "own")}, "chart/charts/own")
    )

    found = await objects(helm(parameters=[{"name": "lib.deep.level", "value": "set"}]))

    assert 4 == len(found)
    assert "set" in [tree["data"].get("level") for tree in found]


async def test_a_dependency_that_is_not_vendored_is_named(repository, ask):
    """The message says which, from where, and what to do, where the project permits no fetch."""
    repository.commit(
        chart(
            {
                "Chart.yaml": CHART
                + "dependencies:\n- {name: redis, version: 1.x, repository: 'https://c.example'}\n"
            }
        )
    )

    answer = await ask({"path": "chart"})

    assert "'redis' is not in charts/" in answer.error.message
    assert "https://c.example is not permitted" in answer.error.message
    assert "add it to sourceRepos" in answer.error.message


async def test_a_chart_error_is_helms_own_without_local_paths(repository, ask, service):
    """File and line of the template, no directory of the server."""
    repository.commit(chart({"templates/bad.yaml": '{{ fail "no luck" }}\n'}))

    answer = await ask({"path": "chart"})

    assert "web/templates/bad.yaml" in answer.error.message
    assert "no luck" in answer.error.message
    assert str(service.folder) not in answer.error.message
    assert [] == service.work()


async def test_a_render_that_varies_is_marked(repository, ask):
    """A chart with random values renders twice; the answer says that they differ."""
    repository.commit(chart({"templates/cm.yaml": TEMPLATE + "  x: {{ randAlpha 20 }}\n"}))

    answer = await ask({"path": "chart"})

    assert not answer.deterministic
    assert "two renders of the same chart differ" in answer.warnings[0]


READ = ("chart/values.yaml", "chart/templates/cm.yaml", "env/prod.yaml", "lib/values.yaml")


@pytest.mark.parametrize("path", [*READ, "chart2/values.yaml", "env/dev.yaml", "README.md"])
async def test_a_key_moves_exactly_with_what_is_read(repository, ask, path):
    """A commit beside the chart, its dependencies and its value files leaves the key."""
    dependency = "dependencies:\n- {name: lib, version: 1.0.0, repository: 'file://../lib'}\n"
    repository.commit(
        chart({"Chart.yaml": CHART + dependency})
        | chart({"Chart.yaml": CHART.replace("web", "lib")}, "lib")
        | chart(path="chart2")
        | {"env/prod.yaml": "a: b\n", "env/dev.yaml": "a: c\n", "README.md": "x\n"}
    )
    source = helm(valueFiles=["/env/prod.yaml"])
    before = await ask(source)
    text = (repository.path / path).read_text()
    repository.commit({path: text + "# changed\n"})

    after = await ask(source, known_key=before.key)

    assert "" == before.error.message + after.error.message
    assert (path not in READ) == after.unchanged


async def test_only_a_parameter_that_names_the_revision_follows_it(repository, ask):
    """A commit elsewhere renders anew only where its id is shown."""
    repository.commit(chart())
    plain = helm(parameters=[{"name": "a", "value": "$ARGOCD_APP_NAME"}])
    bound = helm(parameters=[{"name": "a", "value": "$ARGOCD_APP_REVISION"}])
    keys = [(await ask(source)).key for source in (plain, bound)]
    commit = repository.commit({"README.md": "x"})

    same = await ask(plain, known_key=keys[0])
    other = await ask(bound, known_key=keys[1])

    assert same.unchanged
    assert commit.encode() in other.manifests[0]


async def test_many_sources_share_a_clusters_capabilities(repository, stub):
    """A table in the request; a position outside of it is refused."""
    repository.commit(
        chart(
            {
                "templates/cm.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"
                "data: {v: {{ .Capabilities.KubeVersion.Version }}}\n"
            }
        )
    )
    request = repo_pb2.RenderRequest(
        repository=repo_pb2.Repository(url=repository.url),
        revision="main",
        capabilities=[
            repo_pb2.Capabilities(kube_version="v1.30.1"),
            repo_pb2.Capabilities(kube_version="v1.31.1"),
        ],
        sources=[
            repo_pb2.SourceRequest(
                id=str(number), source_json=b'{"path":"chart"}', app_name="a", capabilities=number
            )
            for number in (1, 2)
        ],
    )

    found = {answer.id: answer.manifests[0] async for answer in stub.Render(request)}

    assert b"v1.30.1" in found["1"]
    assert b"v1.31.1" in found["2"]
