"""SOPS files as `sops` itself wrote and opened them, and what changed since then."""

import json
import pathlib
import re
import shutil

import pytest
import yaml

from plumbline.core import errors
from plumbline.repo_server import sops
from plumbline.repo_server.sops import document

DATA = pathlib.Path(__file__).parent / "testdata/sops"
CASES = sorted(path.name for path in (DATA / "encrypted").iterdir())


@pytest.fixture(scope="module")
def keyring():
    """The keys of the recorded files."""
    return sops.Keyrings(DATA / "keys").of("shop")


def encrypted(name):
    return (DATA / "encrypted" / name).read_text()


def opened(text, name, keyring):
    made, _ = document.decrypted(text.encode(), f"app/{name}", keyring)
    return made


def meaning(content, name):
    """Return what a consumer of the format reads."""
    if name.endswith(".yaml"):
        return list(yaml.safe_load_all(content))
    if name.endswith((".env", ".ini")):
        lines = [re.sub(r"\s*=\s*", "=", line) for line in content.decode().split("\n")]
        return [line for line in lines if line and line[0] not in "#;"]
    return content


@pytest.mark.parametrize("name", CASES)
def test_a_file_reads_as_sops_opens_it(keyring, name):
    """Every format, rule and kind of key; JSON and binary to the byte."""
    found = opened(encrypted(name), name, keyring)

    assert meaning((DATA / "opened" / name).read_bytes(), name) == meaning(found, name)


def test_the_rest_of_a_yaml_file_keeps_its_text(keyring):
    """Values are replaced where they stand, and the metadata is cut out."""
    text = encrypted("secret.yaml")
    found = opened("# mine\n" + text, "secret.yaml", keyring).decode()

    assert found.startswith("# mine\napiVersion: v1\nkind: Secret\nmetadata:\n    name: db\n")
    assert 'password: "correct-horse-battery"\n' in found
    assert "sops" not in found


def test_a_file_without_metadata_is_left_alone(keyring):
    """Words are not enough."""
    for name, text in {
        "a.yaml": "sops: {x: 1}\na: ENC[AES256_GCM,data:x]\n",
        "b.yaml": "sops: [ENC[AES256_GCM,\n",
        "c.json": '{"sops": 1, "a": "ENC[AES256_GCM,"}',
        "d.txt": "sops ENC[AES256_GCM,",
        "e.env": "sops_x=1\nA=ENC[AES256_GCM,",
        "f.ini": "[sops]\nx=1\na=ENC[AES256_GCM,",
    }.items():
        assert document.may_be_encrypted(text.encode())
        assert document.decrypted(text.encode(), name, keyring) is None


def changed(text, name):
    """Yield a file with one thing changed at a time."""
    values = re.findall(r"ENC\[AES256_GCM,data:[^\]]+\]", text)
    values = [value for value in values if not value.endswith("type:comment]")]
    first, second = values[0], values[1]
    yield "swapped", text.replace(first, "@@").replace(second, first).replace("@@", second)
    yield "removed", text.replace(first, "null" if name.endswith("yaml") else "")
    yield "another mac", text.replace(values[-1], first)
    flipped = first.replace("data:", "data:A", 1)
    yield "flipped", text.replace(first, flipped)
    yield "time", text.replace("2026-", "2025-")
    if name.endswith(".yaml"):
        yield "added", f"new_unencrypted: 1\nname: 1\n{text}"
        yield "plain", text.replace(first, "plain")
        yield "alias", f"x: &x 1\ny: *x\n{text}"
    yield "dropped rule", re.sub(r"(?m)^.*(encrypted_(suffix|regex)).*\n", "", text)


@pytest.mark.parametrize("name", ["all.yaml", "all.json", "all.env", "all.ini", "secret.yaml"])
def test_what_was_changed_since_does_not_open(keyring, name):
    """Neither values nor their places nor the rules; the error names the file, and no value."""
    for what, text in changed(encrypted(name), name):
        with pytest.raises(errors.InvalidArgument) as caught:
            opened(text, name, keyring)
        assert f"app/{name}: " in caught.value.message, what
        assert "correct-horse" not in caught.value.message


def test_a_plain_value_under_mac_only_encrypted(keyring):
    """What the rules leave plain may change; what they encrypt may not be added plain."""
    text = encrypted("maconly.yaml")

    assert b"clear: 2" in opened(text.replace("clear: 1", "clear: 2"), "maconly.yaml", keyring)
    with pytest.raises(errors.InvalidArgument, match="new_hidden is plain"):
        opened(f"new_hidden: evil\n{text}", "maconly.yaml", keyring)


