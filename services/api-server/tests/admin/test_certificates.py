"""Trusted hosts: the two ConfigMaps of the contract, one entry at a time."""

import base64
import datetime as dt

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from plumbline.core import errors
from plumbline.pb.server import certificate_pb2
from plumbline.pb.v1alpha1 import generated_pb2
from plumbline.rpc import credentials

SSH_MAP, TLS_MAP = "argocd-ssh-known-hosts-cm", "argocd-tls-certs-cm"


def ssh_key():
    """The base64 text of a fresh ed25519 host key."""
    public = ed25519.Ed25519PrivateKey.generate().public_key()
    line = public.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return line.split()[1]


def ca():
    certificate, _ = credentials.issue_authority(dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    return certificate


def certificate(host, kind, data, sub_type=""):
    return generated_pb2.RepositoryCertificate(
        serverName=host, certType=kind, certSubType=sub_type, certData=data
    )


def create(*items, upsert=False):
    return certificate_pb2.RepositoryCertificateCreateRequest(
        certificates=generated_pb2.RepositoryCertificateList(items=items), upsert=upsert
    )


def ssh(host, key):
    return certificate(host, "ssh", key, "ssh-ed25519")


def query(host="", kind="", sub_type=""):
    return certificate_pb2.RepositoryCertificateQuery(
        hostNamePattern=host, certType=kind, certSubType=sub_type
    )


async def test_the_maps_are_made_when_they_are_missing(stage):
    """Keys and certificates under the contract's names, and they are in force at once."""
    key, pem = ssh_key(), ca()
    user = stage.user()
    made = await user.certificates.CreateCertificate(
        create(ssh("h.example", key), certificate("h.example", "https", pem))
    )

    assert ["ssh", "https"] == [c.certType for c in made.items]
    known = stage.memory.objects["ConfigMap", SSH_MAP]["data"]["ssh_known_hosts"]
    assert f"h.example ssh-ed25519 {key.decode()}\n" == known
    assert {"h.example": pem.decode()} == stage.memory.objects["ConfigMap", TLS_MAP]["data"]
    over_https = stage.parts.declared.credential("https://h.example:8443/r", "")
    over_ssh = stage.parts.declared.credential("git@h.example:r", "")
    assert (pem, "") == (over_https.ca_bundle, over_https.ssh_known_hosts)
    assert (pem, known) == (over_ssh.ca_bundle, over_ssh.ssh_known_hosts)


async def test_lists_show_fingerprint_and_subject_and_select(stage):
    """By a glob of the host, by type and by sub type."""
    key = ssh_key()
    user = stage.user()
    await user.certificates.CreateCertificate(
        create(
            ssh("a.example", key),
            ssh("[b.example]:2222", key),
            certificate("a.example", "https", ca()),
        )
    )

    listed = await user.certificates.ListCertificates(query())
    selected = {
        text: [
            (c.serverName, c.certType) for c in (await user.certificates.ListCertificates(q)).items
        ]
        for text, q in {
            "glob": query("a.*"),
            "ssh": query("*", "ssh"),
            "https": query(kind="https"),
            "sub": query(sub_type="ed25519"),
            "rsa": query(sub_type="rsa"),
        }.items()
    }

    fingerprint, _, subject = (c.certInfo for c in listed.items)
    assert fingerprint.startswith("SHA256:")
    assert not fingerprint.endswith("=")
    assert subject.startswith("CN=")
    pair = [("a.example", "ssh"), ("[b.example]:2222", "ssh")]
    assert {
        "glob": [("a.example", "ssh"), ("a.example", "https")],
        "ssh": pair,
        "https": [("a.example", "https")],
        "sub": pair,
        "rsa": [],
    } == selected


async def test_another_content_needs_upsert(stage):
    """The same again is nothing; another key of the host needs the flag, and replaces."""
    first, second = ssh_key(), ssh_key()
    user = stage.user()
    await user.certificates.CreateCertificate(create(ssh("h", first)))
    again = await user.certificates.CreateCertificate(create(ssh("h", first)))
    with pytest.raises(errors.InvalidArgument, match="use upsert flag"):
        await user.certificates.CreateCertificate(create(ssh("h", second)))

    await user.certificates.CreateCertificate(create(ssh("h", second), upsert=True))

    assert [] == list(again.items)
    known = stage.memory.objects["ConfigMap", SSH_MAP]["data"]["ssh_known_hosts"]
    assert f"h ssh-ed25519 {second.decode()}\n" == known
    old, new = ca(), ca()
    await user.certificates.CreateCertificate(create(certificate("h", "https", old)))
    with pytest.raises(errors.InvalidArgument, match="use upsert flag"):
        await user.certificates.CreateCertificate(create(certificate("h", "https", new)))
    await user.certificates.CreateCertificate(create(certificate("h", "https", new), upsert=True))
    assert {"h": new.decode()} == stage.memory.objects["ConfigMap", TLS_MAP]["data"]


async def test_what_no_request_names_stays(stage):
    """Comments, marked lines and other hosts of a line survive an edit."""
    a, b = ssh_key().decode(), ssh_key().decode()
    text = f"# ours\n@revoked x ssh-ed25519 {a}\ngone,stays ssh-ed25519 {a} note\n"
    data = {"ssh_known_hosts": text}
    await stage.memory.create("ConfigMap", {"metadata": {"name": SSH_MAP}, "data": data})
    stage.parts.declared.take_map(SSH_MAP, data)
    user = stage.user()
    await user.certificates.DeleteCertificate(query("gone", "ssh"))
    await user.certificates.CreateCertificate(create(ssh("new", b.encode())))

    known = stage.memory.objects["ConfigMap", SSH_MAP]["data"]["ssh_known_hosts"]
    expected = (
        f"# ours\n@revoked x ssh-ed25519 {a}\nstays ssh-ed25519 {a} note\nnew ssh-ed25519 {b}\n"
    )
    assert expected == known


async def test_deleting_answers_what_went(stage):
    """A host's certificates of one type; nothing is deleted without naming a host."""
    user = stage.user()
    await user.certificates.CreateCertificate(
        create(ssh("h", ssh_key()), certificate("h", "https", ca()))
    )
    with pytest.raises(errors.InvalidArgument, match="name the host"):
        await user.certificates.DeleteCertificate(query())

    gone = await user.certificates.DeleteCertificate(query("h", "https"))

    assert ["https"] == [c.certType for c in gone.items]
    assert {} == stage.memory.objects["ConfigMap", TLS_MAP]["data"]
    rest = await user.certificates.ListCertificates(query())
    assert ["ssh"] == [c.certType for c in rest.items]


@pytest.mark.parametrize(
    "item",
    [
        ssh("h", b"not base64"),
        ssh("h", base64.b64encode(b"\x00\x00\x00\x07ssh-rsa....")),
        ssh("h\nevil ssh-ed25519 AAAA", ssh_key()),
        ssh("", ssh_key()),
        ssh("h x", ssh_key()),
        certificate("h", "ssh", ssh_key(), "ssh-ed25519 injected"),
        certificate("h", "https", b"-----BEGIN CERTIFICATE-----\nxx"),
        certificate("../h", "https", ca()),
        certificate("h:443", "https", ca()),
        certificate("h", "https", ca() + b"-----BEGIN PRIVATE KEY-----\ncanary"),
        certificate("h", "gpg", b"x"),
    ],
)
async def test_what_is_no_key_and_no_certificate_is_refused(stage, item):
    """Nothing is written, and nothing can add a line of its own."""
    with pytest.raises(errors.InvalidArgument):
        await stage.user().certificates.CreateCertificate(create(item))
    assert {} == {k: v for k, v in stage.memory.objects.items() if k[0] == "ConfigMap"}
