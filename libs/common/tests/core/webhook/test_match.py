"""Which applications a hint concerns."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plumbline.core import pattern, webhook
from plumbline.core.model import decode_application


def hint(**fields):
    defaults = {"urls": ("https://github.com/acme/shop",), "ref": "refs/heads/main"}
    return webhook.Hint(**{**defaults, "default_branch": True, **fields})


def app(name="a", annotation=None, **spec):
    metadata = {"name": name, "namespace": "argocd"}
    if annotation is not None:
        metadata["annotations"] = {"argocd.argoproj.io/manifest-generate-paths": annotation}
    return decode_application({"metadata": metadata, "spec": spec})


def concerned(given, **fields):
    return webhook.Index(webhook.watched(given)).affected(hint(**fields))


@pytest.mark.parametrize(
    ("web", "url"),
    [
        ("https://github.com/acme/shop", "https://github.com/acme/shop"),
        ("https://github.com/acme/shop", "https://github.com/acme/shop.git"),
        ("https://github.com/acme/shop", "https://github.com/Acme/SHOP/"),
        ("https://github.com/acme/shop", "https://token@github.com/acme/shop.git"),
        ("https://github.com/acme/shop", "https://user:pass@github.com/acme/shop.git/"),
        ("https://github.com/acme/shop", "git@github.com:acme/shop.git"),
        ("https://github.com/acme/shop", "ssh://git@github.com/acme/shop.git"),
        ("https://github.com/acme/shop", "ssh://git@github.com:22/acme/shop"),
        ("https://github.com/acme/shop", "ssh://git@ssh.github.com:443/acme/shop.git"),
        ("https://bitbucket.org/acme/shop", "ssh://git@altssh.bitbucket.org:443/acme/shop.git"),
        ("http://gitlab.example:8080/a/b/c", "git@gitlab.example:a/b/c.git"),
        ("http://gitlab.example:8080/a/b/c", "git@gitlab.example:2222/a/b/c.git"),
        ("http://example/git/a", "http://example:80/git/a"),
        ("https://acme@dev.azure.com/acme/p/_git/r", "git@ssh.dev.azure.com:v3/acme/p/r"),
        ("https://dev.azure.com/acme/My%20P/_git/r", "git@ssh.dev.azure.com:v3/acme/My P/r"),
        ("https://dev.azure.com/acme/_git/r", "https://dev.azure.com/acme/r/_git/r"),
        ("oci://ghcr.io/acme/shop", "ghcr.io/acme/shop"),
        ("oci://r.example:5000/acme/shop", "r.example:5000/acme/shop"),
    ],
)
def test_spellings_of_one_repository(web, url):
    """Scheme, user, port, ending and letter case do not matter."""
    assert webhook.repository_key(web) == webhook.repository_key(url) != ""


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/acme/shop2",
        "https://github.com/acme/shop/x",
        "https://github.com/acme",
        "https://evil.com/github.com/acme/shop",
        "https://github.com.evil.com/acme/shop",
        "https://github.com@evil.com/acme/shop",
        "https://gitxhub.com/acme/shop",
    ],
)
def test_other_repositories_stay_others(url):
    """Also those made to look alike."""
    assert webhook.repository_key("https://github.com/acme/shop") != webhook.repository_key(url)


@pytest.mark.parametrize("url", ["", "file:///srv/git/a", "x", "https://github.com", "://", "a:"])
def test_no_repository_on_a_host(url):
    """Nothing that a webhook could mean."""
    assert webhook.repository_key(url) == ""


@pytest.mark.parametrize(
    ("revision", "ref", "default", "matches"),
    [
        ("", "refs/heads/main", True, True),
        ("HEAD", "refs/heads/main", True, True),
        ("HEAD", "refs/heads/x", False, False),
        ("main", "refs/heads/main", False, True),
        ("refs/heads/main", "refs/heads/main", False, True),
        ("feature/a", "refs/heads/feature/a", False, True),
        ("a", "refs/heads/feature/a", True, False),
        ("v1.2.3", "refs/tags/v1.2.3", False, True),
        ("refs/tags/v1.2.3", "refs/tags/v1.2.3", False, True),
        ("v1.2.4", "refs/tags/v1.2.3", False, False),
        ("1.2.*", "refs/tags/v1.2.3", False, True),
        ("~1.2", "refs/tags/1.2.3", False, True),
        (">= 1.2 < 2", "refs/tags/1.2.3", False, True),
        ("1.x", "refs/tags/1.2.3", False, True),
        ("1.2", "refs/tags/1.2.3", False, True),
        ("1.2", "refs/tags/1.20.3", False, False),
        ("v1", "refs/tags/v1.9.0-rc.1+b", False, True),
        ("*", "refs/heads/main", True, False),
        ("main", "", True, True),
        ("0123456789abcdef0123456789abcdef01234567", "refs/heads/main", True, False),
    ],
)
def test_which_revisions_a_ref_may_be(revision, ref, default, matches):
    """The name, the default branch for HEAD, versions for a constraint."""
    source = {"repoURL": "https://github.com/acme/shop", "targetRevision": revision}
    assert matches == bool(concerned(app(source=source), ref=ref, default_branch=default))


@pytest.mark.parametrize(
    ("annotation", "path", "files", "matches"),
    [
        (None, "apps/a", ["x"], True),
        ("", "apps/a", ["x"], True),
        (";", "apps/a", ["x"], True),
        (".", "apps/a", ["apps/a/d.yaml"], True),
        (".", "apps/a", ["apps/a/b/c/d.yaml"], True),
        (".", "apps/a", ["apps/ab/d.yaml"], False),
        (".", "apps/a", ["apps/d.yaml"], False),
        (".", "", ["anything"], True),
        ("/", "apps/a", ["anything"], True),
        ("/shared", "apps/a", ["shared/x"], True),
        ("/shared", "apps/a", ["apps/a/shared/x"], False),
        (".;/shared", "apps/a", ["x", "shared/x"], True),
        ("../b", "apps/a", ["apps/b/x"], True),
        ("../../../b", "apps/a", ["b/x"], True),
        ("/shared/values.yaml", "apps/a", ["shared/values.yaml"], True),
        ("/shared/*.yaml", "apps/a", ["shared/values.yaml"], True),
        ("/shared/*.yaml", "apps/a", ["shared/x/values.yaml"], False),
        ("/shared/*-secret.yaml", "apps/a", ["shared/my-secret.yaml"], True),
        ("*.yaml", "apps/a", ["apps/a/x.yaml"], True),
        (" . ; /b ", "apps/a", ["b/x"], True),
        (".", "./apps/a/", ["apps/a/x"], True),
        (".", "apps/a", None, True),
    ],
)
def test_generate_paths(annotation, path, files, matches):
    """Relative to the source's folder, or to the root with ``/``; unknown files concern all."""
    source = {"repoURL": "https://github.com/acme/shop", "path": path}
    changed = None if files is None else frozenset(files)
    got = concerned(app(annotation=annotation, source=source), changed_files=changed)
    assert matches == bool(got)


