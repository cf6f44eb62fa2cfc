from plumbline.pb.k8s import apiextensions_v1_pb2 as _apiextensions_v1_pb2
from plumbline.pb.k8s import core_v1_pb2 as _core_v1_pb2
from plumbline.pb.k8s import intstr_pb2 as _intstr_pb2
from plumbline.pb.k8s import meta_v1_pb2 as _meta_v1_pb2
from plumbline.pb.k8s import runtime_pb2 as _runtime_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class AWSAuthConfig(_message.Message):
    __slots__ = ("clusterName", "roleARN", "profile")
    CLUSTERNAME_FIELD_NUMBER: _ClassVar[int]
    ROLEARN_FIELD_NUMBER: _ClassVar[int]
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    clusterName: str
    roleARN: str
    profile: str
    def __init__(self, clusterName: _Optional[str] = ..., roleARN: _Optional[str] = ..., profile: _Optional[str] = ...) -> None: ...

class AppHealthStatus(_message.Message):
    __slots__ = ("status", "message", "lastTransitionTime")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    LASTTRANSITIONTIME_FIELD_NUMBER: _ClassVar[int]
    status: str
    message: str
    lastTransitionTime: _meta_v1_pb2.Time
    def __init__(self, status: _Optional[str] = ..., message: _Optional[str] = ..., lastTransitionTime: _Optional[_Union[_meta_v1_pb2.Time, _Mapping]] = ...) -> None: ...

class AppProject(_message.Message):
    __slots__ = ("metadata", "spec", "status")
    METADATA_FIELD_NUMBER: _ClassVar[int]
    SPEC_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    metadata: _meta_v1_pb2.ObjectMeta
    spec: AppProjectSpec
    status: AppProjectStatus
    def __init__(self, metadata: _Optional[_Union[_meta_v1_pb2.ObjectMeta, _Mapping]] = ..., spec: _Optional[_Union[AppProjectSpec, _Mapping]] = ..., status: _Optional[_Union[AppProjectStatus, _Mapping]] = ...) -> None: ...

class AppProjectList(_message.Message):
    __slots__ = ("metadata", "items")
    METADATA_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    metadata: _meta_v1_pb2.ListMeta
    items: _containers.RepeatedCompositeFieldContainer[AppProject]
    def __init__(self, metadata: _Optional[_Union[_meta_v1_pb2.ListMeta, _Mapping]] = ..., items: _Optional[_Iterable[_Union[AppProject, _Mapping]]] = ...) -> None: ...

class AppProjectSpec(_message.Message):
    __slots__ = ("sourceRepos", "destinations", "description", "roles", "clusterResourceWhitelist", "namespaceResourceBlacklist", "orphanedResources", "syncWindows", "namespaceResourceWhitelist", "signatureKeys", "clusterResourceBlacklist", "sourceNamespaces", "permitOnlyProjectScopedClusters", "destinationServiceAccounts", "sourceIntegrity")
    SOURCEREPOS_FIELD_NUMBER: _ClassVar[int]
    DESTINATIONS_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    CLUSTERRESOURCEWHITELIST_FIELD_NUMBER: _ClassVar[int]
    NAMESPACERESOURCEBLACKLIST_FIELD_NUMBER: _ClassVar[int]
    ORPHANEDRESOURCES_FIELD_NUMBER: _ClassVar[int]
    SYNCWINDOWS_FIELD_NUMBER: _ClassVar[int]
    NAMESPACERESOURCEWHITELIST_FIELD_NUMBER: _ClassVar[int]
    SIGNATUREKEYS_FIELD_NUMBER: _ClassVar[int]
    CLUSTERRESOURCEBLACKLIST_FIELD_NUMBER: _ClassVar[int]
    SOURCENAMESPACES_FIELD_NUMBER: _ClassVar[int]
    PERMITONLYPROJECTSCOPEDCLUSTERS_FIELD_NUMBER: _ClassVar[int]
    DESTINATIONSERVICEACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    SOURCEINTEGRITY_FIELD_NUMBER: _ClassVar[int]
    sourceRepos: _containers.RepeatedScalarFieldContainer[str]
    destinations: _containers.RepeatedCompositeFieldContainer[ApplicationDestination]
    description: str
    roles: _containers.RepeatedCompositeFieldContainer[ProjectRole]
    clusterResourceWhitelist: _containers.RepeatedCompositeFieldContainer[ClusterResourceRestrictionItem]
    namespaceResourceBlacklist: _containers.RepeatedCompositeFieldContainer[_meta_v1_pb2.GroupKind]
    orphanedResources: OrphanedResourcesMonitorSettings
    syncWindows: _containers.RepeatedCompositeFieldContainer[SyncWindow]
    namespaceResourceWhitelist: _containers.RepeatedCompositeFieldContainer[_meta_v1_pb2.GroupKind]
    signatureKeys: _containers.RepeatedCompositeFieldContainer[SignatureKey]
    clusterResourceBlacklist: _containers.RepeatedCompositeFieldContainer[ClusterResourceRestrictionItem]
    sourceNamespaces: _containers.RepeatedScalarFieldContainer[str]
    permitOnlyProjectScopedClusters: bool
    destinationServiceAccounts: _containers.RepeatedCompositeFieldContainer[ApplicationDestinationServiceAccount]
    sourceIntegrity: SourceIntegrity
    def __init__(self, sourceRepos: _Optional[_Iterable[str]] = ..., destinations: _Optional[_Iterable[_Union[ApplicationDestination, _Mapping]]] = ..., description: _Optional[str] = ..., roles: _Optional[_Iterable[_Union[ProjectRole, _Mapping]]] = ..., clusterResourceWhitelist: _Optional[_Iterable[_Union[ClusterResourceRestrictionItem, _Mapping]]] = ..., namespaceResourceBlacklist: _Optional[_Iterable[_Union[_meta_v1_pb2.GroupKind, _Mapping]]] = ..., orphanedResources: _Optional[_Union[OrphanedResourcesMonitorSettings, _Mapping]] = ..., syncWindows: _Optional[_Iterable[_Union[SyncWindow, _Mapping]]] = ..., namespaceResourceWhitelist: _Optional[_Iterable[_Union[_meta_v1_pb2.GroupKind, _Mapping]]] = ..., signatureKeys: _Optional[_Iterable[_Union[SignatureKey, _Mapping]]] = ..., clusterResourceBlacklist: _Optional[_Iterable[_Union[ClusterResourceRestrictionItem, _Mapping]]] = ..., sourceNamespaces: _Optional[_Iterable[str]] = ..., permitOnlyProjectScopedClusters: _Optional[bool] = ..., destinationServiceAccounts: _Optional[_Iterable[_Union[ApplicationDestinationServiceAccount, _Mapping]]] = ..., sourceIntegrity: _Optional[_Union[SourceIntegrity, _Mapping]] = ...) -> None: ...

class AppProjectStatus(_message.Message):
    __slots__ = ("jwtTokensByRole",)
    class JwtTokensByRoleEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: JWTTokens
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[JWTTokens, _Mapping]] = ...) -> None: ...
    JWTTOKENSBYROLE_FIELD_NUMBER: _ClassVar[int]
    jwtTokensByRole: _containers.MessageMap[str, JWTTokens]
    def __init__(self, jwtTokensByRole: _Optional[_Mapping[str, JWTTokens]] = ...) -> None: ...

class Application(_message.Message):
    __slots__ = ("metadata", "spec", "status", "operation")
    METADATA_FIELD_NUMBER: _ClassVar[int]
    SPEC_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    metadata: _meta_v1_pb2.ObjectMeta
    spec: ApplicationSpec
    status: ApplicationStatus
    operation: Operation
    def __init__(self, metadata: _Optional[_Union[_meta_v1_pb2.ObjectMeta, _Mapping]] = ..., spec: _Optional[_Union[ApplicationSpec, _Mapping]] = ..., status: _Optional[_Union[ApplicationStatus, _Mapping]] = ..., operation: _Optional[_Union[Operation, _Mapping]] = ...) -> None: ...

class ApplicationCondition(_message.Message):
    __slots__ = ("type", "message", "lastTransitionTime")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    LASTTRANSITIONTIME_FIELD_NUMBER: _ClassVar[int]
    type: str
    message: str
    lastTransitionTime: _meta_v1_pb2.Time
    def __init__(self, type: _Optional[str] = ..., message: _Optional[str] = ..., lastTransitionTime: _Optional[_Union[_meta_v1_pb2.Time, _Mapping]] = ...) -> None: ...

class ApplicationDestination(_message.Message):
    __slots__ = ("server", "namespace", "name")
    SERVER_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    server: str
    namespace: str
    name: str
    def __init__(self, server: _Optional[str] = ..., namespace: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class ApplicationDestinationServiceAccount(_message.Message):
    __slots__ = ("server", "namespace", "defaultServiceAccount")
    SERVER_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    DEFAULTSERVICEACCOUNT_FIELD_NUMBER: _ClassVar[int]
    server: str
    namespace: str
    defaultServiceAccount: str
    def __init__(self, server: _Optional[str] = ..., namespace: _Optional[str] = ..., defaultServiceAccount: _Optional[str] = ...) -> None: ...

class ApplicationList(_message.Message):
    __slots__ = ("metadata", "items")
    METADATA_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    metadata: _meta_v1_pb2.ListMeta
    items: _containers.RepeatedCompositeFieldContainer[Application]
    def __init__(self, metadata: _Optional[_Union[_meta_v1_pb2.ListMeta, _Mapping]] = ..., items: _Optional[_Iterable[_Union[Application, _Mapping]]] = ...) -> None: ...

class ApplicationMatchExpression(_message.Message):
    __slots__ = ("key", "operator", "values")
    KEY_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    key: str
    operator: str
    values: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, key: _Optional[str] = ..., operator: _Optional[str] = ..., values: _Optional[_Iterable[str]] = ...) -> None: ...

class ApplicationPreservedFields(_message.Message):
    __slots__ = ("annotations", "labels")
    ANNOTATIONS_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    annotations: _containers.RepeatedScalarFieldContainer[str]
    labels: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, annotations: _Optional[_Iterable[str]] = ..., labels: _Optional[_Iterable[str]] = ...) -> None: ...

class ApplicationSet(_message.Message):
    __slots__ = ("metadata", "spec", "status")
    METADATA_FIELD_NUMBER: _ClassVar[int]
    SPEC_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    metadata: _meta_v1_pb2.ObjectMeta
    spec: ApplicationSetSpec
    status: ApplicationSetStatus
    def __init__(self, metadata: _Optional[_Union[_meta_v1_pb2.ObjectMeta, _Mapping]] = ..., spec: _Optional[_Union[ApplicationSetSpec, _Mapping]] = ..., status: _Optional[_Union[ApplicationSetStatus, _Mapping]] = ...) -> None: ...

class ApplicationSetApplicationStatus(_message.Message):
    __slots__ = ("application", "lastTransitionTime", "message", "status", "step", "targetrevisions")
    APPLICATION_FIELD_NUMBER: _ClassVar[int]
    LASTTRANSITIONTIME_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    TARGETREVISIONS_FIELD_NUMBER: _ClassVar[int]
    application: str
    lastTransitionTime: _meta_v1_pb2.Time
    message: str
    status: str
    step: str
    targetrevisions: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, application: _Optional[str] = ..., lastTransitionTime: _Optional[_Union[_meta_v1_pb2.Time, _Mapping]] = ..., message: _Optional[str] = ..., status: _Optional[str] = ..., step: _Optional[str] = ..., targetrevisions: _Optional[_Iterable[str]] = ...) -> None: ...

class ApplicationSetCondition(_message.Message):
    __slots__ = ("type", "message", "lastTransitionTime", "status", "reason")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    LASTTRANSITIONTIME_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    type: str
    message: str
    lastTransitionTime: _meta_v1_pb2.Time
    status: str
    reason: str
    def __init__(self, type: _Optional[str] = ..., message: _Optional[str] = ..., lastTransitionTime: _Optional[_Union[_meta_v1_pb2.Time, _Mapping]] = ..., status: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class ApplicationSetGenerator(_message.Message):
    __slots__ = ("list", "clusters", "git", "scmProvider", "clusterDecisionResource", "pullRequest", "matrix", "merge", "selector", "plugin")
    LIST_FIELD_NUMBER: _ClassVar[int]
    CLUSTERS_FIELD_NUMBER: _ClassVar[int]
    GIT_FIELD_NUMBER: _ClassVar[int]
    SCMPROVIDER_FIELD_NUMBER: _ClassVar[int]
    CLUSTERDECISIONRESOURCE_FIELD_NUMBER: _ClassVar[int]
    PULLREQUEST_FIELD_NUMBER: _ClassVar[int]
    MATRIX_FIELD_NUMBER: _ClassVar[int]
    MERGE_FIELD_NUMBER: _ClassVar[int]
    SELECTOR_FIELD_NUMBER: _ClassVar[int]
    PLUGIN_FIELD_NUMBER: _ClassVar[int]
    list: ListGenerator
    clusters: ClusterGenerator
    git: GitGenerator
    scmProvider: SCMProviderGenerator
    clusterDecisionResource: DuckTypeGenerator
    pullRequest: PullRequestGenerator
    matrix: MatrixGenerator
    merge: MergeGenerator
    selector: _meta_v1_pb2.LabelSelector
    plugin: PluginGenerator
    def __init__(self, list: _Optional[_Union[ListGenerator, _Mapping]] = ..., clusters: _Optional[_Union[ClusterGenerator, _Mapping]] = ..., git: _Optional[_Union[GitGenerator, _Mapping]] = ..., scmProvider: _Optional[_Union[SCMProviderGenerator, _Mapping]] = ..., clusterDecisionResource: _Optional[_Union[DuckTypeGenerator, _Mapping]] = ..., pullRequest: _Optional[_Union[PullRequestGenerator, _Mapping]] = ..., matrix: _Optional[_Union[MatrixGenerator, _Mapping]] = ..., merge: _Optional[_Union[MergeGenerator, _Mapping]] = ..., selector: _Optional[_Union[_meta_v1_pb2.LabelSelector, _Mapping]] = ..., plugin: _Optional[_Union[PluginGenerator, _Mapping]] = ...) -> None: ...

class ApplicationSetList(_message.Message):
    __slots__ = ("metadata", "items")
    METADATA_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    metadata: _meta_v1_pb2.ListMeta
    items: _containers.RepeatedCompositeFieldContainer[ApplicationSet]
    def __init__(self, metadata: _Optional[_Union[_meta_v1_pb2.ListMeta, _Mapping]] = ..., items: _Optional[_Iterable[_Union[ApplicationSet, _Mapping]]] = ...) -> None: ...

class ApplicationSetNestedGenerator(_message.Message):
    __slots__ = ("list", "clusters", "git", "scmProvider", "clusterDecisionResource", "pullRequest", "matrix", "merge", "selector", "plugin")
    LIST_FIELD_NUMBER: _ClassVar[int]
    CLUSTERS_FIELD_NUMBER: _ClassVar[int]
    GIT_FIELD_NUMBER: _ClassVar[int]
    SCMPROVIDER_FIELD_NUMBER: _ClassVar[int]
    CLUSTERDECISIONRESOURCE_FIELD_NUMBER: _ClassVar[int]
    PULLREQUEST_FIELD_NUMBER: _ClassVar[int]
    MATRIX_FIELD_NUMBER: _ClassVar[int]
    MERGE_FIELD_NUMBER: _ClassVar[int]
    SELECTOR_FIELD_NUMBER: _ClassVar[int]
    PLUGIN_FIELD_NUMBER: _ClassVar[int]
    list: ListGenerator
    clusters: ClusterGenerator
    git: GitGenerator
    scmProvider: SCMProviderGenerator
    clusterDecisionResource: DuckTypeGenerator
    pullRequest: PullRequestGenerator
    matrix: _apiextensions_v1_pb2.JSON
    merge: _apiextensions_v1_pb2.JSON
    selector: _meta_v1_pb2.LabelSelector
    plugin: PluginGenerator
    def __init__(self, list: _Optional[_Union[ListGenerator, _Mapping]] = ..., clusters: _Optional[_Union[ClusterGenerator, _Mapping]] = ..., git: _Optional[_Union[GitGenerator, _Mapping]] = ..., scmProvider: _Optional[_Union[SCMProviderGenerator, _Mapping]] = ..., clusterDecisionResource: _Optional[_Union[DuckTypeGenerator, _Mapping]] = ..., pullRequest: _Optional[_Union[PullRequestGenerator, _Mapping]] = ..., matrix: _Optional[_Union[_apiextensions_v1_pb2.JSON, _Mapping]] = ..., merge: _Optional[_Union[_apiextensions_v1_pb2.JSON, _Mapping]] = ..., selector: _Optional[_Union[_meta_v1_pb2.LabelSelector, _Mapping]] = ..., plugin: _Optional[_Union[PluginGenerator, _Mapping]] = ...) -> None: ...

class ApplicationSetResourceIgnoreDifferences(_message.Message):
    __slots__ = ("name", "jsonPointers", "jqPathExpressions")
    NAME_FIELD_NUMBER: _ClassVar[int]
    JSONPOINTERS_FIELD_NUMBER: _ClassVar[int]
    JQPATHEXPRESSIONS_FIELD_NUMBER: _ClassVar[int]
    name: str
    jsonPointers: _containers.RepeatedScalarFieldContainer[str]
    jqPathExpressions: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., jsonPointers: _Optional[_Iterable[str]] = ..., jqPathExpressions: _Optional[_Iterable[str]] = ...) -> None: ...

class ApplicationSetRolloutStep(_message.Message):
    __slots__ = ("matchExpressions", "maxUpdate")
    MATCHEXPRESSIONS_FIELD_NUMBER: _ClassVar[int]
    MAXUPDATE_FIELD_NUMBER: _ClassVar[int]
    matchExpressions: _containers.RepeatedCompositeFieldContainer[ApplicationMatchExpression]
    maxUpdate: _intstr_pb2.IntOrString
    def __init__(self, matchExpressions: _Optional[_Iterable[_Union[ApplicationMatchExpression, _Mapping]]] = ..., maxUpdate: _Optional[_Union[_intstr_pb2.IntOrString, _Mapping]] = ...) -> None: ...

