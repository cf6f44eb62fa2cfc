"""Value files of one repository for a chart in another: `$ref/path`, each at its own revision."""

import pytest

from plumbline.pb.repo import repo_pb2

CHART = {
    "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "chart/templates/cm.yaml": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"
        "data: {level: {{ .Values.level | quote }}, text: {{ .Values.text | quote }}}\n"
    ),
    "chart/values.yaml": "level: chart\ntext: ''\n",
}


def helm(**options):
    return {"repoURL": "https://h/r", "path": "chart", "helm": options}


@pytest.fixture
def values(make_repository):
    """A repository of values."""
    made = make_repository("values")
    made.commit({"env/prod.yaml": "level: prod\n", "env/dev.yaml": "level: dev\n", "t.txt": "text"})
    return made


async def test_values_come_from_another_repository(repository, values, objects):
    """Value files, globs and files of parameters; the build environment in their paths."""
    repository.commit(CHART)
    values.commit({"env/guestbook.yaml": "level: own\n"})

    async def level(**options):
        (made,) = await objects(helm(**options), refs={"values": values})
        return made["data"]["level"]

    assert "prod" == await level(valueFiles=["$values/env/prod.yaml"])
    assert "prod" == await level(valueFiles=["$values/env/dev.yaml", "$values/env/[op]*d.yaml"])
    assert "own" == await level(valueFiles=["$values/env/$ARGOCD_APP_NAME.yaml"])
    assert "text" == await level(fileParameters=[{"name": "level", "path": "$values/t.txt"}])


async def test_a_source_may_refer_to_itself(repository, objects):
    """A source with a ref and a path reads its own repository under that name."""
    repository.commit({**CHART, "env/x.yaml": "level: mine\n"})

    (made,) = await objects({**helm(valueFiles=["$me/env/x.yaml"]), "ref": "me"})

    assert "mine" == made["data"]["level"]


async def test_a_source_with_only_a_ref_has_no_manifests(repository, ask):
    """It is there to be read by others."""
    repository.commit({"cm.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"})

    answer = await ask({"repoURL": repository.url, "ref": "values"})

    assert "" == answer.error.message
    assert not answer.manifests


async def test_a_commit_of_the_ref_counts_only_if_it_touches_the_files(repository, values, ask):
    """The key holds the object ids of the files that are read, in order."""
    repository.commit(CHART)
    source = helm(valueFiles=["$values/env/prod.yaml"])
    refs = {"values": values}
    before = await ask(source, refs=refs)
    values.commit({"env/dev.yaml": "level: other\n", "README.md": "x"})
    beside = await ask(source, refs=refs, known_key=before.key)
    values.commit({"env/prod.yaml": "level: new\n"})
    after = await ask(source, refs=refs, known_key=before.key)

    assert beside.unchanged
    assert b'"level":"new"' in after.manifests[0]


async def test_a_ref_can_be_pinned(repository, values, stub):
    """The commit that the caller names is read, whatever the branch says now."""
    repository.commit(CHART)
    pinned = values.git("rev-parse", "HEAD")
    values.commit({"env/prod.yaml": "level: new\n"})
    request = repo_pb2.RenderRequest(
        repository=repo_pb2.Repository(url=repository.url),
        revision="main",
        referenced=[
            repo_pb2.ReferencedRepository(
                repository=repo_pb2.Repository(url=values.url), revision="main", commit=pinned
            )
        ],
        sources=[
            repo_pb2.SourceRequest(
                id="x",
                app_name="a",
                source_json=b'{"path":"chart","helm":{"valueFiles":["$v/env/prod.yaml"]}}',
                references=[repo_pb2.SourceReference(name="v", repository=0)],
            )
        ],
    )

    (answer,) = [answer async for answer in stub.Render(request)]

    assert b'"level":"prod"' in answer.manifests[0]


async def test_a_ref_may_be_another_commit_of_the_same_repository(repository, stub):
    """One mirror, two trees: the chart of today with the values of a tag."""
    repository.commit({**CHART, "env/prod.yaml": "level: tagged\n"})
    repository.git("tag", "v1")
    repository.commit({"env/prod.yaml": "level: today\n"})
    told = repo_pb2.Repository(url=repository.url)
    request = repo_pb2.RenderRequest(
        repository=told,
        revision="main",
        referenced=[
            repo_pb2.ReferencedRepository(repository=told, revision="1.*", tag_prefix="v"),
            repo_pb2.ReferencedRepository(repository=told, revision="main"),
        ],
        sources=[
            repo_pb2.SourceRequest(
                id=str(number),
                app_name="a",
                source_json=b'{"path":"chart","helm":{"valueFiles":["$v/env/prod.yaml"]}}',
                references=[repo_pb2.SourceReference(name="v", repository=number)],
            )
            for number in (0, 1)
        ],
    )

    found = {answer.id: answer.manifests[0] async for answer in stub.Render(request)}

    assert b'"level":"tagged"' in found["0"]
    assert b'"level":"today"' in found["1"]


async def test_a_ref_that_cannot_be_opened_concerns_who_reads_it(repository, values, ask, tmp_path):
    """Other sources of the call render; the reader's error names the cause."""
    repository.commit(CHART)
    gone = type("Gone", (), {"url": f"file://{tmp_path}/gone"})

    reader = await ask(helm(valueFiles=["$values/x.yaml"]), refs={"values": gone})
    other = await ask(helm(), refs={"values": gone})

    assert "gone" in reader.error.message
    assert 1 == len(other.manifests)


@pytest.mark.parametrize(
    ("refs", "path", "text"),
    [
        ([], "$values/x.yaml", "source referenced '$values', but no source has a 'ref' field"),
        (["a"], "$values/x.yaml", "which is not one of the available sources ($a)"),
        (["a"], "$a/absent.yaml", "'$a/absent.yaml' does not exist"),
    ],
)
async def test_an_unknown_ref_is_named(repository, values, ask, refs, path, text):
    """A slip in the name is told."""
    repository.commit(CHART)

    answer = await ask(helm(valueFiles=[path]), refs=dict.fromkeys(refs, values))

    assert text in answer.error.message
