"""Write an image's bill of materials: SPDX 2.3 and CycloneDX 1.6, both as JSON.

Called by ``assemble`` inside a build, so the standard library only. Pure: the same parts give the
same bytes; the only date is the one that is handed in. Formats: spdx.github.io/spdx-spec/v2.3 and
cyclonedx.org/docs/1.6/json.
"""

import dataclasses
import datetime as dt
import hashlib
import json
import re
import urllib.parse
import uuid

TOOL = "plumbline-assemble"


@dataclasses.dataclass(frozen=True, order=True)
class Part:
    """One thing in an image: ``kind`` is pypi, deb, golang or generic."""

    kind: str
    name: str
    version: str
    purl: str
    sha256: str = ""
    licence: str = ""


@dataclasses.dataclass(frozen=True)
class Image:
    """What the documents are about; ``epoch`` is the date of its sources in seconds."""

    name: str
    version: str
    base: str
    epoch: int

    @property
    def date(self) -> str:
        """RFC 3339 in UTC, as both formats want it."""
        moment = dt.datetime.fromtimestamp(self.epoch, dt.UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def pypi(name: str, version: str, sha256: str = "", licence: str = "") -> Part:
    """Return a Python distribution; its purl's name is normalised as PEP 503 says."""
    normal = re.sub(r"[-_.]+", "-", name).lower()
    return Part("pypi", normal, version, f"pkg:pypi/{normal}@{_quoted(version)}", sha256, licence)


def own(name: str, version: str, sha256: str, licence: str = "") -> Part:
    """Return a distribution of ours: on no index, so its purl is a generic one."""
    return Part("generic", name, version, f"pkg:generic/{name}@{_quoted(version)}", sha256, licence)


def deb(name: str, version: str, architecture: str) -> Part:
    """Return a Debian package."""
    purl = f"pkg:deb/debian/{_quoted(name)}@{_quoted(version)}?arch={architecture}"
    return Part("deb", name, version, purl)


def debian_packages(status: str) -> list[Part]:
    """Return what dpkg's status file says is installed."""
    parts = []
    for paragraph in status.split("\n\n"):
        lines = [line.partition(": ") for line in paragraph.splitlines() if line[:1].strip()]
        fields = {key: value for key, _, value in lines}
        if fields.get("Status") == "install ok installed":
            parts.append(deb(fields["Package"], fields["Version"], fields["Architecture"]))
    return parts


def spdx(image: Image, parts: list[Part]) -> str:
    """Return the SPDX document."""
    parts = sorted(parts)
    root = {
        "SPDXID": "SPDXRef-Image",
        "name": image.name,
        "versionInfo": image.version,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "primaryPackagePurpose": "CONTAINER",
        "comment": f"built on {image.base}",
    }
    packages = [root, *(_spdx_package(part) for part in parts)]
    content = hashlib.sha256(json.dumps(packages, sort_keys=True).encode()).hexdigest()
    contains = [
        {
            "spdxElementId": "SPDXRef-Image",
            "relationshipType": "CONTAINS",
            "relatedSpdxElement": package["SPDXID"],
        }
        for package in packages[1:]
    ]
    return _text(
        {
            "spdxVersion": "SPDX-2.3",
            "dataLicense": "CC0-1.0",
            "SPDXID": "SPDXRef-DOCUMENT",
            "name": f"{image.name}-{image.version}",
            "documentNamespace": f"urn:plumbline:spdx:{image.name}:{image.version}:{content}",
            "creationInfo": {"created": image.date, "creators": [f"Tool: {TOOL}"]},
            "packages": packages,
            "relationships": [
                {
                    "spdxElementId": "SPDXRef-DOCUMENT",
                    "relationshipType": "DESCRIBES",
                    "relatedSpdxElement": "SPDXRef-Image",
                },
                *contains,
            ],
        }
    )


def cyclonedx(image: Image, parts: list[Part]) -> str:
    """Return the CycloneDX document."""
    parts = sorted(parts)
    components = [_cyclonedx_component(part) for part in parts]
    root = f"pkg:oci/{image.name}@{_quoted(image.version)}"
    body = json.dumps([root, image.base, components], sort_keys=True)
    return _text(
        {
            "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, body)}",
            "version": 1,
            "metadata": {
                "timestamp": image.date,
                "tools": {"components": [{"type": "application", "name": TOOL}]},
                "component": {
                    "type": "container",
                    "bom-ref": root,
                    "name": image.name,
                    "version": image.version,
                    "properties": [{"name": "plumbline:base", "value": image.base}],
                },
            },
            "components": components,
            "dependencies": [{"ref": root, "dependsOn": [part.purl for part in parts]}],
        }
    )


def _spdx_package(part: Part) -> dict[str, object]:
    reference = {
        "referenceCategory": "PACKAGE-MANAGER",
        "referenceType": "purl",
        "referenceLocator": part.purl,
    }
    label = re.sub(r"[^A-Za-z0-9.-]", "-", f"{part.kind}-{part.name}-{part.version}")
    package: dict[str, object] = {
        "SPDXID": f"SPDXRef-{label}",
        "name": part.name,
        "versionInfo": part.version,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": part.licence or "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "externalRefs": [reference],
    }
    if part.sha256:
        package["checksums"] = [{"algorithm": "SHA256", "checksumValue": part.sha256}]
    return package


def _cyclonedx_component(part: Part) -> dict[str, object]:
    component: dict[str, object] = {
        "type": "application" if part.kind == "golang" else "library",
        "bom-ref": part.purl,
        "name": part.name,
        "version": part.version,
        "purl": part.purl,
    }
    if part.sha256:
        component["hashes"] = [{"alg": "SHA-256", "content": part.sha256}]
    if part.licence:
        component["licenses"] = [{"expression": part.licence}]
    return component


def _quoted(text: str) -> str:
    return urllib.parse.quote(text, safe=".-_~:")


def _text(document: dict[str, object]) -> str:
    return json.dumps(document, indent=1) + "\n"