def test_keys_that_do_not_open(tmp_path, keyring):
    """The error says for whom the file is encrypted, and how many keys were tried."""
    none = sops.Keyrings(tmp_path).of("shop")
    with pytest.raises(errors.FailedPrecondition) as caught:
        opened(encrypted("secret.yaml"), "secret.yaml", none)
    assert re.search(
        r"encrypted for age1\w+, and none of the project's 0 SOPS", caught.value.message
    )
    with pytest.raises(errors.FailedPrecondition, match=r"encrypted for PGP [0-9A-F]{40}"):
        opened(encrypted("pgp.yaml"), "pgp.yaml", none)

    tree = json.loads(encrypted("all.json"))
    age = tree["sops"].pop("age")
    for field, name in {
        "kms": "AWS KMS",
        "gcp_kms": "Google Cloud KMS",
        "azure_kv": "Azure",
    }.items():
        tree["sops"][field] = [{"enc": "x"}]
        with pytest.raises(errors.Unimplemented, match=rf"encrypted for {name}.* only"):
            opened(json.dumps(tree), "all.json", keyring)
        del tree["sops"][field]
    tree["sops"]["key_groups"] = [{"age": age}, {"kms": []}]
    with pytest.raises(errors.Unimplemented, match="key groups"):
        opened(json.dumps(tree), "all.json", keyring)
    tree["sops"]["key_groups"] = [{"age": age}]
    assert b'"a": "b"' in opened(json.dumps(tree), "all.json", keyring)


def test_a_projects_keys_serve_no_other(tmp_path):
    """Keys of a subfolder open nothing for another project; the id follows the keys."""
    (tmp_path / "shop").mkdir()
    shutil.copy(DATA / "keys/age.txt", tmp_path / "shop")
    keyrings = sops.Keyrings(tmp_path)
    shop, other = keyrings.of("shop"), keyrings.of("other")

    assert b"correct-horse" in opened(encrypted("secret.yaml"), "secret.yaml", shop)
    with pytest.raises(errors.FailedPrecondition):
        opened(encrypted("secret.yaml"), "secret.yaml", other)
    for name in ("..", ".", "../shop", "shop/../shop", ""):
        assert other.id == keyrings.of(name).id
    shutil.copy(DATA / "keys/pgp.asc", tmp_path)
    assert len({shop.id, other.id, keyrings.of("shop").id, keyrings.of("other").id}) == 4


def test_a_key_that_cannot_be_read_is_named_and_not_shown(tmp_path):
    """Neither the text of the key nor that of a library."""
    for name, text in {
        "age.txt": "AGE-SECRET-KEY-1CANARY",
        "pgp.asc": "-----BEGIN PGP PRIVATE KEY BLOCK-----\nCANARY\n",
        "ssh": "-----BEGIN OPENSSH PRIVATE KEY-----\nCANARY\n",
        "bytes": "\udcff",
    }.items():
        path = tmp_path / name
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        with pytest.raises(errors.FailedPrecondition) as caught:
            sops.Keyrings(tmp_path).of("shop")
        assert f"SOPS key {name}: cannot be read" == caught.value.message
        path.unlink()


def test_a_keyring_does_not_show_its_keys(keyring):
    """The libraries' objects write the key as their text; ours may not."""
    shown = repr(keyring) + str(keyring)

    assert "PRIVATE" not in shown
    assert "SECRET" not in shown


def test_what_was_decrypted_is_not_repeated_by_an_error(keyring):
    """Whole values, their lines and base64 forms, and what a tool cut short."""
    decryption = sops.Decryption(keyring)
    decryption.content(encrypted("secret.yaml").encode(), "app/secret.yaml", needed=True)
    decryption.values.add("first line of key\nsecond line of key\n")

    said = decryption.scrubbed(
        "bad correct-horse-battery, postgres://app:correct-horse-battery@db/app,"
        " Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5, correct-horse-b..., 'second line of key\\n'"
    )

    assert "bad ++++++++, ++++++++, ++++++++, ++++++++..., '++++++++\\n'" == said


def test_deep_and_odd_files_are_refused(keyring):
    """Bounded work, and an error rather than a surprise."""
    section = encrypted("all.yaml").partition("\nsops:")[2]
    for text in (
        "a: " + "[" * 5000 + "]" * 5000 + "\nsops:" + section,
        "? [x]\n: y\nsops:" + section,
        "- a\n---\nsops:" + section,
    ):
        try:
            found = document.decrypted(text.encode(), "x.yaml", keyring)
        except errors.InvalidArgument:
            continue
        assert found is None
