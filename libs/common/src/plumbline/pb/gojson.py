"""Generated; see tools/generate_proto.py."""

FACTS = {
    "application.ApplicationCreateRequest": {
        "upsert": "p",
        "validate": "p",
    },
    "application.ApplicationDeleteRequest": {
        "appNamespace": "p",
        "cascade": "p",
        "name": "p",
        "project": "p",
        "propagationPolicy": "p",
    },
    "application.ApplicationManifestQuery": {
        "appNamespace": "p",
        "name": "p",
        "noCache": "p",
        "project": "p",
        "revision": "p",
    },
    "application.ApplicationManifestQueryWithFiles": {
        "appNamespace": "p",
        "checksum": "p",
        "name": "p",
        "project": "p",
    },
    "application.ApplicationManifestQueryWithFilesWrapper": {
        "chunk": "={chunk} (Go interface field; JSON key Part)",
        "query": "={query} (Go interface field; JSON key Part)",
    },
    "application.ApplicationPatchRequest": {
        "appNamespace": "p",
        "name": "p",
        "patch": "p",
        "patchType": "p",
        "project": "p",
    },
    "application.ApplicationPodLogsQuery": {
        "appNamespace": "p",
        "container": "p",
        "filter": "p",
        "follow": "p",
        "group": "p",
        "kind": "p",
        "matchCase": "p",
        "name": "p",
        "namespace": "p",
        "podName": "p",
        "previous": "p",
        "project": "p",
        "resourceName": "p",
        "sinceSeconds": "p",
        "tailLines": "p",
        "untilTime": "p",
    },
    "application.ApplicationQuery": {
        "appNamespace": "p",
        "name": "p",
        "refresh": "p",
        "repo": "p",
        "resourceVersion": "p",
        "selector": "p",
    },
    "application.ApplicationResourceDeleteRequest": {
        "appNamespace": "p",
        "force": "p",
        "group": "p",
        "kind": "p",
        "name": "p",
        "namespace": "p",
        "orphan": "p",
        "project": "p",
        "resourceName": "p",
        "version": "p",
    },
    "application.ApplicationResourceEventsQuery": {
        "appNamespace": "p",
        "name": "p",
        "project": "p",
        "resourceName": "p",
        "resourceNamespace": "p",
        "resourceUID": "p",
    },
    "application.ApplicationResourcePatchRequest": {
        "appNamespace": "p",
        "group": "p",
        "kind": "p",
        "name": "p",
        "namespace": "p",
        "patch": "p",
        "patchType": "p",
        "project": "p",
        "resourceName": "p",
        "version": "p",
    },
    "application.ApplicationResourceRequest": {
        "appNamespace": "p",
        "group": "p",
        "kind": "p",
        "name": "p",
        "namespace": "p",
        "project": "p",
        "resourceName": "p",
        "version": "p",
    },
    "application.ApplicationResourceResponse": {
        "manifest": "p",
    },
    "application.ApplicationRollbackRequest": {
        "appNamespace": "p",
        "dryRun": "p",
        "id": "p",
        "name": "p",
        "project": "p",
        "prune": "p",
    },
    "application.ApplicationServerSideDiffQuery": {
        "appName": "p",
        "appNamespace": "p",
        "project": "p",
    },
    "application.ApplicationServerSideDiffResponse": {
        "modified": "p",
    },
    "application.ApplicationSyncRequest": {
        "appNamespace": "p",
        "dryRun": "p",
        "name": "p",
        "project": "p",
        "prune": "p",
        "revision": "p",
    },
    "application.ApplicationSyncWindow": {
        "duration": "p",
        "kind": "p",
        "manualSync": "p",
        "schedule": "p",
    },
    "application.ApplicationSyncWindowsQuery": {
        "appNamespace": "p",
        "name": "p",
        "project": "p",
    },
    "application.ApplicationSyncWindowsResponse": {
        "canSync": "p",
    },
    "application.ApplicationUpdateRequest": {
        "project": "p",
        "validate": "p",
    },
    "application.ApplicationUpdateSpecRequest": {
        "appNamespace": "p",
        "name": "p",
        "project": "p",
        "validate": "p",
    },
    "application.LinkInfo": {
        "description": "p",
        "iconClass": "p",
        "title": "p",
        "url": "p",
    },
    "application.ListAppLinksRequest": {
        "name": "p",
        "namespace": "p",
        "project": "p",
    },
    "application.LogEntry": {
        "content": "p",
        "last": "p",
        "podName": "p",
        "timeStampStr": "p",
    },
    "application.NodeQuery": {
        "appNamespace": "p",
        "name": "p",
    },
    "application.OperationTerminateRequest": {
        "appNamespace": "p",
        "name": "p",
        "project": "p",
    },
    "application.ResourceActionParameters": {
        "name": "p",
        "value": "p",
    },
    "application.ResourceActionRunRequest": {
        "action": "p",
        "appNamespace": "p",
        "group": "p",
        "kind": "p",
        "name": "p",
        "namespace": "p",
        "project": "p",
        "resourceName": "p",
        "version": "p",
    },
    "application.ResourceActionRunRequestV2": {
        "action": "p",
        "appNamespace": "p",
        "group": "p",
        "kind": "p",
        "name": "p",
        "namespace": "p",
        "project": "p",
        "resourceName": "p",
        "version": "p",
    },
    "application.ResourcesQuery": {
        "appNamespace": "p",
        "applicationName": "p",
        "group": "p",
        "kind": "p",
        "name": "p",
        "namespace": "p",
        "project": "p",
        "version": "p",
    },
    "application.RevisionMetadataQuery": {
        "appNamespace": "p",
        "name": "p",
        "project": "p",
        "revision": "p",
        "sourceIndex": "p",
        "versionId": "p",
    },
    "events.Event": {
        "eventTime": "av",
        "firstTimestamp": "av",
        "involvedObject": "av",
        "lastTimestamp": "av",
        "metadata": "av",
        "source": "av",
    },
    "events.EventList": {
        "items": "a",
        "metadata": "av",
    },
    "events.EventSeries": {
        "lastObservedTime": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.AppProject": {
        "metadata": "av",
        "spec": "av",
        "status": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.AppProjectList": {
        "items": "a",
        "metadata": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.Application": {
        "metadata": "av",
        "spec": "av",
        "status": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ApplicationCondition": {
        "message": "a",
        "type": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ApplicationDestinationServiceAccount": {
        "defaultServiceAccount": "a",
        "server": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ApplicationList": {
        "items": "a",
        "metadata": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ApplicationSet": {
        "metadata": "av",
        "spec": "av",
        "status": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ApplicationSetApplicationStatus": {
        "application": "a",
        "message": "a",
        "status": "a",
        "step": "a",
        "targetrevisions": "a=targetRevisions",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ApplicationSetCondition": {
        "message": "a",
        "reason": "a",
        "status": "a",
        "type": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ApplicationSetList": {
        "items": "a",
        "metadata": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ApplicationSetSpec": {
        "generators": "a",
        "template": "av",
        "templatePatch": "p",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ApplicationSetStatus": {
        "health": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ApplicationSetSyncPolicy": {
        "applicationsSync": "p",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ApplicationSetTemplate": {
        "metadata": "av",
        "spec": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ApplicationSetWatchEvent": {
        "applicationSet": "av",
        "type": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ApplicationSource": {
        "repoURL": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ApplicationSourceDirectory": {
        "jsonnet": "zv",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ApplicationSourcePluginParameter": {
        "name": "a",
        "string": "p",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ApplicationSpec": {
        "destination": "av",
        "project": "a",
        "revisionHistoryLimit": "p",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ApplicationStatus": {
        "health": "av",
        "sourceHydrator": "av",
        "summary": "av",
        "sync": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ApplicationWatchEvent": {
        "application": "av",
        "type": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.Backoff": {
        "factor": "p",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.BasicAuthBitbucketServer": {
        "passwordRef": "a",
        "username": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.BearerTokenBitbucket": {
        "tokenRef": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.BearerTokenBitbucketCloud": {
        "tokenRef": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.Cluster": {
        "config": "av",
        "connectionState": "av",
        "info": "av",
        "name": "a",
        "server": "a",
        "shard": "p",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ClusterConfig": {
        "tlsClientConfig": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ClusterGenerator": {
        "selector": "av",
        "template": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ClusterInfo": {
        "applicationsCount": "a",
        "cacheInfo": "av",
        "connectionState": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ClusterList": {
        "items": "a",
        "metadata": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ClusterResourceRestrictionItem": {
        "group": "a",
        "kind": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ComparedTo": {
        "destination": "av",
        "source": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ComponentParameter": {
        "name": "a",
        "value": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ConfigManagementPlugin": {
        "generate": "av",
        "name": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ConfigMapKeyRef": {
        "configMapName": "a",
        "key": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ConnectionState": {
        "attemptedAt": "a",
        "message": "a",
        "status": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.DrySource": {
        "path": "a",
        "repoURL": "a",
        "targetRevision": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.DuckTypeGenerator": {
        "configMapRef": "a",
        "labelSelector": "av",
        "requeueAfterSeconds": "p",
        "template": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.EnvEntry": {
        "name": "a",
        "value": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.GitDirectoryGeneratorItem": {
        "path": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.GitFileGeneratorItem": {
        "path": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.GitGenerator": {
        "repoURL": "a",
        "requeueAfterSeconds": "p",
        "revision": "a",
        "template": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.GnuPGPublicKey": {
        "keyID": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.GnuPGPublicKeyList": {
        "items": "a",
        "metadata": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.HelmOptions": {
        "valuesFileSchemes": "a=ValuesFileSchemes",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.HostInfo": {
        "systemInfo": "v",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.HydrateOperation": {
        "message": "a",
        "phase": "a",
        "sourceHydrator": "av",
        "startedAt": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.HydrateTo": {
        "targetBranch": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.Info": {
        "name": "a",
        "value": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.JWTToken": {
        "iat": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.JsonnetVar": {
        "name": "a",
        "value": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.KustomizeOptions": {
        "binaryPath": "a=BinaryPath",
        "buildOptions": "a=BuildOptions",
        "versions": "a=Versions",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.KustomizeReplica": {
        "count": "av",
        "name": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.KustomizeResId": {
        "gvk": "iv",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.KustomizeSelector": {
        "resId": "iv",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.KustomizeVersion": {
        "buildOptions": "a=BuildOptions",
        "name": "a=Name",
        "path": "a=Path",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ListGenerator": {
        "elements": "a",
        "template": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.MatrixGenerator": {
        "generators": "a",
        "template": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.MergeGenerator": {
        "generators": "a",
        "mergeKeys": "a",
        "template": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.NestedMatrixGenerator": {
        "generators": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.NestedMergeGenerator": {
        "generators": "a",
        "mergeKeys": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.Operation": {
        "initiatedBy": "av",
        "retry": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.OperationState": {
        "operation": "av",
        "phase": "a",
        "startedAt": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.OptionalArray": {
        "array": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.OptionalMap": {
        "map": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.OrphanedResourcesMonitorSettings": {
        "warn": "p",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.OverrideIgnoreDiff": {
        "jSONPointers": "a=jsonPointers",
        "jqPathExpressions": "a",
        "managedFieldsManagers": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.PluginConfigMapRef": {
        "name": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.PluginGenerator": {
        "configMapRef": "av",
        "input": "av",
        "requeueAfterSeconds": "p",
        "template": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ProjectRole": {
        "name": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.PullRequestGenerator": {
        "requeueAfterSeconds": "p",
        "template": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.PullRequestGeneratorAzureDevOps": {
        "organization": "a",
        "project": "a",
        "repo": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.PullRequestGeneratorBitbucket": {
        "owner": "a",
        "repo": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.PullRequestGeneratorBitbucketServer": {
        "api": "a",
        "project": "a",
        "repo": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.PullRequestGeneratorFilter": {
        "branchMatch": "p",
        "targetBranchMatch": "p",
        "titleMatch": "p",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.PullRequestGeneratorGitLab": {
        "project": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.PullRequestGeneratorGitea": {
        "api": "a",
        "owner": "a",
        "repo": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.PullRequestGeneratorGithub": {
        "owner": "a",
        "repo": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.RefTarget": {
        "chart": "a=Chart",
        "repo": "av=Repo",
        "targetRevision": "a=TargetRevision",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.RepoCreds": {
        "url": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.RepoCredsList": {
        "items": "a",
        "metadata": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.Repository": {
        "connectionState": "av",
        "repo": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.RepositoryCertificate": {
        "certData": "a",
        "certInfo": "a",
        "certSubType": "a",
        "certType": "a",
        "serverName": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.RepositoryCertificateList": {
        "items": "a",
        "metadata": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.RepositoryList": {
        "items": "a",
        "metadata": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ResourceActionDefinition": {
        "actionLua": "a=action.lua",
        "name": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ResourceActions": {
        "actionDiscoveryLua": "=discovery.lua",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ResourceIgnoreDifferences": {
        "kind": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ResourceNode": {
        "resourceRef": "iv",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ResourceOverride": {
        "healthLua": "=health.lua",
        "ignoreDifferences": "av",
        "ignoreResourceUpdates": "av",
        "useOpenLibs": "=health.lua.useOpenLibs",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.ResourceResult": {
        "group": "a",
        "kind": "a",
        "name": "a",
        "namespace": "a",
        "version": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.RevisionHistory": {
        "deployedAt": "av",
        "id": "a",
        "initiatedBy": "av",
        "source": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.RevisionMetadata": {
        "date": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.SCMProviderGenerator": {
        "requeueAfterSeconds": "p",
        "template": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.SCMProviderGeneratorAzureDevOps": {
        "accessTokenRef": "a",
        "organization": "a",
        "teamProject": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.SCMProviderGeneratorBitbucket": {
        "appPasswordRef": "a",
        "owner": "a",
        "user": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.SCMProviderGeneratorBitbucketServer": {
        "api": "a",
        "project": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.SCMProviderGeneratorFilter": {
        "branchMatch": "p",
        "labelMatch": "p",
        "repositoryMatch": "p",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.SCMProviderGeneratorGitea": {
        "api": "a",
        "owner": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.SCMProviderGeneratorGithub": {
        "organization": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.SCMProviderGeneratorGitlab": {
        "group": "a",
        "includeSharedProjects": "p",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.SecretRef": {
        "key": "a",
        "secretName": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.SignatureKey": {
        "keyID": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.SourceHydrator": {
        "drySource": "av",
        "syncSource": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.SourceIntegrity": {
        "git": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.SourceIntegrityCheckResult": {
        "checks": "a=Checks",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.SourceIntegrityCheckResultItem": {
        "name": "a=Name",
        "problems": "a=Problems",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.SourceIntegrityGit": {
        "policies": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.SourceIntegrityGitPolicy": {
        "gpg": "a",
        "repos": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.SourceIntegrityGitPolicyGPG": {
        "keys": "a",
        "mode": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.SourceIntegrityGitPolicyRepo": {
        "url": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.SuccessfulHydrateOperation": {
        "sourceHydrator": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.SyncOperationResource": {
        "kind": "a",
        "name": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.SyncOperationResult": {
        "revision": "a",
        "source": "av",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.SyncPolicyAutomated": {
        "allowEmpty": "p",
        "enabled": "p",
        "prune": "p",
        "selfHeal": "p",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.SyncSource": {
        "path": "a",
        "targetBranch": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.SyncStatus": {
        "comparedTo": "av",
        "status": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.SyncStrategyHook": {
        "syncStrategyApply": "iv",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.TLSClientConfig": {
        "insecure": "a",
    },
    "github.com.argoproj.argo_cd.v3.pkg.apis.application.v1alpha1.TagFilter": {
        "key": "a",
    },
    "k8s.io.api.core.v1.LoadBalancerIngress": {
        "ipMode": "p",
    },
    "k8s.io.api.core.v1.NodeSwapStatus": {
        "capacity": "p",
    },
    "k8s.io.api.core.v1.NodeSystemInfo": {
        "architecture": "a",
        "bootID": "a",
        "containerRuntimeVersion": "a",
        "kernelVersion": "a",
        "kubeProxyVersion": "a",
        "kubeletVersion": "a",
        "machineID": "a",
        "operatingSystem": "a",
        "osImage": "a",
        "systemUUID": "a",
    },
    "k8s.io.api.core.v1.PortStatus": {
        "error": "p",
        "port": "a",
        "protocol": "a",
    },
    "k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.JSON": {
        "raw": "a",
    },
    "k8s.io.apimachinery.pkg.apis.meta.v1.GroupKind": {
        "group": "a",
        "kind": "a",
    },
    "k8s.io.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement": {
        "key": "a",
        "operator": "a",
    },
    "k8s.io.apimachinery.pkg.apis.meta.v1.ListMeta": {
        "remainingItemCount": "p",
    },
    "k8s.io.apimachinery.pkg.apis.meta.v1.ObjectMeta": {
        "creationTimestamp": "zv",
        "deletionGracePeriodSeconds": "p",
    },
    "k8s.io.apimachinery.pkg.apis.meta.v1.OwnerReference": {
        "apiVersion": "a",
        "blockOwnerDeletion": "p",
        "controller": "p",
        "kind": "a",
        "name": "a",
        "uid": "a",
    },
    "k8s.io.apimachinery.pkg.apis.meta.v1.ShardInfo": {
        "selector": "a",
    },
    "k8s.io.apimachinery.pkg.runtime.RawExtension": {
        "raw": "a",
    },
    "notification.Service": {
        "name": "p",
    },
    "notification.Template": {
        "name": "p",
    },
    "notification.Trigger": {
        "name": "p",
    },
    "plugin.AppStreamRequest": {
        "file": "={file} (Go interface field; JSON key Request)",
        "metadata": "={metadata} (Go interface field; JSON key Request)",
    },
    "repository.ManifestRequestWithFiles": {
        "chunk": "={chunk} (Go interface field; JSON key Part)",
        "metadata": "={metadata} (Go interface field; JSON key Part)",
        "request": "={request} (Go interface field; JSON key Part)",
    },
}
