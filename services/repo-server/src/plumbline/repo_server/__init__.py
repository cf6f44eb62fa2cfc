"""The repo-server: revisions, render keys and renders, as a function of Git objects.

``service`` is the gRPC face, ``renderer`` the order of work for one call: resolve and fetch
(:mod:`git`), plan and key (``plumbline.core.render``), materialise, run a tool (:mod:`kustomize`)
in a :mod:`sandbox`, keep the signed result (``plumbline.cache``). Each further tool is one package
beside :mod:`kustomize`. Nothing from a repository runs with a credential or a network route.
"""

__all__: list[str] = []
