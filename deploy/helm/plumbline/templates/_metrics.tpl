{{/* Services of the metrics ports, and scraping by the Prometheus operator. */}}

{{/* Call with dict root, name, component, metrics, port, workload: the name label of the pods. */}}
{{- define "plumbline.metricsService" -}}
{{- if .metrics.enabled }}
{{- $service := .metrics.service | default dict }}
apiVersion: v1
kind: Service
metadata:
  {{- include "plumbline.metadata" (dict "root" .root "name" .name "component" .component "annotations" $service.annotations "labels" $service.labels) | nindent 2 }}
spec:
  {{- include "plumbline.families" .root | nindent 2 }}
  ports:
    - {name: metrics, port: {{ .port }}, targetPort: metrics, protocol: TCP}
  selector:
    {{- include "plumbline.selector" (dict "root" .root "name" .workload) | nindent 4 }}
{{- end }}
{{- end }}

{{/* Call with dict root, name, component, metrics, service: the Service's name label. */}}
{{- define "plumbline.serviceMonitor" -}}
{{- $monitor := .metrics.serviceMonitor | default dict }}
{{- if and .metrics.enabled $monitor.enabled }}
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  name: {{ .name }}
  namespace: {{ $monitor.namespace | default .root.Release.Namespace }}
  labels:
    {{- include "plumbline.labels" . | nindent 4 }}
    {{- with merge (dict) ($monitor.selector | default dict) ($monitor.additionalLabels | default dict) }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with $monitor.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  endpoints:
    - port: metrics
      path: /metrics
      {{- range $key := list "interval" "scrapeTimeout" "honorLabels" "relabelings" "metricRelabelings" "scheme" "tlsConfig" }}
      {{- with get $monitor $key }}
      {{ $key }}: {{ toJson . }}
      {{- end }}
      {{- end }}
  namespaceSelector:
    matchNames: [{{ .root.Release.Namespace }}]
  selector:
    matchLabels:
      {{- include "plumbline.selector" (dict "root" .root "name" .service) | nindent 6 }}
{{- end }}
{{- end }}
