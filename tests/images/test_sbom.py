"""The bills of materials: they list exactly what an image holds, in the formats' terms."""

import hashlib
import json
import re

import pytest
from imaging import build, programs, sbom

OURS = build.OURS
PURL = re.compile(r"pkg:(pypi|deb|golang|generic)/[^\s@]+@[^\s@?]+(\?arch=\w+)?")
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def document(image, name, kind):
    return json.loads(image.read(f"usr/share/sbom/{name}.{kind}.json"))


def locked(name):
    """{(name, version): {digests}} of a lock; what its markers leave out is in it too."""
    text = (build.known()[name].dockerfile.parent / "requirements.txt").read_text()
    entries = re.findall(r"^([\w.-]+)==(\S+)([^\n]*(?:\n    .*)*)", text, re.MULTILINE)
    return {(n.lower(), v): set(re.findall(r"sha256:(\w+)", rest)) for n, v, rest in entries}


def installed(image):
    """{(name, version)} of the dist-info folders."""
    folders = re.findall(
        r"site-packages/([\w.]+)-([\w.+!]+)\.dist-info/METADATA", "\n".join(image.members)
    )
    return {(re.sub(r"[-_.]+", "-", n).lower(), v) for n, v in folders}


def debian(image):
    """{(name, version)} of dpkg's paragraphs."""
    text = image.read("var/lib/dpkg/status").decode()
    fields = [
        dict(re.findall(r"^([A-Z][\w-]*): (.*)$", p, re.MULTILINE)) for p in text.split("\n\n")
    ]
    return {
        (f["Package"], f["Version"]) for f in fields if "installed" in f.get("Status", "").split()
    }


@pytest.mark.parametrize("name", OURS)
def test_the_python_parts_are_those_installed_with_a_digest_of_the_lock(opened, name):
    parts = document(opened(name), name, "cdx")["components"]
    python = [p for p in parts if p["purl"].startswith("pkg:pypi/")]
    ours = [p for p in parts if p["purl"].startswith("pkg:generic/plumbline-")]
    lock = locked(name)

    assert installed(opened(name)) == {(p["name"], p["version"]) for p in [*python, *ours]}
    assert 2 == len(ours)
    assert [] == [
        p["purl"]
        for p in python
        if p["hashes"][0]["content"] not in lock.get((p["name"], p["version"]), ())
    ]


@pytest.mark.parametrize("name", OURS)
def test_the_debian_parts_are_those_of_dpkg(opened, name):
    parts = document(opened(name), name, "cdx")["components"]
    found = {(p["name"], p["version"]) for p in parts if p["purl"].startswith("pkg:deb/")}

    assert debian(opened(name)) == found
    assert not {p for p, _ in found if "pip" in p or "setuptools" in p or p.endswith("-venv")}


def test_helm_and_kustomize_are_listed_with_the_digests_they_have(opened):
    image = opened("repo-server")
    parts = document(image, "repo-server", "cdx")["components"]
    listed = {p["name"]: p for p in parts if p["purl"].startswith("pkg:golang/")}
    recorded = programs.recorded()

    assert {"helm", "kustomize"} == set(listed)
    for program, part in listed.items():
        found = hashlib.sha256(image.read(f"usr/local/bin/{program}")).hexdigest()
        assert found == part["hashes"][0]["content"] == recorded[program]["sha256"]
        assert part["version"] == recorded[program]["version"]


@pytest.mark.parametrize("name", OURS)
def test_cyclonedx_has_what_its_schema_asks_for(opened, name):
    found = document(opened(name), name, "cdx")
    references = [part["bom-ref"] for part in found["components"]]

    assert ("CycloneDX", "1.6", 1) == (found["bomFormat"], found["specVersion"], found["version"])
    assert re.fullmatch(
        r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", found["serialNumber"]
    )
    assert DATE.fullmatch(found["metadata"]["timestamp"])
    assert "container" == found["metadata"]["component"]["type"]
    assert len(set(references)) == len(references) > 30
    for part in found["components"]:
        assert part["type"] in {"library", "application"}
        assert part["name"]
        assert PURL.fullmatch(part["purl"])
        for one in part.get("hashes", []):
            assert "SHA-256" == one["alg"]
            assert re.fullmatch(r"[0-9a-f]{64}", one["content"])
        for one in part.get("licenses", []):
            assert {"expression"} == set(one)
    (dependency,) = found["dependencies"]
    assert found["metadata"]["component"]["bom-ref"] == dependency["ref"]
    assert set(references) == set(dependency["dependsOn"])


@pytest.mark.parametrize("name", OURS)
def test_spdx_has_what_its_schema_asks_for(opened, name):
    found = document(opened(name), name, "spdx")
    packages = {package["SPDXID"]: package for package in found["packages"]}
    relations = [
        (r["spdxElementId"], r["relationshipType"], r["relatedSpdxElement"])
        for r in found["relationships"]
    ]

    assert ("SPDX-2.3", "CC0-1.0") == (found["spdxVersion"], found["dataLicense"])
    assert "SPDXRef-DOCUMENT" == found["SPDXID"]
    assert re.fullmatch(r"[a-z]+:[^#\s]+", found["documentNamespace"])
    assert DATE.fullmatch(found["creationInfo"]["created"])
    assert ["Tool: plumbline-assemble"] == found["creationInfo"]["creators"]
    assert len(found["packages"]) == len(packages)
    for identity, package in packages.items():
        assert re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", identity)
        assert package["name"]
        assert "NOASSERTION" == package["downloadLocation"]
        for one in package.get("checksums", []):
            assert "SHA256" == one["algorithm"]
            assert re.fullmatch(r"[0-9a-f]{64}", one["checksumValue"])
    assert ("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-Image") == relations[0]
    assert {("SPDXRef-Image", "CONTAINS", i) for i in packages if i != "SPDXRef-Image"} == set(
        relations[1:]
    )


@pytest.mark.parametrize("name", OURS)
def test_both_formats_list_the_same(opened, name):
    spdx = document(opened(name), name, "spdx")["packages"]
    locators = {r["referenceLocator"] for p in spdx for r in p.get("externalRefs", [])}

    assert {p["purl"] for p in document(opened(name), name, "cdx")["components"]} == locators


def test_the_same_parts_in_another_order_give_the_same_documents():
    image = sbom.Image("x", "1", "base:1", 86400)
    parts = [sbom.pypi("A_b", "1.0", "0" * 64), sbom.deb("libc6", "1:2+b1", "amd64")]

    for write in (sbom.spdx, sbom.cyclonedx):
        assert write(image, parts) == write(image, parts[::-1])
        assert "1970-01-02T00:00:00Z" in write(image, parts)
    assert "pkg:deb/debian/libc6@1:2%2Bb1?arch=amd64" in sbom.cyclonedx(image, parts)
