"""Label selectors: Kubernetes' grammar, to the letter."""

import pytest

from plumbline.core import errors, selector

LABELS = {"tier": "web", "env": "prod", "empty": "", "n": "5", "example.com/team": "a-b_c.d"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "tier=web",
        "tier==web",
        " tier = web , env != dev ",
        "env!=dev",
        "absent!=x",
        "tier",
        "!absent",
        "! absent",
        "tier in (web, api)",
        "tier in(web)",
        "tier notin (api)",
        "absent notin (x)",
        "empty=",
        "empty in ()",
        "empty in (,a)",
        "empty=,tier=web",
        "n>4",
        "n < 6",
        "example.com/team=a-b_c.d",
        "tier,env,!absent,n>1",
    ],
)
def test_it_selects(text):
    """Each text selects the labels."""
    assert selector.parse(text).matches(LABELS)


@pytest.mark.parametrize(
    "text",
    [
        "tier=api",
        "tier!=web",
        "absent",
        "absent=x",
        "absent=",
        "!tier",
        "tier in (api, db)",
        "tier notin (web,api)",
        "absent in (x)",
        "n>5",
        "n<5",
        "tier>1",
        "absent>1",
        "tier=web,env=dev",
        "empty=x",
    ],
)
def test_it_does_not_select(text):
    """Each text leaves the labels out; all conditions must hold."""
    assert not selector.parse(text).matches(LABELS)


@pytest.mark.parametrize(
    "text",
    [
        "a b",
        "=x",
        ",",
        "a,",
        ",a",
        "a=b=c",
        "a in x",
        "a in (x",
        "a in (x y)",
        "a notin",
        "a>x",
        "a>",
        "-a=b",
        "a=-b",
        "A/B/c=d",
        "/a=b",
        "Up/a=b",
        "a=b c=d",
        "!",
        "!!a",
        "a=ü",
        "x" * 64,
        "a=" + "x" * 64,
        "a" * 20_000,
    ],
)
def test_what_is_no_selector_is_refused(text):
    """A mistake must not select everything."""
    with pytest.raises(errors.InvalidArgument):
        selector.parse(text)


def test_a_keyword_may_be_a_key():
    """``in`` is an operator only after a key."""
    assert selector.parse("in=x").matches({"in": "x"})
