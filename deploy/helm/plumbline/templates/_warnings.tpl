{{/* What somebody who installs this should know; one line each. */}}
{{- define "plumbline.warnings" -}}
{{- if and .Values.createClusterRoles (not .Values.controller.managedNamespaces) (not .Values.controller.clusterRoleRules.enabled) }}
- The controller's account is as strong as cluster-admin: keep this namespace closed.
{{- end }}
{{- if .Values.controller.allowPrivilegeEscalation }}
- The controller may grant anybody anything (controller.allowPrivilegeEscalation).
{{- end }}
{{- $unpinned := list }}
{{- range $key := list "server" "repoServer" "controller" }}
{{- if not (get $.Values $key).image.digest }}{{ $unpinned = append $unpinned $key }}{{ end }}
{{- end }}
{{- if and .Values.redis.enabled (not .Values.redis.image.digest) }}{{ $unpinned = append $unpinned "redis" }}{{ end }}
{{- with $unpinned }}
- Images named by a tag, which may be moved: give image.digest of {{ join ", " . }}.
{{- end }}
{{- if eq .Values.repoServer.sandbox "auto" }}
- Nodes whose kernel has no landlock render with a weaker sandbox; repoServer.sandbox=required refuses to.
{{- else if eq .Values.repoServer.sandbox "off" }}
- Renders run without a sandbox (repoServer.sandbox=off): whoever may push may read what the repo-server reads.
{{- end }}
{{- if not .Values.global.networkPolicy.create }}
- No NetworkPolicies: any pod of the cluster reaches Redis and the metrics.
{{- else }}
- NetworkPolicies hold only where the cluster's network plugin enforces them.
{{- end }}
{{- if eq "true" (include "plumbline.insecure" .) }}
- The users' port is plain text (server.insecure): TLS has to end in front of it.
{{- end }}
{{- if and (not .Values.redis.enabled) .Values.externalRedis.host (not .Values.externalRedis.tls.enabled) }}
- Redis is spoken to in plain text (externalRedis.tls.enabled).
{{- end }}
{{- if not .Values.keys.enabled }}
- keys.enabled=false: pods wait until you have made the Secrets that README.md lists.
{{- else if not .Values.keys.renewal.enabled }}
- Certificates end after {{ .Values.keys.certificateDays }} days, and nothing renews them (keys.renewal.enabled).
{{- end }}
{{- if not .Values.crds.keep }}
- crds.keep=false: uninstalling deletes all Applications, AppProjects and ApplicationSets.
{{- end }}
{{- end }}
