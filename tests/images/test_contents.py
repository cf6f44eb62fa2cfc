"""What is in the images, read from their tars, and what is not."""

import base64
import csv
import hashlib
import io
import posixpath
import re
import stat
import subprocess
import sys
import urllib.parse

import pytest
import yaml
from imaging import build

BUILDERS = re.compile(
    r"((usr/)?(local/)?s?bin|opt/plumbline/bin)/(pip|python3?-config|gcc|cc|c\+\+|g\+\+|ld|as|make)(-[\w.-]+|[\d.]*)"
    r"|.*/(site-packages|dist-packages)/(pip|setuptools|wheel|_distutils_hack)(-.*)?"
    r"|.*/(ensurepip|idlelib|python-wheels)"
)
OURS = build.OURS
MODULES = {"plumb": "plumbline.cli"}  # the others are called as their images
ONLY_REPO_SERVER = {"git", "ssh", "gpgv", "helm", "kustomize"}


def paths(image):
    return [path for path, _ in image.files]


@pytest.mark.parametrize("name", OURS)
def test_an_image_runs_its_service_as_a_user_of_its_own(opened, name):
    config = opened(name).config["config"]
    module = MODULES.get(name, f"plumbline.{name.replace('-', '_')}")

    assert re.fullmatch(r"1\d{4}:1\d{4}", config["User"])
    assert ["/opt/plumbline/bin/python", "-m", module] == config["Entrypoint"]
    assert "HOME=/tmp" in config["Env"]


def test_images_are_named_as_the_chart_names_them(opened):
    chart = build.CHART
    version = yaml.safe_load((chart / "Chart.yaml").read_text())["appVersion"]
    values = yaml.safe_load((chart / "values.yaml").read_text())
    wanted = {"api-server": "server", "repo-server": "repoServer", "app-controller": "controller"}
    redis = values["redis"]["image"]

    for name, key in wanted.items():
        assert [f"{values[key]['image']['repository']}:{version}"] == opened(name).tags
    # Engines leave out the host and library/ of Docker Hub; a node puts them back.
    assert [f"{redis['repository']}:{redis['tag']}".removeprefix("docker.io/library/")] == opened(
        "redis"
    ).tags


def test_every_image_has_another_user(opened):
    users = {opened(name).config["config"]["User"] for name in OURS}

    assert len(OURS) == len(users)


@pytest.mark.parametrize("name", OURS)
def test_nothing_is_there_to_build_or_install_with(opened, name):
    found = [path for path in paths(opened(name)) if BUILDERS.fullmatch(path)]
    lists = [path for path in paths(opened(name)) if path.startswith("var/lib/apt/lists/")]
    wheels = [path for path in paths(opened(name)) if path.endswith((".whl", ".deb"))]

    assert ([], [], []) == (found, lists, wheels)


@pytest.mark.parametrize("name", OURS)
def test_sources_of_extensions_stubs_and_tests_are_left_out(opened, name):
    inside = [p for p in paths(opened(name)) if p.startswith("opt/plumbline/lib/")]
    suffixes = {posixpath.splitext(path)[1] for path in inside}

    assert len(inside) > 500
    assert not suffixes & {".h", ".c", ".pyi", ".pyx"}
    assert [] == [path for path in inside if posixpath.basename(path) == "tests"]


@pytest.mark.parametrize("name", OURS)
def test_git_ssh_helm_and_kustomize_are_in_the_repo_server_only(opened, name):
    programs = {
        posixpath.basename(path)
        for path in paths(opened(name))
        if posixpath.dirname(path) in {"usr/bin", "usr/local/bin"}
    }
    wanted = ONLY_REPO_SERVER if name == "repo-server" else set()

    assert wanted == programs & ONLY_REPO_SERVER
    assert "python3" in programs


@pytest.mark.parametrize("name", OURS)
def test_no_file_changes_its_user_or_lets_everybody_write(opened, name):
    changing, writable = [], []
    for path, member in opened(name).files:
        if member.isfile() and member.mode & (stat.S_ISUID | stat.S_ISGID):
            changing.append(path)
        sticky = member.isdir() and member.mode & stat.S_ISVTX
        if member.mode & stat.S_IWOTH and not member.issym() and not sticky:
            writable.append(path)

    assert ([], []) == (changing, writable)


@pytest.mark.parametrize("name", OURS)
def test_nothing_of_the_service_belongs_to_its_user(opened, name):
    owners = {m.uid for path, m in opened(name).files if path.startswith(("opt/", "usr/"))}

    assert {0} == owners


@pytest.mark.parametrize("name", OURS)
def test_no_settings_of_the_machine_that_built_it_are_in_it(opened, name):
    image = opened(name)
    settings = [
        path for path in paths(image) if re.search(r"(^|/)(pip\.conf|\.?pip/|\.netrc)", path)
    ]
    given = str(image.config["config"]) + str(
        [h.get("created_by") for h in image.config["history"]]
    )
    argv = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    hosts = {
        urllib.parse.urlsplit(url).hostname for url in re.findall(r"https?://[^\s'\"]+", listed)
    }
    texts = [
        path
        for path, member in image.files
        if member.isfile() and member.size < 1 << 20 and path.startswith(("etc/", "opt/", "root/"))
        if any(host.encode() in image.read(path) for host in hosts)
    ]

    assert ([], []) == (settings, texts)
    assert not any(
        word in given for word in ["PIP_", "_PROXY", "_proxy", "SSL_CERT", "CERTIFICATE"]
    )


@pytest.mark.parametrize("name", OURS)
def test_only_debians_authorities_are_trusted(opened, name):
    image = opened(name)
    bundle = image.read("etc/ssl/certs/ca-certificates.crt").count(b"BEGIN CERTIFICATE")
    shipped = [p for p in paths(image) if p.startswith("usr/share/ca-certificates/mozilla/")]
    added = [p for p in paths(image) if p.startswith("usr/local/share/ca-certificates/")]

    assert [] == added
    assert 100 < bundle == len([path for path in shipped if path.endswith(".crt")])


@pytest.mark.parametrize("name", OURS)
def test_every_record_tells_the_truth_about_the_files(opened, name):
    image = opened(name)
    records = [path for path in paths(image) if path.endswith(".dist-info/RECORD")]
    wrong, checked = [], 0
    for record in records:
        library = posixpath.dirname(posixpath.dirname(record))
        for file, digest, _ in csv.reader(io.StringIO(image.read(record).decode())):
            path = posixpath.normpath(posixpath.join(library, file))
            if path not in image.members:
                wrong.append(path)
            elif digest:
                found = hashlib.sha256(image.read(path)).digest()
                encoded = base64.urlsafe_b64encode(found).rstrip(b"=").decode()
                checked += 1
                wrong += [path] if digest != f"sha256={encoded}" else []

    assert [] == wrong
    assert checked > 300


@pytest.mark.parametrize("name", ["api-server", "app-controller"])
def test_api_server_and_controller_add_little_to_their_base(saved, name):
    known = build.sizes(saved[name])

    assert known["size"] - known["base_size"] <= 120_000_000


def test_the_services_carry_no_client_that_only_plumb_imports(opened):
    have = {
        name for name in OURS for path in paths(opened(name)) if path.endswith("kubernetes/client")
    }

    assert {"plumb"} == have
