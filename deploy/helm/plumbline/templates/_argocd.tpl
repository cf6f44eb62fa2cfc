{{/* Values written for the argo-cd chart: judged by files/argo-cd-values.yaml. */}}

{{/* What is at a dotted path of the values, as JSON {"value": …}; nothing where nothing is. */}}
{{- define "plumbline.at" -}}
{{- $here := dict "value" .values "found" true -}}
{{- range splitList "." .path -}}
{{- if and $here.found (kindIs "map" $here.value) (hasKey $here.value .) -}}
{{- $_ := set $here "value" (get $here.value .) -}}
{{- else -}}
{{- $_ := set $here "found" false -}}
{{- end -}}
{{- end -}}
{{- if $here.found }}{{ dict "value" $here.value | toJson }}{{ end -}}
{{- end }}

{{/* All refused keys at once: a switch should not take one attempt per key. */}}
{{- define "plumbline.checkForeign" -}}
{{- $table := .Files.Get "files/argo-cd-values.yaml" | fromYaml -}}
{{- $found := list -}}
{{- range $class := list "replaced" "refused" -}}
{{- range $path, $words := get $table $class -}}
{{- $at := include "plumbline.at" (dict "values" $.Values "path" $path) -}}
{{- if $at -}}
{{- $value := ($at | fromJson).value -}}
{{- if and $value (not (has $value (get $table.accepted $path | default list))) -}}
{{- $found = append $found (printf "%s: %s %s" $path (ternary "use instead:" "refused:" (eq $class "replaced")) $words) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if $found }}{{ fail (printf "values that mean something else here (files/argo-cd-values.yaml):\n  %s" (join "\n  " $found)) }}{{ end -}}
{{- end }}

{{/* Lines for NOTES.txt about values that have no effect. */}}
{{- define "plumbline.withoutEffect" -}}
{{- $table := .Files.Get "files/argo-cd-values.yaml" | fromYaml -}}
{{- range $path, $words := $table.ignored -}}
{{- $at := include "plumbline.at" (dict "values" $.Values "path" $path) -}}
{{- if $at -}}
{{- if ($at | fromJson).value }}
  {{ $path }}: {{ $words }}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}
