"""An image written without an engine is what the image specification says, byte for byte again."""

import hashlib
import io
import json
import os
import tarfile

import pytest

from plumbline.core import errors
from plumbline.testcluster.node import ociimage


def _read(archive):
    with tarfile.open(archive) as tar:
        return {name: tar.extractfile(name).read() for name in tar.getnames()}


def _layer(archive):
    content = _read(archive)
    (entry,) = json.loads(content["manifest.json"])
    return tarfile.open(fileobj=io.BytesIO(content[entry["Layers"][0]]))


def test_manifest_configuration_and_layer_belong_together(tmp_path):
    config = ociimage.Config(("/bin/tool",), ("serve",), ("A=b",), user="10001")
    files = {"/bin/tool": ociimage.File(b"#!", 0o755)}
    ociimage.write(tmp_path / "image.tar", "plumbline.test/tool:1", config, files=files)
    content = _read(tmp_path / "image.tar")
    (entry,) = json.loads(content["manifest.json"])
    assert entry["RepoTags"] == ["plumbline.test/tool:1"]
    settings = content[entry["Config"]]
    assert entry["Config"] == f"{hashlib.sha256(settings).hexdigest()}.json"
    read = json.loads(settings)
    digest = hashlib.sha256(content[entry["Layers"][0]]).hexdigest()
    assert read["rootfs"] == {"type": "layers", "diff_ids": [f"sha256:{digest}"]}
    assert read["config"] == {
        "Entrypoint": ["/bin/tool"],
        "Cmd": ["serve"],
        "Env": ["A=b"],
        "User": "10001",
        "WorkingDir": "/",
    }


def test_layer_holds_the_tree_and_over_it_the_files(tmp_path):
    root = tmp_path / "root"
    root.joinpath("etc").mkdir(parents=True)
    root.joinpath("etc", "name").write_text("tree")
    root.joinpath("etc", "link").symlink_to("name")
    ociimage.write(
        tmp_path / "image.tar",
        "tool:1",
        ociimage.Config(),
        rootfs=root,
        files={"/srv/data/word": ociimage.File(b"sesame", 0o600)},
    )
    with _layer(tmp_path / "image.tar") as layer:
        assert layer.extractfile("./etc/name").read() == b"tree"
        assert layer.getmember("./etc/link").linkname == "name"
        assert layer.getmember("srv/data").isdir()
        word = layer.getmember("srv/data/word")
        assert (word.mode, word.uid, word.mtime) == (0o600, 0, 0)
        assert layer.extractfile(word).read() == b"sesame"


def test_same_content_gives_the_same_bytes(tmp_path):
    written = []
    for number in (1, 2):
        source = tmp_path / f"source{number}"
        source.write_text("same")
        os.utime(source, (number, number))
        archive = tmp_path / f"{number}.tar"
        files = {"/same": ociimage.File(source)}
        ociimage.write(archive, "same:1", ociimage.Config(), files=files)
        written.append(archive.read_bytes())
    assert written[0] == written[1]


@pytest.mark.parametrize(
    ("tag", "path"), [("registry:5000/tool", "/tool"), ("tool", "/tool"), ("tool:1", "tool")]
)
def test_bad_names_are_refused(tmp_path, tag, path):
    files = {path: ociimage.File(b"")}
    with pytest.raises(errors.InvalidArgument):
        ociimage.write(tmp_path / "image.tar", tag, ociimage.Config(), files=files)
