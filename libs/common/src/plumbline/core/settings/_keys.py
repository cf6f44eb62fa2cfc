"""The keys of argocd-cm that the contract knows (config.md section 1)."""

from collections.abc import Iterable
from typing import Final

__all__ = ["KNOWN_KEYS", "KNOWN_PREFIXES", "removed_keys", "unknown_keys"]

_REMOVED: Final = {
    "configManagementPlugins": "plugins are not declared here any more: each one is a sidecar of"
    " the repo-server"
}

KNOWN_KEYS: Final = frozenset(
    {
        "additionalUrls",
        "admin.enabled",
        "application.allowedNodeLabels",
        "application.instanceLabelKey",
        "application.links",
        "application.resourceTrackingMethod",
        "application.sync.impersonation.enabled",
        "application.sync.impersonation.enforced",
        "application.sync.requireOverridePrivilegeForRevisionSync",
        "cluster.inClusterEnabled",
        "commit.author.email",
        "commit.author.name",
        "dex.auth.connectorId",
        "dex.config",
        "exec.enabled",
        "exec.shells",
        "extension.config",
        "ga.anonymizeusers",
        "ga.trackingid",
        "globalProjects",
        "helm.enable",
        "helm.valuesFileSchemes",
        "help.chatText",
        "help.chatUrl",
        "installationID",
        "jsonnet.enable",
        "kustomize.buildOptions",
        "kustomize.enable",
        "oidc.config",
        "oidc.tls.insecure.skip.verify",
        "passwordPattern",
        "project.links",
        "resource.compareoptions",
        "resource.customLabels",
        "resource.customizations",
        "resource.excludeEventLabelKeys",
        "resource.exclusions",
        "resource.ignoreResourceUpdatesEnabled",
        "resource.includeEventLabelKeys",
        "resource.inclusions",
        "resource.links",
        "resource.respectRBAC",
        "resource.sensitive.mask.annotations",
        "server.maxPodLogsToRender",
        "server.rbac.disableApplicationFineGrainedRBACInheritance",
        "server.rbac.log.enforce.enable",
        "server.rbac.rollback.enforce.enable",
        "sourceHydrator.commitMessageTemplate",
        "sourceHydrator.readmeMessageTemplate",
        "statusbadge.enabled",
        "statusbadge.url",
        "timeout.hard.reconciliation",
        "timeout.reconciliation",
        "timeout.reconciliation.jitter",
        "ui.bannercontent",
        "ui.bannerpermanent",
        "ui.bannerposition",
        "ui.bannerurl",
        "ui.cssurl",
        "ui.loginButtonText",
        "ui.view.resources.disabled",
        "url",
        "users.anonymous.enabled",
        "users.session.duration",
        "webhook.maxPayloadSizeMB",
        "webhook.refresh.jitter",
        "webhook.refresh.jitter.threshold",
    }
)
KNOWN_PREFIXES: Final = (
    "accounts.",
    "extension.config.",
    "help.download.",
    "kustomize.buildOptions.",
    "kustomize.path.",
    "kustomize.version.",
    "resource.customizations.actions.",
    "resource.customizations.health.",
    "resource.customizations.ignoreDifferences.",
    "resource.customizations.ignoreResourceUpdates.",
    "resource.customizations.knownTypeFields.",
    "resource.customizations.useOpenLibs.",
)


def unknown_keys(keys: Iterable[str]) -> list[str]:
    """Return the keys that mean nothing, sorted: most likely mistyped."""
    return sorted(
        k
        for k in keys
        if k not in KNOWN_KEYS and k not in _REMOVED and not k.startswith(KNOWN_PREFIXES)
    )


def removed_keys(keys: Iterable[str]) -> list[str]:
    """Return what to do about keys that the contract had once."""
    return [f"argocd-cm: {k} is refused: {_REMOVED[k]}" for k in sorted(keys) if k in _REMOVED]
