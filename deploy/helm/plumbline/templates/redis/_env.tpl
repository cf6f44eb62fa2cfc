{{/* Name and key of the Secret with the password; nothing if there is none. */}}
{{- define "plumbline.redisPassword" -}}
{{- if or .Values.redis.enabled .Values.externalRedis.password -}}
{name: argocd-redis, key: auth}
{{- else if .Values.externalRedis.existingSecret -}}
{name: {{ .Values.externalRedis.existingSecret }}, key: redis-password}
{{- end -}}
{{- end }}

{{/* How the repo-server reaches Redis; its address comes from argocd-cmd-params-cm. */}}
{{- define "plumbline.redisEnv" -}}
{{- $external := .Values.externalRedis -}}
{{- if include "plumbline.redisPassword" . -}}
# A file, because it changes while the process runs.
- name: REDIS_PASSWORD_FILE
  value: /etc/plumbline/redis-password/password
{{- end }}
{{- if and $external.existingSecret (not .Values.redis.enabled) }}
- name: REDIS_USERNAME
  valueFrom: {secretKeyRef: {name: {{ $external.existingSecret }}, key: redis-username, optional: true}}
{{- end }}
{{- if not .Values.redis.enabled }}
{{- if and $external.username (not $external.existingSecret) }}
- name: REDIS_USERNAME
  value: {{ $external.username | quote }}
{{- end }}
- name: REDIS_USE_TLS
  value: {{ $external.tls.enabled | quote }}
{{- if and $external.tls.enabled $external.tls.caSecret }}
- name: REDIS_CA_CERTIFICATE
  value: /etc/plumbline/redis/ca.crt
{{- end }}
{{- end }}
{{- end }}