class ApplicationSetRolloutStrategy(_message.Message):
    __slots__ = ("steps",)
    STEPS_FIELD_NUMBER: _ClassVar[int]
    steps: _containers.RepeatedCompositeFieldContainer[ApplicationSetRolloutStep]
    def __init__(self, steps: _Optional[_Iterable[_Union[ApplicationSetRolloutStep, _Mapping]]] = ...) -> None: ...

class ApplicationSetSpec(_message.Message):
    __slots__ = ("goTemplate", "generators", "template", "syncPolicy", "strategy", "preservedFields", "goTemplateOptions", "applyNestedSelectors", "ignoreApplicationDifferences", "templatePatch")
    GOTEMPLATE_FIELD_NUMBER: _ClassVar[int]
    GENERATORS_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    SYNCPOLICY_FIELD_NUMBER: _ClassVar[int]
    STRATEGY_FIELD_NUMBER: _ClassVar[int]
    PRESERVEDFIELDS_FIELD_NUMBER: _ClassVar[int]
    GOTEMPLATEOPTIONS_FIELD_NUMBER: _ClassVar[int]
    APPLYNESTEDSELECTORS_FIELD_NUMBER: _ClassVar[int]
    IGNOREAPPLICATIONDIFFERENCES_FIELD_NUMBER: _ClassVar[int]
    TEMPLATEPATCH_FIELD_NUMBER: _ClassVar[int]
    goTemplate: bool
    generators: _containers.RepeatedCompositeFieldContainer[ApplicationSetGenerator]
    template: ApplicationSetTemplate
    syncPolicy: ApplicationSetSyncPolicy
    strategy: ApplicationSetStrategy
    preservedFields: ApplicationPreservedFields
    goTemplateOptions: _containers.RepeatedScalarFieldContainer[str]
    applyNestedSelectors: bool
    ignoreApplicationDifferences: _containers.RepeatedCompositeFieldContainer[ApplicationSetResourceIgnoreDifferences]
    templatePatch: str
    def __init__(self, goTemplate: _Optional[bool] = ..., generators: _Optional[_Iterable[_Union[ApplicationSetGenerator, _Mapping]]] = ..., template: _Optional[_Union[ApplicationSetTemplate, _Mapping]] = ..., syncPolicy: _Optional[_Union[ApplicationSetSyncPolicy, _Mapping]] = ..., strategy: _Optional[_Union[ApplicationSetStrategy, _Mapping]] = ..., preservedFields: _Optional[_Union[ApplicationPreservedFields, _Mapping]] = ..., goTemplateOptions: _Optional[_Iterable[str]] = ..., applyNestedSelectors: _Optional[bool] = ..., ignoreApplicationDifferences: _Optional[_Iterable[_Union[ApplicationSetResourceIgnoreDifferences, _Mapping]]] = ..., templatePatch: _Optional[str] = ...) -> None: ...

class ApplicationSetStatus(_message.Message):
    __slots__ = ("conditions", "applicationStatus", "resources", "resourcesCount", "health")
    CONDITIONS_FIELD_NUMBER: _ClassVar[int]
    APPLICATIONSTATUS_FIELD_NUMBER: _ClassVar[int]
    RESOURCES_FIELD_NUMBER: _ClassVar[int]
    RESOURCESCOUNT_FIELD_NUMBER: _ClassVar[int]
    HEALTH_FIELD_NUMBER: _ClassVar[int]
    conditions: _containers.RepeatedCompositeFieldContainer[ApplicationSetCondition]
    applicationStatus: _containers.RepeatedCompositeFieldContainer[ApplicationSetApplicationStatus]
    resources: _containers.RepeatedCompositeFieldContainer[ResourceStatus]
    resourcesCount: int
    health: HealthStatus
    def __init__(self, conditions: _Optional[_Iterable[_Union[ApplicationSetCondition, _Mapping]]] = ..., applicationStatus: _Optional[_Iterable[_Union[ApplicationSetApplicationStatus, _Mapping]]] = ..., resources: _Optional[_Iterable[_Union[ResourceStatus, _Mapping]]] = ..., resourcesCount: _Optional[int] = ..., health: _Optional[_Union[HealthStatus, _Mapping]] = ...) -> None: ...

class ApplicationSetStrategy(_message.Message):
    __slots__ = ("type", "rollingSync", "deletionOrder")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    ROLLINGSYNC_FIELD_NUMBER: _ClassVar[int]
    DELETIONORDER_FIELD_NUMBER: _ClassVar[int]
    type: str
    rollingSync: ApplicationSetRolloutStrategy
    deletionOrder: str
    def __init__(self, type: _Optional[str] = ..., rollingSync: _Optional[_Union[ApplicationSetRolloutStrategy, _Mapping]] = ..., deletionOrder: _Optional[str] = ...) -> None: ...

class ApplicationSetSyncPolicy(_message.Message):
    __slots__ = ("preserveResourcesOnDeletion", "applicationsSync")
    PRESERVERESOURCESONDELETION_FIELD_NUMBER: _ClassVar[int]
    APPLICATIONSSYNC_FIELD_NUMBER: _ClassVar[int]
    preserveResourcesOnDeletion: bool
    applicationsSync: str
    def __init__(self, preserveResourcesOnDeletion: _Optional[bool] = ..., applicationsSync: _Optional[str] = ...) -> None: ...

class ApplicationSetTemplate(_message.Message):
    __slots__ = ("metadata", "spec")
    METADATA_FIELD_NUMBER: _ClassVar[int]
    SPEC_FIELD_NUMBER: _ClassVar[int]
    metadata: ApplicationSetTemplateMeta
    spec: ApplicationSpec
    def __init__(self, metadata: _Optional[_Union[ApplicationSetTemplateMeta, _Mapping]] = ..., spec: _Optional[_Union[ApplicationSpec, _Mapping]] = ...) -> None: ...

class ApplicationSetTemplateMeta(_message.Message):
    __slots__ = ("name", "namespace", "labels", "annotations", "finalizers")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class AnnotationsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    ANNOTATIONS_FIELD_NUMBER: _ClassVar[int]
    FINALIZERS_FIELD_NUMBER: _ClassVar[int]
    name: str
    namespace: str
    labels: _containers.ScalarMap[str, str]
    annotations: _containers.ScalarMap[str, str]
    finalizers: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., namespace: _Optional[str] = ..., labels: _Optional[_Mapping[str, str]] = ..., annotations: _Optional[_Mapping[str, str]] = ..., finalizers: _Optional[_Iterable[str]] = ...) -> None: ...

class ApplicationSetTerminalGenerator(_message.Message):
    __slots__ = ("list", "clusters", "git", "scmProvider", "clusterDecisionResource", "pullRequest", "plugin", "selector")
    LIST_FIELD_NUMBER: _ClassVar[int]
    CLUSTERS_FIELD_NUMBER: _ClassVar[int]
    GIT_FIELD_NUMBER: _ClassVar[int]
    SCMPROVIDER_FIELD_NUMBER: _ClassVar[int]
    CLUSTERDECISIONRESOURCE_FIELD_NUMBER: _ClassVar[int]
    PULLREQUEST_FIELD_NUMBER: _ClassVar[int]
    PLUGIN_FIELD_NUMBER: _ClassVar[int]
    SELECTOR_FIELD_NUMBER: _ClassVar[int]
    list: ListGenerator
    clusters: ClusterGenerator
    git: GitGenerator
    scmProvider: SCMProviderGenerator
    clusterDecisionResource: DuckTypeGenerator
    pullRequest: PullRequestGenerator
    plugin: PluginGenerator
    selector: _meta_v1_pb2.LabelSelector
    def __init__(self, list: _Optional[_Union[ListGenerator, _Mapping]] = ..., clusters: _Optional[_Union[ClusterGenerator, _Mapping]] = ..., git: _Optional[_Union[GitGenerator, _Mapping]] = ..., scmProvider: _Optional[_Union[SCMProviderGenerator, _Mapping]] = ..., clusterDecisionResource: _Optional[_Union[DuckTypeGenerator, _Mapping]] = ..., pullRequest: _Optional[_Union[PullRequestGenerator, _Mapping]] = ..., plugin: _Optional[_Union[PluginGenerator, _Mapping]] = ..., selector: _Optional[_Union[_meta_v1_pb2.LabelSelector, _Mapping]] = ...) -> None: ...

class ApplicationSetTree(_message.Message):
    __slots__ = ("nodes",)
    NODES_FIELD_NUMBER: _ClassVar[int]
    nodes: _containers.RepeatedCompositeFieldContainer[ResourceNode]
    def __init__(self, nodes: _Optional[_Iterable[_Union[ResourceNode, _Mapping]]] = ...) -> None: ...

class ApplicationSetWatchEvent(_message.Message):
    __slots__ = ("type", "applicationSet")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    APPLICATIONSET_FIELD_NUMBER: _ClassVar[int]
    type: str
    applicationSet: ApplicationSet
    def __init__(self, type: _Optional[str] = ..., applicationSet: _Optional[_Union[ApplicationSet, _Mapping]] = ...) -> None: ...

class ApplicationSource(_message.Message):
    __slots__ = ("repoURL", "path", "targetRevision", "helm", "kustomize", "directory", "plugin", "chart", "ref", "name", "tagPrefix")
    REPOURL_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    TARGETREVISION_FIELD_NUMBER: _ClassVar[int]
    HELM_FIELD_NUMBER: _ClassVar[int]
    KUSTOMIZE_FIELD_NUMBER: _ClassVar[int]
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    PLUGIN_FIELD_NUMBER: _ClassVar[int]
    CHART_FIELD_NUMBER: _ClassVar[int]
    REF_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TAGPREFIX_FIELD_NUMBER: _ClassVar[int]
    repoURL: str
    path: str
    targetRevision: str
    helm: ApplicationSourceHelm
    kustomize: ApplicationSourceKustomize
    directory: ApplicationSourceDirectory
    plugin: ApplicationSourcePlugin
    chart: str
    ref: str
    name: str
    tagPrefix: str
    def __init__(self, repoURL: _Optional[str] = ..., path: _Optional[str] = ..., targetRevision: _Optional[str] = ..., helm: _Optional[_Union[ApplicationSourceHelm, _Mapping]] = ..., kustomize: _Optional[_Union[ApplicationSourceKustomize, _Mapping]] = ..., directory: _Optional[_Union[ApplicationSourceDirectory, _Mapping]] = ..., plugin: _Optional[_Union[ApplicationSourcePlugin, _Mapping]] = ..., chart: _Optional[str] = ..., ref: _Optional[str] = ..., name: _Optional[str] = ..., tagPrefix: _Optional[str] = ...) -> None: ...

class ApplicationSourceDirectory(_message.Message):
    __slots__ = ("recurse", "jsonnet", "exclude", "include", "disableExtensionFilter")
    RECURSE_FIELD_NUMBER: _ClassVar[int]
    JSONNET_FIELD_NUMBER: _ClassVar[int]
    EXCLUDE_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_FIELD_NUMBER: _ClassVar[int]
    DISABLEEXTENSIONFILTER_FIELD_NUMBER: _ClassVar[int]
    recurse: bool
    jsonnet: ApplicationSourceJsonnet
    exclude: str
    include: str
    disableExtensionFilter: bool
    def __init__(self, recurse: _Optional[bool] = ..., jsonnet: _Optional[_Union[ApplicationSourceJsonnet, _Mapping]] = ..., exclude: _Optional[str] = ..., include: _Optional[str] = ..., disableExtensionFilter: _Optional[bool] = ...) -> None: ...

class ApplicationSourceHelm(_message.Message):
    __slots__ = ("valueFiles", "parameters", "releaseName", "values", "fileParameters", "version", "passCredentials", "ignoreMissingValueFiles", "skipCrds", "valuesObject", "namespace", "kubeVersion", "apiVersions", "skipTests", "skipSchemaValidation")
    VALUEFILES_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    RELEASENAME_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    FILEPARAMETERS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    PASSCREDENTIALS_FIELD_NUMBER: _ClassVar[int]
    IGNOREMISSINGVALUEFILES_FIELD_NUMBER: _ClassVar[int]
    SKIPCRDS_FIELD_NUMBER: _ClassVar[int]
    VALUESOBJECT_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    KUBEVERSION_FIELD_NUMBER: _ClassVar[int]
    APIVERSIONS_FIELD_NUMBER: _ClassVar[int]
    SKIPTESTS_FIELD_NUMBER: _ClassVar[int]
    SKIPSCHEMAVALIDATION_FIELD_NUMBER: _ClassVar[int]
    valueFiles: _containers.RepeatedScalarFieldContainer[str]
    parameters: _containers.RepeatedCompositeFieldContainer[HelmParameter]
    releaseName: str
    values: str
    fileParameters: _containers.RepeatedCompositeFieldContainer[HelmFileParameter]
    version: str
    passCredentials: bool
    ignoreMissingValueFiles: bool
    skipCrds: bool
    valuesObject: _runtime_pb2.RawExtension
    namespace: str
    kubeVersion: str
    apiVersions: _containers.RepeatedScalarFieldContainer[str]
    skipTests: bool
    skipSchemaValidation: bool
    def __init__(self, valueFiles: _Optional[_Iterable[str]] = ..., parameters: _Optional[_Iterable[_Union[HelmParameter, _Mapping]]] = ..., releaseName: _Optional[str] = ..., values: _Optional[str] = ..., fileParameters: _Optional[_Iterable[_Union[HelmFileParameter, _Mapping]]] = ..., version: _Optional[str] = ..., passCredentials: _Optional[bool] = ..., ignoreMissingValueFiles: _Optional[bool] = ..., skipCrds: _Optional[bool] = ..., valuesObject: _Optional[_Union[_runtime_pb2.RawExtension, _Mapping]] = ..., namespace: _Optional[str] = ..., kubeVersion: _Optional[str] = ..., apiVersions: _Optional[_Iterable[str]] = ..., skipTests: _Optional[bool] = ..., skipSchemaValidation: _Optional[bool] = ...) -> None: ...

class ApplicationSourceJsonnet(_message.Message):
    __slots__ = ("extVars", "tlas", "libs")
    EXTVARS_FIELD_NUMBER: _ClassVar[int]
    TLAS_FIELD_NUMBER: _ClassVar[int]
    LIBS_FIELD_NUMBER: _ClassVar[int]
    extVars: _containers.RepeatedCompositeFieldContainer[JsonnetVar]
    tlas: _containers.RepeatedCompositeFieldContainer[JsonnetVar]
    libs: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, extVars: _Optional[_Iterable[_Union[JsonnetVar, _Mapping]]] = ..., tlas: _Optional[_Iterable[_Union[JsonnetVar, _Mapping]]] = ..., libs: _Optional[_Iterable[str]] = ...) -> None: ...

class ApplicationSourceKustomize(_message.Message):
    __slots__ = ("namePrefix", "nameSuffix", "images", "commonLabels", "version", "commonAnnotations", "forceCommonLabels", "forceCommonAnnotations", "namespace", "commonAnnotationsEnvsubst", "replicas", "patches", "components", "labelWithoutSelector", "kubeVersion", "apiVersions", "ignoreMissingComponents", "labelIncludeTemplates")
    class CommonLabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class CommonAnnotationsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAMEPREFIX_FIELD_NUMBER: _ClassVar[int]
    NAMESUFFIX_FIELD_NUMBER: _ClassVar[int]
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    COMMONLABELS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    COMMONANNOTATIONS_FIELD_NUMBER: _ClassVar[int]
    FORCECOMMONLABELS_FIELD_NUMBER: _ClassVar[int]
    FORCECOMMONANNOTATIONS_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    COMMONANNOTATIONSENVSUBST_FIELD_NUMBER: _ClassVar[int]
    REPLICAS_FIELD_NUMBER: _ClassVar[int]
    PATCHES_FIELD_NUMBER: _ClassVar[int]
    COMPONENTS_FIELD_NUMBER: _ClassVar[int]
    LABELWITHOUTSELECTOR_FIELD_NUMBER: _ClassVar[int]
    KUBEVERSION_FIELD_NUMBER: _ClassVar[int]
    APIVERSIONS_FIELD_NUMBER: _ClassVar[int]
    IGNOREMISSINGCOMPONENTS_FIELD_NUMBER: _ClassVar[int]
    LABELINCLUDETEMPLATES_FIELD_NUMBER: _ClassVar[int]
    namePrefix: str
    nameSuffix: str
    images: _containers.RepeatedScalarFieldContainer[str]
    commonLabels: _containers.ScalarMap[str, str]
    version: str
    commonAnnotations: _containers.ScalarMap[str, str]
    forceCommonLabels: bool
    forceCommonAnnotations: bool
    namespace: str
    commonAnnotationsEnvsubst: bool
    replicas: _containers.RepeatedCompositeFieldContainer[KustomizeReplica]
    patches: _containers.RepeatedCompositeFieldContainer[KustomizePatch]
    components: _containers.RepeatedScalarFieldContainer[str]
    labelWithoutSelector: bool
    kubeVersion: str
    apiVersions: _containers.RepeatedScalarFieldContainer[str]
    ignoreMissingComponents: bool
    labelIncludeTemplates: bool
    def __init__(self, namePrefix: _Optional[str] = ..., nameSuffix: _Optional[str] = ..., images: _Optional[_Iterable[str]] = ..., commonLabels: _Optional[_Mapping[str, str]] = ..., version: _Optional[str] = ..., commonAnnotations: _Optional[_Mapping[str, str]] = ..., forceCommonLabels: _Optional[bool] = ..., forceCommonAnnotations: _Optional[bool] = ..., namespace: _Optional[str] = ..., commonAnnotationsEnvsubst: _Optional[bool] = ..., replicas: _Optional[_Iterable[_Union[KustomizeReplica, _Mapping]]] = ..., patches: _Optional[_Iterable[_Union[KustomizePatch, _Mapping]]] = ..., components: _Optional[_Iterable[str]] = ..., labelWithoutSelector: _Optional[bool] = ..., kubeVersion: _Optional[str] = ..., apiVersions: _Optional[_Iterable[str]] = ..., ignoreMissingComponents: _Optional[bool] = ..., labelIncludeTemplates: _Optional[bool] = ...) -> None: ...

