{{/* How the repo-server reaches Redis; its address comes from argocd-cmd-params-cm. */}}
{{- define "plumbline.redisEnv" -}}
{{- $external := .Values.externalRedis -}}
{{- if or .Values.redis.enabled $external.password -}}
- name: REDIS_PASSWORD
  valueFrom: {secretKeyRef: {name: argocd-redis, key: auth}}
{{- else if $external.existingSecret -}}
- name: REDIS_PASSWORD
  valueFrom: {secretKeyRef: {name: {{ $external.existingSecret }}, key: redis-password}}
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
