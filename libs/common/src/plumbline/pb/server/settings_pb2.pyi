from plumbline.pb.google.api import annotations_pb2 as _annotations_pb2
from plumbline.pb.server import claims_pb2 as _claims_pb2
from plumbline.pb.v1alpha1 import generated_pb2 as _generated_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SettingsQuery(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Settings(_message.Message):
    __slots__ = ("url", "dexConfig", "oidcConfig", "appLabelKey", "resourceOverrides", "statusBadgeEnabled", "googleAnalytics", "kustomizeOptions", "help", "plugins", "userLoginsDisabled", "configManagementPlugins", "kustomizeVersions", "uiCssURL", "uiBannerContent", "uiBannerURL", "passwordPattern", "trackingMethod", "uiBannerPermanent", "uiBannerPosition", "statusBadgeRootUrl", "execEnabled", "controllerNamespace", "appsInAnyNamespaceEnabled", "impersonationEnabled", "installationID", "additionalUrls", "hydratorEnabled", "syncWithReplaceAllowed", "uiLoginButtonText", "resourceViewEnabled")
    class ResourceOverridesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _generated_pb2.ResourceOverride
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_generated_pb2.ResourceOverride, _Mapping]] = ...) -> None: ...
    URL_FIELD_NUMBER: _ClassVar[int]
    DEXCONFIG_FIELD_NUMBER: _ClassVar[int]
    OIDCCONFIG_FIELD_NUMBER: _ClassVar[int]
    APPLABELKEY_FIELD_NUMBER: _ClassVar[int]
    RESOURCEOVERRIDES_FIELD_NUMBER: _ClassVar[int]
    STATUSBADGEENABLED_FIELD_NUMBER: _ClassVar[int]
    GOOGLEANALYTICS_FIELD_NUMBER: _ClassVar[int]
    KUSTOMIZEOPTIONS_FIELD_NUMBER: _ClassVar[int]
    HELP_FIELD_NUMBER: _ClassVar[int]
    PLUGINS_FIELD_NUMBER: _ClassVar[int]
    USERLOGINSDISABLED_FIELD_NUMBER: _ClassVar[int]
    CONFIGMANAGEMENTPLUGINS_FIELD_NUMBER: _ClassVar[int]
    KUSTOMIZEVERSIONS_FIELD_NUMBER: _ClassVar[int]
    UICSSURL_FIELD_NUMBER: _ClassVar[int]
    UIBANNERCONTENT_FIELD_NUMBER: _ClassVar[int]
    UIBANNERURL_FIELD_NUMBER: _ClassVar[int]
    PASSWORDPATTERN_FIELD_NUMBER: _ClassVar[int]
    TRACKINGMETHOD_FIELD_NUMBER: _ClassVar[int]
    UIBANNERPERMANENT_FIELD_NUMBER: _ClassVar[int]
    UIBANNERPOSITION_FIELD_NUMBER: _ClassVar[int]
    STATUSBADGEROOTURL_FIELD_NUMBER: _ClassVar[int]
    EXECENABLED_FIELD_NUMBER: _ClassVar[int]
    CONTROLLERNAMESPACE_FIELD_NUMBER: _ClassVar[int]
    APPSINANYNAMESPACEENABLED_FIELD_NUMBER: _ClassVar[int]
    IMPERSONATIONENABLED_FIELD_NUMBER: _ClassVar[int]
    INSTALLATIONID_FIELD_NUMBER: _ClassVar[int]
    ADDITIONALURLS_FIELD_NUMBER: _ClassVar[int]
    HYDRATORENABLED_FIELD_NUMBER: _ClassVar[int]
    SYNCWITHREPLACEALLOWED_FIELD_NUMBER: _ClassVar[int]
    UILOGINBUTTONTEXT_FIELD_NUMBER: _ClassVar[int]
    RESOURCEVIEWENABLED_FIELD_NUMBER: _ClassVar[int]
    url: str
    dexConfig: DexConfig
    oidcConfig: OIDCConfig
    appLabelKey: str
    resourceOverrides: _containers.MessageMap[str, _generated_pb2.ResourceOverride]
    statusBadgeEnabled: bool
    googleAnalytics: GoogleAnalyticsConfig
    kustomizeOptions: _generated_pb2.KustomizeOptions
    help: Help
    plugins: _containers.RepeatedCompositeFieldContainer[Plugin]
    userLoginsDisabled: bool
    configManagementPlugins: _containers.RepeatedCompositeFieldContainer[_generated_pb2.ConfigManagementPlugin]
    kustomizeVersions: _containers.RepeatedScalarFieldContainer[str]
    uiCssURL: str
    uiBannerContent: str
    uiBannerURL: str
    passwordPattern: str
    trackingMethod: str
    uiBannerPermanent: bool
    uiBannerPosition: str
    statusBadgeRootUrl: str
    execEnabled: bool
    controllerNamespace: str
    appsInAnyNamespaceEnabled: bool
    impersonationEnabled: bool
    installationID: str
    additionalUrls: _containers.RepeatedScalarFieldContainer[str]
    hydratorEnabled: bool
    syncWithReplaceAllowed: bool
    uiLoginButtonText: str
    resourceViewEnabled: bool
    def __init__(self, url: _Optional[str] = ..., dexConfig: _Optional[_Union[DexConfig, _Mapping]] = ..., oidcConfig: _Optional[_Union[OIDCConfig, _Mapping]] = ..., appLabelKey: _Optional[str] = ..., resourceOverrides: _Optional[_Mapping[str, _generated_pb2.ResourceOverride]] = ..., statusBadgeEnabled: _Optional[bool] = ..., googleAnalytics: _Optional[_Union[GoogleAnalyticsConfig, _Mapping]] = ..., kustomizeOptions: _Optional[_Union[_generated_pb2.KustomizeOptions, _Mapping]] = ..., help: _Optional[_Union[Help, _Mapping]] = ..., plugins: _Optional[_Iterable[_Union[Plugin, _Mapping]]] = ..., userLoginsDisabled: _Optional[bool] = ..., configManagementPlugins: _Optional[_Iterable[_Union[_generated_pb2.ConfigManagementPlugin, _Mapping]]] = ..., kustomizeVersions: _Optional[_Iterable[str]] = ..., uiCssURL: _Optional[str] = ..., uiBannerContent: _Optional[str] = ..., uiBannerURL: _Optional[str] = ..., passwordPattern: _Optional[str] = ..., trackingMethod: _Optional[str] = ..., uiBannerPermanent: _Optional[bool] = ..., uiBannerPosition: _Optional[str] = ..., statusBadgeRootUrl: _Optional[str] = ..., execEnabled: _Optional[bool] = ..., controllerNamespace: _Optional[str] = ..., appsInAnyNamespaceEnabled: _Optional[bool] = ..., impersonationEnabled: _Optional[bool] = ..., installationID: _Optional[str] = ..., additionalUrls: _Optional[_Iterable[str]] = ..., hydratorEnabled: _Optional[bool] = ..., syncWithReplaceAllowed: _Optional[bool] = ..., uiLoginButtonText: _Optional[str] = ..., resourceViewEnabled: _Optional[bool] = ...) -> None: ...

