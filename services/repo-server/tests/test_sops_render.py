"""Encrypted files in real repositories, rendered by the service for projects that may."""

import base64
import json
import pathlib
import shutil

import pytest

from plumbline import cache
from plumbline.core import secret
from plumbline.testcluster import redisserver

DATA = pathlib.Path(__file__).parent / "testdata/sops"
SECRET = (DATA / "encrypted/secret.yaml").read_text()
CANARY = "correct-horse-battery"
PLAIN = "apiVersion: v1\nkind: Secret\nmetadata: {name: %s}\nstringData: {p: %s}\n"
KSOPS = (
    "apiVersion: viaduct.ai/v1\nkind: ksops\nmetadata:\n  name: g\n"
    "  annotations:\n    config.kubernetes.io/function: |\n      exec: {path: ksops}\n"
)


@pytest.fixture
def keys(tmp_path):
    """A folder of keys as it is mounted."""
    folder = tmp_path / "keys"
    shutil.copytree(DATA / "keys", folder)
    return folder


@pytest.fixture
def sops_service(start_service, keys):
    """A repo-server with those keys."""
    return start_service(f"--plumbline-sops-keys={keys}")


@pytest.fixture
def render(ask, sops_service):
    """Render with decryption allowed."""

    async def one(source, **fields):
        fields.setdefault("decrypt", True)
        return await ask(source, target=sops_service, project="shop", **fields)

    return one


def secrets(answer):
    """Return the values of the Secrets by name, as they read."""
    assert "" == answer.error.message
    found = {}
    for raw in answer.manifests:
        tree = json.loads(raw)
        values = dict(tree.get("stringData") or {})
        for key, value in (tree.get("data") or {}).items():
            values[key] = base64.b64decode(value).decode()
        found[tree["metadata"]["name"]] = values
    return found


async def test_a_directory(repository, render, sops_service):
    """The manifest is as it was before it was encrypted; nothing of it stays behind."""
    repository.commit({"app/a.yaml": SECRET, "app/b.yaml": PLAIN % ("open", "plaintext")})

    answer = await render({"path": "app"})
    made = secrets(answer)

    assert CANARY == made["db"]["password"]
    assert "token-4f2a91" == made["db"]["token"]
    assert all("sops" not in json.loads(raw) for raw in answer.manifests)
    assert ["open"] == list(answer.plaintext_secrets)
    assert [] == sops_service.work()
    assert CANARY not in sops_service.log.read_text()


async def test_a_project_that_does_not_allow_it(repository, render):
    """The file stays as it is in Git, with a warning; the two renders share no key."""
    repository.commit({"app/a.yaml": SECRET})

    allowed = await render({"path": "app"})
    refused = await render({"path": "app"}, decrypt=False)

    assert CANARY not in str(refused)
    assert allowed.key != refused.key
    assert refused.warnings[0].startswith("Secret db is applied as SOPS encrypted it")


async def test_the_keys_are_part_of_the_render_key(repository, render, keys):
    """Another set of keys renders anew; one that does not fit any more is an error."""
    repository.commit({"app/a.yaml": SECRET})
    first = await render({"path": "app"})
    same = await render({"path": "app"}, known_key=first.key)
    (keys / "pgp.asc").unlink()
    fewer = await render({"path": "app"}, known_key=first.key)
    (keys / "age.txt").unlink()
    gone = await render({"path": "app"})

    assert same.unchanged
    assert fewer.key != first.key
    assert list(fewer.manifests) == list(first.manifests)
    assert "FAILED_PRECONDITION" == gone.error.code
    assert "app/a.yaml: encrypted for age1" in gone.error.message


async def test_a_changed_file_is_refused(repository, render):
    """The MAC covers what stands plain too."""
    repository.commit({"app/a.yaml": SECRET.replace("name: db", "name: other")})

    answer = await render({"path": "app"})

    assert "app/a.yaml: changed after it was encrypted" in answer.error.message


