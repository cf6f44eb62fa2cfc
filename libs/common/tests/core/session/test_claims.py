"""Users and groups of an identity provider's token."""

import pytest

from plumbline.core import errors, session


@pytest.mark.parametrize(
    ("claims", "want"),
    [
        ({"sub": "s"}, "s"),
        ({"sub": "s", "federated_claims": {"user_id": "u"}}, "u"),
        ({"sub": "s", "federated_claims": {"user_id": ""}}, "s"),
        ({"sub": "s", "federated_claims": "x"}, "s"),
    ],
)
def test_a_user_is_named_by_its_id(claims, want):
    """federated_claims.user_id, else sub; shown by email where there is one."""
    assert want == session.user_id_of(claims) == session.username_of(claims)
    assert "e@x" == session.username_of({**claims, "email": "e@x"})


@pytest.mark.parametrize("claims", [{}, {"sub": ""}, {"sub": " "}, {"sub": None}, {"sub": 7}])
def test_nobody_is_an_empty_user(claims):
    """Empty claims are refused."""
    with pytest.raises(errors.Unauthenticated):
        session.user_id_of(claims)
    with pytest.raises(errors.Unauthenticated):
        session.username_of(claims)


@pytest.mark.parametrize(
    ("claims", "scopes", "want"),
    [
        ({"groups": ["a", "b"]}, ["groups"], ("a", "b")),
        ({"groups": "a"}, ["groups"], ("a",)),
        ({"groups": ["a", 1, None, "", ["x"], "a"]}, ["groups"], ("a",)),
        ({"groups": ["a"], "email": "e"}, ["groups", "email"], ("a", "e")),
        ({"realm": {"roles": ["r"]}}, ["realm.roles"], ("r",)),
        ({"realm.roles": ["flat"], "realm": {"roles": ["r"]}}, ["realm.roles"], ("flat",)),
        ({"realm": ["roles"]}, ["realm.roles"], ()),
        ({"groups": {"a": "b"}}, ["groups"], ()),
        ({}, ["groups"], ()),
    ],
)
def test_groups_come_from_the_claims_that_scopes_name(claims, scopes, want):
    """Lists, texts, dotted names; nothing else."""
    assert want == session.groups_of(claims, scopes)