class GoogleAnalyticsConfig(_message.Message):
    __slots__ = ("trackingID", "anonymizeUsers")
    TRACKINGID_FIELD_NUMBER: _ClassVar[int]
    ANONYMIZEUSERS_FIELD_NUMBER: _ClassVar[int]
    trackingID: str
    anonymizeUsers: bool
    def __init__(self, trackingID: _Optional[str] = ..., anonymizeUsers: _Optional[bool] = ...) -> None: ...

class SettingsPluginsResponse(_message.Message):
    __slots__ = ("plugins",)
    PLUGINS_FIELD_NUMBER: _ClassVar[int]
    plugins: _containers.RepeatedCompositeFieldContainer[Plugin]
    def __init__(self, plugins: _Optional[_Iterable[_Union[Plugin, _Mapping]]] = ...) -> None: ...

class Help(_message.Message):
    __slots__ = ("chatUrl", "chatText", "binaryUrls")
    class BinaryUrlsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CHATURL_FIELD_NUMBER: _ClassVar[int]
    CHATTEXT_FIELD_NUMBER: _ClassVar[int]
    BINARYURLS_FIELD_NUMBER: _ClassVar[int]
    chatUrl: str
    chatText: str
    binaryUrls: _containers.ScalarMap[str, str]
    def __init__(self, chatUrl: _Optional[str] = ..., chatText: _Optional[str] = ..., binaryUrls: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Plugin(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class DexConfig(_message.Message):
    __slots__ = ("connectors", "dexAuthConnectorID")
    CONNECTORS_FIELD_NUMBER: _ClassVar[int]
    DEXAUTHCONNECTORID_FIELD_NUMBER: _ClassVar[int]
    connectors: _containers.RepeatedCompositeFieldContainer[Connector]
    dexAuthConnectorID: str
    def __init__(self, connectors: _Optional[_Iterable[_Union[Connector, _Mapping]]] = ..., dexAuthConnectorID: _Optional[str] = ...) -> None: ...

class Connector(_message.Message):
    __slots__ = ("name", "type", "id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    type: str
    id: str
    def __init__(self, name: _Optional[str] = ..., type: _Optional[str] = ..., id: _Optional[str] = ...) -> None: ...

class OIDCConfig(_message.Message):
    __slots__ = ("name", "issuer", "clientID", "cliClientID", "scopes", "idTokenClaims", "enablePKCEAuthentication")
    class IdTokenClaimsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _claims_pb2.Claim
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_claims_pb2.Claim, _Mapping]] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    ISSUER_FIELD_NUMBER: _ClassVar[int]
    CLIENTID_FIELD_NUMBER: _ClassVar[int]
    CLICLIENTID_FIELD_NUMBER: _ClassVar[int]
    SCOPES_FIELD_NUMBER: _ClassVar[int]
    IDTOKENCLAIMS_FIELD_NUMBER: _ClassVar[int]
    ENABLEPKCEAUTHENTICATION_FIELD_NUMBER: _ClassVar[int]
    name: str
    issuer: str
    clientID: str
    cliClientID: str
    scopes: _containers.RepeatedScalarFieldContainer[str]
    idTokenClaims: _containers.MessageMap[str, _claims_pb2.Claim]
    enablePKCEAuthentication: bool
    def __init__(self, name: _Optional[str] = ..., issuer: _Optional[str] = ..., clientID: _Optional[str] = ..., cliClientID: _Optional[str] = ..., scopes: _Optional[_Iterable[str]] = ..., idTokenClaims: _Optional[_Mapping[str, _claims_pb2.Claim]] = ..., enablePKCEAuthentication: _Optional[bool] = ...) -> None: ...
