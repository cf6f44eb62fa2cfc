"""Cache entries are complete or absent, made once, and keyed by what they are made from."""

import threading

import pytest

from plumbline.testcluster import store


def _quiet(line):
    assert isinstance(line, str)


def test_entry_is_made_once_by_many(tmp_path):
    """Eight ask at the same time; one makes it, all get it."""
    made = []
    barrier = threading.Barrier(8)

    def make(work):
        made.append(work)
        (work / "program").write_text("content")

    def ask():
        barrier.wait()
        place = store.make_once(tmp_path / "entry", make, progress=_quiet)
        assert (place / "program").read_text() == "content"

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1


def test_failed_entry_leaves_nothing(tmp_path):
    """A build that fails half-way is not taken for a finished one."""

    def fail(work):
        (work / "half").write_text("")
        raise RuntimeError("no space")

    with pytest.raises(RuntimeError):
        store.make_once(tmp_path / "entry", fail, progress=_quiet)
    assert [path.name for path in tmp_path.iterdir()] == ["entry.lock"]


@pytest.mark.parametrize(
    ("change", "same"),
    [
        (lambda _: None, True),
        (lambda base: (base / "go.mod").write_text("module other"), False),
        (lambda base: (base / "go.mod").rename(base / "go.sum"), False),
    ],
)
def test_digest_follows_names_and_content(tmp_path, change, same):
    (tmp_path / "go.mod").write_text("module one")
    before = store.digest(tmp_path.iterdir(), "flag", base=tmp_path)
    change(tmp_path)
    assert (store.digest(tmp_path.iterdir(), "flag", base=tmp_path) == before) is same
    assert store.digest(tmp_path.iterdir(), "other", base=tmp_path) != before


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"PLUMBLINE_CACHE": "/a", "XDG_CACHE_HOME": "/b"}, "/a"),
        ({"XDG_CACHE_HOME": "/b"}, "/b/plumbline"),
        ({"HOME": "/c"}, "/c/.cache/plumbline"),
    ],
)
def test_cache_directory(monkeypatch, variables, expected):
    for name in ("PLUMBLINE_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert str(store.root()) == expected
