"""The document that replicas share: revocations, failures, its bounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumbline.core import errors, session

LIMITS = session.Limits(failures=5, window=300, revocations=10)


def after(*changes, now=0.0, state=None, limits=LIMITS):
    state = state or session.State()
    for change in changes:
        state, _ = session.apply(state, change, now, limits)
    return state


def test_a_revoked_token_is_revoked_until_it_expires():
    """And only that one, of that subject."""
    state = after(session.Revoke("admin:login", "canary-jti", 100))

    assert state.is_revoked("admin:login", "canary-jti", 1)
    assert not state.is_revoked("admin:login", "other", 1)
    assert not state.is_revoked("bob:login", "canary-jti", 1)
    assert session.prune(state, 99, LIMITS).is_revoked("admin:login", "canary-jti", 1)
    assert session.State() == session.prune(state, 101, LIMITS)
    assert b"canary" not in session.encode(state)


def test_a_token_without_an_end_stays_revoked():
    """expires_at 0."""
    state = session.prune(after(session.Revoke("a", "t", 0)), 1e12, LIMITS)
    assert state.is_revoked("a", "t", 1)


def test_beyond_the_bound_the_sessions_of_one_subject_end_together():
    """Nothing revoked comes back; the document stays small."""
    changes = [session.Revoke("busy:login", str(n), 1000 + n) for n in range(10)]
    state = after(*changes, session.Revoke("b:login", "x", 500), now=50)

    assert {"b:login": 1} == {s: len(t) for s, t in state.revoked.items()}
    for n in range(10):
        assert state.is_revoked("busy:login", str(n), 40)
    assert state.is_revoked("busy:login", "one that nobody revoked", 50)
    assert not state.is_revoked("busy:login", "a later one", 51)
    assert not state.is_revoked("b:login", "y", 40)
    assert session.prune(state, 1008, LIMITS).is_revoked("busy:login", "9", 40)
    assert {} == session.prune(state, 1010, LIMITS).cutoffs


def test_too_many_tokens_without_an_end_are_refused():
    """They cannot be dropped, and cutting off is for what ends."""
    state = after(*(session.Revoke("a", str(n), 0) for n in range(10)))
    with pytest.raises(errors.ResourceExhausted):
        session.apply(state, session.Revoke("a", "x", 0), 0, LIMITS)


def test_reservations_are_given_up_to_the_limit():
    """Others' failures count; what is older than the window does not."""
    state = after(*(session.Record("admin", str(n), 0.0) for n in range(4)))

    state, first = session.apply(state, session.Reserve("admin", "x", 1.0), 1, LIMITS)
    state, second = session.apply(state, session.Reserve("admin", "y", 1.0), 1, LIMITS)
    state, third = session.apply(state, session.Reserve("admin", "z", 300.5), 300.5, LIMITS)

    assert (True, False, True) == (first, second, third)
    assert {"x", "z"} == set(session.prune(state, 300.5, LIMITS).failures["admin"])


def test_a_success_clears_an_account():
    """And no other."""
    state = after(session.Record("a", "1", 0.0), session.Record("b", "2", 0.0), session.Clear("a"))
    assert ["b"] == list(state.failures)


def test_the_same_change_twice_changes_nothing():
    """Writes are repeated on top of others' after a conflict."""
    changes = [session.Revoke("a", "t", 9), session.Record("a", "1", 0.0)]
    assert after(*changes) == after(*changes, *changes)


def test_what_is_missing_elsewhere_can_be_added_there():
    """For a document that was deleted or replaced."""
    known = after(session.Revoke("a", "t", 100), session.Revoke("b", "u", 100))
    there = after(session.Revoke("b", "u", 100))

    missing = known.missing(there)

    assert 1 == len(missing)
    assert after(*missing, state=there).is_revoked("a", "t", 1)
    assert [] == known.missing(known)


@pytest.mark.parametrize("raw", [b"", b"[]", b'{"revoked": {"a": 1}}', b"\xff"])
def test_what_is_no_document_is_an_error_without_its_content(raw):
    """A Secret may be edited by hand."""
    with pytest.raises(errors.InvalidArgument, match=r"^the document of sessions cannot be read$"):
        session.decode(raw)


CHANGES = st.one_of(
    st.builds(session.Revoke, st.sampled_from("ab"), st.text(max_size=3), st.integers(0, 500)),
    st.builds(session.Reserve, st.sampled_from("ab"), st.text(max_size=3), st.floats(0, 500)),
    st.builds(session.Record, st.sampled_from("ab"), st.text(max_size=3), st.floats(0, 500)),
    st.builds(session.Clear, st.sampled_from("ab")),
)


@given(st.lists(CHANGES, max_size=30), st.floats(0, 500))
def test_documents_survive_writing_and_stay_bounded(changes, now):
    """decode(encode(s)) = s; no list grows without end."""
    state = session.State()
    for change in changes:
        try:
            state, _ = session.apply(state, change, now, LIMITS)
        except errors.ResourceExhausted:
            continue
    assert state == session.decode(session.encode(state))
    assert 10 >= sum(map(len, state.revoked.values()))
    assert all(10 >= len(f) for f in state.failures.values())
    pruned = session.prune(state, now, LIMITS)
    assert pruned == session.prune(pruned, now, LIMITS)
