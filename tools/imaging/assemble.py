"""Put an image's last layer together; runs inside a build, as root, under /src, into /out.

``packages`` installs the locked third parties, ``finish IMAGE FOLDER`` adds our own distributions,
takes away what no service runs, compiles, checks the programs against their recorded digests and
writes the bill of materials. The standard library only: the base image has nothing else.
"""

import base64
import compileall
import csv
import hashlib
import importlib.metadata
import io
import json
import os
import pathlib
import platform
import py_compile
import shutil
import subprocess
import sys

import sbom

SOURCE = pathlib.Path("/src")
SETTINGS = SOURCE / "images"
BUILDER = pathlib.Path("/opt/build")
VENV = pathlib.Path("/opt/plumbline")
OUT = pathlib.Path("/out")
REPORT = BUILDER / "report.json"
# Sources of extensions, type stubs and test data: nothing imports them.
DROPPED_FILES = {".pyi", ".pyx", ".pxd", ".pxi", ".h", ".hpp", ".c", ".cc", ".cpp", ".a"}
DROPPED_FOLDERS = {"tests", "test", "__pycache__"}
# Parts of a distribution that are large and that none of our code imports.
UNUSED = ("kubernetes/aio", "kubernetes/e2e_test", "kubernetes/test")


def run(*argv: object, **extra: str) -> None:
    """Run a command; its output is the build's."""
    subprocess.run([str(word) for word in argv], check=True, env={**os.environ, **extra})


def pip(*argv: object) -> None:
    """Run pip on the image's environment, which has no pip of its own."""
    settings = SETTINGS / "pip.conf"
    run(
        BUILDER / "bin/pip", "--disable-pip-version-check", "--no-cache-dir",
        "--python", VENV / "bin/python", *argv,
        PIP_CONFIG_FILE=str(settings if settings.is_file() else os.devnull),
        PIP_ROOT_USER_ACTION="ignore",
    )  # fmt: skip


def packages() -> None:
    """Install what the locks name, by hash, into the image's environment and the builder's.

    Takes away what no service runs and compiles the rest, so that new code of ours costs neither.
    """
    run(sys.executable, "-m", "venv", "--without-pip", VENV)
    run(sys.executable, "-m", "venv", BUILDER)
    locked = ("install", "--require-hashes", "--only-binary", ":all:")
    pip(*locked, "--no-compile", "--report", REPORT, "-r", SOURCE / "requirements.txt")
    settings = SETTINGS / "pip.conf"
    run(
        BUILDER / "bin/pip", "--disable-pip-version-check", "--no-cache-dir", *locked,
        "-r", SETTINGS / "build.txt",
        PIP_CONFIG_FILE=str(settings if settings.is_file() else os.devnull),
    )  # fmt: skip
    library = site_packages(VENV)
    for unused in UNUSED:
        shutil.rmtree(library / unused, ignore_errors=True)
    slim(library, *library.glob("*.dist-info"))
    compile_modules(library)
    for script in (VENV / "bin").glob("[aA]ctivate*"):
        script.unlink()


def finish(image: str, folder: str) -> None:
    """Add our own distributions and leave the layer in /out."""
    epoch = int(os.environ["SOURCE_DATE_EPOCH"])
    wheels = own_wheels(SOURCE / "libs/common", SOURCE / folder)
    pip("install", "--no-compile", "--no-index", "--no-deps", *wheels)
    pip("check")
    library = site_packages(VENV)
    slim(library / "plumbline", *library.glob("plumbline_*.dist-info"))
    compile_modules(library / "plumbline")
    (OUT / "opt").mkdir(parents=True)
    programs = install_programs()
    shutil.move(VENV, OUT / "opt/plumbline")
    parts = [*distributions(wheels), *programs, *interpreter()]
    parts += sbom.debian_packages((SOURCE / "status").read_text())
    about = sbom.Image(image, os.environ["VERSION"], os.environ["PYTHON_IMAGE"], epoch)
    place = OUT / "usr/share/sbom"
    place.mkdir(parents=True)
    (place / f"{image}.spdx.json").write_text(sbom.spdx(about, parts))
    (place / f"{image}.cdx.json").write_text(sbom.cyclonedx(about, parts))
    for path in sorted(OUT.rglob("*")):
        os.utime(path, (epoch, epoch), follow_symlinks=False)