def test_every_source_counts():
    """Of several, those of the repository."""
    sources = [
        {"repoURL": "https://example.com/other", "targetRevision": "main"},
        {"repoURL": "git@github.com:acme/shop", "targetRevision": "main"},
    ]
    got = concerned(app(sources=sources))
    assert ["git@github.com:acme/shop"] == [watched.repo_url for watched in got]


@pytest.mark.parametrize(
    ("ref", "files", "revisions"),
    [
        ("refs/heads/main", ["dry/x"], ["main"]),
        ("refs/heads/main", ["env/prod/x"], []),
        ("refs/heads/env/prod", ["env/prod/x"], ["env/prod"]),
        ("refs/heads/env/prod", ["dry/x"], []),
    ],
)
def test_a_hydrated_application(ref, files, revisions):
    """The dry source by its annotation, the synced branch by its own path."""
    hydrator = {
        "drySource": {
            "repoURL": "https://github.com/acme/shop",
            "targetRevision": "main",
            "path": "dry",
        },
        "syncSource": {"targetBranch": "env/prod", "path": "env/prod"},
    }
    given = app(annotation=".", sourceHydrator=hydrator)
    got = concerned(given, ref=ref, changed_files=frozenset(files))
    assert revisions == [watched.revision for watched in got]


@pytest.mark.parametrize(
    ("source", "matches"),
    [
        ({"repoURL": "ghcr.io/acme", "chart": "shop", "targetRevision": "1.2.3"}, True),
        ({"repoURL": "oci://ghcr.io/acme/shop", "targetRevision": "1.2.*"}, True),
        ({"repoURL": "ghcr.io/acme", "chart": "shop", "targetRevision": "1.2.4"}, False),
        ({"repoURL": "https://ghcr.io/acme/shop", "targetRevision": "1.2.3"}, False),
        ({"repoURL": "ghcr.io/acme", "chart": "shop2", "targetRevision": "1.2.3"}, False),
    ],
)
def test_registries_concern_charts_and_images_only(source, matches):
    """And Git repositories concern neither."""
    urls = ("oci://ghcr.io/acme/shop",)
    got = concerned(app(source=source), urls=urls, ref="1.2.3", registry=True, default_branch=False)
    assert matches == bool(got)
    assert not concerned(app(source={**source, "repoURL": "oci://ghcr.io/acme/shop"}), urls=urls)


