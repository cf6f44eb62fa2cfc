"""The limit of login attempts, with a clock of its own."""

from hypothesis import given
from hypothesis import strategies as st

from plumbline.core import session
from plumbline.core.session import Admission

LIMITS = session.Limits(failures=5, window=300, names=100)


def test_the_first_is_free_and_the_next_must_reserve():
    """Attempts under way count as failures until they end."""
    attempts = session.Attempts(LIMITS)

    found = [attempts.begin("admin", str(n), 0, {}) for n in range(7)]

    assert [Admission.FREE, *[Admission.RESERVE] * 4, *[Admission.REFUSED] * 2] == found
    for n in range(5):
        attempts.end("admin", str(n))
    assert Admission.FREE is attempts.begin("admin", "x", 0, {})


def test_stored_failures_count_for_their_window():
    """Five within 300 s refuse; afterwards the name is clean."""
    attempts = session.Attempts(LIMITS)
    stored = {str(n): 10.0 * n for n in range(5)}

    assert Admission.REFUSED is attempts.begin("admin", "x", 299, stored)
    assert Admission.RESERVE is attempts.begin("admin", "y", 300.5, stored)
    attempts.end("admin", "y")
    assert Admission.FREE is attempts.begin("admin", "z", 341, stored)


def test_an_attempt_that_is_stored_is_counted_once():
    """A reservation is both under way and stored."""
    attempts = session.Attempts(LIMITS)
    stored = {}
    for n in range(5):
        assert Admission.REFUSED is not attempts.begin("admin", str(n), 0, stored)
        stored[str(n)] = 0.0
    assert Admission.REFUSED is attempts.begin("admin", "x", 0, stored)


def test_an_attempt_that_never_ends_counts_for_the_window_only():
    """Whoever went away does not lock the name for ever, nor fill the memory."""
    attempts = session.Attempts(LIMITS)
    for n in range(5):
        attempts.begin("admin", str(n), 0, {})

    assert Admission.REFUSED is attempts.begin("admin", "x", 200, {})
    assert Admission.FREE is attempts.begin("admin", "y", 301, {})
    assert 1 == len(attempts)


def test_a_flood_of_names_takes_bounded_memory_and_frees_no_account():
    """10,000 names; the attempts at admin are not among what is forgotten."""
    attempts = session.Attempts(LIMITS)
    for n in range(5):
        attempts.begin("admin", str(n), 0, {})
    for n in range(10_000):
        assert Admission.FREE is attempts.guess(f"user-{n}", 0)

    assert 105 == len(attempts)
    assert Admission.REFUSED is attempts.begin("admin", "x", 1, {})


def test_names_without_an_account_are_refused_alike():
    """After the same number, for the same time."""
    attempts = session.Attempts(LIMITS)
    found = [attempts.guess("ghost", 0) for _ in range(7)]

    assert [*[Admission.FREE] * 5, *[Admission.REFUSED] * 2] == found
    assert Admission.FREE is attempts.guess("ghost", 301)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 60), st.booleans()), max_size=60))
def test_never_more_than_the_limit_within_a_window(steps):
    """Whatever the order: attempts let through within one window are five at most."""
    attempts = session.Attempts(LIMITS)
    now, stored, let = 0.0, {"a": {}, "b": {}}, {"a": [], "b": []}
    for number, (name, pause, fails_at_once) in enumerate(steps):
        now += pause
        if attempts.begin(name, str(number), now, stored[name]) is Admission.REFUSED:
            continue
        let[name].append(now)
        assert 5 >= sum(1 for at in let[name] if at > now - LIMITS.window)
        if fails_at_once:
            stored[name][str(number)] = now
            attempts.end(name, str(number))