class ApplicationSourcePlugin(_message.Message):
    __slots__ = ("name", "env", "parameters")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ENV_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    name: str
    env: _containers.RepeatedCompositeFieldContainer[EnvEntry]
    parameters: _containers.RepeatedCompositeFieldContainer[ApplicationSourcePluginParameter]
    def __init__(self, name: _Optional[str] = ..., env: _Optional[_Iterable[_Union[EnvEntry, _Mapping]]] = ..., parameters: _Optional[_Iterable[_Union[ApplicationSourcePluginParameter, _Mapping]]] = ...) -> None: ...

class ApplicationSourcePluginParameter(_message.Message):
    __slots__ = ("name", "map", "array", "string")
    NAME_FIELD_NUMBER: _ClassVar[int]
    MAP_FIELD_NUMBER: _ClassVar[int]
    ARRAY_FIELD_NUMBER: _ClassVar[int]
    STRING_FIELD_NUMBER: _ClassVar[int]
    name: str
    map: OptionalMap
    array: OptionalArray
    string: str
    def __init__(self, name: _Optional[str] = ..., map: _Optional[_Union[OptionalMap, _Mapping]] = ..., array: _Optional[_Union[OptionalArray, _Mapping]] = ..., string: _Optional[str] = ...) -> None: ...

class ApplicationSpec(_message.Message):
    __slots__ = ("source", "destination", "project", "syncPolicy", "ignoreDifferences", "info", "revisionHistoryLimit", "sources", "sourceHydrator")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    SYNCPOLICY_FIELD_NUMBER: _ClassVar[int]
    IGNOREDIFFERENCES_FIELD_NUMBER: _ClassVar[int]
    INFO_FIELD_NUMBER: _ClassVar[int]
    REVISIONHISTORYLIMIT_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    SOURCEHYDRATOR_FIELD_NUMBER: _ClassVar[int]
    source: ApplicationSource
    destination: ApplicationDestination
    project: str
    syncPolicy: SyncPolicy
    ignoreDifferences: _containers.RepeatedCompositeFieldContainer[ResourceIgnoreDifferences]
    info: _containers.RepeatedCompositeFieldContainer[Info]
    revisionHistoryLimit: int
    sources: _containers.RepeatedCompositeFieldContainer[ApplicationSource]
    sourceHydrator: SourceHydrator
    def __init__(self, source: _Optional[_Union[ApplicationSource, _Mapping]] = ..., destination: _Optional[_Union[ApplicationDestination, _Mapping]] = ..., project: _Optional[str] = ..., syncPolicy: _Optional[_Union[SyncPolicy, _Mapping]] = ..., ignoreDifferences: _Optional[_Iterable[_Union[ResourceIgnoreDifferences, _Mapping]]] = ..., info: _Optional[_Iterable[_Union[Info, _Mapping]]] = ..., revisionHistoryLimit: _Optional[int] = ..., sources: _Optional[_Iterable[_Union[ApplicationSource, _Mapping]]] = ..., sourceHydrator: _Optional[_Union[SourceHydrator, _Mapping]] = ...) -> None: ...

class ApplicationStatus(_message.Message):
    __slots__ = ("resources", "sync", "health", "history", "conditions", "reconciledAt", "operationState", "observedAt", "sourceType", "summary", "resourceHealthSource", "sourceTypes", "controllerNamespace", "sourceHydrator")
    RESOURCES_FIELD_NUMBER: _ClassVar[int]
    SYNC_FIELD_NUMBER: _ClassVar[int]
    HEALTH_FIELD_NUMBER: _ClassVar[int]
    HISTORY_FIELD_NUMBER: _ClassVar[int]
    CONDITIONS_FIELD_NUMBER: _ClassVar[int]
    RECONCILEDAT_FIELD_NUMBER: _ClassVar[int]
    OPERATIONSTATE_FIELD_NUMBER: _ClassVar[int]
    OBSERVEDAT_FIELD_NUMBER: _ClassVar[int]
    SOURCETYPE_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    RESOURCEHEALTHSOURCE_FIELD_NUMBER: _ClassVar[int]
    SOURCETYPES_FIELD_NUMBER: _ClassVar[int]
    CONTROLLERNAMESPACE_FIELD_NUMBER: _ClassVar[int]
    SOURCEHYDRATOR_FIELD_NUMBER: _ClassVar[int]
    resources: _containers.RepeatedCompositeFieldContainer[ResourceStatus]
    sync: SyncStatus
    health: AppHealthStatus
    history: _containers.RepeatedCompositeFieldContainer[RevisionHistory]
    conditions: _containers.RepeatedCompositeFieldContainer[ApplicationCondition]
    reconciledAt: _meta_v1_pb2.Time
    operationState: OperationState
    observedAt: _meta_v1_pb2.Time
    sourceType: str
    summary: ApplicationSummary
    resourceHealthSource: str
    sourceTypes: _containers.RepeatedScalarFieldContainer[str]
    controllerNamespace: str
    sourceHydrator: SourceHydratorStatus
    def __init__(self, resources: _Optional[_Iterable[_Union[ResourceStatus, _Mapping]]] = ..., sync: _Optional[_Union[SyncStatus, _Mapping]] = ..., health: _Optional[_Union[AppHealthStatus, _Mapping]] = ..., history: _Optional[_Iterable[_Union[RevisionHistory, _Mapping]]] = ..., conditions: _Optional[_Iterable[_Union[ApplicationCondition, _Mapping]]] = ..., reconciledAt: _Optional[_Union[_meta_v1_pb2.Time, _Mapping]] = ..., operationState: _Optional[_Union[OperationState, _Mapping]] = ..., observedAt: _Optional[_Union[_meta_v1_pb2.Time, _Mapping]] = ..., sourceType: _Optional[str] = ..., summary: _Optional[_Union[ApplicationSummary, _Mapping]] = ..., resourceHealthSource: _Optional[str] = ..., sourceTypes: _Optional[_Iterable[str]] = ..., controllerNamespace: _Optional[str] = ..., sourceHydrator: _Optional[_Union[SourceHydratorStatus, _Mapping]] = ...) -> None: ...

class ApplicationSummary(_message.Message):
    __slots__ = ("externalURLs", "images", "isAppOfApps")
    EXTERNALURLS_FIELD_NUMBER: _ClassVar[int]
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    ISAPPOFAPPS_FIELD_NUMBER: _ClassVar[int]
    externalURLs: _containers.RepeatedScalarFieldContainer[str]
    images: _containers.RepeatedScalarFieldContainer[str]
    isAppOfApps: bool
    def __init__(self, externalURLs: _Optional[_Iterable[str]] = ..., images: _Optional[_Iterable[str]] = ..., isAppOfApps: _Optional[bool] = ...) -> None: ...

class ApplicationTree(_message.Message):
    __slots__ = ("nodes", "orphanedNodes", "hosts", "shardsCount")
    NODES_FIELD_NUMBER: _ClassVar[int]
    ORPHANEDNODES_FIELD_NUMBER: _ClassVar[int]
    HOSTS_FIELD_NUMBER: _ClassVar[int]
    SHARDSCOUNT_FIELD_NUMBER: _ClassVar[int]
    nodes: _containers.RepeatedCompositeFieldContainer[ResourceNode]
    orphanedNodes: _containers.RepeatedCompositeFieldContainer[ResourceNode]
    hosts: _containers.RepeatedCompositeFieldContainer[HostInfo]
    shardsCount: int
    def __init__(self, nodes: _Optional[_Iterable[_Union[ResourceNode, _Mapping]]] = ..., orphanedNodes: _Optional[_Iterable[_Union[ResourceNode, _Mapping]]] = ..., hosts: _Optional[_Iterable[_Union[HostInfo, _Mapping]]] = ..., shardsCount: _Optional[int] = ...) -> None: ...

class ApplicationWatchEvent(_message.Message):
    __slots__ = ("type", "application")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    APPLICATION_FIELD_NUMBER: _ClassVar[int]
    type: str
    application: Application
    def __init__(self, type: _Optional[str] = ..., application: _Optional[_Union[Application, _Mapping]] = ...) -> None: ...

class Backoff(_message.Message):
    __slots__ = ("duration", "factor", "maxDuration")
    DURATION_FIELD_NUMBER: _ClassVar[int]
    FACTOR_FIELD_NUMBER: _ClassVar[int]
    MAXDURATION_FIELD_NUMBER: _ClassVar[int]
    duration: str
    factor: int
    maxDuration: str
    def __init__(self, duration: _Optional[str] = ..., factor: _Optional[int] = ..., maxDuration: _Optional[str] = ...) -> None: ...

class BasicAuthBitbucketServer(_message.Message):
    __slots__ = ("username", "passwordRef")
    USERNAME_FIELD_NUMBER: _ClassVar[int]
    PASSWORDREF_FIELD_NUMBER: _ClassVar[int]
    username: str
    passwordRef: SecretRef
    def __init__(self, username: _Optional[str] = ..., passwordRef: _Optional[_Union[SecretRef, _Mapping]] = ...) -> None: ...

class BearerTokenBitbucket(_message.Message):
    __slots__ = ("tokenRef",)
    TOKENREF_FIELD_NUMBER: _ClassVar[int]
    tokenRef: SecretRef
    def __init__(self, tokenRef: _Optional[_Union[SecretRef, _Mapping]] = ...) -> None: ...

class BearerTokenBitbucketCloud(_message.Message):
    __slots__ = ("tokenRef",)
    TOKENREF_FIELD_NUMBER: _ClassVar[int]
    tokenRef: SecretRef
    def __init__(self, tokenRef: _Optional[_Union[SecretRef, _Mapping]] = ...) -> None: ...

class ChartDetails(_message.Message):
    __slots__ = ("description", "home", "maintainers")
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    HOME_FIELD_NUMBER: _ClassVar[int]
    MAINTAINERS_FIELD_NUMBER: _ClassVar[int]
    description: str
    home: str
    maintainers: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, description: _Optional[str] = ..., home: _Optional[str] = ..., maintainers: _Optional[_Iterable[str]] = ...) -> None: ...

class Cluster(_message.Message):
    __slots__ = ("server", "name", "config", "connectionState", "serverVersion", "namespaces", "refreshRequestedAt", "info", "shard", "clusterResources", "project", "labels", "annotations")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class AnnotationsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    SERVER_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    CONNECTIONSTATE_FIELD_NUMBER: _ClassVar[int]
    SERVERVERSION_FIELD_NUMBER: _ClassVar[int]
    NAMESPACES_FIELD_NUMBER: _ClassVar[int]
    REFRESHREQUESTEDAT_FIELD_NUMBER: _ClassVar[int]
    INFO_FIELD_NUMBER: _ClassVar[int]
    SHARD_FIELD_NUMBER: _ClassVar[int]
    CLUSTERRESOURCES_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    ANNOTATIONS_FIELD_NUMBER: _ClassVar[int]
    server: str
    name: str
    config: ClusterConfig
    connectionState: ConnectionState
    serverVersion: str
    namespaces: _containers.RepeatedScalarFieldContainer[str]
    refreshRequestedAt: _meta_v1_pb2.Time
    info: ClusterInfo
    shard: int
    clusterResources: bool
    project: str
    labels: _containers.ScalarMap[str, str]
    annotations: _containers.ScalarMap[str, str]
    def __init__(self, server: _Optional[str] = ..., name: _Optional[str] = ..., config: _Optional[_Union[ClusterConfig, _Mapping]] = ..., connectionState: _Optional[_Union[ConnectionState, _Mapping]] = ..., serverVersion: _Optional[str] = ..., namespaces: _Optional[_Iterable[str]] = ..., refreshRequestedAt: _Optional[_Union[_meta_v1_pb2.Time, _Mapping]] = ..., info: _Optional[_Union[ClusterInfo, _Mapping]] = ..., shard: _Optional[int] = ..., clusterResources: _Optional[bool] = ..., project: _Optional[str] = ..., labels: _Optional[_Mapping[str, str]] = ..., annotations: _Optional[_Mapping[str, str]] = ...) -> None: ...

class ClusterCacheInfo(_message.Message):
    __slots__ = ("resourcesCount", "apisCount", "lastCacheSyncTime")
    RESOURCESCOUNT_FIELD_NUMBER: _ClassVar[int]
    APISCOUNT_FIELD_NUMBER: _ClassVar[int]
    LASTCACHESYNCTIME_FIELD_NUMBER: _ClassVar[int]
    resourcesCount: int
    apisCount: int
    lastCacheSyncTime: _meta_v1_pb2.Time
    def __init__(self, resourcesCount: _Optional[int] = ..., apisCount: _Optional[int] = ..., lastCacheSyncTime: _Optional[_Union[_meta_v1_pb2.Time, _Mapping]] = ...) -> None: ...

class ClusterConfig(_message.Message):
    __slots__ = ("username", "password", "bearerToken", "tlsClientConfig", "awsAuthConfig", "execProviderConfig", "disableCompression", "proxyUrl")
    USERNAME_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    BEARERTOKEN_FIELD_NUMBER: _ClassVar[int]
    TLSCLIENTCONFIG_FIELD_NUMBER: _ClassVar[int]
    AWSAUTHCONFIG_FIELD_NUMBER: _ClassVar[int]
    EXECPROVIDERCONFIG_FIELD_NUMBER: _ClassVar[int]
    DISABLECOMPRESSION_FIELD_NUMBER: _ClassVar[int]
    PROXYURL_FIELD_NUMBER: _ClassVar[int]
    username: str
    password: str
    bearerToken: str
    tlsClientConfig: TLSClientConfig
    awsAuthConfig: AWSAuthConfig
    execProviderConfig: ExecProviderConfig
    disableCompression: bool
    proxyUrl: str
    def __init__(self, username: _Optional[str] = ..., password: _Optional[str] = ..., bearerToken: _Optional[str] = ..., tlsClientConfig: _Optional[_Union[TLSClientConfig, _Mapping]] = ..., awsAuthConfig: _Optional[_Union[AWSAuthConfig, _Mapping]] = ..., execProviderConfig: _Optional[_Union[ExecProviderConfig, _Mapping]] = ..., disableCompression: _Optional[bool] = ..., proxyUrl: _Optional[str] = ...) -> None: ...

class ClusterGenerator(_message.Message):
    __slots__ = ("selector", "template", "values", "flatList")
    class ValuesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    SELECTOR_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    FLATLIST_FIELD_NUMBER: _ClassVar[int]
    selector: _meta_v1_pb2.LabelSelector
    template: ApplicationSetTemplate
    values: _containers.ScalarMap[str, str]
    flatList: bool
    def __init__(self, selector: _Optional[_Union[_meta_v1_pb2.LabelSelector, _Mapping]] = ..., template: _Optional[_Union[ApplicationSetTemplate, _Mapping]] = ..., values: _Optional[_Mapping[str, str]] = ..., flatList: _Optional[bool] = ...) -> None: ...

class ClusterInfo(_message.Message):
    __slots__ = ("connectionState", "serverVersion", "cacheInfo", "applicationsCount", "apiVersions")
    CONNECTIONSTATE_FIELD_NUMBER: _ClassVar[int]
    SERVERVERSION_FIELD_NUMBER: _ClassVar[int]
    CACHEINFO_FIELD_NUMBER: _ClassVar[int]
    APPLICATIONSCOUNT_FIELD_NUMBER: _ClassVar[int]
    APIVERSIONS_FIELD_NUMBER: _ClassVar[int]
    connectionState: ConnectionState
    serverVersion: str
    cacheInfo: ClusterCacheInfo
    applicationsCount: int
    apiVersions: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, connectionState: _Optional[_Union[ConnectionState, _Mapping]] = ..., serverVersion: _Optional[str] = ..., cacheInfo: _Optional[_Union[ClusterCacheInfo, _Mapping]] = ..., applicationsCount: _Optional[int] = ..., apiVersions: _Optional[_Iterable[str]] = ...) -> None: ...

class ClusterList(_message.Message):
    __slots__ = ("metadata", "items")
    METADATA_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    metadata: _meta_v1_pb2.ListMeta
    items: _containers.RepeatedCompositeFieldContainer[Cluster]
    def __init__(self, metadata: _Optional[_Union[_meta_v1_pb2.ListMeta, _Mapping]] = ..., items: _Optional[_Iterable[_Union[Cluster, _Mapping]]] = ...) -> None: ...

class ClusterResourceRestrictionItem(_message.Message):
    __slots__ = ("group", "kind", "name")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    group: str
    kind: str
    name: str
    def __init__(self, group: _Optional[str] = ..., kind: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class Command(_message.Message):
    __slots__ = ("command", "args")
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    ARGS_FIELD_NUMBER: _ClassVar[int]
    command: _containers.RepeatedScalarFieldContainer[str]
    args: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, command: _Optional[_Iterable[str]] = ..., args: _Optional[_Iterable[str]] = ...) -> None: ...

class CommitMetadata(_message.Message):
    __slots__ = ("author", "date", "subject", "body", "sha", "repoUrl")
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    DATE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    BODY_FIELD_NUMBER: _ClassVar[int]
    SHA_FIELD_NUMBER: _ClassVar[int]
    REPOURL_FIELD_NUMBER: _ClassVar[int]
    author: str
    date: str
    subject: str
    body: str
    sha: str
    repoUrl: str
    def __init__(self, author: _Optional[str] = ..., date: _Optional[str] = ..., subject: _Optional[str] = ..., body: _Optional[str] = ..., sha: _Optional[str] = ..., repoUrl: _Optional[str] = ...) -> None: ...

class ComparedTo(_message.Message):
    __slots__ = ("source", "destination", "sources", "ignoreDifferences")
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    IGNOREDIFFERENCES_FIELD_NUMBER: _ClassVar[int]
    source: ApplicationSource
    destination: ApplicationDestination
    sources: _containers.RepeatedCompositeFieldContainer[ApplicationSource]
    ignoreDifferences: _containers.RepeatedCompositeFieldContainer[ResourceIgnoreDifferences]
    def __init__(self, source: _Optional[_Union[ApplicationSource, _Mapping]] = ..., destination: _Optional[_Union[ApplicationDestination, _Mapping]] = ..., sources: _Optional[_Iterable[_Union[ApplicationSource, _Mapping]]] = ..., ignoreDifferences: _Optional[_Iterable[_Union[ResourceIgnoreDifferences, _Mapping]]] = ...) -> None: ...

