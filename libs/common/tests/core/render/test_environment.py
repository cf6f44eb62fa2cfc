"""The build environment: what a dollar means in parameters."""

import pytest

from plumbline.core import render
from plumbline.core.render import _environment

CONTEXT = render.Context(
    app_name="app", app_namespace="ns", project="p", revision="0123456789abcdef"
)
SOURCE = render.decode_source({"repoURL": "https://h/r", "path": "a/b", "targetRevision": "main"})


def environment():
    return _environment.Environment(CONTEXT, SOURCE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("plain", "plain"),
        ("$ARGOCD_APP_NAME", "app"),
        ("${ARGOCD_APP_NAME}x", "appx"),
        ("$ARGOCD_APP_NAMEx", ""),
        ("$ARGOCD_APP_NAME-$ARGOCD_APP_NAMESPACE.$ARGOCD_APP_PROJECT_NAME", "app-ns.p"),
        ("$ARGOCD_APP_REVISION", "0123456789abcdef"),
        ("$ARGOCD_APP_REVISION_SHORT/$ARGOCD_APP_REVISION_SHORT_8", "0123456/01234567"),
        ("$ARGOCD_APP_SOURCE_REPO_URL", "https://h/r"),
        ("$ARGOCD_APP_SOURCE_PATH@$ARGOCD_APP_SOURCE_TARGET_REVISION", "a/b@main"),
        ("$$", "$"),
        ("$$ARGOCD_APP_NAME", "$ARGOCD_APP_NAME"),
        ("$HOME$PATH", ""),
        ("a$", "a$"),
        ("$ x", "$ x"),
        ("$-x", "x"),
        ("$1x", "x"),
        ("${}x", "x"),
        ("${open", "open"),
        ("$ä", "$ä"),
    ],
)
def test_a_dollar_is_read_as_go_reads_it(text, expected):
    """Unknown variables are empty, our own process's are unknown, two dollars are one."""
    assert expected == environment().substitute(text)


def test_a_text_of_opening_braces_is_read_once():
    """A megabyte of them takes one pass."""
    assert "" == environment().substitute("${" * 500_000)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("$ARGOCD_APP_REVISION", True),
        ("${ARGOCD_APP_REVISION_SHORT}", True),
        ("$$ARGOCD_APP_REVISION", False),
        ("$ARGOCD_APP_REVISIONS", False),
        ("$ARGOCD_APP_SOURCE_TARGET_REVISION", False),
    ],
)
def test_naming_the_revision_is_noticed(text, named):
    """Only then does each commit have its own render."""
    made = environment()

    made.substitute(text)

    assert named == made.uses_revision
