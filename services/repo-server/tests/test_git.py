"""Mirrors of real repositories: over files and over smart HTTP, with real credentials."""

import asyncio
import base64
import hashlib
import hmac
import shutil

import pygit2
import pytest

from plumbline.core import errors
from plumbline.core.secret import Secret
from plumbline.repo_server import git, proxies
from plumbline.repo_server.git import repository as repositories
from plumbline.repo_server.git import tree, trust

CANARY = "s3cr3t-canary-9a1"


@pytest.fixture
def mirrors(tmp_path):
    made = git.Mirrors(git.Settings(tmp_path / "mirrors", request_timeout=10))
    yield made
    made.close()


def opened(url, **fields):
    return repositories.make(url, allow_file=True, **fields)


@pytest.mark.parametrize("revision", ["", "HEAD", "main", "refs/heads/main", "v1", "refs/tags/v1"])
async def test_revisions_of_every_form_resolve(mirrors, repository, revision):
    """Empty, HEAD, branch, tag and full names of refs."""
    commit = repository.commit({"a": "1"})
    repository.git("tag", "-a", "v1", "-m", "annotated")

    assert commit == await mirrors.resolve(opened(repository.url), revision)


@pytest.mark.parametrize(
    ("revision", "prefix", "tag"),
    [
        ("1.*", "", "v1.10.0"),
        (">=1.2", "", "v2.0.0"),
        ("^1.9, <1.10", "", "1.9.3"),
        ("1.x", "", "v1.10.0"),
        ("~1.9", "", "1.9.3"),
        ("*", "app-", "app-0.2.0"),
        (">=3.0.0-0", "", "v3.0.0-rc.1"),
        ("v1.10.0", "", "v1.10.0"),
    ],
)
async def test_a_range_is_the_highest_tag_in_it(mirrors, repository, revision, prefix, tag):
    """By the rules of versions, not of texts; pre-releases only where asked for."""
    commits = {}
    for name in ("1.9.3", "v1.10.0", "v2.0.0", "v3.0.0-rc.1", "app-0.2.0", "nightly"):
        commits[name] = repository.commit({"a": name})
        repository.git("tag", "-a", name, "-m", name)
    repository.git("branch", "1.x")

    found = await mirrors.resolve(opened(repository.url), revision, tag_prefix=prefix)

    assert commits[tag] == found


async def test_a_range_without_a_tag_is_named(mirrors, repository):
    """It may still be a branch; if not, the error names it."""
    repository.commit({"a": "1"})
    repository.git("branch", "9.x")

    assert 40 == len(await mirrors.resolve(opened(repository.url), "9.x"))
    with pytest.raises(errors.NotFound, match=r"'9\.\*'"):
        await mirrors.resolve(opened(repository.url), "9.*")


async def test_commit_ids_resolve_whole_and_short(mirrors, repository):
    """A commit that is no tip any more is found by its id or the beginning of it."""
    first = repository.commit({"a": "1"})
    repository.commit({"a": "2"})

    assert first == await mirrors.resolve(opened(repository.url), first[:9])
    assert first == await mirrors.resolve(opened(repository.url), first.upper())


@pytest.mark.parametrize(
    "revision",
    ["--upload-pack=x", "-c core.pager=x", "a\x00b", "x" * 10_000, "a..b", "a b", "@{1}", "a~1"],
)
async def test_hostile_revisions_are_refused(mirrors, repository, revision):
    """Security: TOB-ARGO-014, before anything is asked of the remote."""
    repository.commit()

    with pytest.raises(errors.InvalidArgument):
        await mirrors.resolve(opened(repository.url), revision)

    assert 0 == mirrors.listed


async def test_an_unknown_revision_is_named(mirrors, repository):
    """The user reads what was not found."""
    repository.commit()

    with pytest.raises(errors.NotFound, match="'nope'"):
        await mirrors.resolve(opened(repository.url), "nope")


async def test_a_hundred_callers_cost_one_listing_and_one_fetch(mirrors, repository):
    """Whoever asks at the same moment shares the work; no fetch while nothing moved."""
    commit = repository.commit({"a": "1"})
    told = opened(repository.url)

    found = await asyncio.gather(*(mirrors.resolve(told, "main") for _ in range(100)))

    assert {commit} == set(found)
    assert (1, 1) == (mirrors.listed, mirrors.fetched)
    await mirrors.resolve(told, "main")
    assert (2, 1) == (mirrors.listed, mirrors.fetched)


