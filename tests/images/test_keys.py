"""When an image is built again, and when a saved one is taken."""

import dataclasses
import io
import json
import os
import pathlib
import shutil
import tarfile
import time

import pytest
from imaging import base, build, tars


@pytest.fixture
def image(tmp_path, monkeypatch):
    """An image of a small tree of its own."""
    known = build.known()["api-server"]
    for name in known.inputs:
        source, target = build.ROOT / name, tmp_path / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        else:
            target.mkdir(parents=True)
            (target / "one.py").write_text("1\n")
            (target / "requirements.txt").write_text("a==1\n")
    monkeypatch.setattr(build, "ROOT", tmp_path)
    return known


def test_every_input_changes_the_key(image, tmp_path):
    keys = [build.key(image, "base:1"), build.key(image, "base:2")]
    keys.append(build.key(dataclasses.replace(image, tag="x:2"), "base:1"))
    for name in image.inputs:
        path = tmp_path / name
        file = path if path.is_file() else path / "one.py"
        file.write_text(file.read_text() + "# changed\n")
        keys.append(build.key(image, "base:1"))
    (tmp_path / "services/api-server/requirements.txt").write_text("a==2\n")
    keys.append(build.key(image, "base:1"))

    assert len(keys) == len(set(keys))


def test_what_is_not_copied_does_not_change_the_key(image, tmp_path):
    before = build.key(image, "base:1")
    for name in ("tests/test_x.py", "src/__pycache__/x.pyc", "src/a.egg-info/PKG-INFO"):
        file = tmp_path / "services/api-server" / name
        file.parent.mkdir(parents=True)
        file.write_text("x")

    assert before == build.key(image, "base:1")


def test_a_saved_image_is_found_without_asking_anybody(image, tmp_path, monkeypatch):
    monkeypatch.setenv("PLUMBLINE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", "")  # no docker, no debootstrap
    monkeypatch.setattr(build, "SETTINGS", tmp_path / "settings")
    monkeypatch.setattr(build, "known", lambda: dict.fromkeys(build.OURS, image))
    tar = build.place(image, base.local())
    tar.parent.mkdir(parents=True)
    tar.write_text("")

    assert {"plumb": tar} == build.ensure(("plumb",), "auto", print)
    assert {"plumb": tar} == build.ensure(("plumb",), "local", print)
    with pytest.raises(SystemExit, match="no Docker engine answers"):
        build.ensure(("plumb",), "auto", print, again=True)


def test_old_tars_are_deleted_but_not_the_newest_nor_those_in_use(image, tmp_path, monkeypatch):
    monkeypatch.setenv("PLUMBLINE_CACHE", str(tmp_path))
    folder = tmp_path / "images"
    folder.mkdir()
    now = time.time()
    for number in range(8):
        for name in ("plumb", "redis"):
            tar = folder / f"{name}-{number:020}.tar"
            tar.write_text("")
            tar.with_suffix(".json").write_text("{}")
            age = number * 100 if name == "redis" else number * build.READING_SECONDS
            os.utime(tar, (now - age, now - age))

    build._forget()

    left = {
        name: sorted(f.name for f in folder.glob(f"{name}-*.tar")) for name in ("plumb", "redis")
    }
    assert [f"plumb-{number:020}.tar" for number in range(build.KEPT_TARS)] == left["plumb"]
    assert 8 == len(left["redis"])
    assert 12 == len(list(folder.glob("*.json")))


def test_the_dockerfiles_copy_nothing_that_the_key_leaves_out():
    for image in build.known().values():
        text = image.dockerfile.read_text()
        copied = [line.split()[1:-1] for line in text.splitlines() if line.startswith("COPY ")]
        names = [n for words in copied for n in words if not words[0].startswith("--from")]
        # build/: the programs, of recorded digests, and settings that no image keeps.
        asked = [name for name in names if not name.startswith("build/")]

        assert all(
            any(pathlib.PurePath(name).is_relative_to(known) for known in image.inputs)
            for name in asked
        )


def test_a_later_layer_hides_what_it_removes(tmp_path):
    def packed(files):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as tar:
            for name, content in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
        return out.getvalue()

    layers = {
        "1.tar": packed({"./a/x": b"1", "./a/y": b"1", "b/x": b"1", ".hidden": b"1", "c/x": b"1"}),
        "2.tar": packed({"a/.wh.x": b"", "b/.wh..wh..opq": b"", "b/z": b"2", ".wh.c": b""}),
    }
    manifest = [{"RepoTags": ["t:1"], "Config": "c.json", "Layers": list(layers)}]
    files = {"manifest.json": json.dumps(manifest).encode(), "c.json": b"{}", **layers}
    (tmp_path / "image.tar").write_bytes(packed(files))

    with tars.SavedImage(tmp_path / "image.tar") as image:
        assert [".hidden", "a/y", "b/z"] == [path for path, _ in image.files]
        assert b"2" == image.read("b/z")
