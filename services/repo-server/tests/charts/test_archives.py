"""Hostile archives: nothing leaves the store, nothing outgrows its bounds.

Security: CVE-2024-25620, CVE-2026-50162, CVE-2026-50163, bombs; security.md 1a and 7 B.
"""

import gzip
import io
import tarfile

import pytest

from plumbline.core import errors, render
from plumbline.repo_server.archives import Archives, Download, Limits
from plumbline.repo_server.materialise import chart

KIB = 1024


def member(name, kind=tarfile.REGTYPE, text="", **fields):
    made = tarfile.TarInfo(name)
    made.type = kind
    made.size = len(text)
    for field, value in fields.items():
        setattr(made, field, value)
    return made, text.encode()


def tar(*members, compress=True):
    into = io.BytesIO()
    with tarfile.open(fileobj=into, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for made, content in members:
            archive.addfile(made, io.BytesIO(content))
    return gzip.compress(into.getvalue()) if compress else into.getvalue()


@pytest.fixture
def keep(tmp_path):
    """Keep an archive; return its tree."""

    def one(content, *, strip=True, **limits):
        store = Archives(tmp_path / "store", Limits(**limits))
        download = Download(store.folder)
        download.write(content)
        try:
            return store.keep(download, strip=strip, name="it")
        finally:
            download.discard()
            assert not list(store.folder.glob("incoming-*"))

    return one


CHART = member("web/Chart.yaml", text="name: web")


def test_files_directories_and_inner_links_are_a_tree(keep):
    """Kinds and contents, as a commit has them."""
    tree = keep(
        tar(
            member("web/", tarfile.DIRTYPE),
            CHART,
            member("./web/templates/a.yaml", text="a"),
            member("web/run.sh", text="x", mode=0o755),
            member("web/link", tarfile.SYMTYPE, linkname="templates/../Chart.yaml"),
        )
    )

    found = {name: entry.kind for name, entry in tree.children("").items()}
    assert {
        "Chart.yaml": render.EntryKind.FILE,
        "run.sh": render.EntryKind.EXECUTABLE,
        "link": render.EntryKind.LINK,
        "templates": render.EntryKind.DIRECTORY,
    } == found
    assert "Chart.yaml" == render.resolve(tree, "link").path
    assert b"a" == tree.blob(tree.children("templates")["a.yaml"].oid, 10)
    with pytest.raises(errors.ResourceExhausted):
        tree.blob(tree.children("")["Chart.yaml"].oid, 3)


@pytest.mark.parametrize(
    ("bad", "text"),
    [
        (member("web/../../evil"), "leads out"),
        (member("/etc/evil"), "absolute"),
        (member("web\\..\\evil"), "backslash"),
        (member("evil"), "outside"),
        (member("other/x"), "outside"),
        (member("web/a\nb"), "is none"),
        (member("web/" + "x" * 300), "is none"),
        (member("web/l", tarfile.SYMTYPE, linkname="/etc/passwd"), "leads out"),
        (member("web/l", tarfile.SYMTYPE, linkname="../../x"), "leads out"),
        (member("web/d/l", tarfile.SYMTYPE, linkname="a/../../../x"), "leads out"),
        (member("web/l", tarfile.SYMTYPE, linkname=""), "leads out"),
        (member("web/h", tarfile.LNKTYPE, linkname="web/Chart.yaml"), "neither file"),
        (member("web/f", tarfile.FIFOTYPE), "neither file"),
        (member("web/c", tarfile.CHRTYPE), "neither file"),
        (member("web/b", tarfile.BLKTYPE), "neither file"),
        (member("web/Chart.yaml", text="other"), "comes twice"),
        (member("web/Chart.yaml/x"), "below a file"),
    ],
)
def test_hostile_entries_are_refused_by_name(keep, bad, text):
    """Before anything is written under any name."""
    with pytest.raises(errors.InvalidArgument, match="archive refused") as caught:
        keep(tar(CHART, bad))
    assert text in caught.value.message


def test_a_link_that_a_file_is_written_through_is_refused(keep):
    """The way of CVE-2026-50162: a link to a directory, then a file below the link's name."""
    link = member("web/d", tarfile.SYMTYPE, linkname="templates")

    with pytest.raises(errors.InvalidArgument, match="below a file"):
        keep(tar(CHART, link, member("web/d/evil", text="x")))


def test_bombs_end_at_their_bounds(keep):
    """By size, by ratio, by number of entries, by a header that is read into memory."""
    zeros = "0" * (2 * KIB * KIB)
    with pytest.raises(errors.InvalidArgument, match="unpacks to more than 1048576 bytes"):
        keep(tar(CHART, member("web/x", text=zeros)), unpacked=KIB * KIB)
    with pytest.raises(errors.InvalidArgument, match="more than 10 entries"):
        keep(tar(CHART, *(member(f"web/{n}") for n in range(20))), entries=10)
    with pytest.raises(errors.InvalidArgument, match="times its size"):
        keep(tar(CHART, *(member(f"web/{n}", text=zeros * 4) for n in range(12))))
    huge = tarfile.TarInfo("././@LongLink")
    huge.type, huge.size = tarfile.GNUTYPE_LONGNAME, 900 * KIB * KIB
    with pytest.raises(errors.InvalidArgument, match="extended headers of 943718400 bytes"):
        keep(gzip.compress(huge.tobuf() + b"0" * 4096))


def test_what_is_no_archive_is_refused(keep):
    """Cut short, empty, other bytes."""
    whole = tar(CHART, member("web/x", text="x" * 5000))
    for content in (whole[: len(whole) // 2], b"", b"hello" * 500, gzip.compress(b"hello" * 500)):
        with pytest.raises(errors.InvalidArgument):
            keep(content)
    broken = bytearray(whole)
    broken[-6] ^= 1  # gzip's checksum
    with pytest.raises(errors.InvalidArgument):
        keep(bytes(broken))


def test_an_artifact_keeps_its_top_and_may_be_unpacked(keep):
    """Layers are tar or tar+gzip; nothing is stripped."""
    tree = keep(
        tar(member("a.yaml", text="a"), member("d/b", text="b"), compress=False), strip=False
    )

    assert {"a.yaml", "d"} == set(tree.children(""))


def test_a_chart_is_written_to_its_place_only(keep, tmp_path):
    """The archive itself, or its files; a link of the repository does not lead it away."""
    content = tar(CHART, member("web/t/a", text="a"))
    tree = keep(content)
    target = tmp_path / "tree"
    outside = tmp_path / "outside"
    target.mkdir()
    outside.mkdir()
    (target / "charts").symlink_to(outside)
    packed = render.ChartUse("app/charts/web-1.0.0.tgz", tree.digest)
    files = (("t/a", tree.children("t")["a"]),)

    chart(tree, packed, target, max_bytes=10_000)
    chart(tree, render.ChartUse("ch/web", tree.digest, files), target, max_bytes=10_000)
    with pytest.raises(errors.InvalidArgument, match="cannot be written"):
        chart(tree, render.ChartUse("charts/x.tgz", tree.digest), target, max_bytes=10_000)

    assert content == (target / packed.place).read_bytes()
    assert "a" == (target / "ch/web/t/a").read_text()
    assert [] == list(outside.iterdir())


def test_the_store_is_bounded_and_what_is_gone_is_asked_for_again(tmp_path):
    """The archives unused for longest go first, whole."""
    store = Archives(tmp_path / "store", Limits(), capacity=3000)
    trees = []
    for number in range(4):
        download = Download(store.folder)
        download.write(tar(CHART, member("web/x", text=f"{number}" * 1000)))
        trees.append(store.keep(download, strip=True, name="it"))

    assert store.tree(trees[-1].digest, strip=True) is not None
    assert store.tree(trees[0].digest, strip=True) is None
    with pytest.raises(errors.Unavailable):
        trees[0].blob(trees[0].children("")["x"].oid, 10_000)
