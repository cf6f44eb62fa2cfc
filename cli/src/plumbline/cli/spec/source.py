"""The flags of one source: repository, Helm, Kustomize, directory, Jsonnet and plugin."""

import pathlib
from collections.abc import Callable
from typing import Any, Final

from plumbline.cli.flags import Flag, Flags
from plumbline.cli.spec.words import pair, pairs
from plumbline.core import errors

__all__ = ["FLAGS", "apply", "unset"]

_Tree = dict[str, Any]

FLAGS: Final = [
    Flag("repo", text="URL of the repository"),
    Flag("path", text="path in the repository"),
    Flag("revision", text="branch, tag, commit or chart version"),
    Flag("helm-chart", text="name of the Helm chart"),
    Flag("ref", text="name by which other sources refer to this one"),
    Flag("source-name", text="name of the source"),
    Flag("tag-prefix", text="prefix of the tags that semantic versions are looked for in"),
    Flag("env", hidden=True),
    Flag("parameter", "stringArray", "set a Helm parameter, NAME=VALUE", short="p"),
    Flag("values", "stringArray", "a Helm values file"),
    Flag("values-literal-file", text="file whose content becomes inline Helm values"),
    Flag("release-name", text="Helm release name"),
    Flag("helm-set", "stringArray", "set a Helm value, KEY=VALUE"),
    Flag("helm-set-string", "stringArray", "set a Helm string, KEY=VALUE"),
    Flag("helm-set-file", "stringArray", "set a Helm value from a file, KEY=PATH"),
    Flag("helm-version", text="Helm version"),
    Flag("helm-namespace", text="Helm namespace"),
    Flag("helm-kube-version", text="Kubernetes version that Helm is told"),
    Flag("helm-api-versions", "stringArray", "API versions that Helm is told"),
    Flag("helm-pass-credentials", "bool", "pass credentials to all domains"),
    Flag("helm-skip-crds", "bool", "leave the chart's CRDs out"),
    Flag("helm-skip-schema-validation", "bool", "do not check values against the schema"),
    Flag("helm-skip-tests", "bool", "leave the chart's tests out"),
    Flag("ignore-missing-value-files", "bool", "ignore values files that do not exist"),
    Flag("nameprefix", text="Kustomize name prefix"),
    Flag("namesuffix", text="Kustomize name suffix"),
    Flag("kustomize-image", "stringArray", "a Kustomize image, [OLD=]IMAGE:TAG"),
    Flag("kustomize-replica", "stringArray", "a Kustomize replica count, NAME=COUNT"),
    Flag("kustomize-version", text="Kustomize version"),
    Flag("kustomize-namespace", text="Kustomize namespace"),
    Flag("kustomize-common-label", "stringArray", "a Kustomize common label, KEY=VALUE"),
    Flag("kustomize-common-annotation", "stringArray", "a Kustomize annotation, KEY=VALUE"),
    Flag("kustomize-force-common-label", "bool", "override labels that are there"),
    Flag("kustomize-force-common-annotation", "bool", "override annotations that are there"),
    Flag("kustomize-label-without-selector", "bool", "no common labels in selectors"),
    Flag("kustomize-label-include-templates", "bool", "common labels in templates too"),
    Flag("kustomize-kube-version", text="Kubernetes version that Kustomize is told"),
    Flag("kustomize-api-versions", "stringArray", "API versions that Kustomize is told"),
    Flag("ignore-missing-components", "bool", "ignore Kustomize components that do not exist"),
    Flag("directory-recurse", "bool", "read the folders below too"),
    Flag("directory-include", text="glob of the files to take"),
    Flag("directory-exclude", text="glob of the files to leave out"),
    Flag("directory-disable-extension-filter", "bool", "do not filter files by extension"),
    Flag("jsonnet-ext-var-str", "stringArray", "a Jsonnet external variable, KEY=VALUE"),
    Flag("jsonnet-ext-var-code", "stringArray", "a Jsonnet external variable of code"),
    Flag("jsonnet-tla-str", "stringArray", "a Jsonnet top level argument, KEY=VALUE"),
    Flag("jsonnet-tla-code", "stringArray", "a Jsonnet top level argument of code"),
    Flag("jsonnet-libs", "stringArray", "an additional Jsonnet library folder"),
    Flag("config-management-plugin", text="name of the plugin"),
    Flag("plugin-env", "stringArray", "an environment variable of the plugin, KEY=VALUE"),
]

