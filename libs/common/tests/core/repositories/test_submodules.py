"""`.gitmodules` read as Git reads it; URLs resolved as Git does, or refused."""

import subprocess

import pytest

from plumbline.core import errors, repositories
from plumbline.core.secret import Secret

TEXTS = [
    '[submodule "a"]\n\tpath = lib\n\turl = ../lib\n',
    '[submodule "a"] path = lib\n url=https://h/r ; comment\n# other\n',
    '[submodule "a"]\npath = "with space"\nurl = "https://h/#x" # comment\n',
    '[submodule "a"]\npath = li\\\nb\nurl = a\\\\b\\tc\n',
    '[SubModule "q\\"uote\\\\"]\n\tPATH = x\n\tUrl = y\n\n[core]\n\tbare = true\n\tfilemode\n',
    '[submodule "a"]\npath = one\nurl = first\n[submodule "b"]\npath = two\n'
    '[submodule "a"]\nurl = second\n',
    '\ufeff[submodule "a"]\r\n\tpath = lib\r\n\turl = x  y  \r\n',
    "",
]


@pytest.mark.parametrize("text", TEXTS)
def test_values_are_read_as_git_reads_them(text, tmp_path):
    """Quotes, escapes, comments, continued lines, sections in pieces."""
    file = tmp_path / "modules"
    file.write_text(text, newline="")
    command = [
        "git",
        "config",
        "-f",
        str(file),
        "-z",
        "--get-regexp",
        r"^submodule\..*\.(path|url)$",
    ]
    listed = subprocess.run(command, check=False, capture_output=True, text=True).stdout
    values = dict(item.split("\n", 1) for item in listed.split("\x00") if item)
    paths = {k.removesuffix(".path"): v for k, v in values.items() if k.endswith(".path")}
    want = {path: values.get(f"{name}.url", "") for name, path in paths.items()}

    assert want == repositories.parse_gitmodules(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        '[submodule ".."]\npath = x\n', '[submodule "a/../b"]\npath = x\n',
        '[submodule "..\\\\x"]\npath = x\n', '[submodule ""]\npath = x\n',
        '[submodule "/a"]\npath = x\n', '[submodule "-a"]\npath = x\n',
        '[submodule "a"]\npath = -x\n', '[submodule "a"]\npath = x\nurl = -u./x\n',
        '[submodule "a"]\nupdate = !touch pwned\n', '[submodule "a\npath = x\n',
        '[submodule "a"]\n= x\n', '[submodule "a"]\npath = "x\n', '[submodule "a"]\npath = \\x\n',
        "".join(f'[submodule "{n}"]\npath = {n}\n' for n in range(1001)), "\udcff",
    ],
)  # fmt: skip
def test_what_is_refused(text):
    """A name that leaves its directory, a command, an option, what cannot be read, too much."""
    with pytest.raises(errors.InvalidArgument, match="gitmodules"):
        repositories.parse_gitmodules(text.encode("utf-8", "surrogateescape"))


@pytest.mark.parametrize(
    ("base", "url", "want"),
    [
        ("https://h/org/repo", "../lib", "https://h/org/lib"),
        ("https://h/org/repo/", "../lib.git", "https://h/org/lib.git"),
        ("https://h/org/repo", "./sub", "https://h/org/repo/sub"),
        ("https://h/org/repo", "../../other/lib", "https://h/other/lib"),
        ("https://h:8443/org/repo", "./../lib", "https://h:8443/org/lib"),
        ("ssh://git@h/org/repo.git", "../lib", "ssh://git@h/org/lib"),
        ("https://h/org/repo", "git@g:org/lib.git", "git@g:org/lib.git"),
        ("https://h/org/repo", "ssh://g/org/lib", "ssh://g/org/lib"),
        ("https://h/org/repo", "git://g/lib", "git://g/lib"),
        ("file:///srv/repo", "../lib", "file:///srv/lib"),
    ],
)
def test_where_a_submodule_is(base, url, want):
    """Relative to the repository that holds it, or wherever it says."""
    assert want == repositories.submodule_url(base, url, path="lib")


@pytest.mark.parametrize(
    "url",
    [
        "", "../../../x", "../..", "file:///etc", "FILE:///etc", "/etc", "ext::sh -c x", "ext::sh",
        "ssh://-oProxyCommand=x/r", "-u./x", "lib", "https://h#@g/r", "https://h/a\nb",
        "ftp://h/r", "../lib/..%2f..", "../a\\..\\b",
    ],
)  # fmt: skip
def test_what_a_repository_must_not_name(url):
    """Local files, helpers, options, and what readers of URLs read differently."""
    with pytest.raises(errors.InvalidArgument):
        repositories.submodule_url("https://h/org/repo", url, path="lib")


def test_a_password_in_a_url_is_not_shown():
    """The file is public to whoever may read the repository; logs are read by others."""
    with pytest.raises(errors.InvalidArgument) as caught:
        repositories.submodule_url("https://h/r", "ftp://u:s3cr3t@h/r", path="lib")
    assert "s3cr3t" not in caught.value.message


def opening(permits):
    return repositories.OpenedSubmodules(
        "p",
        credential=lambda url, project: repositories.Repository(
            url=url, project=project, password=Secret("x")
        ),
        permits=lambda url, project: project == "p" and permits(url),
    )


def test_what_is_asked_for_is_opened_once_it_is_permitted():
    """Asking again helps once; what is forbidden is never opened."""
    allowed = {"https://h/a", "https://h/b"}
    one = opening(lambda url: url in allowed)

    assert not one.learn(())
    assert one.learn(("https://h/a", "https://h/b", "https://h/c"))
    assert ["https://h/a", "https://h/b"] == [r.url for r in one.opened()]
    assert not one.learn(("https://h/a.git",))
    assert not one.learn(("https://h/c",))
    assert one.refusal(()) is None
    assert one.refusal(("https://h/a",)) is None
    text = "application repo https://h/c is not permitted in project 'p'"
    assert text == one.refusal(("https://u:pw@h/c",)).message
    allowed.remove("https://h/b")
    assert ["https://h/a"] == [r.url for r in one.opened()]
