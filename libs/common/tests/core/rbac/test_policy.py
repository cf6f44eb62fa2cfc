"""RBAC: built-in roles, policies, denies, groups, projects."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumbline.core import rbac

GET = ("applications", "get", "p/a")
SYNC = ("applications", "sync", "p/a")


def enforcer(text="", **options):
    return rbac.Enforcer([rbac.parse_policy(text)], **options)


def test_admin_may_everything_it_lists_and_nobody_else_anything():
    """Built-in policy."""
    made = enforcer()
    for request in (GET, SYNC, ("projects", "create", "x"), ("exec", "create", "p/a")):
        assert made.enforce("admin", request)
        assert not made.enforce("somebody", request)
    assert not made.enforce("admin", ("extensions", "invoke", "x"))


def test_readonly_reads():
    """role:readonly by policy.default."""
    made = enforcer(default_role="role:readonly")
    assert made.enforce("x", GET)
    assert not made.enforce("x", SYNC)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("p, bob, applications, sync, p/*, allow", True),
        ("p, bob, applications, *, */*, allow", True),
        ("p, bob, applications, sync, q/*, allow", False),
        ("p, bob, applications, sync, p/*, allow\np, bob, applications, sync, p/a, deny", False),
        ("p, role:x, applications, sync, p/*, allow\ng, bob, role:x", True),
        ("p, role:x, applications, sync, p/*, allow\ng, role:y, role:x\ng, bob, role:y", True),
        ("p, bob, applications, sync, p/*, maybe", False),
        ("p, bob, applications\nnonsense\n# comment", False),
    ],
)
def test_policies(text, want):
    """Globs, deny overrides, role graphs, malformed lines."""
    assert want is enforcer(text).enforce("bob", SYNC)


def test_only_named_groups_count():
    """A token's group needs a g line."""
    text = "p, role:x, applications, sync, *, allow\ng, team, role:x\np, other, *, *, *, allow"
    made = enforcer(text)
    assert made.enforce("bob", SYNC, groups=["team"])
    assert not made.enforce("bob", SYNC, groups=["other"])


def test_a_deny_does_not_take_the_default_role_away():
    """policy.default is tried alone."""
    made = enforcer("p, bob, applications, get, *, deny", default_role="role:readonly")
    assert made.enforce("bob", GET)


def test_project_policies_hold_for_their_call_only():
    """Project role tokens."""
    extra = {"p": rbac.parse_policy("p, proj:p:ci, applications, sync, p/*, allow")}
    made = enforcer()
    assert made.enforce("proj:p:ci", SYNC, extra=extra)
    assert not made.enforce("proj:p:ci", SYNC)


def test_regex_mode():
    """policy.matchMode."""
    made = enforcer("p, bob, applications, (sync|get), ^p/.*$, allow", mode="regex")
    assert made.enforce("bob", SYNC)
    assert not made.enforce("bob", ("applications", "sync", "q/p/a"))
    assert not enforcer("p, bob, (, (, (, allow", mode="regex").enforce("bob", SYNC)


NAMES = st.sampled_from(["a", "b", "role:x", "role:y"])
LINES = st.lists(
    st.one_of(
        st.tuples(st.just("p"), NAMES, st.sampled_from(["r", "*"]), st.sampled_from(["get", "*"]),
                  st.sampled_from(["o", "*"]), st.just("allow")),
        st.tuples(st.just("g"), NAMES, NAMES),
    ),
    max_size=8,
)  # fmt: skip


@given(LINES, LINES)
def test_adding_an_allow_never_takes_away_and_cycles_end(first, second):
    """Monotone without denies; role graphs may be cyclic."""

    def text(lines):
        return "\n".join(", ".join(line) for line in lines)

    before = enforcer(text(first)).enforce("a", ("r", "get", "o"))
    after = enforcer(text([*first, *second])).enforce("a", ("r", "get", "o"))
    assert after or not before