_TEXTS: Final = {
    "repo": ("repoURL",),
    "path": ("path",),
    "revision": ("targetRevision",),
    "helm-chart": ("chart",),
    "ref": ("ref",),
    "source-name": ("name",),
    "tag-prefix": ("tagPrefix",),
    "release-name": ("helm", "releaseName"),
    "helm-version": ("helm", "version"),
    "helm-namespace": ("helm", "namespace"),
    "helm-kube-version": ("helm", "kubeVersion"),
    "nameprefix": ("kustomize", "namePrefix"),
    "namesuffix": ("kustomize", "nameSuffix"),
    "kustomize-version": ("kustomize", "version"),
    "kustomize-namespace": ("kustomize", "namespace"),
    "kustomize-kube-version": ("kustomize", "kubeVersion"),
    "directory-include": ("directory", "include"),
    "directory-exclude": ("directory", "exclude"),
    "config-management-plugin": ("plugin", "name"),
}

_SWITCHES: Final = {
    "helm-pass-credentials": ("helm", "passCredentials"),
    "helm-skip-crds": ("helm", "skipCrds"),
    "helm-skip-schema-validation": ("helm", "skipSchemaValidation"),
    "helm-skip-tests": ("helm", "skipTests"),
    "ignore-missing-value-files": ("helm", "ignoreMissingValueFiles"),
    "kustomize-force-common-label": ("kustomize", "forceCommonLabels"),
    "kustomize-force-common-annotation": ("kustomize", "forceCommonAnnotations"),
    "kustomize-label-without-selector": ("kustomize", "labelWithoutSelector"),
    "kustomize-label-include-templates": ("kustomize", "labelIncludeTemplates"),
    "ignore-missing-components": ("kustomize", "ignoreMissingComponents"),
    "directory-recurse": ("directory", "recurse"),
    "directory-disable-extension-filter": ("directory", "disableExtensionFilter"),
}

_LISTS: Final = {
    "values": ("helm", "valueFiles"),
    "helm-api-versions": ("helm", "apiVersions"),
    "kustomize-api-versions": ("kustomize", "apiVersions"),
    "jsonnet-libs": ("directory", "jsonnet", "libs"),
}


def apply(source: _Tree, flags: Flags) -> None:
    """Change a source as the written flags say.

    Raises:
        errors.InvalidArgument: a value has the wrong form, or a file cannot be read.
        errors.Unimplemented: --env, which was ksonnet's.
    """
    if flags.given("env"):
        raise errors.Unimplemented("--env is not supported: there are no environments since 2.0")
    for flag, path in _TEXTS.items():
        if flags.given(flag):
            _put(source, path, flags.text(flag) or None)
    for flag, path in _SWITCHES.items():
        if flags.given(flag):
            _put(source, path, flags.on(flag))
    for flag, path in _LISTS.items():
        if flags.given(flag):
            _put(source, path, flags.listed(flag))
    _helm(source, flags)
    _kustomize(source, flags)
    _jsonnet(source, flags)
    if flags.given("plugin-env"):
        env = _put(source, ("plugin",)).setdefault("env", [])
        _merge(env, "name", [_named("plugin-env", t) for t in flags.listed("plugin-env")])


def _put(tree: _Tree, path: tuple[str, ...], value: Any = ...) -> Any:
    """Set a member, making what lies above it; None removes it. Without a value, only make it."""
    *above, last = path if value is not ... else (*path, "")
    for key in above:
        tree = tree.setdefault(key, {})
    if value is ...:
        return tree
    if value is None:
        tree.pop(last, None)
    else:
        tree[last] = value
    return tree


def _merge(items: list[_Tree], key: str, changes: list[_Tree]) -> None:
    """Replace items of one key, append the others."""
    for change in changes:
        for index, item in enumerate(items):
            if item.get(key) == change[key]:
                items[index] = change
                break
        else:
            items.append(change)


def _named(flag: str, text: str, value: str = "value", **more: Any) -> _Tree:
    name, content = pair(flag, text)
    return {"name": name, value: content, **more}


def _helm(source: _Tree, flags: Flags) -> None:
    if flags.given("values-literal-file"):
        _put(source, ("helm", "values"), _content(flags.text("values-literal-file")))
        _put(source, ("helm", "valuesObject"), None)
    parameters = [_named("parameter", t) for t in flags.listed("parameter")]
    parameters += [_named("helm-set", t) for t in flags.listed("helm-set")]
    parameters += [
        _named("helm-set-string", t, forceString=True) for t in flags.listed("helm-set-string")
    ]
    if parameters:
        _merge(_put(source, ("helm",)).setdefault("parameters", []), "name", parameters)
    files = [_named("helm-set-file", t, "path") for t in flags.listed("helm-set-file")]
    if files:
        _merge(_put(source, ("helm",)).setdefault("fileParameters", []), "name", files)


