"""RBAC: built-in roles, policies, denies, groups."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumbline.core import pattern, rbac

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
        assert not made.enforce("", request)
    assert not made.enforce("admin", ("extensions", "invoke", "x"))


@pytest.mark.parametrize(
    ("action", "want"),
    [
        ("action/apps/Deployment/restart", True),
        ("update/apps/Deployment/ns/web", True),
        ("delete//Pod/ns/web", True),
        ("update", True),
        ("invoke", False),
    ],
)
def test_admin_has_the_sub_forms_of_actions(action, want):
    """update/*, delete/*, action/*."""
    assert want is enforcer().enforce("admin", ("applications", action, "p/a"))


@pytest.mark.parametrize(
    ("rule", "action", "want"),
    [
        ("update", "update/apps/Deployment/ns/web", False),
        ("update/*", "update", False),
        ("update/*", "update/apps/Deployment/ns/web", True),
        ("delete/*/Pod/*/*", "delete//Pod/ns/web", True),
        ("delete/*/Pod/*/*", "delete/apps/Deployment/ns/web", False),
        ("action/apps/Deployment/restart", "action/apps/Deployment/restart", True),
        ("action/apps/Deployment/restart", "action/apps/Deployment/pause", False),
        ("action/*/Deployment/*", "action/apps/Deployment/pause", True),
    ],
)
def test_sub_forms_are_rights_of_their_own(rule, action, want):
    """update/<group>/<kind>/<ns>/<name> is not implied by update, nor the other way round."""
    made = enforcer(f"p, bob, applications, {rule}, p/*, allow")

    assert want is made.enforce("bob", ("applications", action, "p/a"))


def test_readonly_reads():
    """role:readonly by policy.default."""
    made = enforcer(default_role="role:readonly")
    assert made.enforce("x", GET)
    assert made.enforce("", GET)
    assert made.enforce("x", ("logs", "get", "p/a"))
    assert not made.enforce("x", ("logs", "get", "nothing"))
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
        ('p, bob, applications, sync, "p/{a,b}", allow', True),
        ("p, bob, applications, sync, *, allow\np, bob, *, *, [, deny", False),
        ("p, bob, applications, sync, [, allow", False),
    ],
)
def test_policies(text, want):
    """Globs, deny overrides, role graphs, malformed lines, patterns that cannot be read."""
    assert want is enforcer(text).enforce("bob", SYNC)


def test_an_unbalanced_quote_does_not_swallow_the_next_line():
    """A deny after a mistake still denies, and the mistake is reported."""
    text = 'p, bob, applications, sync, *, allow\nx "\np, bob, applications, sync, p/a, deny\n"'
    parsed = rbac.parse_policy(text)

    assert not enforcer(text).enforce("bob", SYNC)
    assert 2 == len(parsed.problems)
    assert parsed.problems[0].startswith("line 2 ")


def test_only_named_groups_count():
    """A token's group needs a g line."""
    text = "p, role:x, applications, sync, *, allow\ng, team, role:x\np, other, *, *, *, allow"
    made = enforcer(text)
    assert made.enforce("bob", SYNC, groups=["team"])
    assert not made.enforce("bob", SYNC, groups=["other"])


@pytest.mark.parametrize("group", ["admin", "role:admin", "role:readonly", "role:x", "proj:p:r"])
def test_a_token_group_cannot_name_our_roles(group):
    """An identity provider's group called like a role or like admin gives nothing."""
    made = enforcer("p, role:x, applications, get, *, allow\ng, role:x, role:admin")

    assert not made.enforce("bob", GET, groups=[group])


def test_a_deny_does_not_take_the_default_role_away():
    """policy.default is tried alone."""
    made = enforcer("p, bob, applications, get, *, deny", default_role="role:readonly")
    assert made.enforce("bob", GET)


def test_regex_mode():
    """policy.matchMode."""
    made = enforcer("p, bob, applications, (sync|get), ^p/.*$, allow", mode="regex")
    assert made.enforce("bob", SYNC)
    assert not made.enforce("bob", ("applications", "sync", "q/p/a"))
    assert not enforcer("p, bob, (, (, (, allow", mode="regex").enforce("bob", SYNC)


def test_admin_stays_admin_in_regex_mode():
    """The built-in policy is globs whatever policy.matchMode says."""
    assert enforcer(mode="regex").enforce("admin", SYNC)


def test_a_deny_that_cannot_be_read_denies():
    """A mistake must not open a door."""
    text = "p, bob, applications, sync, .*, allow\np, bob, applications, sync, (?=x), deny"
    assert not enforcer(text, mode="regex").enforce("bob", SYNC)


@pytest.mark.parametrize(("text", "want"), [("p/n/a", True), ("p/a", True), ("p/", False)])
def test_the_ends_of_a_glob_may_overlap(text, want):
    """gobwas/glob has it so, and users' denies and allows were written with it."""
    assert want is pattern.match("p/*/a", text)
    assert want is enforcer("p, bob, r, get, p/*/a, allow").enforce("bob", ("r", "get", text))
    assert not enforcer("p, bob, r, get, p*/*/a, allow").enforce("bob", ("r", "get", "p/a"))


@given(
    st.lists(
        st.sampled_from(["a", "b", "*", "?", "[ab]", "[!a]", "{a,b*}", "/", "\\*"]), max_size=8
    ),
    st.text("ab/*", max_size=8),
)
def test_the_globs_of_policies_are_those_of_projects(parts, text):
    """Two roads, one meaning: the automaton here and plumbline.core.pattern."""
    glob = "".join(parts)
    made = enforcer(f'p, bob, r, get, "{glob}", allow')

    assert pattern.match(glob.strip(), text) is made.enforce("bob", ("r", "get", text))


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