async def test_a_kustomization(repository, render):
    """Resources, and generators that read encrypted files of each format."""
    repository.commit(
        {
            "app/kustomization.yaml": "resources: [a.yaml]\nnamespace: web\n"
            "generatorOptions: {disableNameSuffixHash: true}\nsecretGenerator:\n"
            "- name: files\n  files: [c.json, raw=d.bin]\n- name: envs\n  envs: [e.env]\n"
            "- name: literal\n  literals: [p=plaintext]\n",
            "app/a.yaml": SECRET,
            "app/c.json": (DATA / "encrypted/all.json").read_text(),
            "app/d.bin": json.dumps(json.loads((DATA / "encrypted/all.bin").read_text())),
            "app/e.env": (DATA / "encrypted/all.env").read_text(),
        }
    )

    answer = await render({"path": "app"})
    bodies = {json.loads(raw)["metadata"]["name"]: json.loads(raw) for raw in answer.manifests}

    assert CANARY == bodies["db"]["stringData"]["password"]
    opened = json.loads(base64.b64decode(bodies["files"]["data"]["c.json"]))
    assert json.loads((DATA / "opened/all.json").read_text()) == opened
    assert (DATA / "opened/all.bin").read_bytes() == base64.b64decode(
        bodies["files"]["data"]["raw"]
    )
    assert "b" == base64.b64decode(bodies["envs"]["data"]["A"]).decode()
    assert ["web/literal"] == list(answer.plaintext_secrets)


async def test_a_chart_with_encrypted_values(repository, render):
    """A value file is decrypted; a Secret made of its values does not count as plaintext."""
    repository.commit(
        {
            "app/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
            "app/values.yaml": "user: admin\n",
            "app/hidden.yaml": SECRET,
            "app/templates/s.yaml": PLAIN % ("made", "{{ .Values.stringData.url | quote }}"),
            "app/templates/t.yaml": PLAIN % ("open", "{{ .Values.user }}"),
        }
    )

    answer = await render({"path": "app", "helm": {"valueFiles": ["hidden.yaml"]}})

    assert f"postgres://app:{CANARY}@db/app" == secrets(answer)["made"]["p"]
    assert ["open"] == list(answer.plaintext_secrets)


async def test_values_of_another_source(repository, make_repository, render):
    """A reference's file is decrypted too."""
    repository.commit(
        {
            "app/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
            "app/templates/s.yaml": PLAIN % ("made", "{{ .Values.stringData.password }}"),
        }
    )
    values = make_repository("values")
    values.commit({"prod.yaml": SECRET})

    answer = await render(
        {"path": "app", "helm": {"valueFiles": ["$v/prod.yaml"]}}, refs={"v": values}
    )

    assert CANARY == secrets(answer)["made"]["p"]


async def test_a_submodule(repository, make_repository, render):
    """Its files are decrypted with the keys of the project that opened it, as the others are."""
    lib = make_repository("lib")
    commit = lib.commit({"deep/secret.yaml": SECRET})
    repository.commit({"app/own.yaml": PLAIN % ("open", "plaintext")})
    repository.mount("app/lib", commit, "../lib")
    whole = {"path": "app", "directory": {"recurse": True}}

    unopened = await render(whole)
    answer = await render(whole, submodules=[lib])
    refused = await render(whole, submodules=[lib], decrypt=False)

    assert [lib.url] == list(unopened.error.submodules)
    assert CANARY == secrets(answer)["db"]["password"]
    assert ["open"] == list(answer.plaintext_secrets)
    assert CANARY not in str(refused)
    assert answer.key != refused.key


async def test_a_chart_in_a_submodule(repository, make_repository, render):
    """Value files beside a chart that both came from there."""
    lib = make_repository("lib")
    commit = lib.commit(
        {
            "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
            "chart/hidden.yaml": SECRET,
            "chart/templates/s.yaml": PLAIN % ("made", "{{ .Values.stringData.password }}"),
        }
    )
    repository.commit({"README": ""})
    repository.mount("lib", commit, "../lib")

    answer = await render(
        {"path": "lib/chart", "helm": {"valueFiles": ["hidden.yaml"]}}, submodules=[lib]
    )

    assert CANARY == secrets(answer)["made"]["p"]
    assert [] == list(answer.plaintext_secrets)


async def test_an_error_of_a_tool_does_not_repeat_a_value(repository, render, sops_service):
    """Helm quotes what `fail` is given, kustomize what it cannot parse."""
    repository.commit(
        {
            "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
            "chart/hidden.yaml": SECRET,
            "chart/templates/s.yaml": "{{ fail .Values.stringData.password }}\n",
            "k/kustomization.yaml": "resources: [a.yaml]\npatches:\n- path: e.env\n",
            "k/a.yaml": SECRET,
            "k/e.env": (DATA / "encrypted/all.env").read_text(),
        }
    )

    chart = await render({"path": "chart", "helm": {"valueFiles": ["hidden.yaml"]}})
    build = await render({"path": "k"})

    assert "execution error" in chart.error.message
    assert build.error.message
    for text in (chart.error.message, build.error.message, sops_service.log.read_text()):
        assert CANARY not in text
        assert "a b c" not in text