class ComponentParameter(_message.Message):
    __slots__ = ("component", "name", "value")
    COMPONENT_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    component: str
    name: str
    value: str
    def __init__(self, component: _Optional[str] = ..., name: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class ConfigManagementPlugin(_message.Message):
    __slots__ = ("name", "init", "generate", "lockRepo")
    NAME_FIELD_NUMBER: _ClassVar[int]
    INIT_FIELD_NUMBER: _ClassVar[int]
    GENERATE_FIELD_NUMBER: _ClassVar[int]
    LOCKREPO_FIELD_NUMBER: _ClassVar[int]
    name: str
    init: Command
    generate: Command
    lockRepo: bool
    def __init__(self, name: _Optional[str] = ..., init: _Optional[_Union[Command, _Mapping]] = ..., generate: _Optional[_Union[Command, _Mapping]] = ..., lockRepo: _Optional[bool] = ...) -> None: ...

class ConfigMapKeyRef(_message.Message):
    __slots__ = ("configMapName", "key")
    CONFIGMAPNAME_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    configMapName: str
    key: str
    def __init__(self, configMapName: _Optional[str] = ..., key: _Optional[str] = ...) -> None: ...

class ConnectionState(_message.Message):
    __slots__ = ("status", "message", "attemptedAt")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTEDAT_FIELD_NUMBER: _ClassVar[int]
    status: str
    message: str
    attemptedAt: _meta_v1_pb2.Time
    def __init__(self, status: _Optional[str] = ..., message: _Optional[str] = ..., attemptedAt: _Optional[_Union[_meta_v1_pb2.Time, _Mapping]] = ...) -> None: ...

class DrySource(_message.Message):
    __slots__ = ("repoURL", "targetRevision", "path", "helm", "kustomize", "directory", "plugin")
    REPOURL_FIELD_NUMBER: _ClassVar[int]
    TARGETREVISION_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    HELM_FIELD_NUMBER: _ClassVar[int]
    KUSTOMIZE_FIELD_NUMBER: _ClassVar[int]
    DIRECTORY_FIELD_NUMBER: _ClassVar[int]
    PLUGIN_FIELD_NUMBER: _ClassVar[int]
    repoURL: str
    targetRevision: str
    path: str
    helm: ApplicationSourceHelm
    kustomize: ApplicationSourceKustomize
    directory: ApplicationSourceDirectory
    plugin: ApplicationSourcePlugin
    def __init__(self, repoURL: _Optional[str] = ..., targetRevision: _Optional[str] = ..., path: _Optional[str] = ..., helm: _Optional[_Union[ApplicationSourceHelm, _Mapping]] = ..., kustomize: _Optional[_Union[ApplicationSourceKustomize, _Mapping]] = ..., directory: _Optional[_Union[ApplicationSourceDirectory, _Mapping]] = ..., plugin: _Optional[_Union[ApplicationSourcePlugin, _Mapping]] = ...) -> None: ...

class DuckTypeGenerator(_message.Message):
    __slots__ = ("configMapRef", "name", "requeueAfterSeconds", "labelSelector", "template", "values")
    class ValuesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CONFIGMAPREF_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEUEAFTERSECONDS_FIELD_NUMBER: _ClassVar[int]
    LABELSELECTOR_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    configMapRef: str
    name: str
    requeueAfterSeconds: int
    labelSelector: _meta_v1_pb2.LabelSelector
    template: ApplicationSetTemplate
    values: _containers.ScalarMap[str, str]
    def __init__(self, configMapRef: _Optional[str] = ..., name: _Optional[str] = ..., requeueAfterSeconds: _Optional[int] = ..., labelSelector: _Optional[_Union[_meta_v1_pb2.LabelSelector, _Mapping]] = ..., template: _Optional[_Union[ApplicationSetTemplate, _Mapping]] = ..., values: _Optional[_Mapping[str, str]] = ...) -> None: ...

class EnvEntry(_message.Message):
    __slots__ = ("name", "value")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: str
    def __init__(self, name: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class ExecProviderConfig(_message.Message):
    __slots__ = ("command", "args", "env", "apiVersion", "installHint", "provideClusterInfo", "config")
    class EnvEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    ARGS_FIELD_NUMBER: _ClassVar[int]
    ENV_FIELD_NUMBER: _ClassVar[int]
    APIVERSION_FIELD_NUMBER: _ClassVar[int]
    INSTALLHINT_FIELD_NUMBER: _ClassVar[int]
    PROVIDECLUSTERINFO_FIELD_NUMBER: _ClassVar[int]
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    command: str
    args: _containers.RepeatedScalarFieldContainer[str]
    env: _containers.ScalarMap[str, str]
    apiVersion: str
    installHint: str
    provideClusterInfo: bool
    config: _runtime_pb2.RawExtension
    def __init__(self, command: _Optional[str] = ..., args: _Optional[_Iterable[str]] = ..., env: _Optional[_Mapping[str, str]] = ..., apiVersion: _Optional[str] = ..., installHint: _Optional[str] = ..., provideClusterInfo: _Optional[bool] = ..., config: _Optional[_Union[_runtime_pb2.RawExtension, _Mapping]] = ...) -> None: ...

class GitDirectoryGeneratorItem(_message.Message):
    __slots__ = ("path", "exclude")
    PATH_FIELD_NUMBER: _ClassVar[int]
    EXCLUDE_FIELD_NUMBER: _ClassVar[int]
    path: str
    exclude: bool
    def __init__(self, path: _Optional[str] = ..., exclude: _Optional[bool] = ...) -> None: ...

class GitFileGeneratorItem(_message.Message):
    __slots__ = ("path", "exclude")
    PATH_FIELD_NUMBER: _ClassVar[int]
    EXCLUDE_FIELD_NUMBER: _ClassVar[int]
    path: str
    exclude: bool
    def __init__(self, path: _Optional[str] = ..., exclude: _Optional[bool] = ...) -> None: ...

class GitGenerator(_message.Message):
    __slots__ = ("repoURL", "directories", "files", "revision", "requeueAfterSeconds", "template", "pathParamPrefix", "values")
    class ValuesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    REPOURL_FIELD_NUMBER: _ClassVar[int]
    DIRECTORIES_FIELD_NUMBER: _ClassVar[int]
    FILES_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    REQUEUEAFTERSECONDS_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    PATHPARAMPREFIX_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    repoURL: str
    directories: _containers.RepeatedCompositeFieldContainer[GitDirectoryGeneratorItem]
    files: _containers.RepeatedCompositeFieldContainer[GitFileGeneratorItem]
    revision: str
    requeueAfterSeconds: int
    template: ApplicationSetTemplate
    pathParamPrefix: str
    values: _containers.ScalarMap[str, str]
    def __init__(self, repoURL: _Optional[str] = ..., directories: _Optional[_Iterable[_Union[GitDirectoryGeneratorItem, _Mapping]]] = ..., files: _Optional[_Iterable[_Union[GitFileGeneratorItem, _Mapping]]] = ..., revision: _Optional[str] = ..., requeueAfterSeconds: _Optional[int] = ..., template: _Optional[_Union[ApplicationSetTemplate, _Mapping]] = ..., pathParamPrefix: _Optional[str] = ..., values: _Optional[_Mapping[str, str]] = ...) -> None: ...

class GnuPGPublicKey(_message.Message):
    __slots__ = ("keyID", "fingerprint", "owner", "trust", "subType", "keyData")
    KEYID_FIELD_NUMBER: _ClassVar[int]
    FINGERPRINT_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    TRUST_FIELD_NUMBER: _ClassVar[int]
    SUBTYPE_FIELD_NUMBER: _ClassVar[int]
    KEYDATA_FIELD_NUMBER: _ClassVar[int]
    keyID: str
    fingerprint: str
    owner: str
    trust: str
    subType: str
    keyData: str
    def __init__(self, keyID: _Optional[str] = ..., fingerprint: _Optional[str] = ..., owner: _Optional[str] = ..., trust: _Optional[str] = ..., subType: _Optional[str] = ..., keyData: _Optional[str] = ...) -> None: ...

class GnuPGPublicKeyList(_message.Message):
    __slots__ = ("metadata", "items")
    METADATA_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    metadata: _meta_v1_pb2.ListMeta
    items: _containers.RepeatedCompositeFieldContainer[GnuPGPublicKey]
    def __init__(self, metadata: _Optional[_Union[_meta_v1_pb2.ListMeta, _Mapping]] = ..., items: _Optional[_Iterable[_Union[GnuPGPublicKey, _Mapping]]] = ...) -> None: ...

class HealthStatus(_message.Message):
    __slots__ = ("status", "message", "lastTransitionTime")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    LASTTRANSITIONTIME_FIELD_NUMBER: _ClassVar[int]
    status: str
    message: str
    lastTransitionTime: _meta_v1_pb2.Time
    def __init__(self, status: _Optional[str] = ..., message: _Optional[str] = ..., lastTransitionTime: _Optional[_Union[_meta_v1_pb2.Time, _Mapping]] = ...) -> None: ...

class HelmFileParameter(_message.Message):
    __slots__ = ("name", "path")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    name: str
    path: str
    def __init__(self, name: _Optional[str] = ..., path: _Optional[str] = ...) -> None: ...

class HelmOptions(_message.Message):
    __slots__ = ("valuesFileSchemes",)
    VALUESFILESCHEMES_FIELD_NUMBER: _ClassVar[int]
    valuesFileSchemes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, valuesFileSchemes: _Optional[_Iterable[str]] = ...) -> None: ...

class HelmParameter(_message.Message):
    __slots__ = ("name", "value", "forceString")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    FORCESTRING_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: str
    forceString: bool
    def __init__(self, name: _Optional[str] = ..., value: _Optional[str] = ..., forceString: _Optional[bool] = ...) -> None: ...

class HostInfo(_message.Message):
    __slots__ = ("name", "resourcesInfo", "systemInfo", "labels")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    RESOURCESINFO_FIELD_NUMBER: _ClassVar[int]
    SYSTEMINFO_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    name: str
    resourcesInfo: _containers.RepeatedCompositeFieldContainer[HostResourceInfo]
    systemInfo: _core_v1_pb2.NodeSystemInfo
    labels: _containers.ScalarMap[str, str]
    def __init__(self, name: _Optional[str] = ..., resourcesInfo: _Optional[_Iterable[_Union[HostResourceInfo, _Mapping]]] = ..., systemInfo: _Optional[_Union[_core_v1_pb2.NodeSystemInfo, _Mapping]] = ..., labels: _Optional[_Mapping[str, str]] = ...) -> None: ...

class HostResourceInfo(_message.Message):
    __slots__ = ("resourceName", "requestedByApp", "requestedByNeighbors", "capacity")
    RESOURCENAME_FIELD_NUMBER: _ClassVar[int]
    REQUESTEDBYAPP_FIELD_NUMBER: _ClassVar[int]
    REQUESTEDBYNEIGHBORS_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    resourceName: str
    requestedByApp: int
    requestedByNeighbors: int
    capacity: int
    def __init__(self, resourceName: _Optional[str] = ..., requestedByApp: _Optional[int] = ..., requestedByNeighbors: _Optional[int] = ..., capacity: _Optional[int] = ...) -> None: ...

class HydrateOperation(_message.Message):
    __slots__ = ("startedAt", "finishedAt", "phase", "message", "drySHA", "hydratedSHA", "sourceHydrator")
    STARTEDAT_FIELD_NUMBER: _ClassVar[int]
    FINISHEDAT_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    DRYSHA_FIELD_NUMBER: _ClassVar[int]
    HYDRATEDSHA_FIELD_NUMBER: _ClassVar[int]
    SOURCEHYDRATOR_FIELD_NUMBER: _ClassVar[int]
    startedAt: _meta_v1_pb2.Time
    finishedAt: _meta_v1_pb2.Time
    phase: str
    message: str
    drySHA: str
    hydratedSHA: str
    sourceHydrator: SourceHydrator
    def __init__(self, startedAt: _Optional[_Union[_meta_v1_pb2.Time, _Mapping]] = ..., finishedAt: _Optional[_Union[_meta_v1_pb2.Time, _Mapping]] = ..., phase: _Optional[str] = ..., message: _Optional[str] = ..., drySHA: _Optional[str] = ..., hydratedSHA: _Optional[str] = ..., sourceHydrator: _Optional[_Union[SourceHydrator, _Mapping]] = ...) -> None: ...

class HydrateTo(_message.Message):
    __slots__ = ("targetBranch",)
    TARGETBRANCH_FIELD_NUMBER: _ClassVar[int]
    targetBranch: str
    def __init__(self, targetBranch: _Optional[str] = ...) -> None: ...

class Info(_message.Message):
    __slots__ = ("name", "value")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: str
    def __init__(self, name: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class InfoItem(_message.Message):
    __slots__ = ("name", "value")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: str
    def __init__(self, name: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...

class JWTToken(_message.Message):
    __slots__ = ("iat", "exp", "id")
    IAT_FIELD_NUMBER: _ClassVar[int]
    EXP_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    iat: int
    exp: int
    id: str
    def __init__(self, iat: _Optional[int] = ..., exp: _Optional[int] = ..., id: _Optional[str] = ...) -> None: ...

class JWTTokens(_message.Message):
    __slots__ = ("items",)
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    items: _containers.RepeatedCompositeFieldContainer[JWTToken]
    def __init__(self, items: _Optional[_Iterable[_Union[JWTToken, _Mapping]]] = ...) -> None: ...

class JsonnetVar(_message.Message):
    __slots__ = ("name", "value", "code")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: str
    code: bool
    def __init__(self, name: _Optional[str] = ..., value: _Optional[str] = ..., code: _Optional[bool] = ...) -> None: ...

class KnownTypeField(_message.Message):
    __slots__ = ("field", "type")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    field: str
    type: str
    def __init__(self, field: _Optional[str] = ..., type: _Optional[str] = ...) -> None: ...

class KustomizeGvk(_message.Message):
    __slots__ = ("group", "version", "kind")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    group: str
    version: str
    kind: str
    def __init__(self, group: _Optional[str] = ..., version: _Optional[str] = ..., kind: _Optional[str] = ...) -> None: ...

class KustomizeOptions(_message.Message):
    __slots__ = ("buildOptions", "binaryPath", "versions")
    BUILDOPTIONS_FIELD_NUMBER: _ClassVar[int]
    BINARYPATH_FIELD_NUMBER: _ClassVar[int]
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    buildOptions: str
    binaryPath: str
    versions: _containers.RepeatedCompositeFieldContainer[KustomizeVersion]
    def __init__(self, buildOptions: _Optional[str] = ..., binaryPath: _Optional[str] = ..., versions: _Optional[_Iterable[_Union[KustomizeVersion, _Mapping]]] = ...) -> None: ...

class KustomizePatch(_message.Message):
    __slots__ = ("path", "patch", "target", "options")
    class OptionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: bool
        def __init__(self, key: _Optional[str] = ..., value: _Optional[bool] = ...) -> None: ...
    PATH_FIELD_NUMBER: _ClassVar[int]
    PATCH_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    path: str
    patch: str
    target: KustomizeSelector
    options: _containers.ScalarMap[str, bool]
    def __init__(self, path: _Optional[str] = ..., patch: _Optional[str] = ..., target: _Optional[_Union[KustomizeSelector, _Mapping]] = ..., options: _Optional[_Mapping[str, bool]] = ...) -> None: ...

class KustomizeReplica(_message.Message):
    __slots__ = ("name", "count")
    NAME_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    name: str
    count: _intstr_pb2.IntOrString
    def __init__(self, name: _Optional[str] = ..., count: _Optional[_Union[_intstr_pb2.IntOrString, _Mapping]] = ...) -> None: ...

class KustomizeResId(_message.Message):
    __slots__ = ("gvk", "name", "namespace")
    GVK_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    gvk: KustomizeGvk
    name: str
    namespace: str
    def __init__(self, gvk: _Optional[_Union[KustomizeGvk, _Mapping]] = ..., name: _Optional[str] = ..., namespace: _Optional[str] = ...) -> None: ...

class KustomizeSelector(_message.Message):
    __slots__ = ("resId", "annotationSelector", "labelSelector")
    RESID_FIELD_NUMBER: _ClassVar[int]
    ANNOTATIONSELECTOR_FIELD_NUMBER: _ClassVar[int]
    LABELSELECTOR_FIELD_NUMBER: _ClassVar[int]
    resId: KustomizeResId
    annotationSelector: str
    labelSelector: str
    def __init__(self, resId: _Optional[_Union[KustomizeResId, _Mapping]] = ..., annotationSelector: _Optional[str] = ..., labelSelector: _Optional[str] = ...) -> None: ...

class KustomizeVersion(_message.Message):
    __slots__ = ("name", "path", "buildOptions")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    BUILDOPTIONS_FIELD_NUMBER: _ClassVar[int]
    name: str
    path: str
    buildOptions: str
    def __init__(self, name: _Optional[str] = ..., path: _Optional[str] = ..., buildOptions: _Optional[str] = ...) -> None: ...

class ListGenerator(_message.Message):
    __slots__ = ("elements", "template", "elementsYaml")
    ELEMENTS_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    ELEMENTSYAML_FIELD_NUMBER: _ClassVar[int]
    elements: _containers.RepeatedCompositeFieldContainer[_apiextensions_v1_pb2.JSON]
    template: ApplicationSetTemplate
    elementsYaml: str
    def __init__(self, elements: _Optional[_Iterable[_Union[_apiextensions_v1_pb2.JSON, _Mapping]]] = ..., template: _Optional[_Union[ApplicationSetTemplate, _Mapping]] = ..., elementsYaml: _Optional[str] = ...) -> None: ...

class ManagedNamespaceMetadata(_message.Message):
    __slots__ = ("labels", "annotations")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class AnnotationsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    LABELS_FIELD_NUMBER: _ClassVar[int]
    ANNOTATIONS_FIELD_NUMBER: _ClassVar[int]
    labels: _containers.ScalarMap[str, str]
    annotations: _containers.ScalarMap[str, str]
    def __init__(self, labels: _Optional[_Mapping[str, str]] = ..., annotations: _Optional[_Mapping[str, str]] = ...) -> None: ...

class MatrixGenerator(_message.Message):
    __slots__ = ("generators", "template")
    GENERATORS_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    generators: _containers.RepeatedCompositeFieldContainer[ApplicationSetNestedGenerator]
    template: ApplicationSetTemplate
    def __init__(self, generators: _Optional[_Iterable[_Union[ApplicationSetNestedGenerator, _Mapping]]] = ..., template: _Optional[_Union[ApplicationSetTemplate, _Mapping]] = ...) -> None: ...

class MergeGenerator(_message.Message):
    __slots__ = ("generators", "mergeKeys", "template")
    GENERATORS_FIELD_NUMBER: _ClassVar[int]
    MERGEKEYS_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    generators: _containers.RepeatedCompositeFieldContainer[ApplicationSetNestedGenerator]
    mergeKeys: _containers.RepeatedScalarFieldContainer[str]
    template: ApplicationSetTemplate
    def __init__(self, generators: _Optional[_Iterable[_Union[ApplicationSetNestedGenerator, _Mapping]]] = ..., mergeKeys: _Optional[_Iterable[str]] = ..., template: _Optional[_Union[ApplicationSetTemplate, _Mapping]] = ...) -> None: ...

class NestedMatrixGenerator(_message.Message):
    __slots__ = ("generators",)
    GENERATORS_FIELD_NUMBER: _ClassVar[int]
    generators: _containers.RepeatedCompositeFieldContainer[ApplicationSetTerminalGenerator]
    def __init__(self, generators: _Optional[_Iterable[_Union[ApplicationSetTerminalGenerator, _Mapping]]] = ...) -> None: ...

class NestedMergeGenerator(_message.Message):
    __slots__ = ("generators", "mergeKeys")
    GENERATORS_FIELD_NUMBER: _ClassVar[int]
    MERGEKEYS_FIELD_NUMBER: _ClassVar[int]
    generators: _containers.RepeatedCompositeFieldContainer[ApplicationSetTerminalGenerator]
    mergeKeys: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, generators: _Optional[_Iterable[_Union[ApplicationSetTerminalGenerator, _Mapping]]] = ..., mergeKeys: _Optional[_Iterable[str]] = ...) -> None: ...

class OCIMetadata(_message.Message):
    __slots__ = ("createdAt", "authors", "imageUrl", "docsUrl", "sourceUrl", "version", "description")
    CREATEDAT_FIELD_NUMBER: _ClassVar[int]
    AUTHORS_FIELD_NUMBER: _ClassVar[int]
    IMAGEURL_FIELD_NUMBER: _ClassVar[int]
    DOCSURL_FIELD_NUMBER: _ClassVar[int]
    SOURCEURL_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    createdAt: str
    authors: str
    imageUrl: str
    docsUrl: str
    sourceUrl: str
    version: str
    description: str
    def __init__(self, createdAt: _Optional[str] = ..., authors: _Optional[str] = ..., imageUrl: _Optional[str] = ..., docsUrl: _Optional[str] = ..., sourceUrl: _Optional[str] = ..., version: _Optional[str] = ..., description: _Optional[str] = ...) -> None: ...

class Operation(_message.Message):
    __slots__ = ("sync", "initiatedBy", "info", "retry")
    SYNC_FIELD_NUMBER: _ClassVar[int]
    INITIATEDBY_FIELD_NUMBER: _ClassVar[int]
    INFO_FIELD_NUMBER: _ClassVar[int]
    RETRY_FIELD_NUMBER: _ClassVar[int]
    sync: SyncOperation
    initiatedBy: OperationInitiator
    info: _containers.RepeatedCompositeFieldContainer[Info]
    retry: RetryStrategy
    def __init__(self, sync: _Optional[_Union[SyncOperation, _Mapping]] = ..., initiatedBy: _Optional[_Union[OperationInitiator, _Mapping]] = ..., info: _Optional[_Iterable[_Union[Info, _Mapping]]] = ..., retry: _Optional[_Union[RetryStrategy, _Mapping]] = ...) -> None: ...

class OperationInitiator(_message.Message):
    __slots__ = ("username", "automated")
    USERNAME_FIELD_NUMBER: _ClassVar[int]
    AUTOMATED_FIELD_NUMBER: _ClassVar[int]
    username: str
    automated: bool
    def __init__(self, username: _Optional[str] = ..., automated: _Optional[bool] = ...) -> None: ...

class OperationState(_message.Message):
    __slots__ = ("operation", "phase", "message", "syncResult", "startedAt", "finishedAt", "retryCount")
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    SYNCRESULT_FIELD_NUMBER: _ClassVar[int]
    STARTEDAT_FIELD_NUMBER: _ClassVar[int]
    FINISHEDAT_FIELD_NUMBER: _ClassVar[int]
    RETRYCOUNT_FIELD_NUMBER: _ClassVar[int]
    operation: Operation
    phase: str
    message: str
    syncResult: SyncOperationResult
    startedAt: _meta_v1_pb2.Time
    finishedAt: _meta_v1_pb2.Time
    retryCount: int
    def __init__(self, operation: _Optional[_Union[Operation, _Mapping]] = ..., phase: _Optional[str] = ..., message: _Optional[str] = ..., syncResult: _Optional[_Union[SyncOperationResult, _Mapping]] = ..., startedAt: _Optional[_Union[_meta_v1_pb2.Time, _Mapping]] = ..., finishedAt: _Optional[_Union[_meta_v1_pb2.Time, _Mapping]] = ..., retryCount: _Optional[int] = ...) -> None: ...

class OptionalArray(_message.Message):
    __slots__ = ("array",)
    ARRAY_FIELD_NUMBER: _ClassVar[int]
    array: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, array: _Optional[_Iterable[str]] = ...) -> None: ...

class OptionalMap(_message.Message):
    __slots__ = ("map",)
    class MapEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    MAP_FIELD_NUMBER: _ClassVar[int]
    map: _containers.ScalarMap[str, str]
    def __init__(self, map: _Optional[_Mapping[str, str]] = ...) -> None: ...

class OrphanedResourceKey(_message.Message):
    __slots__ = ("group", "kind", "name")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    group: str
    kind: str
    name: str
    def __init__(self, group: _Optional[str] = ..., kind: _Optional[str] = ..., name: _Optional[str] = ...) -> None: ...

class OrphanedResourcesMonitorSettings(_message.Message):
    __slots__ = ("warn", "ignore")
    WARN_FIELD_NUMBER: _ClassVar[int]
    IGNORE_FIELD_NUMBER: _ClassVar[int]
    warn: bool
    ignore: _containers.RepeatedCompositeFieldContainer[OrphanedResourceKey]
    def __init__(self, warn: _Optional[bool] = ..., ignore: _Optional[_Iterable[_Union[OrphanedResourceKey, _Mapping]]] = ...) -> None: ...

class OverrideIgnoreDiff(_message.Message):
    __slots__ = ("jSONPointers", "jqPathExpressions", "managedFieldsManagers")
    JSONPOINTERS_FIELD_NUMBER: _ClassVar[int]
    JQPATHEXPRESSIONS_FIELD_NUMBER: _ClassVar[int]
    MANAGEDFIELDSMANAGERS_FIELD_NUMBER: _ClassVar[int]
    jSONPointers: _containers.RepeatedScalarFieldContainer[str]
    jqPathExpressions: _containers.RepeatedScalarFieldContainer[str]
    managedFieldsManagers: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, jSONPointers: _Optional[_Iterable[str]] = ..., jqPathExpressions: _Optional[_Iterable[str]] = ..., managedFieldsManagers: _Optional[_Iterable[str]] = ...) -> None: ...

