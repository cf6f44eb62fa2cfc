{{/* How many of a workload there are, and at least must be. */}}

{{- define "plumbline.pdb" -}}
{{- with .values.pdb }}
{{- if .enabled }}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "plumbline.metadata" (merge (dict "annotations" .annotations "labels" .labels) (omit $ "annotations" "labels")) | nindent 2 }}
spec:
  {{- if not (has .minAvailable (list nil "")) }}
  minAvailable: {{ .minAvailable }}
  {{- else }}
  maxUnavailable: {{ ternary 1 .maxUnavailable (has .maxUnavailable (list nil "")) }}
  {{- end }}
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "plumbline.selector" $ | nindent 6 }}
{{- end }}
{{- end }}
{{- end }}

{{- define "plumbline.hpa" -}}
{{- with .values.autoscaling }}
{{- if .enabled }}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "plumbline.metadata" (merge (dict "annotations" .annotations) (omit $ "annotations")) | nindent 2 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ $.name }}
  minReplicas: {{ .minReplicas }}
  maxReplicas: {{ .maxReplicas }}
  metrics:
    {{- with .targetMemoryUtilizationPercentage }}
    - {type: Resource, resource: {name: memory, target: {type: Utilization, averageUtilization: {{ . }}}}}
    {{- end }}
    {{- with .targetCPUUtilizationPercentage }}
    - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: {{ . }}}}}
    {{- end }}
    {{- with .metrics }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with .behavior }}
  behavior:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end }}
{{- end }}
