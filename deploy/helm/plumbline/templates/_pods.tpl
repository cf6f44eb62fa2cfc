{{/* What every pod and every container has in common; the policy tests check it. */}}

{{/* Call with dict root, name, component, values, user, token, annotations. */}}
{{- define "plumbline.podMetadata" -}}
labels:
  {{- include "plumbline.labels" (dict "root" .root "name" .name "component" .component) | nindent 2 }}
  {{- with .root.Values.global.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  # A changed setting that is read at the start only restarts the pods.
  checksum/cmd-params: {{ include "plumbline.params" .root | sha256sum }}
  {{- with merge (dict) .values.podAnnotations .root.Values.global.podAnnotations }}
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
{{- with $global.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $global.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $global.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $global.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $global.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if .spread }}
topologySpreadConstraints:
  {{- if kindIs "invalid" $global.topologySpreadConstraints }}
  {{- range $key := list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - maxSkew: 1
    topologyKey: {{ $key }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "plumbline.selector" $ | nindent 8 }}
  {{- end }}
  {{- else }}
  {{- toYaml $global.topologySpreadConstraints | nindent 2 }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "plumbline.container" -}}
image: {{ include "plumbline.image" (dict "root" .root "image" .image "ours" .ours) }}
imagePullPolicy: {{ .root.Values.global.image.imagePullPolicy }}
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

{{/* /healthz never asks Git, Redis or the API server. Call with dict port, scheme. */}}
{{- define "plumbline.probes" -}}
{{- $get := dict "path" "/healthz" "port" .port "scheme" .scheme -}}
startupProbe:
  httpGet:
    {{- toYaml $get | nindent 4 }}
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 60
livenessProbe:
  httpGet:
    {{- toYaml $get | nindent 4 }}
  periodSeconds: 15
  timeoutSeconds: 5
  failureThreshold: 4
readinessProbe:
  httpGet:
    {{- toYaml $get | nindent 4 }}
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 2
{{- end }}

{{- define "plumbline.pdb" -}}
{{- if .values.pdb.enabled }}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "plumbline.metadata" . | nindent 2 }}
spec:
  {{- if not (kindIs "invalid" .values.pdb.minAvailable) }}
  minAvailable: {{ .values.pdb.minAvailable }}
  {{- else }}
  maxUnavailable: {{ .values.pdb.maxUnavailable }}
  {{- end }}
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "plumbline.selector" . | nindent 6 }}
{{- end }}
{{- end }}

{{- define "plumbline.hpa" -}}
{{- with .values.autoscaling }}
{{- if .enabled }}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "plumbline.metadata" $ | nindent 2 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ $.name }}
  minReplicas: {{ .minReplicas }}
  maxReplicas: {{ .maxReplicas }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{ .targetCPUUtilizationPercentage }}
{{- end }}
{{- end }}
{{- end }}

{{- define "plumbline.serviceAccount" -}}
{{- if .values.serviceAccount.create }}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "plumbline.metadata" (dict "root" .root "name" .values.serviceAccount.name "workload" .name "component" .component "annotations" .values.serviceAccount.annotations) | nindent 2 }}
# Pods that need a token ask for it themselves.
automountServiceAccountToken: false
{{- end }}
{{- end }}