class PluginConfigMapRef(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class PluginGenerator(_message.Message):
    __slots__ = ("configMapRef", "input", "requeueAfterSeconds", "template", "values")
    class ValuesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CONFIGMAPREF_FIELD_NUMBER: _ClassVar[int]
    INPUT_FIELD_NUMBER: _ClassVar[int]
    REQUEUEAFTERSECONDS_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    configMapRef: PluginConfigMapRef
    input: PluginInput
    requeueAfterSeconds: int
    template: ApplicationSetTemplate
    values: _containers.ScalarMap[str, str]
    def __init__(self, configMapRef: _Optional[_Union[PluginConfigMapRef, _Mapping]] = ..., input: _Optional[_Union[PluginInput, _Mapping]] = ..., requeueAfterSeconds: _Optional[int] = ..., template: _Optional[_Union[ApplicationSetTemplate, _Mapping]] = ..., values: _Optional[_Mapping[str, str]] = ...) -> None: ...

class PluginInput(_message.Message):
    __slots__ = ("parameters",)
    class ParametersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _apiextensions_v1_pb2.JSON
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_apiextensions_v1_pb2.JSON, _Mapping]] = ...) -> None: ...
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    parameters: _containers.MessageMap[str, _apiextensions_v1_pb2.JSON]
    def __init__(self, parameters: _Optional[_Mapping[str, _apiextensions_v1_pb2.JSON]] = ...) -> None: ...

class ProjectRole(_message.Message):
    __slots__ = ("name", "description", "policies", "jwtTokens", "groups")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    POLICIES_FIELD_NUMBER: _ClassVar[int]
    JWTTOKENS_FIELD_NUMBER: _ClassVar[int]
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    name: str
    description: str
    policies: _containers.RepeatedScalarFieldContainer[str]
    jwtTokens: _containers.RepeatedCompositeFieldContainer[JWTToken]
    groups: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., description: _Optional[str] = ..., policies: _Optional[_Iterable[str]] = ..., jwtTokens: _Optional[_Iterable[_Union[JWTToken, _Mapping]]] = ..., groups: _Optional[_Iterable[str]] = ...) -> None: ...

class PullRequestGenerator(_message.Message):
    __slots__ = ("github", "gitlab", "gitea", "bitbucketServer", "filters", "requeueAfterSeconds", "template", "bitbucket", "azuredevops", "values", "continueOnRepoNotFoundError")
    class ValuesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    GITHUB_FIELD_NUMBER: _ClassVar[int]
    GITLAB_FIELD_NUMBER: _ClassVar[int]
    GITEA_FIELD_NUMBER: _ClassVar[int]
    BITBUCKETSERVER_FIELD_NUMBER: _ClassVar[int]
    FILTERS_FIELD_NUMBER: _ClassVar[int]
    REQUEUEAFTERSECONDS_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    BITBUCKET_FIELD_NUMBER: _ClassVar[int]
    AZUREDEVOPS_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    CONTINUEONREPONOTFOUNDERROR_FIELD_NUMBER: _ClassVar[int]
    github: PullRequestGeneratorGithub
    gitlab: PullRequestGeneratorGitLab
    gitea: PullRequestGeneratorGitea
    bitbucketServer: PullRequestGeneratorBitbucketServer
    filters: _containers.RepeatedCompositeFieldContainer[PullRequestGeneratorFilter]
    requeueAfterSeconds: int
    template: ApplicationSetTemplate
    bitbucket: PullRequestGeneratorBitbucket
    azuredevops: PullRequestGeneratorAzureDevOps
    values: _containers.ScalarMap[str, str]
    continueOnRepoNotFoundError: bool
    def __init__(self, github: _Optional[_Union[PullRequestGeneratorGithub, _Mapping]] = ..., gitlab: _Optional[_Union[PullRequestGeneratorGitLab, _Mapping]] = ..., gitea: _Optional[_Union[PullRequestGeneratorGitea, _Mapping]] = ..., bitbucketServer: _Optional[_Union[PullRequestGeneratorBitbucketServer, _Mapping]] = ..., filters: _Optional[_Iterable[_Union[PullRequestGeneratorFilter, _Mapping]]] = ..., requeueAfterSeconds: _Optional[int] = ..., template: _Optional[_Union[ApplicationSetTemplate, _Mapping]] = ..., bitbucket: _Optional[_Union[PullRequestGeneratorBitbucket, _Mapping]] = ..., azuredevops: _Optional[_Union[PullRequestGeneratorAzureDevOps, _Mapping]] = ..., values: _Optional[_Mapping[str, str]] = ..., continueOnRepoNotFoundError: _Optional[bool] = ...) -> None: ...

class PullRequestGeneratorAzureDevOps(_message.Message):
    __slots__ = ("organization", "project", "repo", "api", "tokenRef", "labels")
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    REPO_FIELD_NUMBER: _ClassVar[int]
    API_FIELD_NUMBER: _ClassVar[int]
    TOKENREF_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    organization: str
    project: str
    repo: str
    api: str
    tokenRef: SecretRef
    labels: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, organization: _Optional[str] = ..., project: _Optional[str] = ..., repo: _Optional[str] = ..., api: _Optional[str] = ..., tokenRef: _Optional[_Union[SecretRef, _Mapping]] = ..., labels: _Optional[_Iterable[str]] = ...) -> None: ...

class PullRequestGeneratorBitbucket(_message.Message):
    __slots__ = ("owner", "repo", "api", "basicAuth", "bearerToken")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    REPO_FIELD_NUMBER: _ClassVar[int]
    API_FIELD_NUMBER: _ClassVar[int]
    BASICAUTH_FIELD_NUMBER: _ClassVar[int]
    BEARERTOKEN_FIELD_NUMBER: _ClassVar[int]
    owner: str
    repo: str
    api: str
    basicAuth: BasicAuthBitbucketServer
    bearerToken: BearerTokenBitbucketCloud
    def __init__(self, owner: _Optional[str] = ..., repo: _Optional[str] = ..., api: _Optional[str] = ..., basicAuth: _Optional[_Union[BasicAuthBitbucketServer, _Mapping]] = ..., bearerToken: _Optional[_Union[BearerTokenBitbucketCloud, _Mapping]] = ...) -> None: ...

class PullRequestGeneratorBitbucketServer(_message.Message):
    __slots__ = ("project", "repo", "api", "basicAuth", "bearerToken", "insecure", "caRef")
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    REPO_FIELD_NUMBER: _ClassVar[int]
    API_FIELD_NUMBER: _ClassVar[int]
    BASICAUTH_FIELD_NUMBER: _ClassVar[int]
    BEARERTOKEN_FIELD_NUMBER: _ClassVar[int]
    INSECURE_FIELD_NUMBER: _ClassVar[int]
    CAREF_FIELD_NUMBER: _ClassVar[int]
    project: str
    repo: str
    api: str
    basicAuth: BasicAuthBitbucketServer
    bearerToken: BearerTokenBitbucket
    insecure: bool
    caRef: ConfigMapKeyRef
    def __init__(self, project: _Optional[str] = ..., repo: _Optional[str] = ..., api: _Optional[str] = ..., basicAuth: _Optional[_Union[BasicAuthBitbucketServer, _Mapping]] = ..., bearerToken: _Optional[_Union[BearerTokenBitbucket, _Mapping]] = ..., insecure: _Optional[bool] = ..., caRef: _Optional[_Union[ConfigMapKeyRef, _Mapping]] = ...) -> None: ...

class PullRequestGeneratorFilter(_message.Message):
    __slots__ = ("branchMatch", "targetBranchMatch", "titleMatch")
    BRANCHMATCH_FIELD_NUMBER: _ClassVar[int]
    TARGETBRANCHMATCH_FIELD_NUMBER: _ClassVar[int]
    TITLEMATCH_FIELD_NUMBER: _ClassVar[int]
    branchMatch: str
    targetBranchMatch: str
    titleMatch: str
    def __init__(self, branchMatch: _Optional[str] = ..., targetBranchMatch: _Optional[str] = ..., titleMatch: _Optional[str] = ...) -> None: ...

class PullRequestGeneratorGitLab(_message.Message):
    __slots__ = ("project", "api", "tokenRef", "labels", "pullRequestState", "insecure", "caRef")
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    API_FIELD_NUMBER: _ClassVar[int]
    TOKENREF_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    PULLREQUESTSTATE_FIELD_NUMBER: _ClassVar[int]
    INSECURE_FIELD_NUMBER: _ClassVar[int]
    CAREF_FIELD_NUMBER: _ClassVar[int]
    project: str
    api: str
    tokenRef: SecretRef
    labels: _containers.RepeatedScalarFieldContainer[str]
    pullRequestState: str
    insecure: bool
    caRef: ConfigMapKeyRef
    def __init__(self, project: _Optional[str] = ..., api: _Optional[str] = ..., tokenRef: _Optional[_Union[SecretRef, _Mapping]] = ..., labels: _Optional[_Iterable[str]] = ..., pullRequestState: _Optional[str] = ..., insecure: _Optional[bool] = ..., caRef: _Optional[_Union[ConfigMapKeyRef, _Mapping]] = ...) -> None: ...

class PullRequestGeneratorGitea(_message.Message):
    __slots__ = ("owner", "repo", "api", "tokenRef", "insecure", "labels")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    REPO_FIELD_NUMBER: _ClassVar[int]
    API_FIELD_NUMBER: _ClassVar[int]
    TOKENREF_FIELD_NUMBER: _ClassVar[int]
    INSECURE_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    owner: str
    repo: str
    api: str
    tokenRef: SecretRef
    insecure: bool
    labels: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, owner: _Optional[str] = ..., repo: _Optional[str] = ..., api: _Optional[str] = ..., tokenRef: _Optional[_Union[SecretRef, _Mapping]] = ..., insecure: _Optional[bool] = ..., labels: _Optional[_Iterable[str]] = ...) -> None: ...

class PullRequestGeneratorGithub(_message.Message):
    __slots__ = ("owner", "repo", "api", "tokenRef", "appSecretName", "labels")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    REPO_FIELD_NUMBER: _ClassVar[int]
    API_FIELD_NUMBER: _ClassVar[int]
    TOKENREF_FIELD_NUMBER: _ClassVar[int]
    APPSECRETNAME_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    owner: str
    repo: str
    api: str
    tokenRef: SecretRef
    appSecretName: str
    labels: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, owner: _Optional[str] = ..., repo: _Optional[str] = ..., api: _Optional[str] = ..., tokenRef: _Optional[_Union[SecretRef, _Mapping]] = ..., appSecretName: _Optional[str] = ..., labels: _Optional[_Iterable[str]] = ...) -> None: ...

