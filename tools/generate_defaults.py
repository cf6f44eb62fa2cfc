"""Generate the committed table of Kubernetes' own kinds from a running API server.

    .venv/bin/python tools/generate_defaults.py --kubeconfig PATH

Writes ``core/patch/data/kubernetes.json``: types and merge keys from ``/openapi/v2``, and what that
document lacks, measured with dry-run requests over the corpus of the diff tests:

* defaults: which fields the server fills in, per type; only those that are the same, and are filled
  in, wherever the type occurs without them;
* drops and keeps: whether a zero value (``false``, ``0``, ``""``, ``[]``, ``{}``) of a field is
  stored or vanishes, found by sending one.

Nothing is stored on the server except a namespace of its own, which is removed at the end.
"""

import argparse
import copy
import json
import os
import pathlib
import sys
from collections.abc import Iterator
from typing import Any

import yaml

from plumbline.core import errors
from plumbline.core import patch as patches
from plumbline.core.model import gvk_of
from plumbline.core.patch import Facts, Node, Schema, rules
from plumbline.testcluster.api import Api

ROOT = pathlib.Path(__file__).resolve().parent.parent
CORPUS = ROOT / "libs/common/tests/core/diff/corpus"
OUTPUT = ROOT / "libs/common/src/plumbline/core/patch/data/kubernetes.json"
NAMESPACE = f"generate-defaults-{os.getpid()}"

# Values the server picks anew for every object: no defaults.
ALLOCATED = {"clusterIP", "clusterIPs", "nodePort", "healthCheckNodePort", "uid", "annotations"}
SKIPPED_TYPE = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"


def main() -> int:
    """Measure and write the table; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kubeconfig", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    api = Api.of(arguments.kubeconfig)
    document = api.get("/openapi/v2")
    schema = patches.compile_documents([document], facts=Facts())
    server = Server(api)
    server.prepare()
    try:
        defaults = measure_defaults(server, schema)
        drops, keeps = measure_zeros(server, schema, document)
    finally:
        server.clean()
    table = {
        "version": api.get("/version")["gitVersion"],
        "kinds": kinds_of(schema),
        "types": types_of(schema),
        "defaults": defaults,
        "drops": drops,
        "keeps": keeps,
    }
    OUTPUT.parent.mkdir(exist_ok=True)
    # One line per top-level entry: small, and differences between versions can be read.
    text = json.dumps(table, sort_keys=True, separators=(",", ":"))
    OUTPUT.write_text(text.replace('},"', '},\n"') + "\n")
    print(f"{OUTPUT}: {OUTPUT.stat().st_size} bytes, {sum(map(len, defaults.values()))} defaults")
    return 0


class Server:
    """Dry-run requests against the API server."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.resources: dict[tuple[str, str], tuple[str, bool]] = {}

    def prepare(self) -> None:
        """Make the namespace in which namespaced objects are tried."""
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
        self.api.create("/api/v1/namespaces", namespace)

    def clean(self) -> None:
        """Remove the namespace."""
        self.api.delete(f"/api/v1/namespaces/{NAMESPACE}")

    def path(self, manifest: dict[str, Any]) -> str:
        """Return the collection of an object."""
        version = manifest["apiVersion"]
        root = f"/apis/{version}" if "/" in version else f"/api/{version}"
        if (version, manifest["kind"]) not in self.resources:
            for resource in self.api.get(root)["resources"]:
                if "/" not in resource["name"]:
                    key = (version, resource["kind"])
                    self.resources[key] = (resource["name"], resource["namespaced"])
        plural, namespaced = self.resources[version, manifest["kind"]]
        return f"{root}/namespaces/{NAMESPACE}/{plural}" if namespaced else f"{root}/{plural}"

    def dry_run(self, manifest: dict[str, Any]) -> dict[str, Any] | None:
        """Return the object as it would be stored, or None where it is refused."""
        try:
            stored: dict[str, Any] = self.api.create(
                f"{self.path(manifest)}?dryRun=All&fieldValidation=Ignore", manifest
            )
        except errors.PlumblineError:  # validation, admission, or (500) a plain bug in one of them
            return None
        stored.pop("status", None)  # of the object itself; embedded objects keep theirs
        return stored


def corpus() -> Iterator[dict[str, Any]]:
    """Yield the manifests of the diff tests' corpus."""
    for file in sorted(CORPUS.glob("*.yaml")):
        for manifest in yaml.safe_load_all(file.read_text()):
            manifest.pop("status", None)
            yield manifest


def kinds_of(schema: Schema) -> dict[str, str]:
    """Return the kinds that take strategic merge patches, as ``group/version/Kind``."""
    return {
        "/".join(gvk): name for gvk, name in schema.kinds.items() if gvk in schema.strategic_kinds
    }


def types_of(schema: Schema) -> dict[str, Any]:
    """Return the types reachable from those kinds."""
    wanted: dict[str, Any] = {}
    queue = list(kinds_of(schema).values())
    while queue:
        name = queue.pop()
        if name in wanted or name not in schema.types:
            continue
        wanted[name] = schema.types[name]
        for spec in schema.types[name].values():
            plain = spec if isinstance(spec, str) else spec[0]
            if "@" in plain:
                queue.append(plain.partition("@")[2])
    return wanted


