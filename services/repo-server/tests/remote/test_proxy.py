"""A proxy for each repository: by CONNECT, for Git and for Git LFS, and past it where told."""

import pytest

from plumbline.core import errors
from plumbline.core.secret import Secret
from plumbline.repo_server import git, proxies
from plumbline.repo_server.git import repository as repositories

CANARY = "s3cr3t-canary-px"


def opened(url, ca, proxy, no_proxy="", **fields):
    return repositories.make(
        url,
        allow_file=False,
        ca_bundle=ca.bundle,
        proxy=proxies.proxy_for(url, proxy, no_proxy),
        proxy_setting=proxy,
        no_proxy=no_proxy,
        **fields,
    )


async def test_git_goes_through_the_proxy(mirrors, repository, https, ca, proxy):
    """Every connection of it; the credential stays inside the tunnel."""
    commit = repository.commit({"a": "1"})
    https.require("me", CANARY)
    told = opened(https.address, ca, proxy.url(), username="me", password=Secret(CANARY))

    assert commit == await mirrors.resolve(told, "main")
    target = https.url.removeprefix("http://")
    assert {(target, "")} == set(proxy.asked)
    assert https.requests


async def test_no_proxy_goes_past_it(mirrors, repository, https, ca, proxy):
    """By address, by network, by everything."""
    commit = repository.commit({"a": "1"})
    for no_proxy in ("127.0.0.1", "h,127.0.0.0/8", "*"):
        told = opened(https.address, ca, proxy.url(), no_proxy)
        assert commit == await mirrors.resolve(told, "main")
        await mirrors.refs(told)
    assert [] == proxy.asked


async def test_a_proxy_with_a_password(mirrors, repository, https, ca, proxy):
    """The right one opens; with a wrong one no error says it."""
    commit = repository.commit({"a": "1"})
    proxy.require("px", CANARY)
    told = opened(https.address, ca, proxy.url(f"px:{CANARY}"))
    assert commit == await mirrors.resolve(told, "main")

    wrong = opened(https.address, ca, proxy.url("px:wrong-canary-1"))
    with pytest.raises(errors.PlumblineError) as caught:
        await mirrors.refs(wrong)
    assert "wrong-canary-1" not in caught.value.message


async def test_a_proxy_that_is_not_there(mirrors, https, ca):
    """The server is not reached behind its back."""
    told = opened(https.address, ca, "http://127.0.0.1:9")
    with pytest.raises(errors.Unavailable):
        await mirrors.refs(told)
    assert [] == https.requests


async def test_contents_and_client_certificates_go_through_it_too(
    mirrors, repository, https, ca, lfs, proxy
):
    """Git LFS is our own code, a client certificate is Git's own client: the same proxy."""
    commit = repository.commit({"large": lfs.put(b"content")})
    https.demand()
    certificate, key = ca.issue("client")
    told = opened(
        https.address,
        ca,
        proxy.url(),
        enable_lfs=True,
        tls_client_cert=certificate,
        tls_client_key=Secret(key.decode()),
    )

    def work(trees):
        return trees[0].blob(trees[0].children("")["large"].oid, 100)

    assert commit == await mirrors.resolve(told, "main")
    before = len(proxy.asked)
    assert before
    assert b"content" == await mirrors.read_all([(told, commit)], work, git.Submodules())
    assert len(proxy.asked) > before


@pytest.mark.parametrize(
    ("no_proxy", "url", "past"),
    [
        ("corp", "https://corp/r", True),
        ("corp", "https://a.corp/r", True),
        ("corp", "https://acorp/r", False),
        (".corp", "https://a.corp/r", True),
        (".corp", "https://corp/r", False),
        ("*.corp", "https://a.b.corp/r", True),
        ("*.corp", "https://corp/r", False),
        ("x, CORP ,y", "https://A.Corp/r", True),
        ("corp:8443", "https://corp:8443/r", True),
        ("corp:8443", "https://corp/r", False),
        ("corp:443", "https://corp/r", True),
        ("10.0.0.0/8", "https://10.1.2.3/r", True),
        ("10.0.0.0/8", "https://11.1.2.3/r", False),
        ("10.1.2.3", "https://10.1.2.3/r", True),
        ("::1", "https://[::1]/r", True),
        ("[::1]:443", "https://[::1]/r", True),
        ("[::1]:80", "https://[::1]/r", False),
        ("fd00::/8", "https://[fd00::1]/r", True),
        ("*", "https://h/r", True),
        ("", "https://h/r", False),
        (",", "https://h/r", False),
        ("10.0.0.0/99", "https://10.1.2.3/r", False),
    ],
)
def test_what_no_proxy_means(no_proxy, url, past):
    """As other programs read NO_PROXY."""
    assert past is ("" == proxies.proxy_for(url, "http://p:3128", no_proxy))
