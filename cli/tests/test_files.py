"""Files that commands read, and the editor."""

import base64
import pathlib
import subprocess
import sys

import pytest
import yaml

from plumbline.cli import files
from plumbline.cli.spec import certificate
from plumbline.core import errors

APP = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Application",
    "metadata": {"name": "one", "namespace": "team"},
    "spec": {"source": {"repoURL": "https://a", "path": "x"}, "destination": {"name": "in"}},
}


def test_create_from_a_file(api, ask, tmp_path):
    """Every manifest of a file is created; flags change what the file says."""
    two = {**APP, "metadata": {"name": "two"}}
    file = tmp_path / "apps.yaml"
    file.write_text(yaml.safe_dump_all([APP, two]))

    done = ask("app", "create", "-f", str(file), "--path", "y", "--upsert", "--validate=false")

    assert 0 == done.code, done.err
    made = api.requests("Create")
    assert [("one", "team"), ("two", None)] == [
        (r["application"]["metadata"]["name"], r["application"]["metadata"].get("namespace"))
        for r in made
    ]
    assert {"y"} == {r["application"]["spec"]["source"]["path"] for r in made}
    assert {(True, False)} == {(r["upsert"], r["validate"]) for r in made}


def test_text_of_a_file_means_what_it_means_to_kubectl(api, ask, tmp_path):
    """A date stays text, as Go's YAML has it."""
    app = {**APP, "metadata": {"name": "one", "annotations": {"on": "DATE"}}}
    file = tmp_path / "app.yaml"
    file.write_text(yaml.safe_dump(app).replace("DATE", "2026-01-02"))

    assert 0 == ask("app", "create", "-f", str(file)).code
    metadata = api.requests("Create")[0]["application"]["metadata"]
    assert {"on": "2026-01-02"} == metadata["annotations"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind: ConfigMap", "expected manifests of kind Application"),
        ("", "expected manifests of kind Application"),
        ("{", "did not find expected"),
        (yaml.safe_dump({**APP, "metadata": {"name": "other"}}), "does not match"),
    ],
)
def test_wrong_file(api, ask, tmp_path, text, message):
    """A file of something else creates nothing."""
    file = tmp_path / "app.yaml"
    file.write_text(text)

    done = ask("app", "create", "mine", "-f", str(file))

    assert 20 == done.code
    assert message in done.err
    assert [] == api.asked


def test_standard_input(api, tmp_path):
    """`-f -` reads standard input."""
    command = [sys.executable, "-m", "plumbline.cli", "--server", api.address, "--plaintext"]

    done = subprocess.run(
        [*command, "--config", str(tmp_path / "c"), "proj", "create", "-f", "-"],
        input="kind: AppProject\nmetadata: {name: team}\nspec: {description: d}\n",
        text=True, capture_output=True, check=False,
    )  # fmt: skip

    assert 0 == done.returncode, done.stderr
    assert "d" == api.requests("Create")[0]["project"]["spec"]["description"]


def test_no_address_is_fetched():
    """A URL is not fetched: what is created is what the user has seen."""
    with pytest.raises(errors.InvalidArgument, match="this machine"):
        files.read_text("file", "https://example/app.yaml")


def test_edit():
    """What was written in the editor comes back; nothing written is nothing changed."""

    def editor(argv):
        assert ["edit", "--wait"] == argv[:2]
        path = pathlib.Path(argv[2])
        path.write_text(path.read_text().replace("one", "two"))
        return 0

    environ = {"EDITOR": "edit --wait"}

    assert {"a": "two"} == files.edit({"a": "one"}, environ, editor)
    assert files.edit({"a": "other"}, environ, editor) is None


def test_failed_editor():
    """An editor that fails changes nothing."""
    with pytest.raises(errors.FailedPrecondition, match="nothing was changed"):
        files.edit({"a": "one"}, {}, lambda _: 1)


PEM = "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----"


def test_certificates(api, ask, tmp_path):
    """All certificates of a file become one entry of the server."""
    file = tmp_path / "chain.pem"
    file.write_text(f"text before\n{PEM}\n{PEM}\n")
    api.answers["CreateCertificate"] = {"items": [{"serverName": "git.example"}]}

    done = ask("cert", "add-tls", "git.example", "--from", str(file), "--upsert")

    assert "with 2 PEM certificates for repository server git.example" in done.out
    request = api.requests("CreateCertificate")[0]
    entry = request["certificates"]["items"][0]
    assert ("git.example", "https", True) == (
        entry["serverName"],
        entry["certType"],
        request["upsert"],
    )
    assert f"{PEM}\n{PEM}\n" == base64.b64decode(entry["certData"]).decode()


def test_known_hosts():
    """Every host of a known_hosts line is an entry; comments are not."""
    found = certificate.known_hosts("# comment\n\na.example,[b.example]:22 ssh-rsa QUJD me\n")

    assert [
        ("a.example", "ssh-rsa", "QUJD"),
        ("[b.example]:22", "ssh-rsa", "QUJD"),
    ] == [
        (e["serverName"], e["certSubType"], base64.b64decode(e["certData"]).decode()) for e in found
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "No valid SSH known hosts data found"),
        ("host key", "line 1: not a known_hosts entry"),
        ("\n|1|hash|hash ssh-rsa QUJD", "line 2: hashed"),
        ("@revoked host ssh-rsa QUJD", "line 1"),
        ("host ssh-rsa !!!", "line 1: the key is not base64"),
    ],
)
def test_wrong_known_hosts(text, message):
    """A line that is no entry is named by its number."""
    with pytest.raises(errors.InvalidArgument, match=message):
        certificate.known_hosts(text)


@pytest.mark.parametrize(
    "text", ["", "canary", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----"]
)
def test_wrong_certificate(text):
    """What is no certificate is refused and not repeated."""
    with pytest.raises(errors.InvalidArgument) as caught:
        certificate.tls("s", text)
    assert "canary" not in caught.value.message


def test_keys_of_repositories(api, ask, tmp_path):
    """Keys are read from files; a repository is opened before it is kept."""
    key = tmp_path / "key"
    key.write_text("KEY")
    api.answers["CreateRepository"] = {"repo": "git@git.example:a.git"}

    done = ask("repo", "add", "git@git.example:a.git", "--ssh-private-key-path", str(key))

    assert "Repository 'git@git.example:a.git' added\n" == done.out
    assert ["ValidateAccess", "CreateRepository"] == api.names()
    assert "KEY" == api.requests("CreateRepository")[0]["repo"]["sshPrivateKey"]
    assert "KEY" == api.requests("ValidateAccess")[0]["sshPrivateKey"]