async def test_ksops_generators(repository, render, ask):
    """Their files become resources, their secretFrom Secrets; no program is started."""
    repository.commit(
        {
            "app/kustomization.yaml": "generators: [gen.yaml]\nresources: [cm.yaml, sub]\n",
            "app/cm.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n",
            "app/gen.yaml": f"{KSOPS}files: [./a.yaml]\n---\n{KSOPS}secretFrom:\n"
            "- metadata: {name: made, labels: {a: b}}\n  type: Opaque\n  files: [c.json]\n"
            "  binaryFiles: [raw=d.bin]\n  envs: [e.env]\n",
            "app/a.yaml": SECRET,
            "app/c.json": (DATA / "encrypted/all.json").read_text(),
            "app/d.bin": (DATA / "encrypted/all.bin").read_text(),
            "app/e.env": (DATA / "encrypted/all.env").read_text(),
            "app/sub/kustomization.yaml": "namePrefix: sub-\ngenerators:\n- |\n  "
            + KSOPS.replace("\n", "\n  ")
            + "files: [b.yaml]\n",
            "app/sub/b.yaml": SECRET,
        }
    )

    answer = await render({"path": "app"})
    denied = await render({"path": "app"}, decrypt=False)

    bodies = {json.loads(raw)["metadata"]["name"]: json.loads(raw) for raw in answer.manifests}
    assert "" == answer.error.message
    assert {"x", "db", "sub-db", "made"} == set(bodies)
    assert CANARY == bodies["sub-db"]["stringData"]["password"]
    assert {"c.json", "raw", "A", "EMPTY", "MULTI", "Q", "SP", "X_unencrypted"} == set(
        bodies["made"]["data"]
    )
    assert {"a": "b"} == bodies["made"]["metadata"]["labels"]
    assert [] == list(answer.plaintext_secrets)
    assert "FAILED_PRECONDITION" == denied.error.code
    assert "KSOPS" in denied.error.message


async def test_ksops_beside_another_generator_is_refused(repository, render):
    """One file holds either."""
    other = "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: o}\n"
    repository.commit(
        {
            "app/kustomization.yaml": "generators: [gen.yaml]\n",
            "app/gen.yaml": f"{KSOPS}files: [a.yaml]\n---\n{other}",
        }
    )

    answer = await render({"path": "app"})

    assert "a KSOPS generator beside others" in answer.error.message


async def test_a_plugin_is_sent_decrypted_files(
    repository, ask, start_plugin, start_service, sockets, keys
):
    """And files for other keys as they are: nobody knows which it reads."""
    service = start_service(f"--plumbline-plugins={sockets}", f"--plumbline-sops-keys={keys}")
    start_plugin({"generate": {"command": ["cat"], "args": ["a.yaml"]}})
    (keys / "pgp.asc").unlink()
    repository.commit(
        {"app/a.yaml": SECRET, "other/pgp.yaml": (DATA / "encrypted/pgp.yaml").read_text()}
    )
    source = {"path": "app", "plugin": {"name": "probe"}}

    allowed = await ask(source, target=service, project="shop", decrypt=True)
    refused = await ask(source, target=service, project="shop")
    foreign = await ask(source | {"path": "other"}, target=service, project="shop", decrypt=True)

    assert CANARY == secrets(allowed)["db"]["password"]
    assert CANARY not in str(refused)
    assert "a.yaml" in foreign.error.message


async def test_redis_holds_nothing_readable(
    repository, ask, start_service, keys, tmp_path, monkeypatch
):
    """The entry is there, and the value is not in it."""
    server = redisserver.RedisServer.start(tmp_path / "redis")
    monkeypatch.setenv("REDIS_PASSWORD", server.password)
    address = f"127.0.0.1:{server.port}"
    service = start_service(f"--plumbline-sops-keys={keys}", f"--redis={address}")
    repository.commit({"app/a.yaml": SECRET})

    answer = await ask({"path": "app"}, target=service, project="shop", decrypt=True)
    backend = cache.RedisBackend(
        cache.Settings(address=address, password=secret.Secret(server.password))
    )
    raw = await backend.get(f"plumbline|render|{answer.key}")
    await backend.close()
    server.stop()

    assert CANARY == secrets(answer)["db"]["password"]
    assert raw
    assert CANARY.encode() not in raw