def pairs(
    sent: Any, stored: Any, node: Node
) -> Iterator[tuple[Node, dict[str, Any], dict[str, Any]]]:
    """Yield every typed object as sent and as stored."""
    if isinstance(sent, dict) and isinstance(stored, dict):
        if node.type_name == SKIPPED_TYPE:
            return
        if node.kind == "o":
            yield node, sent, stored
        for key, value in stored.items():
            below = sent.get(key)
            if below is None and isinstance(value, dict):
                below = {}
            yield from pairs(below, value, node.child(key))
    elif isinstance(sent, list) and isinstance(stored, list) and len(sent) == len(stored):
        for one, other in zip(sent, stored, strict=True):
            yield from pairs(one, other, node.item())


def measure_defaults(server: Server, schema: Schema) -> dict[str, dict[str, Any]]:
    """Return type → field → value that is filled in wherever the type lacks the field."""
    found: dict[str, list[tuple[dict[str, Any], dict[str, Any]]]] = {}
    for manifest in corpus():
        if manifest["kind"] == "Pod":  # admission plugins add to bare pods
            continue
        stored = server.dry_run(manifest)
        if stored is None:
            print(f"refused: {manifest['kind']} {manifest['metadata']['name']}", file=sys.stderr)
            continue
        node = schema.node(gvk_of(manifest))
        jobs = list(found.get("io.k8s.api.batch.v1.JobSpec", ()))
        for below, before, after in pairs(manifest, stored, node):
            found.setdefault(below.type_name, []).append((before, after))
        for below, path in places(manifest, node):
            for field in at(manifest, path).keys() - {"apiVersion", "kind", "metadata"}:
                reduced = copy.deepcopy(manifest)
                del at(reduced, path)[field]
                answer = server.dry_run(reduced)
                result = None if answer is None else at(answer, path)
                if result is not None:
                    found.setdefault(below.type_name, []).append((at(reduced, path), result))
        if manifest["kind"] == "CronJob":  # its template is not filled in until a job is made
            found["io.k8s.api.batch.v1.JobSpec"] = jobs
    return constants(found)


def constants(
    found: dict[str, list[tuple[dict[str, Any], dict[str, Any]]]],
) -> dict[str, dict[str, Any]]:
    """Keep what was filled in each time it was missing, with one and the same value."""
    result: dict[str, dict[str, Any]] = {}
    for name, samples in sorted(found.items()):
        fields = {field for _, after in samples for field in after} - {"metadata"} - ALLOCATED
        for field in sorted(fields - rules.RULES.get(name, {}).keys()):
            values = [after.get(field) for before, after in samples if before.get(field) is None]
            if values and values[0] is not None and all(value == values[0] for value in values):
                result.setdefault(name, {})[field] = values[0]
    return result


ZEROS: dict[str, Any] = {
    "boolean": False, "integer": 0, "number": 0, "string": "", "array": [], "object": {},
}  # fmt: skip


def zero_of(document: dict[str, Any], type_name: str, field: str) -> Any:
    """Return the zero value of a field by its OpenAPI type, or None for unions."""
    prop = document["definitions"][type_name]["properties"][field]
    if "$ref" in prop:
        target = document["definitions"].get(prop["$ref"].rpartition("/")[2], {})
        return ZEROS.get(target.get("type", "object"))
    return ZEROS.get(prop.get("type", ""))


def places(
    tree: Any, node: Node, path: tuple[Any, ...] = ()
) -> Iterator[tuple[Node, tuple[Any, ...]]]:
    """Yield every typed object of a manifest and where it stands."""
    if isinstance(tree, dict):
        if node.type_name == SKIPPED_TYPE:
            return
        if node.kind == "o":
            yield node, path
        for key, value in tree.items():
            yield from places(value, node.child(key), (*path, key))
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            yield from places(value, node.item(), (*path, index))


def at(tree: Any, path: tuple[Any, ...]) -> Any:
    """Return the value at a path, or None."""
    for step in path:
        try:
            tree = tree[step]
        except (KeyError, IndexError, TypeError):
            return None
    return tree


def measure_zeros(
    server: Server, schema: Schema, document: dict[str, Any]
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return type → fields whose zero value vanishes, and type → fields that keep it."""
    drops: dict[str, set[str]] = {}
    keeps: dict[str, set[str]] = {}
    for manifest in corpus():
        stored = server.dry_run(manifest)
        if stored is None:
            continue
        for node, path in places(manifest, schema.node(gvk_of(manifest))):
            name = node.type_name
            for field in schema.types.get(name, {}):
                known = field in drops.get(name, ()) or field in keeps.get(name, ())
                if known or field in ("metadata", "kind", "apiVersion"):
                    continue
                zero = zero_of(document, name, field)
                verdict = None
                if zero is not None:
                    struct = node.child(field).kind == "o"
                    verdict = try_zero(server, manifest, (path, field), zero=zero, struct=struct)
                if verdict is not None:
                    (keeps if verdict else drops).setdefault(name, set()).add(field)
    return (
        {name: sorted(fields) for name, fields in sorted(drops.items())},
        {name: sorted(fields) for name, fields in sorted(keeps.items())},
    )


def try_zero(
    server: Server,
    manifest: dict[str, Any],
    place: tuple[tuple[Any, ...], str],
    *,
    zero: Any,
    struct: bool,
) -> bool | None:
    """Send a zero value: True if it is kept, False if it vanishes, None if it is refused.

    A zero that is replaced by the default vanishes: it means the same as no value.
    """
    path, field = place
    trial = copy.deepcopy(manifest)
    at(trial, path)[field] = zero
    stored = server.dry_run(trial)
    if stored is None:
        return None
    found = at(stored, (*path, field))
    if found is None:
        return False
    if found == zero and type(found) is type(zero):
        return True
    if isinstance(zero, dict):  # a struct was kept and filled; a map was filled by the server
        return True if struct else None
    return False


if __name__ == "__main__":
    sys.exit(main())
