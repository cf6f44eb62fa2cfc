"""Secrets of a render: plaintext in Git, still encrypted, or explained by a decrypted file."""

import base64
import json

import pytest

from plumbline.core import render

KNOWN = frozenset({"hunter-22", "dG9rZW4=", "ab", "whole file\n"})


def secret(name="s", namespace="", **fields):
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return json.dumps(
        {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, **fields}
    ).encode()


def data(text):
    return {"k": base64.b64encode(text.encode()).decode()}


@pytest.mark.parametrize(
    ("manifest", "plaintext", "encrypted"),
    [
        (secret(data=data("open")), ["s"], []),
        (secret(namespace="web", stringData={"k": "open"}), ["web/s"], []),
        (secret(data={"k": "not base64!"}), ["s"], []),
        (secret(), [], []),
        (secret(data={"k": ""}, stringData={"e": "", "n": None}), [], []),
        (secret(data="none"), [], []),
        (secret(data=data("hunter-22")), [], []),
        (secret(data=data("postgres://u:hunter-22@db")), [], []),
        (secret(data={"k": "dG9rZW4="}), [], []),
        (secret(stringData={"k": "hunter-22", "other": "open"}), ["s"], []),
        # Too short to explain a value that only contains it.
        (secret(stringData={"k": "ab"}), [], []),
        (secret(stringData={"k": "abc"}), ["s"], []),
        (secret(data=data("whole file")), ["s"], []),
        (secret(data=data("whole file\n")), [], []),
        (secret(stringData={"k": "ENC[AES256_GCM,data:x]"}), [], ["s"]),
        (secret(stringData={"k": "x"}, sops={"mac": "x"}), [], ["s"]),
        (b'{"apiVersion":"v1","kind":"ConfigMap","data":{"kind":"Secret","k":"open"}}', [], []),
        (b'{"apiVersion":"x/v1","kind":"Secret","data":{"k":"open"}}', [], []),
        (b'{"apiVersion":"v1","kind":"Secret","metadata":1,"stringData":{"k":"o"}}', [""], []),
    ],
)
def test_each_secret_is_judged_by_its_values(manifest, plaintext, encrypted):
    """One value that nothing explains is enough."""
    found = render.inspect_secrets([manifest], KNOWN)

    assert (tuple(plaintext), tuple(encrypted)) == found


def test_without_decryption_every_value_is_plaintext():
    """Nothing explains it."""
    assert (("s",), ()) == render.inspect_secrets([secret(data=data("hunter-22"))], frozenset())
