"""The session cookie."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumbline.api_server import cookies
from plumbline.core import errors

TOKENS = st.text(st.sampled_from("abcXYZ012._-"), min_size=1, max_size=70_000)


def sent(lines):
    """Return the Cookie header of a browser that took the lines."""
    return "; ".join(line.split(";")[0] for line in lines)


def test_a_short_token_is_one_cookie():
    """With the contract's attributes."""
    assert ["argocd.token=abc; Path=/; SameSite=lax; httpOnly; Secure"] == cookies.issue("abc")
    assert ["argocd.token=abc; Path=/argo; SameSite=lax; httpOnly"] == cookies.issue(
        "abc", path="/argo", secure=False
    )


def test_a_long_token_is_split():
    """``N:part``, then numbered ones; each fits a browser."""
    lines = cookies.issue("x" * 10_000)
    assert 3 == len(lines)
    assert lines[0].startswith("argocd.token=3:x")
    assert lines[1].startswith("argocd.token-1=x")
    assert max(len(line) for line in lines) <= 4093


@given(TOKENS)
def test_any_token_comes_back(token):
    """Whatever its length."""
    assert token == cookies.token_of(cookies.read([sent(cookies.issue(token))]))


def test_the_number_is_bounded():
    """When a token is handed out."""
    with pytest.raises(errors.FailedPrecondition, match="more than the 20"):
        cookies.issue("x" * 100_000)
    with pytest.raises(errors.FailedPrecondition, match="more than the 2 "):
        cookies.issue("x" * 10_000, most=2)


@pytest.mark.parametrize("token", ["a;b", "a b", "a\r\nSet-Cookie: x=y", 'a"b', "a,b", "ü"])
def test_what_is_no_cookie_value_is_refused(token):
    """No header can be made of it."""
    with pytest.raises(errors.FailedPrecondition):
        cookies.issue(token)


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ([], ""),
        (["argocd.token=a"], "a"),
        (['argocd.token="a"'], "a"),
        (["bad[]=1; x; =y; argocd.token=a; other=b"], "a"),
        (["other=b", "argocd.token=a"], "a"),
        (["argocd.token=a; argocd.token=b"], "a"),
        (["argocd.token=2:a; argocd.token-1=b; argocd.token-2=c"], "ab"),
        (["argocd.token=2:a"], "2:a"),
        (["argocd.token=0:a"], "0:a"),
        (["argocd.token=999:a"], "999:a"),
        (["argocd.token=x:a"], "x:a"),
        (["xargocd.token=a"], ""),
    ],
)
def test_tokens_are_read(headers, token):
    """Malformed neighbours do no harm; with a part missing it is a token that does not hold."""
    assert token == cookies.token_of(cookies.read(headers))


def test_clearing_takes_all_parts():
    """With the path and attributes that they were made with."""
    jar = cookies.read(["argocd.token=2:a; argocd.token-1=b; argocd.token-x=c; other=d"])
    end = "; Path=/p; SameSite=lax; httpOnly; Secure; Max-Age=0"
    assert [f"argocd.token={end}", f"argocd.token-1={end}"] == cookies.clear(jar, path="/p")
