{{/* Sidecars of plugins, as values files for the argo-cd chart have them; explained in docs/plugins.md. */}}

{{/* Whether a list of containers mounts a volume. Call with dict containers, name. */}}
{{- define "plumbline.mounts" -}}
{{- range .containers }}
{{- range .volumeMounts }}
{{- if eq $.name .name }}true{{ end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Whether a list of volumes lacks a name. Call with dict volumes, name. */}}
{{- define "plumbline.lacks" -}}
{{- $names := list }}
{{- range .volumes }}{{ $names = append $names .name }}{{ end }}
{{- if not (has .name $names) }}true{{ end }}
{{- end }}

{{/* Only a socket's own user may connect to it, so the whole pod has the sidecars' user. */}}
{{- define "plumbline.pluginUser" -}}
{{- $users := list -}}
{{- range .Values.repoServer.extraContainers -}}
{{- if include "plumbline.mounts" (dict "containers" (list .) "name" "plugins") -}}
{{- $user := dig "securityContext" "runAsUser" 10003 . | int -}}
{{- if not (has $user (list 10003 999)) -}}
{{- fail (printf "repoServer.extraContainers: sidecar %s runs as user %d; leave securityContext.runAsUser out, or give 999 as Argo CD asks for" .name $user) -}}
{{- end -}}
{{- $users = append $users $user -}}
{{- end -}}
{{- end -}}
{{- if gt (len (uniq $users)) 1 -}}
{{- fail "repoServer.extraContainers: sidecars of plugins have different users, and the repo-server reaches only those of its own: give all securityContext.runAsUser 999, or none" -}}
{{- end -}}
{{- first $users | default 10003 -}}
{{- end }}

{{/* Argo CD's plugin server comes from its own image, in the folder where its sidecars look for it. */}}
{{- define "plumbline.wantsVarFiles" -}}
{{- $given := .Values.repoServer -}}
{{- if include "plumbline.mounts" (dict "containers" $given.extraContainers "name" "var-files") -}}
{{- include "plumbline.lacks" (dict "volumes" $given.volumes "name" "var-files") -}}
{{- end -}}
{{- end }}

{{/* The container that fills it, unless one of the user's does. */}}
{{- define "plumbline.copyutil" -}}
{{- with .Values.repoServer.copyutil -}}
{{- if not .image.repository -}}
{{- fail "repoServer.extraContainers: a sidecar takes argocd-cmp-server from the volume var-files, which Argo CD's own image fills: name that image in repoServer.copyutil.image (repository and tag), or give a volume var-files, or use the sidecar of docs/plugins.md" -}}
{{- end -}}
name: copyutil
{{- include "plumbline.container" (dict "root" $ "image" .image "ours" false "resources" .resources) | nindent 0 }}
command: [/bin/sh, -c]
args: ["/bin/cp /usr/local/bin/argocd /var/run/argocd/argocd && /bin/ln -sf argocd /var/run/argocd/argocd-cmp-server"]
volumeMounts:
  - {name: var-files, mountPath: /var/run/argocd}
{{- end -}}
{{- end }}
