"""Repository Secrets: every key there and back, and who may be sent what."""

import dataclasses

import pytest

from plumbline.core import repositories
from plumbline.core.secret import Secret


def data(**values):
    return {k: Secret(v) for k, v in values.items()}


def revealed(values):
    return {k: v.reveal() for k, v in values.items()}


FULL = {
    field.key: {
        repositories.Kind.FLAG: "true",
        repositories.Kind.NUMBER: "7",
    }.get(field.kind, f"value of {field.key}")
    for field in repositories.FIELDS
}


def test_every_key_of_the_contract_is_read_and_written_back():
    """config.md section 7, the whole list."""
    expected = {
        "type", "name", "url", "project", "username", "password", "bearerToken", "sshPrivateKey",
        "insecure", "insecureIgnoreHostKey", "enableLfs", "enableOCI", "insecureOCIForceHttp",
        "tlsClientCertData", "tlsClientCertKey", "githubAppPrivateKey", "githubAppID",
        "githubAppInstallationID", "githubAppEnterpriseBaseUrl", "proxy", "noProxy",
        "gcpServiceAccountKey", "forceHttpBasicAuth", "useAzureWorkloadIdentity", "depth",
        "webhookManifestCacheWarmDisabled", "azureServicePrincipalClientId",
        "azureServicePrincipalClientSecret", "azureServicePrincipalTenantId",
        "azureActiveDirectoryEndpoint",
    }  # fmt: skip
    assert expected == set(FULL)

    made = repositories.decode_repository(data(**FULL))

    assert FULL == revealed(repositories.encode_repository(made))


def test_templates_have_fewer_keys_and_another_spelling_of_azure():
    """project, name, depth, enableLfs and insecure* are the repository's own."""
    made = repositories.decode_repository(data(**FULL))
    written = revealed(repositories.encode_repository(made, is_template=True))

    gone = {
        "name", "project", "insecure", "insecureIgnoreHostKey", "enableLfs", "depth",
        "webhookManifestCacheWarmDisabled",
    }  # fmt: skip
    azure = {"azureServicePrincipalClientId", "azureServicePrincipalTenantId"}
    spelled = {"azureServicePrincipalClientID", "azureServicePrincipalTenantID"}
    assert (set(FULL) - gone - azure) | spelled == set(written)
    back = repositories.decode_repository({k: Secret(v) for k, v in written.items()})
    assert made.azure_tenant_id == back.azure_tenant_id


def test_an_empty_value_is_written_only_where_its_key_exists():
    """Otherwise a Secret would grow thirty empty keys."""
    plain = repositories.Repository(url="https://h/r")

    written = revealed(repositories.encode_repository(plain, present={"password", "insecure"}))

    assert {"url": "https://h/r", "type": "git", "password": "", "insecure": ""} == written


@pytest.mark.parametrize("depth", ["-1", "x", "", "1e3", "²"])
def test_an_unreadable_number_is_none(depth):
    """A Secret that somebody mistyped still opens its repository."""
    assert 0 == repositories.decode_repository(data(url="https://h", depth=depth)).depth


def test_a_template_gives_every_kind_of_credential():
    """All credential fields come along, and nothing else does."""
    template = repositories.decode_repository(data(**{**FULL, "url": "https://h"}))
    chosen = repositories.find("https://h/r", "", [], [template])

    for field in repositories.FIELDS:
        same = getattr(chosen, field.attribute) == getattr(template, field.attribute)
        expected = field.is_credential or field.attribute in ("proxy", "no_proxy")
        assert expected == same, field.attribute
    assert chosen.inherited


@pytest.mark.parametrize(
    ("url", "fields", "leaks"),
    [
        ("https://h/r", {"insecure": True, "proxy": "http://mine:1"}, True),
        ("http://h/r", {"proxy": "http://mine:1"}, True),
        ("https://h/r", {"proxy": "http://mine:1"}, False),
        ("https://h/r", {"insecure": True}, False),
        ("https://h/r", {"insecure": True, "proxy": "http://theirs:1"}, False),
    ],
)
def test_a_templates_credential_does_not_go_where_its_reader_sits(url, fields, leaks):
    """A proxy of one's own with an unchecked server would read it."""
    scheme = url.partition(":")[0]
    template = repositories.Repository(
        url=f"{scheme}://h", password=Secret("canary"), proxy="http://theirs:1"
    )
    own = repositories.Repository(url=url, **fields)

    found = repositories.find(url, "", [own], [template])

    assert leaks == (not found.has_credential)


def test_names_of_secrets_are_the_contracts():
    """FNV-1a with its published vectors; url and project are one text."""
    assert (0x811C9DC5, 0xBF9CF968) == (repositories.fnv32a(""), repositories.fnv32a("foobar"))
    assert f"repo-{0xBF9CF968}" == repositories.secret_name("repo", "foo", "bar")


def test_the_wire_carries_what_trust_and_credentials_need():
    """Everything that the repo-server's message has, revealed."""
    made = repositories.decode_repository(data(**{**FULL, "url": "https://h"}))
    made = dataclasses.replace(made, ca_bundle=b"pem", ssh_known_hosts="hosts")
    fields = repositories.wire_fields(made)

    assert (b"pem", "hosts") == (fields["ca_bundle"], fields["ssh_known_hosts"])
    assert "value of githubAppPrivateKey" == fields["github_app_private_key"]
    assert "value of gcpServiceAccountKey" == fields["gcp_service_account_key"]
    assert "value of azureServicePrincipalClientSecret" == fields["azure_client_secret"]
    assert "value of password" == fields["password"]