def own_wheels(*folders: pathlib.Path) -> list[pathlib.Path]:
    """Build our own distributions and return their wheels."""
    place = BUILDER / "wheels"
    run(
        BUILDER / "bin/pip", "--disable-pip-version-check", "wheel", "--quiet", "--no-index",
        "--no-deps", "--no-build-isolation", "--wheel-dir", place, *folders,
    )  # fmt: skip
    return sorted(place.glob("*.whl"))


def site_packages(venv: pathlib.Path) -> pathlib.Path:
    """Return where an environment's packages are."""
    return next((venv / "lib").glob("python3*/site-packages"))


def compile_modules(folder: pathlib.Path) -> None:
    """Compile all of a folder; its compiled files are never compared with their sources again."""
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    if not compileall.compile_dir(folder, quiet=1, workers=0, invalidation_mode=mode):
        sys.exit("some module cannot be compiled")


def slim(folder: pathlib.Path, *records: pathlib.Path) -> None:
    """Take away what no service runs, and debug symbols; ``records`` keep telling the truth."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            if path.name in DROPPED_FOLDERS:
                shutil.rmtree(path)
        elif path.suffix in DROPPED_FILES:
            path.unlink()
        elif ".so" in path.suffixes and not path.is_symlink():
            run("strip", "--strip-unneeded", path)
    for record in records:
        rewrite_record(record / "RECORD")


def rewrite_record(record: pathlib.Path) -> None:
    """List what is still there, with the digests of what it is now."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    for name, digest, _ in csv.reader(io.StringIO(record.read_text())):
        path = record.parent.parent / name
        if not path.is_file():
            continue
        if not digest:
            writer.writerow([name, "", ""])
            continue
        content = path.read_bytes()
        found = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        writer.writerow([name, f"sha256={found}", len(content)])
    record.write_text(target.getvalue())


def install_programs() -> list[sbom.Part]:
    """Check each program that came with the build against its record, and put it in its place."""
    place = SOURCE / "tools"
    if not place.is_dir():
        return []
    recorded = json.loads((SETTINGS / "programs.json").read_text())
    target = OUT / "usr/local/bin"
    target.mkdir(parents=True)
    parts = []
    for program in sorted(place.iterdir()):
        record = recorded.get(program.name)
        found = hashlib.sha256(program.read_bytes()).hexdigest()
        if record is None or record["sha256"] != found:
            sys.exit(f"{program.name} has the digest {found}, which programs.json does not record")
        shutil.copyfile(program, target / program.name)
        (target / program.name).chmod(0o755)
        purl, version = record["purl"], record["version"]
        parts.append(sbom.Part("golang", program.name, version, purl, found))
    if missing := sorted(set(recorded) - {part.name for part in parts}):
        sys.exit(f"build/tools lacks {', '.join(missing)}")
    return parts


def distributions(wheels: list[pathlib.Path]) -> list[sbom.Part]:
    """Return the distributions that are installed, with the digests of their wheels."""
    report = json.loads(REPORT.read_text())
    digests = {
        sbom.pypi(item["metadata"]["name"], "").name: item["download_info"]["archive_info"][
            "hashes"
        ]["sha256"]
        for item in report["install"]
    }
    ours = {
        sbom.pypi(wheel.name.split("-")[0], "").name: hashlib.sha256(wheel.read_bytes()).hexdigest()
        for wheel in wheels
    }
    library = site_packages(OUT / "opt/plumbline")
    parts = []
    for found in importlib.metadata.distributions(path=[str(library)]):
        licence = found.metadata.get("License-Expression") or ""
        part = sbom.pypi(found.name, found.version, licence=licence)
        if part.name in ours:
            parts.append(sbom.own(part.name, found.version, ours[part.name], licence))
        else:
            parts.append(sbom.pypi(part.name, found.version, digests[part.name], licence))
    return parts


def interpreter() -> list[sbom.Part]:
    """Return Python itself where no Debian package brought it, as in the public base image."""
    if pathlib.Path(sys.base_prefix) != pathlib.Path("/usr/local"):
        return []
    version = platform.python_version()
    return [sbom.Part("generic", "python", version, f"pkg:generic/python@{version}")]


if __name__ == "__main__":
    if sys.argv[1] == "packages":
        packages()
    else:
        finish(*sys.argv[2:])
