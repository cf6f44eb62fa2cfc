"""SettingsService: what clients and the UI must know of the installation.

It answers everybody: the login page needs it. Callers without a session are told less
(behaviour.md section 17).
"""

from collections.abc import Mapping
from typing import Any, Final

import grpc
import structlog

from plumbline.api_server.parts import Parts
from plumbline.api_server.present import caller, known_caller
from plumbline.api_server.services.repository_access import RepoServer
from plumbline.core import errors, session
from plumbline.core.installation import Installation
from plumbline.pb.server import claims_pb2, settings_pb2, settings_pb2_grpc
from plumbline.pb.v1alpha1 import generated_pb2
from plumbline.rpc import convert

__all__ = ["SettingsService"]

log = structlog.get_logger()

_SCOPES: Final = ("openid", "profile", "email", "groups")


class SettingsService(settings_pb2_grpc.SettingsServiceServicer):
    """cluster.SettingsService."""

    def __init__(self, parts: Parts) -> None:
        self._control = parts.control
        self._settings = parts.settings
        self._repo_server = RepoServer(parts.repo_server)

    async def Get(  # noqa: N802 -- gRPC requires this name
        self, _request: settings_pb2.SettingsQuery, _: grpc.aio.ServicerContext
    ) -> settings_pb2.Settings:
        """Return the settings."""
        found = self._control.installation
        answer = settings_pb2.Settings(
            url=found.url,
            additionalUrls=found.additional_urls,
            appLabelKey=found.app_label_key,
            trackingMethod=found.tracking_method,
            installationID=found.installation_id,
            statusBadgeEnabled=found.badge_enabled,
            statusBadgeRootUrl=found.badge_url,
            googleAnalytics=settings_pb2.GoogleAnalyticsConfig(
                trackingID=found.analytics_id, anonymizeUsers=found.analytics_anonymous
            ),
            kustomizeOptions=_kustomize(found),
            kustomizeVersions=sorted(found.kustomize_versions),
            help=settings_pb2.Help(
                chatUrl=found.help.chat_url,
                chatText=found.help.chat_text,
                binaryUrls=found.help.downloads,
            ),
            userLoginsDisabled=not any(
                a.enabled and a.has(session.LOGIN) for a in self._control.accounts.values()
            ),
            uiCssURL=found.css_url,
            uiLoginButtonText=found.login_button,
            resourceViewEnabled=found.resource_view,
            execEnabled=found.exec_enabled,
            impersonationEnabled=found.impersonation,
            appsInAnyNamespaceEnabled=bool(self._settings.application_namespaces),
            hydratorEnabled=self._settings.hydrator_enabled,
            syncWithReplaceAllowed=self._settings.sync_with_replace_allowed,
        )
        if found.sso:
            _single_sign_on(answer, found)
        if known_caller() is not None:
            self._add_private(answer, found)
        return answer

    async def GetPlugins(  # noqa: N802 -- gRPC requires this name
        self, _request: settings_pb2.SettingsQuery, _: grpc.aio.ServicerContext
    ) -> settings_pb2.SettingsPluginsResponse:
        """Return the plugins by name: those whose sidecars the repo-server sees."""
        caller()
        found = await self._repo_server.plugins()
        return settings_pb2.SettingsPluginsResponse(
            plugins=[settings_pb2.Plugin(name=name) for name in found]
        )

    def _add_private(self, answer: settings_pb2.Settings, found: Installation) -> None:
        answer.uiBannerContent = found.banner.content
        answer.uiBannerURL = found.banner.url
        answer.uiBannerPermanent = found.banner.permanent
        answer.uiBannerPosition = found.banner.position
        answer.passwordPattern = found.password_pattern
        answer.controllerNamespace = self._settings.namespace
        for kind, fields in found.overrides.items():
            tree = {k: v for k, v in fields.items() if v is not None}
            try:
                made = convert.to_message(tree, generated_pb2.ResourceOverride)
            except errors.InvalidArgument as error:
                log.warning("customization cannot be read", kind=kind, error=error.message)
                continue
            answer.resourceOverrides[kind].CopyFrom(made)


def _kustomize(found: Installation) -> generated_pb2.KustomizeOptions:
    versions = [
        generated_pb2.KustomizeVersion(name=name, path=path, buildOptions=options)
        for name, (path, options) in sorted(found.kustomize_versions.items())
    ]
    return generated_pb2.KustomizeOptions(
        buildOptions=found.kustomize_options, binaryPath="", versions=versions
    )


def _single_sign_on(answer: settings_pb2.Settings, found: Installation) -> None:
    if found.oidc is not None:
        answer.oidcConfig.CopyFrom(_oidc(found.oidc))
        return
    connectors = (found.dex or {}).get("connectors")
    named = [c for c in connectors if isinstance(c, dict)] if isinstance(connectors, list) else []
    dex = settings_pb2.DexConfig(
        connectors=[
            settings_pb2.Connector(name=_text(c, "name"), type=_text(c, "type"), id=_text(c, "id"))
            for c in named
        ]
    )
    if found.dex_connector in {c.id for c in dex.connectors}:
        dex.dexAuthConnectorID = found.dex_connector
    answer.dexConfig.CopyFrom(dex)


def _oidc(tree: Mapping[str, Any]) -> settings_pb2.OIDCConfig:
    """Return what a client needs to log in; never the client secret."""
    scopes = tree.get("requestedScopes")
    claims = tree.get("requestedIDTokenClaims")
    made = settings_pb2.OIDCConfig(
        name=_text(tree, "name"),
        issuer=_text(tree, "issuer"),
        clientID=_text(tree, "clientID"),
        cliClientID=_text(tree, "cliClientID"),
        scopes=[str(s) for s in scopes] if isinstance(scopes, list) and scopes else _SCOPES,
        enablePKCEAuthentication=tree.get("enablePKCEAuthentication") is True,
    )
    for name, claim in (claims if isinstance(claims, dict) else {}).items():
        fields = claim if isinstance(claim, dict) else {}
        values = fields.get("values")
        made.idTokenClaims[str(name)].CopyFrom(
            claims_pb2.Claim(
                essential=fields.get("essential") is True,
                value=_text(fields, "value"),
                values=[str(v) for v in values] if isinstance(values, list) else (),
            )
        )
    return made


def _text(tree: Mapping[str, Any], key: str) -> str:
    value = tree.get(key)
    return "" if value is None else str(value)
