"""Accounts from argocd-cm and argocd-secret."""

import pytest

from plumbline.core import session
from plumbline.core.secret import Secret


def read(settings=(), **secrets):
    named = {k.replace("__", "."): Secret(v) for k, v in secrets.items()}
    return session.read_accounts(dict(settings), named)


def test_admin_is_always_there_and_may_only_log_in():
    """Without any setting."""
    accounts, problems = read(admin__password="hash")

    assert ["admin"] == list(accounts)
    assert (True, ("login",), Secret("hash")) == (
        accounts["admin"].enabled,
        accounts["admin"].capabilities,
        accounts["admin"].password,
    )
    assert [] == problems


def test_accounts_are_declared_with_what_they_may():
    """accounts.<name>, .enabled, and their secrets."""
    accounts, problems = read(
        {
            "accounts.alice": "apiKey, login",
            "accounts.bob": "apiKey",
            "accounts.bob.enabled": "false",
            "accounts.admin": "apiKey",
            "accounts.": "login",
            "url": "x",
        },
        accounts__alice__password="a",
        accounts__alice__passwordMtime="2026-01-02T03:04:05Z",
        accounts__bob__tokens='[{"id": "t", "iat": 5, "exp": 9}, {"id": "u", "iat": 6}]',
        accounts__nobody__password="n",
    )

    assert ["admin", "alice", "bob"] == list(accounts)
    assert ("login", "apiKey") == accounts["alice"].capabilities == accounts["admin"].capabilities
    assert 1767323045 == accounts["alice"].password_changed
    assert not accounts["bob"].enabled
    assert not accounts["bob"].has("login")
    assert session.Token("t", 5, 9) == accounts["bob"].token("t")
    assert session.Token("u", 6) == accounts["bob"].token("u")
    assert accounts["bob"].token("v") is None
    assert [] == problems


@pytest.mark.parametrize("key", ["admin.enabled", "accounts.admin.enabled"])
@pytest.mark.parametrize(("text", "want"), [("true", True), ("false", False), ("False", False)])
def test_only_true_enables(key, text, want):
    """Boolean keys are compared with the literal true."""
    assert want is read({key: text})[0]["admin"].enabled


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("2026-01-02T03:04:05Z", 1767323045),
        ("2026-01-02T05:04:05+02:00", 1767323045),
        ("2026-01-02T03:04:05UTC", 1767323045),
        ("2026-01-02T03:04:05", 1767323045),
        ("", 0),
    ],
)
def test_times_of_password_changes(text, want):
    """RFC 3339, and what date(1) writes."""
    accounts, problems = read(admin__passwordMtime=text)
    assert (want, []) == (accounts["admin"].password_changed, problems)


def test_what_cannot_be_read_is_reported_without_its_content():
    """Messages name keys, never values."""
    accounts, problems = read(
        {"accounts.alice": "canary"},
        accounts__alice__passwordMtime="canary",
        accounts__alice__tokens='["canary"]',
    )

    assert 3 == len(problems)
    assert "canary" not in "".join(problems)
    assert ((), 0, ()) == (
        accounts["alice"].capabilities,
        accounts["alice"].password_changed,
        accounts["alice"].tokens,
    )


def test_tokens_are_written_as_they_are_read():
    """dump_tokens and read_accounts agree; an account's text shows no hash."""
    tokens = (session.Token("a", 1, 2), session.Token("b", 3))
    accounts, _ = read(admin__tokens=session.dump_tokens(tokens), admin__password="canary")

    assert tokens == accounts["admin"].tokens
    assert "canary" not in repr(accounts["admin"])
