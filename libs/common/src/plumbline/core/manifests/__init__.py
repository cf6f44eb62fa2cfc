"""From text to Kubernetes objects, with exactly the YAML semantics that Go's tools have.

Used wherever manifests, kustomizations or settings arrive as YAML or JSON. The rules were measured
with the libraries that users' files depend on (go-yaml v2 behind sigs.k8s.io/yaml); a golden corpus
holds them. Everything is bounded: aliases, depth, nodes and documents. Callers that load much text
keep results by the hash of :func:`split_documents`' pieces.
"""

from plumbline.core.manifests._builder import Limits, parse_yaml
from plumbline.core.manifests._dump import dump_yaml
from plumbline.core.manifests._load import load_document, load_documents, load_json
from plumbline.core.manifests._split import split_documents, split_numbered

__all__ = [
    "Limits",
    "dump_yaml",
    "load_document",
    "load_documents",
    "load_json",
    "parse_yaml",
    "split_documents",
    "split_numbered",
]