class RefTarget(_message.Message):
    __slots__ = ("repo", "targetRevision", "chart")
    REPO_FIELD_NUMBER: _ClassVar[int]
    TARGETREVISION_FIELD_NUMBER: _ClassVar[int]
    CHART_FIELD_NUMBER: _ClassVar[int]
    repo: Repository
    targetRevision: str
    chart: str
    def __init__(self, repo: _Optional[_Union[Repository, _Mapping]] = ..., targetRevision: _Optional[str] = ..., chart: _Optional[str] = ...) -> None: ...

class RepoCreds(_message.Message):
    __slots__ = ("url", "username", "password", "sshPrivateKey", "tlsClientCertData", "tlsClientCertKey", "githubAppPrivateKey", "githubAppID", "githubAppInstallationID", "githubAppEnterpriseBaseUrl", "enableOCI", "type", "gcpServiceAccountKey", "proxy", "forceHttpBasicAuth", "noProxy", "useAzureWorkloadIdentity", "bearerToken", "insecureOCIForceHttp", "azureServicePrincipalClientId", "azureServicePrincipalClientSecret", "azureServicePrincipalTenantId", "azureActiveDirectoryEndpoint")
    URL_FIELD_NUMBER: _ClassVar[int]
    USERNAME_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    SSHPRIVATEKEY_FIELD_NUMBER: _ClassVar[int]
    TLSCLIENTCERTDATA_FIELD_NUMBER: _ClassVar[int]
    TLSCLIENTCERTKEY_FIELD_NUMBER: _ClassVar[int]
    GITHUBAPPPRIVATEKEY_FIELD_NUMBER: _ClassVar[int]
    GITHUBAPPID_FIELD_NUMBER: _ClassVar[int]
    GITHUBAPPINSTALLATIONID_FIELD_NUMBER: _ClassVar[int]
    GITHUBAPPENTERPRISEBASEURL_FIELD_NUMBER: _ClassVar[int]
    ENABLEOCI_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    GCPSERVICEACCOUNTKEY_FIELD_NUMBER: _ClassVar[int]
    PROXY_FIELD_NUMBER: _ClassVar[int]
    FORCEHTTPBASICAUTH_FIELD_NUMBER: _ClassVar[int]
    NOPROXY_FIELD_NUMBER: _ClassVar[int]
    USEAZUREWORKLOADIDENTITY_FIELD_NUMBER: _ClassVar[int]
    BEARERTOKEN_FIELD_NUMBER: _ClassVar[int]
    INSECUREOCIFORCEHTTP_FIELD_NUMBER: _ClassVar[int]
    AZURESERVICEPRINCIPALCLIENTID_FIELD_NUMBER: _ClassVar[int]
    AZURESERVICEPRINCIPALCLIENTSECRET_FIELD_NUMBER: _ClassVar[int]
    AZURESERVICEPRINCIPALTENANTID_FIELD_NUMBER: _ClassVar[int]
    AZUREACTIVEDIRECTORYENDPOINT_FIELD_NUMBER: _ClassVar[int]
    url: str
    username: str
    password: str
    sshPrivateKey: str
    tlsClientCertData: str
    tlsClientCertKey: str
    githubAppPrivateKey: str
    githubAppID: int
    githubAppInstallationID: int
    githubAppEnterpriseBaseUrl: str
    enableOCI: bool
    type: str
    gcpServiceAccountKey: str
    proxy: str
    forceHttpBasicAuth: bool
    noProxy: str
    useAzureWorkloadIdentity: bool
    bearerToken: str
    insecureOCIForceHttp: bool
    azureServicePrincipalClientId: str
    azureServicePrincipalClientSecret: str
    azureServicePrincipalTenantId: str
    azureActiveDirectoryEndpoint: str
    def __init__(self, url: _Optional[str] = ..., username: _Optional[str] = ..., password: _Optional[str] = ..., sshPrivateKey: _Optional[str] = ..., tlsClientCertData: _Optional[str] = ..., tlsClientCertKey: _Optional[str] = ..., githubAppPrivateKey: _Optional[str] = ..., githubAppID: _Optional[int] = ..., githubAppInstallationID: _Optional[int] = ..., githubAppEnterpriseBaseUrl: _Optional[str] = ..., enableOCI: _Optional[bool] = ..., type: _Optional[str] = ..., gcpServiceAccountKey: _Optional[str] = ..., proxy: _Optional[str] = ..., forceHttpBasicAuth: _Optional[bool] = ..., noProxy: _Optional[str] = ..., useAzureWorkloadIdentity: _Optional[bool] = ..., bearerToken: _Optional[str] = ..., insecureOCIForceHttp: _Optional[bool] = ..., azureServicePrincipalClientId: _Optional[str] = ..., azureServicePrincipalClientSecret: _Optional[str] = ..., azureServicePrincipalTenantId: _Optional[str] = ..., azureActiveDirectoryEndpoint: _Optional[str] = ...) -> None: ...

class RepoCredsList(_message.Message):
    __slots__ = ("metadata", "items")
    METADATA_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    metadata: _meta_v1_pb2.ListMeta
    items: _containers.RepeatedCompositeFieldContainer[RepoCreds]
    def __init__(self, metadata: _Optional[_Union[_meta_v1_pb2.ListMeta, _Mapping]] = ..., items: _Optional[_Iterable[_Union[RepoCreds, _Mapping]]] = ...) -> None: ...

class Repository(_message.Message):
    __slots__ = ("repo", "username", "password", "sshPrivateKey", "connectionState", "insecureIgnoreHostKey", "insecure", "enableLfs", "tlsClientCertData", "tlsClientCertKey", "type", "name", "inheritedCreds", "enableOCI", "githubAppPrivateKey", "githubAppID", "githubAppInstallationID", "githubAppEnterpriseBaseUrl", "proxy", "project", "gcpServiceAccountKey", "forceHttpBasicAuth", "noProxy", "useAzureWorkloadIdentity", "bearerToken", "insecureOCIForceHttp", "depth", "webhookManifestCacheWarmDisabled", "azureServicePrincipalClientId", "azureServicePrincipalClientSecret", "azureServicePrincipalTenantId", "azureActiveDirectoryEndpoint")
    REPO_FIELD_NUMBER: _ClassVar[int]
    USERNAME_FIELD_NUMBER: _ClassVar[int]
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    SSHPRIVATEKEY_FIELD_NUMBER: _ClassVar[int]
    CONNECTIONSTATE_FIELD_NUMBER: _ClassVar[int]
    INSECUREIGNOREHOSTKEY_FIELD_NUMBER: _ClassVar[int]
    INSECURE_FIELD_NUMBER: _ClassVar[int]
    ENABLELFS_FIELD_NUMBER: _ClassVar[int]
    TLSCLIENTCERTDATA_FIELD_NUMBER: _ClassVar[int]
    TLSCLIENTCERTKEY_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    INHERITEDCREDS_FIELD_NUMBER: _ClassVar[int]
    ENABLEOCI_FIELD_NUMBER: _ClassVar[int]
    GITHUBAPPPRIVATEKEY_FIELD_NUMBER: _ClassVar[int]
    GITHUBAPPID_FIELD_NUMBER: _ClassVar[int]
    GITHUBAPPINSTALLATIONID_FIELD_NUMBER: _ClassVar[int]
    GITHUBAPPENTERPRISEBASEURL_FIELD_NUMBER: _ClassVar[int]
    PROXY_FIELD_NUMBER: _ClassVar[int]
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    GCPSERVICEACCOUNTKEY_FIELD_NUMBER: _ClassVar[int]
    FORCEHTTPBASICAUTH_FIELD_NUMBER: _ClassVar[int]
    NOPROXY_FIELD_NUMBER: _ClassVar[int]
    USEAZUREWORKLOADIDENTITY_FIELD_NUMBER: _ClassVar[int]
    BEARERTOKEN_FIELD_NUMBER: _ClassVar[int]
    INSECUREOCIFORCEHTTP_FIELD_NUMBER: _ClassVar[int]
    DEPTH_FIELD_NUMBER: _ClassVar[int]
    WEBHOOKMANIFESTCACHEWARMDISABLED_FIELD_NUMBER: _ClassVar[int]
    AZURESERVICEPRINCIPALCLIENTID_FIELD_NUMBER: _ClassVar[int]
    AZURESERVICEPRINCIPALCLIENTSECRET_FIELD_NUMBER: _ClassVar[int]
    AZURESERVICEPRINCIPALTENANTID_FIELD_NUMBER: _ClassVar[int]
    AZUREACTIVEDIRECTORYENDPOINT_FIELD_NUMBER: _ClassVar[int]
    repo: str
    username: str
    password: str
    sshPrivateKey: str
    connectionState: ConnectionState
    insecureIgnoreHostKey: bool
    insecure: bool
    enableLfs: bool
    tlsClientCertData: str
    tlsClientCertKey: str
    type: str
    name: str
    inheritedCreds: bool
    enableOCI: bool
    githubAppPrivateKey: str
    githubAppID: int
    githubAppInstallationID: int
    githubAppEnterpriseBaseUrl: str
    proxy: str
    project: str
    gcpServiceAccountKey: str
    forceHttpBasicAuth: bool
    noProxy: str
    useAzureWorkloadIdentity: bool
    bearerToken: str
    insecureOCIForceHttp: bool
    depth: int
    webhookManifestCacheWarmDisabled: bool
    azureServicePrincipalClientId: str
    azureServicePrincipalClientSecret: str
    azureServicePrincipalTenantId: str
    azureActiveDirectoryEndpoint: str
    def __init__(self, repo: _Optional[str] = ..., username: _Optional[str] = ..., password: _Optional[str] = ..., sshPrivateKey: _Optional[str] = ..., connectionState: _Optional[_Union[ConnectionState, _Mapping]] = ..., insecureIgnoreHostKey: _Optional[bool] = ..., insecure: _Optional[bool] = ..., enableLfs: _Optional[bool] = ..., tlsClientCertData: _Optional[str] = ..., tlsClientCertKey: _Optional[str] = ..., type: _Optional[str] = ..., name: _Optional[str] = ..., inheritedCreds: _Optional[bool] = ..., enableOCI: _Optional[bool] = ..., githubAppPrivateKey: _Optional[str] = ..., githubAppID: _Optional[int] = ..., githubAppInstallationID: _Optional[int] = ..., githubAppEnterpriseBaseUrl: _Optional[str] = ..., proxy: _Optional[str] = ..., project: _Optional[str] = ..., gcpServiceAccountKey: _Optional[str] = ..., forceHttpBasicAuth: _Optional[bool] = ..., noProxy: _Optional[str] = ..., useAzureWorkloadIdentity: _Optional[bool] = ..., bearerToken: _Optional[str] = ..., insecureOCIForceHttp: _Optional[bool] = ..., depth: _Optional[int] = ..., webhookManifestCacheWarmDisabled: _Optional[bool] = ..., azureServicePrincipalClientId: _Optional[str] = ..., azureServicePrincipalClientSecret: _Optional[str] = ..., azureServicePrincipalTenantId: _Optional[str] = ..., azureActiveDirectoryEndpoint: _Optional[str] = ...) -> None: ...

class RepositoryCertificate(_message.Message):
    __slots__ = ("serverName", "certType", "certSubType", "certData", "certInfo")
    SERVERNAME_FIELD_NUMBER: _ClassVar[int]
    CERTTYPE_FIELD_NUMBER: _ClassVar[int]
    CERTSUBTYPE_FIELD_NUMBER: _ClassVar[int]
    CERTDATA_FIELD_NUMBER: _ClassVar[int]
    CERTINFO_FIELD_NUMBER: _ClassVar[int]
    serverName: str
    certType: str
    certSubType: str
    certData: bytes
    certInfo: str
    def __init__(self, serverName: _Optional[str] = ..., certType: _Optional[str] = ..., certSubType: _Optional[str] = ..., certData: _Optional[bytes] = ..., certInfo: _Optional[str] = ...) -> None: ...

class RepositoryCertificateList(_message.Message):
    __slots__ = ("metadata", "items")
    METADATA_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    metadata: _meta_v1_pb2.ListMeta
    items: _containers.RepeatedCompositeFieldContainer[RepositoryCertificate]
    def __init__(self, metadata: _Optional[_Union[_meta_v1_pb2.ListMeta, _Mapping]] = ..., items: _Optional[_Iterable[_Union[RepositoryCertificate, _Mapping]]] = ...) -> None: ...

class RepositoryList(_message.Message):
    __slots__ = ("metadata", "items")
    METADATA_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    metadata: _meta_v1_pb2.ListMeta
    items: _containers.RepeatedCompositeFieldContainer[Repository]
    def __init__(self, metadata: _Optional[_Union[_meta_v1_pb2.ListMeta, _Mapping]] = ..., items: _Optional[_Iterable[_Union[Repository, _Mapping]]] = ...) -> None: ...

class ResourceAction(_message.Message):
    __slots__ = ("name", "params", "disabled", "iconClass", "displayName")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PARAMS_FIELD_NUMBER: _ClassVar[int]
    DISABLED_FIELD_NUMBER: _ClassVar[int]
    ICONCLASS_FIELD_NUMBER: _ClassVar[int]
    DISPLAYNAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    params: _containers.RepeatedCompositeFieldContainer[ResourceActionParam]
    disabled: bool
    iconClass: str
    displayName: str
    def __init__(self, name: _Optional[str] = ..., params: _Optional[_Iterable[_Union[ResourceActionParam, _Mapping]]] = ..., disabled: _Optional[bool] = ..., iconClass: _Optional[str] = ..., displayName: _Optional[str] = ...) -> None: ...

class ResourceActionDefinition(_message.Message):
    __slots__ = ("name", "actionLua")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ACTIONLUA_FIELD_NUMBER: _ClassVar[int]
    name: str
    actionLua: str
    def __init__(self, name: _Optional[str] = ..., actionLua: _Optional[str] = ...) -> None: ...

class ResourceActionParam(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ResourceActions(_message.Message):
    __slots__ = ("actionDiscoveryLua", "definitions", "mergeBuiltinActions")
    ACTIONDISCOVERYLUA_FIELD_NUMBER: _ClassVar[int]
    DEFINITIONS_FIELD_NUMBER: _ClassVar[int]
    MERGEBUILTINACTIONS_FIELD_NUMBER: _ClassVar[int]
    actionDiscoveryLua: str
    definitions: _containers.RepeatedCompositeFieldContainer[ResourceActionDefinition]
    mergeBuiltinActions: bool
    def __init__(self, actionDiscoveryLua: _Optional[str] = ..., definitions: _Optional[_Iterable[_Union[ResourceActionDefinition, _Mapping]]] = ..., mergeBuiltinActions: _Optional[bool] = ...) -> None: ...

class ResourceDiff(_message.Message):
    __slots__ = ("group", "kind", "namespace", "name", "targetState", "liveState", "diff", "hook", "normalizedLiveState", "predictedLiveState", "resourceVersion", "modified")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    TARGETSTATE_FIELD_NUMBER: _ClassVar[int]
    LIVESTATE_FIELD_NUMBER: _ClassVar[int]
    DIFF_FIELD_NUMBER: _ClassVar[int]
    HOOK_FIELD_NUMBER: _ClassVar[int]
    NORMALIZEDLIVESTATE_FIELD_NUMBER: _ClassVar[int]
    PREDICTEDLIVESTATE_FIELD_NUMBER: _ClassVar[int]
    RESOURCEVERSION_FIELD_NUMBER: _ClassVar[int]
    MODIFIED_FIELD_NUMBER: _ClassVar[int]
    group: str
    kind: str
    namespace: str
    name: str
    targetState: str
    liveState: str
    diff: str
    hook: bool
    normalizedLiveState: str
    predictedLiveState: str
    resourceVersion: str
    modified: bool
    def __init__(self, group: _Optional[str] = ..., kind: _Optional[str] = ..., namespace: _Optional[str] = ..., name: _Optional[str] = ..., targetState: _Optional[str] = ..., liveState: _Optional[str] = ..., diff: _Optional[str] = ..., hook: _Optional[bool] = ..., normalizedLiveState: _Optional[str] = ..., predictedLiveState: _Optional[str] = ..., resourceVersion: _Optional[str] = ..., modified: _Optional[bool] = ...) -> None: ...

class ResourceIgnoreDifferences(_message.Message):
    __slots__ = ("group", "kind", "name", "namespace", "jsonPointers", "jqPathExpressions", "managedFieldsManagers")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    JSONPOINTERS_FIELD_NUMBER: _ClassVar[int]
    JQPATHEXPRESSIONS_FIELD_NUMBER: _ClassVar[int]
    MANAGEDFIELDSMANAGERS_FIELD_NUMBER: _ClassVar[int]
    group: str
    kind: str
    name: str
    namespace: str
    jsonPointers: _containers.RepeatedScalarFieldContainer[str]
    jqPathExpressions: _containers.RepeatedScalarFieldContainer[str]
    managedFieldsManagers: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, group: _Optional[str] = ..., kind: _Optional[str] = ..., name: _Optional[str] = ..., namespace: _Optional[str] = ..., jsonPointers: _Optional[_Iterable[str]] = ..., jqPathExpressions: _Optional[_Iterable[str]] = ..., managedFieldsManagers: _Optional[_Iterable[str]] = ...) -> None: ...