async def test_a_push_is_seen_and_a_forced_one_keeps_the_old_commit(mirrors, repository):
    """History replaced under the same URL: the new tip resolves, the old commit still reads."""
    told = opened(repository.url)
    old = repository.commit({"a": "1"})
    await mirrors.resolve(told, "main")
    repository.git("checkout", "-q", "--orphan", "other")
    new = repository.commit({"b": "2"})
    repository.git("branch", "-f", "main", "other")

    assert new == await mirrors.resolve(told, "main")
    assert ["a"] == await mirrors.read(told, old, lambda tree: list(tree.children("")))
    assert ["a", "b"] == await mirrors.read(told, new, lambda tree: sorted(tree.children("")))


async def test_a_broken_mirror_is_made_anew(mirrors, repository, tmp_path):
    """Damage on disk costs a fetch, nothing else."""
    commit = repository.commit({"a": "1"})
    told = opened(repository.url)
    await mirrors.resolve(told, "main")
    (mirror,) = (tmp_path / "mirrors").glob("*.git")
    shutil.rmtree(mirror / "objects")
    (mirror / "HEAD").write_text("garbage")
    mirrors.close()

    again = git.Mirrors(git.Settings(tmp_path / "mirrors"))
    assert commit == await again.resolve(told, "main")
    assert ["a"] == await again.read(told, commit, lambda tree: list(tree.children("")))
    again.close()


async def test_lost_objects_are_fetched_again(mirrors, repository, tmp_path):
    """A commit that is present while its tree is lost is a broken mirror."""
    commit = repository.commit({"d/a": "1"})
    told = opened(repository.url)
    await mirrors.resolve(told, "main")
    (mirror,) = (tmp_path / "mirrors").glob("*.git")
    for path in (mirror / "objects").rglob("*.pack"):
        path.chmod(0o600)
        path.write_bytes(b"x" * path.stat().st_size)

    again = git.Mirrors(git.Settings(tmp_path / "mirrors"))
    assert ["a"] == await again.read(told, commit, lambda tree: list(tree.children("d")))
    again.close()


async def test_http_with_a_password(mirrors, repository, git_http):
    """Basic authentication: right, wrong, and none; no secret in an error."""
    commit = repository.commit({"a": "1"})
    git_http.require("bob", CANARY)
    url = f"{git_http.url}/source/.git"

    right = opened(url, username="bob", password=Secret(CANARY))
    assert commit == await mirrors.resolve(right, "main")

    for password in ("wrong-canary", ""):
        with pytest.raises(errors.Unauthenticated) as caught:
            await mirrors.resolve(opened(url, username="bob", password=Secret(password)), "main")
        assert "canary" not in caught.value.message


async def test_a_user_part_in_the_url_is_a_credential_and_never_shown(
    mirrors, repository, git_http
):
    """Security: URL-embedded credentials work, and appear in no text."""
    commit = repository.commit({"a": "1"})
    git_http.require("bob", CANARY)
    host = git_http.url.removeprefix("http://")

    told = opened(f"http://bob:{CANARY}@{host}/source/.git")

    assert commit == await mirrors.resolve(told, "main")
    assert f"http://{host}/source/.git" == told.url
    assert CANARY not in repr(told)


async def test_a_bearer_token(mirrors, repository, git_http):
    """The token travels in the Authorization header."""
    commit = repository.commit({"a": "1"})
    git_http.authorization = f"Bearer {CANARY}"

    told = opened(f"{git_http.url}/source/.git", bearer_token=Secret(CANARY))

    assert commit == await mirrors.resolve(told, "main")


async def test_another_credential_does_not_read_the_mirror(mirrors, repository, git_http):
    """Architecture rule 3: what one credential fetched, another must open itself."""
    commit = repository.commit({"a": "1"})
    git_http.require("bob", CANARY)
    url = f"{git_http.url}/source/.git"
    await mirrors.resolve(opened(url, username="bob", password=Secret(CANARY)), "main")

    for stranger in (opened(url), opened(url, username="eve", password=Secret("guess"))):
        with pytest.raises(errors.Unauthenticated):
            await mirrors.resolve(stranger, commit)
        with pytest.raises(errors.Unauthenticated):
            await mirrors.read(stranger, commit, lambda tree: list(tree.children("")))


