"""Where a request carries its token."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plumbline.api_server import cookies, credentials


@pytest.mark.parametrize(
    ("metadata", "want"),
    [
        ([], ""),
        (None, ""),
        ([("token", "t")], "t"),
        ([("Token", "t"), ("authorization", "Bearer a")], "t"),
        ([("authorization", "Bearer a")], "a"),
        ([("authorization", "bearer  a ")], "a"),
        ([("authorization", "Basic a")], ""),
        ([("authorization", "Bearer ")], ""),
        ([("cookie", "argocd.token=c")], "c"),
        ([("cookie", 'x=1; bad[=2; ; argocd.token="c"; argocd.token=d')], "c"),
        ([("grpcgateway-cookie", "argocd.token=c")], "c"),
        ([("cookie", "argocd.token=2:ab; argocd.token-1=cd")], "abcd"),
        ([("cookie", "argocd.token-1=cd; argocd.token=2:ab")], "abcd"),
        ([("token-bin", b"t")], ""),
    ],
)
def test_places(metadata, want):
    """token, authorization, cookies; the first that is there."""
    assert want == credentials.token_of(metadata)


@pytest.mark.parametrize("value", ["2:ab", "21:ab", "0:ab", "x:ab", "-1:ab", ":", "2:"])
def test_parts_that_do_not_fit_are_a_token_that_does_not_hold(value):
    """Not the absence of a token, which an anonymous caller might use."""
    assert credentials.token_of([("cookie", f"argocd.token={value}")])


@given(st.text("abc.", min_size=1, max_size=200), st.integers(1, 20))
def test_a_split_token_is_joined(token, count):
    """Whatever the size of the parts."""
    size = -(-len(token) // count)
    parts = [token[i : i + size] for i in range(0, len(token), size)]
    jar = {"argocd.token": f"{len(parts)}:{parts[0]}"}
    jar |= {f"argocd.token-{i}": part for i, part in enumerate(parts) if i}

    assert token == cookies.token_of(jar)
    assert jar.keys() <= set(credentials.cookie_names())