segments = st.sampled_from(["a", "b", "ab", "x.yaml"])
paths = st.lists(segments, min_size=1, max_size=3).map("/".join)
rules = st.sampled_from(["", ".", "..", "/", "/a", "/a/b;.", "*.yaml", "/*/x.yaml", "b"])
urls = st.sampled_from(
    ["https://h/a/b", "git@h:a/b.git", "ssh://git@h:22/A/b", "https://h/a/c", "https://k/a/b"]
)
revisions = st.sampled_from(["", "HEAD", "main", "refs/heads/main", "dev", "1.*"])


@settings(deadline=None)
@given(
    sources=st.lists(st.tuples(urls, revisions, rules, paths), max_size=8),
    url=urls,
    ref=st.sampled_from(["refs/heads/main", "refs/heads/dev", "refs/tags/1.2.0", ""]),
    default=st.booleans(),
    files=st.none() | st.frozensets(paths, min_size=1, max_size=4),
)
def test_the_index_finds_what_a_scan_finds(sources, url, ref, default, files):
    """Rule by rule, file by file, application by application."""
    apps = [
        app(
            f"app{i}",
            annotation=rule,
            source={"repoURL": url_, "targetRevision": revision, "path": path},
        )
        for i, (url_, revision, rule, path) in enumerate(sources)
    ]
    found = webhook.Index(w for one in apps for w in webhook.watched(one)).affected(
        hint(urls=(url,), ref=ref, default_branch=default, changed_files=files)
    )
    expected = [
        f"app{i}"
        for i, (url_, revision, rule, path) in enumerate(sources)
        if same_repository(url_, url)
        and moves(revision, ref, default)
        and (files is None or not rule or any(touches(rule, path, file) for file in files))
    ]
    assert expected == sorted(w.app[1] for w in found)


def same_repository(one, other):
    forms = {
        "git@h:a/b.git": "https://h/a/b",
        "ssh://git@h:22/A/b": "https://h/a/b",
    }
    return forms.get(one, one) == forms.get(other, other)


def moves(revision, ref, default):
    if not ref:
        return True
    if revision in ("", "HEAD"):
        return default
    if revision == "1.*":
        return ref == "refs/tags/1.2.0"
    return ref.endswith(f"/{revision.rpartition('/')[2]}")


def touches(rule, path, file):
    """Folder by folder, without any preparation."""
    for item in rule.split(";"):
        parts = [] if item.startswith("/") else path.split("/")
        for part in item.strip("/").split("/"):
            if part == "..":
                parts = parts[:-1]
            elif part not in ("", "."):
                parts = [*parts, part]
        inside = file.split("/")[: len(parts)] == parts
        if inside or pattern.match("/".join(parts), file, separator="/"):
            return True
    return False