async def test_a_redirect_to_another_host_gets_no_credential(
    mirrors, repository, git_http, attacker
):
    """Security: CVE-2026-41506, credentials follow no redirect."""
    repository.commit()
    # Another name of the machine: libgit2 judges by the host, as git does.
    git_http.redirect = attacker.url.replace("127.0.0.1", "localhost")
    told = opened(
        f"{git_http.url}/source/.git",
        username="bob",
        password=Secret(CANARY),
        bearer_token=Secret(CANARY),
    )

    with pytest.raises(errors.PlumblineError) as caught:
        await mirrors.resolve(told, "main")

    assert 1 == len(git_http.requests)
    assert [] == attacker.requests
    assert CANARY not in caught.value.message


async def test_an_unreachable_server_is_unavailable(mirrors):
    """A transient error that names the repository."""
    with pytest.raises(errors.Unavailable, match=r"http://127\.0\.0\.1:1/x"):
        await mirrors.resolve(opened("http://127.0.0.1:1/x"), "main")


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("file:///tmp/x", errors.PermissionDenied),
        ("ext::sh -c touch% pwned", errors.InvalidArgument),
        ("ext::sh", errors.InvalidArgument),
        ("--upload-pack=x", errors.InvalidArgument),
        ("-x:y", errors.InvalidArgument),
        ("/etc", errors.InvalidArgument),
        ("ftp://host/x", errors.InvalidArgument),
        ("https://", errors.InvalidArgument),
        ("https://host:port/x", errors.InvalidArgument),
        ("ssh://-oProxyCommand=x/y", errors.InvalidArgument),
        ("https://host/a\nb", errors.InvalidArgument),
        ("https://evil#@host/x", errors.InvalidArgument),
        ("https://evil?@host/x", errors.InvalidArgument),
        ("https://evil\\@host/x", errors.InvalidArgument),
        ("", errors.InvalidArgument),
    ],
)
def test_hostile_urls_are_refused(url, error):
    """file:// is a setting (rule 15); other schemes and options are never Git's."""
    with pytest.raises(error):
        repositories.make(url, allow_file=False)


def test_a_proxy_is_a_plain_url_or_refused():
    """Security: CVE-2026-55797, metacharacters in a proxy."""
    assert "http://p:3128" == proxies.proxy_for("https://h/x", "http://p:3128", "other")
    assert "" == proxies.proxy_for("https://a.corp/x", "http://p:3128", "x,.corp")
    for hostile in ("socks5://x';touch pwned;':1", "http://p:1;x", "-x"):
        with pytest.raises(errors.InvalidArgument):
            proxies.proxy_for("https://h/x", hostile, "")


def test_known_hosts_decide_about_host_keys():
    """Plain, hashed and bracketed names; another key or host is unknown."""
    key = b"the host's key"
    fingerprint = hashlib.sha256(key).digest()
    text = base64.b64encode(key).decode()
    salt = b"salt"
    digest = base64.b64encode(hmac.new(salt, b"hashed.org", "sha1").digest()).decode()
    known = (
        f"# comment\ngit.org,*.corp ssh-ed25519 {text}\n[alt.org]:2222 ssh-ed25519 {text}\n"
        f"|1|{base64.b64encode(salt).decode()}|{digest} ssh-ed25519 {text}\n"
        f"@revoked bad.org ssh-ed25519 {text}\n"
    )

    for host, port in (("git.org", 22), ("x.corp", 22), ("alt.org", 2222), ("hashed.org", 22)):
        assert trust.host_key_is_known(known, host, port, fingerprint), host
    for host, port in (("alt.org", 22), ("evil.org", 22), ("bad.org", 22), ("git.org", 2222)):
        assert not trust.host_key_is_known(known, host, port, fingerprint), host
    other = hashlib.sha256(b"x").digest()
    assert not trust.host_key_is_known(known, "git.org", 22, other)


def test_files_of_the_repository_itself_are_prepared_without_reading_directories(repository):
    """In a monorepo the directory of all sources is long, and each source is prepared."""
    files = {f"apps/{number:03}/map.yaml": str(number) for number in range(50)}
    commit = repository.commit(files)
    handle = pygit2.Repository(str(repository.path))
    entry = (tree.CommitTree(handle, commit).children("apps/007") or {})["map.yaml"]
    fresh = tree.CommitTree(handle, commit)
    read = []
    children = fresh.children
    fresh.children = lambda path: read.append(path) or children(path)

    fresh.prepare([("apps/007/map.yaml", entry)])

    assert [] == read
    assert b"7" == fresh.blob(entry.oid, 10)