class ResourceNetworkingInfo(_message.Message):
    __slots__ = ("targetLabels", "targetRefs", "labels", "ingress", "externalURLs")
    class TargetLabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    TARGETLABELS_FIELD_NUMBER: _ClassVar[int]
    TARGETREFS_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    INGRESS_FIELD_NUMBER: _ClassVar[int]
    EXTERNALURLS_FIELD_NUMBER: _ClassVar[int]
    targetLabels: _containers.ScalarMap[str, str]
    targetRefs: _containers.RepeatedCompositeFieldContainer[ResourceRef]
    labels: _containers.ScalarMap[str, str]
    ingress: _containers.RepeatedCompositeFieldContainer[_core_v1_pb2.LoadBalancerIngress]
    externalURLs: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, targetLabels: _Optional[_Mapping[str, str]] = ..., targetRefs: _Optional[_Iterable[_Union[ResourceRef, _Mapping]]] = ..., labels: _Optional[_Mapping[str, str]] = ..., ingress: _Optional[_Iterable[_Union[_core_v1_pb2.LoadBalancerIngress, _Mapping]]] = ..., externalURLs: _Optional[_Iterable[str]] = ...) -> None: ...

class ResourceNode(_message.Message):
    __slots__ = ("resourceRef", "parentRefs", "info", "networkingInfo", "resourceVersion", "images", "health", "createdAt")
    RESOURCEREF_FIELD_NUMBER: _ClassVar[int]
    PARENTREFS_FIELD_NUMBER: _ClassVar[int]
    INFO_FIELD_NUMBER: _ClassVar[int]
    NETWORKINGINFO_FIELD_NUMBER: _ClassVar[int]
    RESOURCEVERSION_FIELD_NUMBER: _ClassVar[int]
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    HEALTH_FIELD_NUMBER: _ClassVar[int]
    CREATEDAT_FIELD_NUMBER: _ClassVar[int]
    resourceRef: ResourceRef
    parentRefs: _containers.RepeatedCompositeFieldContainer[ResourceRef]
    info: _containers.RepeatedCompositeFieldContainer[InfoItem]
    networkingInfo: ResourceNetworkingInfo
    resourceVersion: str
    images: _containers.RepeatedScalarFieldContainer[str]
    health: HealthStatus
    createdAt: _meta_v1_pb2.Time
    def __init__(self, resourceRef: _Optional[_Union[ResourceRef, _Mapping]] = ..., parentRefs: _Optional[_Iterable[_Union[ResourceRef, _Mapping]]] = ..., info: _Optional[_Iterable[_Union[InfoItem, _Mapping]]] = ..., networkingInfo: _Optional[_Union[ResourceNetworkingInfo, _Mapping]] = ..., resourceVersion: _Optional[str] = ..., images: _Optional[_Iterable[str]] = ..., health: _Optional[_Union[HealthStatus, _Mapping]] = ..., createdAt: _Optional[_Union[_meta_v1_pb2.Time, _Mapping]] = ...) -> None: ...

class ResourceOverride(_message.Message):
    __slots__ = ("healthLua", "ignoreDifferences", "actions", "knownTypeFields", "useOpenLibs", "ignoreResourceUpdates")
    HEALTHLUA_FIELD_NUMBER: _ClassVar[int]
    IGNOREDIFFERENCES_FIELD_NUMBER: _ClassVar[int]
    ACTIONS_FIELD_NUMBER: _ClassVar[int]
    KNOWNTYPEFIELDS_FIELD_NUMBER: _ClassVar[int]
    USEOPENLIBS_FIELD_NUMBER: _ClassVar[int]
    IGNORERESOURCEUPDATES_FIELD_NUMBER: _ClassVar[int]
    healthLua: str
    ignoreDifferences: OverrideIgnoreDiff
    actions: str
    knownTypeFields: _containers.RepeatedCompositeFieldContainer[KnownTypeField]
    useOpenLibs: bool
    ignoreResourceUpdates: OverrideIgnoreDiff
    def __init__(self, healthLua: _Optional[str] = ..., ignoreDifferences: _Optional[_Union[OverrideIgnoreDiff, _Mapping]] = ..., actions: _Optional[str] = ..., knownTypeFields: _Optional[_Iterable[_Union[KnownTypeField, _Mapping]]] = ..., useOpenLibs: _Optional[bool] = ..., ignoreResourceUpdates: _Optional[_Union[OverrideIgnoreDiff, _Mapping]] = ...) -> None: ...

class ResourceRef(_message.Message):
    __slots__ = ("group", "version", "kind", "namespace", "name", "uid")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    UID_FIELD_NUMBER: _ClassVar[int]
    group: str
    version: str
    kind: str
    namespace: str
    name: str
    uid: str
    def __init__(self, group: _Optional[str] = ..., version: _Optional[str] = ..., kind: _Optional[str] = ..., namespace: _Optional[str] = ..., name: _Optional[str] = ..., uid: _Optional[str] = ...) -> None: ...

class ResourceResult(_message.Message):
    __slots__ = ("group", "version", "kind", "namespace", "name", "status", "message", "hookType", "hookPhase", "syncPhase", "images")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    HOOKTYPE_FIELD_NUMBER: _ClassVar[int]
    HOOKPHASE_FIELD_NUMBER: _ClassVar[int]
    SYNCPHASE_FIELD_NUMBER: _ClassVar[int]
    IMAGES_FIELD_NUMBER: _ClassVar[int]
    group: str
    version: str
    kind: str
    namespace: str
    name: str
    status: str
    message: str
    hookType: str
    hookPhase: str
    syncPhase: str
    images: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, group: _Optional[str] = ..., version: _Optional[str] = ..., kind: _Optional[str] = ..., namespace: _Optional[str] = ..., name: _Optional[str] = ..., status: _Optional[str] = ..., message: _Optional[str] = ..., hookType: _Optional[str] = ..., hookPhase: _Optional[str] = ..., syncPhase: _Optional[str] = ..., images: _Optional[_Iterable[str]] = ...) -> None: ...

class ResourceStatus(_message.Message):
    __slots__ = ("group", "version", "kind", "namespace", "name", "status", "health", "hook", "requiresPruning", "syncWave", "requiresDeletionConfirmation")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    HEALTH_FIELD_NUMBER: _ClassVar[int]
    HOOK_FIELD_NUMBER: _ClassVar[int]
    REQUIRESPRUNING_FIELD_NUMBER: _ClassVar[int]
    SYNCWAVE_FIELD_NUMBER: _ClassVar[int]
    REQUIRESDELETIONCONFIRMATION_FIELD_NUMBER: _ClassVar[int]
    group: str
    version: str
    kind: str
    namespace: str
    name: str
    status: str
    health: HealthStatus
    hook: bool
    requiresPruning: bool
    syncWave: int
    requiresDeletionConfirmation: bool
    def __init__(self, group: _Optional[str] = ..., version: _Optional[str] = ..., kind: _Optional[str] = ..., namespace: _Optional[str] = ..., name: _Optional[str] = ..., status: _Optional[str] = ..., health: _Optional[_Union[HealthStatus, _Mapping]] = ..., hook: _Optional[bool] = ..., requiresPruning: _Optional[bool] = ..., syncWave: _Optional[int] = ..., requiresDeletionConfirmation: _Optional[bool] = ...) -> None: ...

class RetryStrategy(_message.Message):
    __slots__ = ("limit", "backoff", "refresh")
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    BACKOFF_FIELD_NUMBER: _ClassVar[int]
    REFRESH_FIELD_NUMBER: _ClassVar[int]
    limit: int
    backoff: Backoff
    refresh: bool
    def __init__(self, limit: _Optional[int] = ..., backoff: _Optional[_Union[Backoff, _Mapping]] = ..., refresh: _Optional[bool] = ...) -> None: ...

class RevisionHistory(_message.Message):
    __slots__ = ("revision", "deployedAt", "id", "source", "deployStartedAt", "sources", "revisions", "initiatedBy")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    DEPLOYEDAT_FIELD_NUMBER: _ClassVar[int]
    ID_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    DEPLOYSTARTEDAT_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    REVISIONS_FIELD_NUMBER: _ClassVar[int]
    INITIATEDBY_FIELD_NUMBER: _ClassVar[int]
    revision: str
    deployedAt: _meta_v1_pb2.Time
    id: int
    source: ApplicationSource
    deployStartedAt: _meta_v1_pb2.Time
    sources: _containers.RepeatedCompositeFieldContainer[ApplicationSource]
    revisions: _containers.RepeatedScalarFieldContainer[str]
    initiatedBy: OperationInitiator
    def __init__(self, revision: _Optional[str] = ..., deployedAt: _Optional[_Union[_meta_v1_pb2.Time, _Mapping]] = ..., id: _Optional[int] = ..., source: _Optional[_Union[ApplicationSource, _Mapping]] = ..., deployStartedAt: _Optional[_Union[_meta_v1_pb2.Time, _Mapping]] = ..., sources: _Optional[_Iterable[_Union[ApplicationSource, _Mapping]]] = ..., revisions: _Optional[_Iterable[str]] = ..., initiatedBy: _Optional[_Union[OperationInitiator, _Mapping]] = ...) -> None: ...

class RevisionMetadata(_message.Message):
    __slots__ = ("author", "date", "tags", "message", "signatureInfo", "references", "sourceIntegrityResult")
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    DATE_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    SIGNATUREINFO_FIELD_NUMBER: _ClassVar[int]
    REFERENCES_FIELD_NUMBER: _ClassVar[int]
    SOURCEINTEGRITYRESULT_FIELD_NUMBER: _ClassVar[int]
    author: str
    date: _meta_v1_pb2.Time
    tags: _containers.RepeatedScalarFieldContainer[str]
    message: str
    signatureInfo: str
    references: _containers.RepeatedCompositeFieldContainer[RevisionReference]
    sourceIntegrityResult: SourceIntegrityCheckResult
    def __init__(self, author: _Optional[str] = ..., date: _Optional[_Union[_meta_v1_pb2.Time, _Mapping]] = ..., tags: _Optional[_Iterable[str]] = ..., message: _Optional[str] = ..., signatureInfo: _Optional[str] = ..., references: _Optional[_Iterable[_Union[RevisionReference, _Mapping]]] = ..., sourceIntegrityResult: _Optional[_Union[SourceIntegrityCheckResult, _Mapping]] = ...) -> None: ...

class RevisionReference(_message.Message):
    __slots__ = ("commit",)
    COMMIT_FIELD_NUMBER: _ClassVar[int]
    commit: CommitMetadata
    def __init__(self, commit: _Optional[_Union[CommitMetadata, _Mapping]] = ...) -> None: ...

class SCMProviderGenerator(_message.Message):
    __slots__ = ("github", "gitlab", "bitbucket", "bitbucketServer", "gitea", "azureDevOps", "filters", "cloneProtocol", "requeueAfterSeconds", "template", "values", "awsCodeCommit")
    class ValuesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    GITHUB_FIELD_NUMBER: _ClassVar[int]
    GITLAB_FIELD_NUMBER: _ClassVar[int]
    BITBUCKET_FIELD_NUMBER: _ClassVar[int]
    BITBUCKETSERVER_FIELD_NUMBER: _ClassVar[int]
    GITEA_FIELD_NUMBER: _ClassVar[int]
    AZUREDEVOPS_FIELD_NUMBER: _ClassVar[int]
    FILTERS_FIELD_NUMBER: _ClassVar[int]
    CLONEPROTOCOL_FIELD_NUMBER: _ClassVar[int]
    REQUEUEAFTERSECONDS_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    AWSCODECOMMIT_FIELD_NUMBER: _ClassVar[int]
    github: SCMProviderGeneratorGithub
    gitlab: SCMProviderGeneratorGitlab
    bitbucket: SCMProviderGeneratorBitbucket
    bitbucketServer: SCMProviderGeneratorBitbucketServer
    gitea: SCMProviderGeneratorGitea
    azureDevOps: SCMProviderGeneratorAzureDevOps
    filters: _containers.RepeatedCompositeFieldContainer[SCMProviderGeneratorFilter]
    cloneProtocol: str
    requeueAfterSeconds: int
    template: ApplicationSetTemplate
    values: _containers.ScalarMap[str, str]
    awsCodeCommit: SCMProviderGeneratorAWSCodeCommit
    def __init__(self, github: _Optional[_Union[SCMProviderGeneratorGithub, _Mapping]] = ..., gitlab: _Optional[_Union[SCMProviderGeneratorGitlab, _Mapping]] = ..., bitbucket: _Optional[_Union[SCMProviderGeneratorBitbucket, _Mapping]] = ..., bitbucketServer: _Optional[_Union[SCMProviderGeneratorBitbucketServer, _Mapping]] = ..., gitea: _Optional[_Union[SCMProviderGeneratorGitea, _Mapping]] = ..., azureDevOps: _Optional[_Union[SCMProviderGeneratorAzureDevOps, _Mapping]] = ..., filters: _Optional[_Iterable[_Union[SCMProviderGeneratorFilter, _Mapping]]] = ..., cloneProtocol: _Optional[str] = ..., requeueAfterSeconds: _Optional[int] = ..., template: _Optional[_Union[ApplicationSetTemplate, _Mapping]] = ..., values: _Optional[_Mapping[str, str]] = ..., awsCodeCommit: _Optional[_Union[SCMProviderGeneratorAWSCodeCommit, _Mapping]] = ...) -> None: ...

class SCMProviderGeneratorAWSCodeCommit(_message.Message):
    __slots__ = ("tagFilters", "role", "region", "allBranches")
    TAGFILTERS_FIELD_NUMBER: _ClassVar[int]
    ROLE_FIELD_NUMBER: _ClassVar[int]
    REGION_FIELD_NUMBER: _ClassVar[int]
    ALLBRANCHES_FIELD_NUMBER: _ClassVar[int]
    tagFilters: _containers.RepeatedCompositeFieldContainer[TagFilter]
    role: str
    region: str
    allBranches: bool
    def __init__(self, tagFilters: _Optional[_Iterable[_Union[TagFilter, _Mapping]]] = ..., role: _Optional[str] = ..., region: _Optional[str] = ..., allBranches: _Optional[bool] = ...) -> None: ...

class SCMProviderGeneratorAzureDevOps(_message.Message):
    __slots__ = ("organization", "api", "teamProject", "accessTokenRef", "allBranches")
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    API_FIELD_NUMBER: _ClassVar[int]
    TEAMPROJECT_FIELD_NUMBER: _ClassVar[int]
    ACCESSTOKENREF_FIELD_NUMBER: _ClassVar[int]
    ALLBRANCHES_FIELD_NUMBER: _ClassVar[int]
    organization: str
    api: str
    teamProject: str
    accessTokenRef: SecretRef
    allBranches: bool
    def __init__(self, organization: _Optional[str] = ..., api: _Optional[str] = ..., teamProject: _Optional[str] = ..., accessTokenRef: _Optional[_Union[SecretRef, _Mapping]] = ..., allBranches: _Optional[bool] = ...) -> None: ...

class SCMProviderGeneratorBitbucket(_message.Message):
    __slots__ = ("owner", "user", "appPasswordRef", "allBranches")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    APPPASSWORDREF_FIELD_NUMBER: _ClassVar[int]
    ALLBRANCHES_FIELD_NUMBER: _ClassVar[int]
    owner: str
    user: str
    appPasswordRef: SecretRef
    allBranches: bool
    def __init__(self, owner: _Optional[str] = ..., user: _Optional[str] = ..., appPasswordRef: _Optional[_Union[SecretRef, _Mapping]] = ..., allBranches: _Optional[bool] = ...) -> None: ...

class SCMProviderGeneratorBitbucketServer(_message.Message):
    __slots__ = ("project", "api", "basicAuth", "allBranches", "bearerToken", "insecure", "caRef")
    PROJECT_FIELD_NUMBER: _ClassVar[int]
    API_FIELD_NUMBER: _ClassVar[int]
    BASICAUTH_FIELD_NUMBER: _ClassVar[int]
    ALLBRANCHES_FIELD_NUMBER: _ClassVar[int]
    BEARERTOKEN_FIELD_NUMBER: _ClassVar[int]
    INSECURE_FIELD_NUMBER: _ClassVar[int]
    CAREF_FIELD_NUMBER: _ClassVar[int]
    project: str
    api: str
    basicAuth: BasicAuthBitbucketServer
    allBranches: bool
    bearerToken: BearerTokenBitbucket
    insecure: bool
    caRef: ConfigMapKeyRef
    def __init__(self, project: _Optional[str] = ..., api: _Optional[str] = ..., basicAuth: _Optional[_Union[BasicAuthBitbucketServer, _Mapping]] = ..., allBranches: _Optional[bool] = ..., bearerToken: _Optional[_Union[BearerTokenBitbucket, _Mapping]] = ..., insecure: _Optional[bool] = ..., caRef: _Optional[_Union[ConfigMapKeyRef, _Mapping]] = ...) -> None: ...

class SCMProviderGeneratorFilter(_message.Message):
    __slots__ = ("repositoryMatch", "pathsExist", "pathsDoNotExist", "labelMatch", "branchMatch")
    REPOSITORYMATCH_FIELD_NUMBER: _ClassVar[int]
    PATHSEXIST_FIELD_NUMBER: _ClassVar[int]
    PATHSDONOTEXIST_FIELD_NUMBER: _ClassVar[int]
    LABELMATCH_FIELD_NUMBER: _ClassVar[int]
    BRANCHMATCH_FIELD_NUMBER: _ClassVar[int]
    repositoryMatch: str
    pathsExist: _containers.RepeatedScalarFieldContainer[str]
    pathsDoNotExist: _containers.RepeatedScalarFieldContainer[str]
    labelMatch: str
    branchMatch: str
    def __init__(self, repositoryMatch: _Optional[str] = ..., pathsExist: _Optional[_Iterable[str]] = ..., pathsDoNotExist: _Optional[_Iterable[str]] = ..., labelMatch: _Optional[str] = ..., branchMatch: _Optional[str] = ...) -> None: ...

class SCMProviderGeneratorGitea(_message.Message):
    __slots__ = ("owner", "api", "tokenRef", "allBranches", "insecure", "excludeArchivedRepos")
    OWNER_FIELD_NUMBER: _ClassVar[int]
    API_FIELD_NUMBER: _ClassVar[int]
    TOKENREF_FIELD_NUMBER: _ClassVar[int]
    ALLBRANCHES_FIELD_NUMBER: _ClassVar[int]
    INSECURE_FIELD_NUMBER: _ClassVar[int]
    EXCLUDEARCHIVEDREPOS_FIELD_NUMBER: _ClassVar[int]
    owner: str
    api: str
    tokenRef: SecretRef
    allBranches: bool
    insecure: bool
    excludeArchivedRepos: bool
    def __init__(self, owner: _Optional[str] = ..., api: _Optional[str] = ..., tokenRef: _Optional[_Union[SecretRef, _Mapping]] = ..., allBranches: _Optional[bool] = ..., insecure: _Optional[bool] = ..., excludeArchivedRepos: _Optional[bool] = ...) -> None: ...

