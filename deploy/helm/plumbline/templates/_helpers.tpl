{{/* Names, labels and values that several templates use. */}}

{{/* Labels of every object. Call with dict root, name, component. */}}
{{- define "plumbline.labels" -}}
{{ include "plumbline.selector" . }}
app.kubernetes.io/component: {{ .component }}
app.kubernetes.io/part-of: argocd
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- with .root.Values.global.additionalLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "plumbline.selector" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end }}

{{/* Name, namespace, labels and annotations. Call with dict root, name, component, workload, labels. */}}
{{- define "plumbline.metadata" -}}
name: {{ .name }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "plumbline.labels" (dict "root" .root "name" (.workload | default .name) "component" .component) | nindent 2 }}
  {{- with .labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* An image's name. Call with dict root, image, ours. */}}
{{- define "plumbline.image" -}}
{{- $registry := .root.Values.global.image.registry -}}
{{- $name := .image.repository -}}
{{- if and .ours $registry }}{{ $name = printf "%s/%s" (trimSuffix "/" $registry) $name }}{{ end -}}
{{- if .image.digest -}}
{{ printf "%s@%s" $name .image.digest }}
{{- else -}}
{{ printf "%s:%s" $name (.image.tag | default .root.Values.global.image.tag | default .root.Chart.AppVersion) }}
{{- end -}}
{{- end }}

{{/* What argocd-cmd-params-cm holds: the chart's addresses, then the user's keys over them. */}}
{{- define "plumbline.params" -}}
{{- /* The name of all the pods, so that the clients spread their calls over them. */ -}}
{{- $made := dict "repo.server" "argocd-repo-server-pods:8081" -}}
{{- range $word, $value := .Values.global.logging }}
{{- if $value }}
{{- range list "server" "reposerver" "controller" }}{{ $_ := set $made (printf "%s.log.%s" . $word) $value }}{{ end }}
{{- end }}
{{- end }}
{{- if .Values.redis.enabled }}
{{- $_ := set $made "redis.server" "argocd-redis:6379" }}
{{- else if .Values.externalRedis.host }}
{{- $_ := set $made "redis.server" (printf "%s:%v" .Values.externalRedis.host .Values.externalRedis.port) }}
{{- end }}
{{- range $key, $value := omit .Values.configs.params "create" "annotations" }}
{{- if not (kindIs "invalid" $value) }}{{ $_ := set $made $key (include "plumbline.text" $value) }}{{ end }}
{{- end }}
{{- toYaml $made }}
{{- end }}

{{/* A value as the text a ConfigMap holds: numbers without an exponent. */}}
{{- define "plumbline.text" -}}
{{- if kindIs "float64" . }}{{ if eq (floor .) . }}{{ int64 . }}{{ else }}{{ . }}{{ end }}
{{- else if or (kindIs "map" .) (kindIs "slice" .) }}{{ toYaml . }}
{{- else }}{{ toString . }}{{ end }}
{{- end }}

{{/* Data of a ConfigMap: every value as text. */}}
{{- define "plumbline.data" -}}
{{- range $key, $value := . }}
{{- if not (kindIs "invalid" $value) }}
{{ $key }}: {{ include "plumbline.text" $value | toJson }}
{{- end }}
{{- end }}
{{- end }}

{{- define "plumbline.insecure" -}}
{{- $params := include "plumbline.params" . | fromYaml -}}
{{- if has (lower (toString (get $params "server.insecure"))) (list "1" "t" "true" "yes" "on") }}true{{ end -}}
{{- end }}

{{/* Address families of a Service, where they are said. */}}
{{- define "plumbline.families" -}}
{{- with .Values.global.dualStack.ipFamilyPolicy }}
ipFamilyPolicy: {{ . }}
{{- end }}
{{- with .Values.global.dualStack.ipFamilies }}
ipFamilies:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Annotations and labels of a Deployment or StatefulSet. Call with the workload and dict kind. */}}
{{- define "plumbline.workloadMetadata" -}}
{{- $global := .root.Values.global -}}
{{- $annotations := merge (dict) (get .values (printf "%sAnnotations" .kind) | default dict) (get $global (printf "%sAnnotations" .kind) | default dict) -}}
{{- $labels := merge (dict) (get .values (printf "%sLabels" .kind) | default dict) (get $global (printf "%sLabels" .kind) | default dict) -}}
{{- include "plumbline.metadata" (merge (dict "annotations" $annotations "labels" $labels) .) }}
{{- end }}

{{/* Fail early on values that contradict one another. */}}
{{- define "plumbline.check" -}}
{{- include "plumbline.checkForeign" . }}
{{- if and .Values.redis.enabled .Values.externalRedis.host }}
{{- fail "externalRedis.host is set while redis.enabled is true: set redis.enabled=false" }}
{{- end }}
{{- if and .Values.externalRedis.password .Values.externalRedis.existingSecret }}
{{- fail "externalRedis: give password or existingSecret, not both" }}
{{- end }}
{{- if (get .Values.configs.params "application.namespaces") }}
{{- fail "configs.params: application.namespaces is not supported yet; the services would not start" }}
{{- end }}
{{- end }}
