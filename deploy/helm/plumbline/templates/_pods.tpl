{{/* What every pod and every container has in common; the policy tests check it. */}}

{{/* Call with dict root, name, component, values, user, token. */}}
{{- define "plumbline.podMetadata" -}}
labels:
  {{- include "plumbline.labels" . | nindent 2 }}
  {{- with merge (dict) (.values.podLabels | default dict) .root.Values.global.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  # A changed setting that is read at the start only restarts the pods.
  checksum/cmd-params: {{ include "plumbline.params" .root | sha256sum }}
  {{- with merge (dict) (.values.podAnnotations | default dict) .root.Values.global.podAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{/* A workload's own value where it has one, else the one of `global`. Call with dict it, key. */}}
{{- define "plumbline.own" -}}
{{- with get .it.values .key | default (get .it.root.Values.global .key) }}
{{ $.key }}:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "plumbline.pod" -}}
{{- $global := .root.Values.global -}}
serviceAccountName: {{ .values.serviceAccount.name }}
automountServiceAccountToken: {{ .token }}
enableServiceLinks: false
{{- if not (kindIs "invalid" $global.hostUsers) }}
hostUsers: {{ $global.hostUsers }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: {{ .user }}
  runAsGroup: {{ .user }}
  fsGroup: {{ .user }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- range $key := list "imagePullSecrets" "nodeSelector" "tolerations" "hostAliases" }}
{{- include "plumbline.own" (dict "it" $ "key" $key) }}
{{- end }}
{{- with .values.dnsConfig }}
dnsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.dnsPolicy }}
dnsPolicy: {{ . }}
{{- end }}
{{- with .values.runtimeClassName | default $global.runtimeClassName }}
runtimeClassName: {{ . }}
{{- end }}
{{- with .values.priorityClassName | default $global.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with include "plumbline.affinity" . | trim }}
affinity:
  {{- . | nindent 2 }}
{{- end }}
{{- if .spread }}
{{- include "plumbline.spread" . }}
{{- end }}
{{- with .values.initContainers }}
initContainers:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Over nodes and zones as far as possible, or as given; always of the workload's own pods. */}}
{{- define "plumbline.spread" -}}
{{- $global := .root.Values.global.topologySpreadConstraints -}}
{{- $wanted := list -}}
{{- if .values.topologySpreadConstraints -}}
{{- $wanted = .values.topologySpreadConstraints -}}
{{- else if not (kindIs "invalid" $global) -}}
{{- $wanted = $global -}}
{{- else -}}
{{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" -}}
{{- $wanted = append $wanted (dict "maxSkew" 1 "topologyKey" . "whenUnsatisfiable" "ScheduleAnyway") -}}
{{- end -}}
{{- end -}}
{{- $selector := dict "labelSelector" (dict "matchLabels" (include "plumbline.selector" . | fromYaml)) -}}
{{- with $wanted }}
topologySpreadConstraints:
  {{- range . }}
  - {{- toYaml (merge (dict) . $selector) | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}

{{/* A workload's own, or the general one; there also in the words none, soft and hard. */}}
{{- define "plumbline.affinity" -}}
{{- $global := .root.Values.global.affinity | default dict -}}
{{- $pods := get $global "podAntiAffinity" -}}
{{- $nodes := get $global "nodeAffinity" | default dict -}}
{{- $words := or (kindIs "string" $pods) (hasKey $nodes "type") (hasKey $nodes "matchExpressions") -}}
{{- if .values.affinity }}
{{ toYaml .values.affinity }}
{{- else if and $global (not $words) }}
{{ toYaml $global }}
{{- else if $words }}
{{- $term := dict "topologyKey" "kubernetes.io/hostname" "labelSelector" (dict "matchLabels" (include "plumbline.selector" . | fromYaml)) }}
{{- if eq "hard" (toString $pods) }}
podAntiAffinity:
  requiredDuringSchedulingIgnoredDuringExecution:
    - {{- toYaml $term | nindent 6 }}
{{- else if eq "soft" (toString $pods) }}
podAntiAffinity:
  preferredDuringSchedulingIgnoredDuringExecution:
    - weight: 100
      podAffinityTerm:
        {{- toYaml $term | nindent 8 }}
{{- else if not (has $pods (list "none" "" nil)) }}
{{- fail (printf "global.affinity.podAntiAffinity: none, soft, hard or an object, not %v" $pods) }}
{{- end }}
{{- with $nodes.matchExpressions }}
nodeAffinity:
  {{- if eq "soft" (toString ($nodes.type | default "hard")) }}
  preferredDuringSchedulingIgnoredDuringExecution:
    - weight: 1
      preference:
        matchExpressions:
          {{- toYaml . | nindent 10 }}
  {{- else }}
  requiredDuringSchedulingIgnoredDuringExecution:
    nodeSelectorTerms:
      - matchExpressions:
          {{- toYaml . | nindent 10 }}
  {{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "plumbline.container" -}}
image: {{ include "plumbline.image" (dict "root" .root "image" .image "ours" .ours) }}
imagePullPolicy: {{ .image.imagePullPolicy | default .root.Values.global.image.imagePullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  privileged: false
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  capabilities:
    drop: [ALL]
  seccompProfile:
    type: RuntimeDefault
resources:
  {{- toYaml .resources | nindent 2 }}
{{- end }}

{{/* The users' variables; theirs are last. Call with the workload. */}}
{{- define "plumbline.moreEnv" -}}
{{- with concat (.root.Values.global.env | default list) (.values.env | default list) }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "plumbline.envFrom" -}}
{{- with .values.envFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* A list of the values, as items of a list that has begun. */}}
{{- define "plumbline.items" -}}
{{- with . }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* A pause in which Services and Ingresses stop sending; the process serves on. Without a shell. */}}
{{- define "plumbline.lifecycle" -}}
lifecycle:
  {{- toYaml (.values.lifecycle | default (dict "preStop" (dict "sleep" (dict "seconds" 5)))) | nindent 2 }}
{{- end }}

{{/* No old pod goes before a new one has been ready for a while. */}}
{{- define "plumbline.rollout" -}}
{{- with .root.Values.global.revisionHistoryLimit }}
revisionHistoryLimit: {{ . }}
{{- end }}
minReadySeconds: {{ .values.minReadySeconds }}
strategy:
  {{- toYaml (.values.deploymentStrategy | default (dict "type" "RollingUpdate" "rollingUpdate" (dict "maxUnavailable" 0 "maxSurge" 1))) | nindent 2 }}
{{- end }}

{{/* The variables that argocd-cmd-params-cm sets. Call with dict root, component. */}}
{{- define "plumbline.paramEnv" -}}
{{- $table := .root.Files.Get "files/params.yaml" | fromYaml -}}
{{- range $key, $variable := get $table .component }}
- name: {{ $variable }}
  valueFrom:
    configMapKeyRef:
      name: argocd-cmd-params-cm
      key: {{ $key }}
      optional: true
{{- end }}
{{- end }}

{{- define "plumbline.identityEnv" -}}
- name: PLUMBLINE_TLS_CERT
  value: /etc/plumbline/identity/tls.crt
- name: PLUMBLINE_TLS_KEY
  value: /etc/plumbline/identity/tls.key
- name: PLUMBLINE_TLS_CA
  value: /etc/plumbline/identity/ca.crt
{{- end }}

{{- define "plumbline.identityMount" -}}
- name: identity
  mountPath: /etc/plumbline/identity
  readOnly: true
- name: tmp
  mountPath: /tmp
{{- end }}

{{/* Made by the keys Job: the pod waits until the Secret is there. Call with dict role, tmp. */}}
{{- define "plumbline.identityVolume" -}}
- name: identity
  secret:
    secretName: plumbline-identity-{{ .role }}
    defaultMode: 0440
- name: tmp
  emptyDir:
    sizeLimit: {{ .tmp }}
{{- end }}

{{/*
Three questions: has it started, does its loop turn, can it work. The first two ask nothing of Git, Redis
or the API server, since a restart would bring none of them back. Call with dict values.
*/}}
{{- define "plumbline.probes" -}}
{{- $times := list "failureThreshold" "initialDelaySeconds" "periodSeconds" "successThreshold" "timeoutSeconds" -}}
{{- $paths := dict "startupProbe" "/livez" "livenessProbe" "/livez" "readinessProbe" "/readyz" -}}
{{- $startup := dict "periodSeconds" 5 "timeoutSeconds" 3 "failureThreshold" 60 -}}
{{- $liveness := dict "periodSeconds" 15 "timeoutSeconds" 5 "failureThreshold" 4 -}}
{{- $readiness := dict "periodSeconds" 5 "timeoutSeconds" 3 "failureThreshold" 2 -}}
{{- range $kind, $default := dict "startupProbe" $startup "livenessProbe" $liveness "readinessProbe" $readiness }}
{{- $probe := dict "httpGet" (dict "path" (get $paths $kind) "port" "metrics" "scheme" "HTTP") }}
{{- $given := get $.values $kind | default dict }}
{{- range $times }}
{{- $time := ternary (get $given .) (get $default .) (hasKey $given .) }}
{{- if not (kindIs "invalid" $time) }}{{ if ne "" (toString $time) }}{{ $_ := set $probe . (int $time) }}{{ end }}{{ end }}
{{- end }}
{{ $kind }}:
  {{- toYaml $probe | nindent 2 }}
{{- end }}
{{- end }}

{{- define "plumbline.serviceAccount" -}}
{{- if .values.serviceAccount.create }}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "plumbline.metadata" (dict "root" .root "name" .values.serviceAccount.name "workload" .name "component" .component "annotations" .values.serviceAccount.annotations "labels" .values.serviceAccount.labels) | nindent 2 }}
# Pods that need a token ask for it themselves.
automountServiceAccountToken: false
{{- end }}
{{- end }}
