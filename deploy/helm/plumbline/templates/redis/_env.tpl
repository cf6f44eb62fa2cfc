{{/* The volume's source with the password, as file auth; empty without one. */}}
{{- define "plumbline.redisPassword" -}}
{{- $external := .Values.externalRedis -}}
{{- if or .Values.redis.enabled $external.password -}}
secret: {secretName: argocd-redis, defaultMode: 0440, items: [{key: auth, path: auth}]}
{{- else if $external.existingSecret -}}
secret: {secretName: {{ $external.existingSecret }}, defaultMode: 0440, items: [{key: redis-password, path: auth}]}
{{- end }}
{{- end }}

{{/* How the repo-server reaches Redis; its address comes from argocd-cmd-params-cm. */}}
{{- define "plumbline.redisEnv" -}}
{{- $external := .Values.externalRedis -}}
{{- if include "plumbline.redisPassword" . -}}
# A file, because a variable would stay as it was when the password is replaced.
- name: REDIS_PASSWORD_FILE
  value: /etc/plumbline/redis-password/auth
{{- end }}
{{- if and (not .Values.redis.enabled) (not $external.password) $external.existingSecret }}
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