def _content(name: str) -> str:
    if "://" in name:
        raise errors.InvalidArgument("--values-literal-file: give a file of this machine")
    try:
        return pathlib.Path(name).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise errors.InvalidArgument(f"--values-literal-file: {name}: {error}") from error


def _kustomize(source: _Tree, flags: Flags) -> None:
    images = flags.listed("kustomize-image")
    if images:
        listed = _put(source, ("kustomize",)).setdefault("images", [])
        for image in images:
            listed[:] = [i for i in listed if image_name(i) != image_name(image)]
            listed.append(image)
    replicas = [_replica(t) for t in flags.listed("kustomize-replica")]
    if replicas:
        _merge(_put(source, ("kustomize",)).setdefault("replicas", []), "name", replicas)
    for flag, key in (
        ("kustomize-common-label", "commonLabels"),
        ("kustomize-common-annotation", "commonAnnotations"),
    ):
        found = pairs(flag, flags.listed(flag))
        if found:
            _put(source, ("kustomize",)).setdefault(key, {}).update(found)


def image_name(image: str) -> str:
    """Return what an image override replaces: the name before ``=``, else the bare name."""
    old, equals, _ = image.partition("=")
    if equals:
        return old
    name = image.partition("@")[0]
    head, _, last = name.rpartition("/")
    return f"{head}/{last.partition(':')[0]}".lstrip("/")


def _replica(text: str) -> _Tree:
    name, count = pair("kustomize-replica", text)
    if not count.isdigit():
        raise errors.InvalidArgument(f"--kustomize-replica: {text}: the count is not a number")
    return {"name": name, "count": int(count)}


def _jsonnet(source: _Tree, flags: Flags) -> None:
    for key, text, code in (
        ("extVars", "jsonnet-ext-var-str", "jsonnet-ext-var-code"),
        ("tlas", "jsonnet-tla-str", "jsonnet-tla-code"),
    ):
        found = [_named(text, t) for t in flags.listed(text)]
        found += [_named(code, t, code=True) for t in flags.listed(code)]
        if found:
            place = _put(source, ("directory", "jsonnet")).setdefault(key, [])
            _merge(place, "name", found)


_UNSET: Final = {
    "nameprefix": ("kustomize", "namePrefix"),
    "namesuffix": ("kustomize", "nameSuffix"),
    "kustomize-version": ("kustomize", "version"),
    "kustomize-namespace": ("kustomize", "namespace"),
    "ignore-missing-components": ("kustomize", "ignoreMissingComponents"),
    "ignore-missing-value-files": ("helm", "ignoreMissingValueFiles"),
    "pass-credentials": ("helm", "passCredentials"),
    "ref": ("ref",),
}

_UNSET_ITEMS: Final[dict[str, tuple[tuple[str, ...], Callable[[Any], Any]]]] = {
    "parameter": (("helm", "parameters"), lambda item: item["name"]),
    "values": (("helm", "valueFiles"), str),
    "kustomize-image": (("kustomize", "images"), image_name),
    "kustomize-replica": (("kustomize", "replicas"), lambda item: item["name"]),
    "plugin-env": (("plugin", "env"), lambda item: item["name"]),
}


def unset(source: _Tree, flags: Flags) -> bool:
    """Remove what the written flags name; return whether anything was there."""
    changed = False
    for flag, path in _UNSET.items():
        if flags.given(flag) and flags.on(flag):
            changed |= _remove(source, path)
    if flags.given("values-literal"):
        changed |= _remove(source, ("helm", "values"))
        changed |= _remove(source, ("helm", "valuesObject"))
    for flag, (path, name_of) in _UNSET_ITEMS.items():
        gone = set(flags.listed(flag))
        place = source
        for key in path[:-1]:
            place = place.get(key) or {}
        items = place.get(path[-1]) or []
        kept = [item for item in items if name_of(item) not in gone]
        if len(kept) < len(items):
            place[path[-1]] = kept
            changed = True
    return changed


def _remove(tree: _Tree, path: tuple[str, ...]) -> bool:
    for key in path[:-1]:
        tree = tree.get(key) or {}
    return tree.pop(path[-1], None) is not None