class SCMProviderGeneratorGithub(_message.Message):
    __slots__ = ("organization", "api", "tokenRef", "appSecretName", "allBranches", "excludeArchivedRepos")
    ORGANIZATION_FIELD_NUMBER: _ClassVar[int]
    API_FIELD_NUMBER: _ClassVar[int]
    TOKENREF_FIELD_NUMBER: _ClassVar[int]
    APPSECRETNAME_FIELD_NUMBER: _ClassVar[int]
    ALLBRANCHES_FIELD_NUMBER: _ClassVar[int]
    EXCLUDEARCHIVEDREPOS_FIELD_NUMBER: _ClassVar[int]
    organization: str
    api: str
    tokenRef: SecretRef
    appSecretName: str
    allBranches: bool
    excludeArchivedRepos: bool
    def __init__(self, organization: _Optional[str] = ..., api: _Optional[str] = ..., tokenRef: _Optional[_Union[SecretRef, _Mapping]] = ..., appSecretName: _Optional[str] = ..., allBranches: _Optional[bool] = ..., excludeArchivedRepos: _Optional[bool] = ...) -> None: ...

class SCMProviderGeneratorGitlab(_message.Message):
    __slots__ = ("group", "includeSubgroups", "api", "tokenRef", "allBranches", "insecure", "includeSharedProjects", "topic", "caRef", "includeArchivedRepos")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    INCLUDESUBGROUPS_FIELD_NUMBER: _ClassVar[int]
    API_FIELD_NUMBER: _ClassVar[int]
    TOKENREF_FIELD_NUMBER: _ClassVar[int]
    ALLBRANCHES_FIELD_NUMBER: _ClassVar[int]
    INSECURE_FIELD_NUMBER: _ClassVar[int]
    INCLUDESHAREDPROJECTS_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    CAREF_FIELD_NUMBER: _ClassVar[int]
    INCLUDEARCHIVEDREPOS_FIELD_NUMBER: _ClassVar[int]
    group: str
    includeSubgroups: bool
    api: str
    tokenRef: SecretRef
    allBranches: bool
    insecure: bool
    includeSharedProjects: bool
    topic: str
    caRef: ConfigMapKeyRef
    includeArchivedRepos: bool
    def __init__(self, group: _Optional[str] = ..., includeSubgroups: _Optional[bool] = ..., api: _Optional[str] = ..., tokenRef: _Optional[_Union[SecretRef, _Mapping]] = ..., allBranches: _Optional[bool] = ..., insecure: _Optional[bool] = ..., includeSharedProjects: _Optional[bool] = ..., topic: _Optional[str] = ..., caRef: _Optional[_Union[ConfigMapKeyRef, _Mapping]] = ..., includeArchivedRepos: _Optional[bool] = ...) -> None: ...

class SecretRef(_message.Message):
    __slots__ = ("secretName", "key")
    SECRETNAME_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    secretName: str
    key: str
    def __init__(self, secretName: _Optional[str] = ..., key: _Optional[str] = ...) -> None: ...

class SignatureKey(_message.Message):
    __slots__ = ("keyID",)
    KEYID_FIELD_NUMBER: _ClassVar[int]
    keyID: str
    def __init__(self, keyID: _Optional[str] = ...) -> None: ...

class SourceHydrator(_message.Message):
    __slots__ = ("drySource", "syncSource", "hydrateTo")
    DRYSOURCE_FIELD_NUMBER: _ClassVar[int]
    SYNCSOURCE_FIELD_NUMBER: _ClassVar[int]
    HYDRATETO_FIELD_NUMBER: _ClassVar[int]
    drySource: DrySource
    syncSource: SyncSource
    hydrateTo: HydrateTo
    def __init__(self, drySource: _Optional[_Union[DrySource, _Mapping]] = ..., syncSource: _Optional[_Union[SyncSource, _Mapping]] = ..., hydrateTo: _Optional[_Union[HydrateTo, _Mapping]] = ...) -> None: ...

class SourceHydratorStatus(_message.Message):
    __slots__ = ("lastSuccessfulOperation", "currentOperation", "lastComparedDryRevision")
    LASTSUCCESSFULOPERATION_FIELD_NUMBER: _ClassVar[int]
    CURRENTOPERATION_FIELD_NUMBER: _ClassVar[int]
    LASTCOMPAREDDRYREVISION_FIELD_NUMBER: _ClassVar[int]
    lastSuccessfulOperation: SuccessfulHydrateOperation
    currentOperation: HydrateOperation
    lastComparedDryRevision: str
    def __init__(self, lastSuccessfulOperation: _Optional[_Union[SuccessfulHydrateOperation, _Mapping]] = ..., currentOperation: _Optional[_Union[HydrateOperation, _Mapping]] = ..., lastComparedDryRevision: _Optional[str] = ...) -> None: ...

class SourceIntegrity(_message.Message):
    __slots__ = ("git",)
    GIT_FIELD_NUMBER: _ClassVar[int]
    git: SourceIntegrityGit
    def __init__(self, git: _Optional[_Union[SourceIntegrityGit, _Mapping]] = ...) -> None: ...

class SourceIntegrityCheckResult(_message.Message):
    __slots__ = ("checks",)
    CHECKS_FIELD_NUMBER: _ClassVar[int]
    checks: _containers.RepeatedCompositeFieldContainer[SourceIntegrityCheckResultItem]
    def __init__(self, checks: _Optional[_Iterable[_Union[SourceIntegrityCheckResultItem, _Mapping]]] = ...) -> None: ...

class SourceIntegrityCheckResultItem(_message.Message):
    __slots__ = ("name", "problems")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PROBLEMS_FIELD_NUMBER: _ClassVar[int]
    name: str
    problems: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., problems: _Optional[_Iterable[str]] = ...) -> None: ...

class SourceIntegrityGit(_message.Message):
    __slots__ = ("policies",)
    POLICIES_FIELD_NUMBER: _ClassVar[int]
    policies: _containers.RepeatedCompositeFieldContainer[SourceIntegrityGitPolicy]
    def __init__(self, policies: _Optional[_Iterable[_Union[SourceIntegrityGitPolicy, _Mapping]]] = ...) -> None: ...

class SourceIntegrityGitPolicy(_message.Message):
    __slots__ = ("repos", "gpg")
    REPOS_FIELD_NUMBER: _ClassVar[int]
    GPG_FIELD_NUMBER: _ClassVar[int]
    repos: _containers.RepeatedCompositeFieldContainer[SourceIntegrityGitPolicyRepo]
    gpg: SourceIntegrityGitPolicyGPG
    def __init__(self, repos: _Optional[_Iterable[_Union[SourceIntegrityGitPolicyRepo, _Mapping]]] = ..., gpg: _Optional[_Union[SourceIntegrityGitPolicyGPG, _Mapping]] = ...) -> None: ...

class SourceIntegrityGitPolicyGPG(_message.Message):
    __slots__ = ("mode", "keys")
    MODE_FIELD_NUMBER: _ClassVar[int]
    KEYS_FIELD_NUMBER: _ClassVar[int]
    mode: str
    keys: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, mode: _Optional[str] = ..., keys: _Optional[_Iterable[str]] = ...) -> None: ...

class SourceIntegrityGitPolicyRepo(_message.Message):
    __slots__ = ("url",)
    URL_FIELD_NUMBER: _ClassVar[int]
    url: str
    def __init__(self, url: _Optional[str] = ...) -> None: ...

class SuccessfulHydrateOperation(_message.Message):
    __slots__ = ("drySHA", "hydratedSHA", "sourceHydrator")
    DRYSHA_FIELD_NUMBER: _ClassVar[int]
    HYDRATEDSHA_FIELD_NUMBER: _ClassVar[int]
    SOURCEHYDRATOR_FIELD_NUMBER: _ClassVar[int]
    drySHA: str
    hydratedSHA: str
    sourceHydrator: SourceHydrator
    def __init__(self, drySHA: _Optional[str] = ..., hydratedSHA: _Optional[str] = ..., sourceHydrator: _Optional[_Union[SourceHydrator, _Mapping]] = ...) -> None: ...

class SyncOperation(_message.Message):
    __slots__ = ("revision", "prune", "dryRun", "syncStrategy", "resources", "source", "manifests", "syncOptions", "sources", "revisions", "autoHealAttemptsCount")
    REVISION_FIELD_NUMBER: _ClassVar[int]
    PRUNE_FIELD_NUMBER: _ClassVar[int]
    DRYRUN_FIELD_NUMBER: _ClassVar[int]
    SYNCSTRATEGY_FIELD_NUMBER: _ClassVar[int]
    RESOURCES_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    MANIFESTS_FIELD_NUMBER: _ClassVar[int]
    SYNCOPTIONS_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    REVISIONS_FIELD_NUMBER: _ClassVar[int]
    AUTOHEALATTEMPTSCOUNT_FIELD_NUMBER: _ClassVar[int]
    revision: str
    prune: bool
    dryRun: bool
    syncStrategy: SyncStrategy
    resources: _containers.RepeatedCompositeFieldContainer[SyncOperationResource]
    source: ApplicationSource
    manifests: _containers.RepeatedScalarFieldContainer[str]
    syncOptions: _containers.RepeatedScalarFieldContainer[str]
    sources: _containers.RepeatedCompositeFieldContainer[ApplicationSource]
    revisions: _containers.RepeatedScalarFieldContainer[str]
    autoHealAttemptsCount: int
    def __init__(self, revision: _Optional[str] = ..., prune: _Optional[bool] = ..., dryRun: _Optional[bool] = ..., syncStrategy: _Optional[_Union[SyncStrategy, _Mapping]] = ..., resources: _Optional[_Iterable[_Union[SyncOperationResource, _Mapping]]] = ..., source: _Optional[_Union[ApplicationSource, _Mapping]] = ..., manifests: _Optional[_Iterable[str]] = ..., syncOptions: _Optional[_Iterable[str]] = ..., sources: _Optional[_Iterable[_Union[ApplicationSource, _Mapping]]] = ..., revisions: _Optional[_Iterable[str]] = ..., autoHealAttemptsCount: _Optional[int] = ...) -> None: ...

class SyncOperationResource(_message.Message):
    __slots__ = ("group", "kind", "name", "namespace")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    group: str
    kind: str
    name: str
    namespace: str
    def __init__(self, group: _Optional[str] = ..., kind: _Optional[str] = ..., name: _Optional[str] = ..., namespace: _Optional[str] = ...) -> None: ...

class SyncOperationResult(_message.Message):
    __slots__ = ("resources", "revision", "source", "sources", "revisions", "managedNamespaceMetadata")
    RESOURCES_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    REVISIONS_FIELD_NUMBER: _ClassVar[int]
    MANAGEDNAMESPACEMETADATA_FIELD_NUMBER: _ClassVar[int]
    resources: _containers.RepeatedCompositeFieldContainer[ResourceResult]
    revision: str
    source: ApplicationSource
    sources: _containers.RepeatedCompositeFieldContainer[ApplicationSource]
    revisions: _containers.RepeatedScalarFieldContainer[str]
    managedNamespaceMetadata: ManagedNamespaceMetadata
    def __init__(self, resources: _Optional[_Iterable[_Union[ResourceResult, _Mapping]]] = ..., revision: _Optional[str] = ..., source: _Optional[_Union[ApplicationSource, _Mapping]] = ..., sources: _Optional[_Iterable[_Union[ApplicationSource, _Mapping]]] = ..., revisions: _Optional[_Iterable[str]] = ..., managedNamespaceMetadata: _Optional[_Union[ManagedNamespaceMetadata, _Mapping]] = ...) -> None: ...

class SyncPolicy(_message.Message):
    __slots__ = ("automated", "syncOptions", "retry", "managedNamespaceMetadata")
    AUTOMATED_FIELD_NUMBER: _ClassVar[int]
    SYNCOPTIONS_FIELD_NUMBER: _ClassVar[int]
    RETRY_FIELD_NUMBER: _ClassVar[int]
    MANAGEDNAMESPACEMETADATA_FIELD_NUMBER: _ClassVar[int]
    automated: SyncPolicyAutomated
    syncOptions: _containers.RepeatedScalarFieldContainer[str]
    retry: RetryStrategy
    managedNamespaceMetadata: ManagedNamespaceMetadata
    def __init__(self, automated: _Optional[_Union[SyncPolicyAutomated, _Mapping]] = ..., syncOptions: _Optional[_Iterable[str]] = ..., retry: _Optional[_Union[RetryStrategy, _Mapping]] = ..., managedNamespaceMetadata: _Optional[_Union[ManagedNamespaceMetadata, _Mapping]] = ...) -> None: ...

class SyncPolicyAutomated(_message.Message):
    __slots__ = ("prune", "selfHeal", "allowEmpty", "enabled")
    PRUNE_FIELD_NUMBER: _ClassVar[int]
    SELFHEAL_FIELD_NUMBER: _ClassVar[int]
    ALLOWEMPTY_FIELD_NUMBER: _ClassVar[int]
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    prune: bool
    selfHeal: bool
    allowEmpty: bool
    enabled: bool
    def __init__(self, prune: _Optional[bool] = ..., selfHeal: _Optional[bool] = ..., allowEmpty: _Optional[bool] = ..., enabled: _Optional[bool] = ...) -> None: ...

class SyncSource(_message.Message):
    __slots__ = ("targetBranch", "path", "repoURL")
    TARGETBRANCH_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    REPOURL_FIELD_NUMBER: _ClassVar[int]
    targetBranch: str
    path: str
    repoURL: str
    def __init__(self, targetBranch: _Optional[str] = ..., path: _Optional[str] = ..., repoURL: _Optional[str] = ...) -> None: ...

class SyncStatus(_message.Message):
    __slots__ = ("status", "comparedTo", "revision", "revisions")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    COMPAREDTO_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    REVISIONS_FIELD_NUMBER: _ClassVar[int]
    status: str
    comparedTo: ComparedTo
    revision: str
    revisions: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, status: _Optional[str] = ..., comparedTo: _Optional[_Union[ComparedTo, _Mapping]] = ..., revision: _Optional[str] = ..., revisions: _Optional[_Iterable[str]] = ...) -> None: ...

class SyncStrategy(_message.Message):
    __slots__ = ("apply", "hook")
    APPLY_FIELD_NUMBER: _ClassVar[int]
    HOOK_FIELD_NUMBER: _ClassVar[int]
    apply: SyncStrategyApply
    hook: SyncStrategyHook
    def __init__(self, apply: _Optional[_Union[SyncStrategyApply, _Mapping]] = ..., hook: _Optional[_Union[SyncStrategyHook, _Mapping]] = ...) -> None: ...

class SyncStrategyApply(_message.Message):
    __slots__ = ("force",)
    FORCE_FIELD_NUMBER: _ClassVar[int]
    force: bool
    def __init__(self, force: _Optional[bool] = ...) -> None: ...

class SyncStrategyHook(_message.Message):
    __slots__ = ("syncStrategyApply",)
    SYNCSTRATEGYAPPLY_FIELD_NUMBER: _ClassVar[int]
    syncStrategyApply: SyncStrategyApply
    def __init__(self, syncStrategyApply: _Optional[_Union[SyncStrategyApply, _Mapping]] = ...) -> None: ...

class SyncWindow(_message.Message):
    __slots__ = ("kind", "schedule", "duration", "applications", "namespaces", "clusters", "manualSync", "timeZone", "andOperator", "description", "syncOverrun")
    KIND_FIELD_NUMBER: _ClassVar[int]
    SCHEDULE_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    APPLICATIONS_FIELD_NUMBER: _ClassVar[int]
    NAMESPACES_FIELD_NUMBER: _ClassVar[int]
    CLUSTERS_FIELD_NUMBER: _ClassVar[int]
    MANUALSYNC_FIELD_NUMBER: _ClassVar[int]
    TIMEZONE_FIELD_NUMBER: _ClassVar[int]
    ANDOPERATOR_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    SYNCOVERRUN_FIELD_NUMBER: _ClassVar[int]
    kind: str
    schedule: str
    duration: str
    applications: _containers.RepeatedScalarFieldContainer[str]
    namespaces: _containers.RepeatedScalarFieldContainer[str]
    clusters: _containers.RepeatedScalarFieldContainer[str]
    manualSync: bool
    timeZone: str
    andOperator: bool
    description: str
    syncOverrun: bool
    def __init__(self, kind: _Optional[str] = ..., schedule: _Optional[str] = ..., duration: _Optional[str] = ..., applications: _Optional[_Iterable[str]] = ..., namespaces: _Optional[_Iterable[str]] = ..., clusters: _Optional[_Iterable[str]] = ..., manualSync: _Optional[bool] = ..., timeZone: _Optional[str] = ..., andOperator: _Optional[bool] = ..., description: _Optional[str] = ..., syncOverrun: _Optional[bool] = ...) -> None: ...

class TLSClientConfig(_message.Message):
    __slots__ = ("insecure", "serverName", "certData", "keyData", "caData")
    INSECURE_FIELD_NUMBER: _ClassVar[int]
    SERVERNAME_FIELD_NUMBER: _ClassVar[int]
    CERTDATA_FIELD_NUMBER: _ClassVar[int]
    KEYDATA_FIELD_NUMBER: _ClassVar[int]
    CADATA_FIELD_NUMBER: _ClassVar[int]
    insecure: bool
    serverName: str
    certData: bytes
    keyData: bytes
    caData: bytes
    def __init__(self, insecure: _Optional[bool] = ..., serverName: _Optional[str] = ..., certData: _Optional[bytes] = ..., keyData: _Optional[bytes] = ..., caData: _Optional[bytes] = ...) -> None: ...

class TagFilter(_message.Message):
    __slots__ = ("key", "value")
    KEY_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    key: str
    value: str
    def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
