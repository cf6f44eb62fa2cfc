"""Annotations of a project about secrets in Git."""

import pytest

from plumbline.core import model, project


@pytest.mark.parametrize(
    ("annotations", "decrypts", "denies"),
    [
        ({}, False, False),
        ({"plumbline.io/sops": "allow"}, True, False),
        ({"plumbline.io/sops": "deny"}, False, False),
        ({"plumbline.io/sops": "true"}, False, False),
        ({"plumbline.io/plaintext-secrets": "deny"}, False, True),
        ({"plumbline.io/plaintext-secrets": "allow"}, False, False),
    ],
)
def test_only_the_exact_word_counts(annotations, decrypts, denies):
    """Anything else gives no permission, and refuses nothing."""
    found = model.decode_project({"metadata": {"name": "p", "annotations": annotations}})

    assert decrypts == project.allows_decryption(found)
    assert denies == project.denies_plaintext(found)
