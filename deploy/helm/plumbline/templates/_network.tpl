{{/* Pieces of the NetworkPolicies. Every piece is a list item. */}}

{{- define "plumbline.dns" -}}
- ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]
  to:
    - namespaceSelector: {}
{{- end }}

{{/* Ports everywhere but on blocked addresses. Call with dict root, ports. */}}
{{- define "plumbline.world" -}}
{{- $global := .root.Values.global.networkPolicy -}}
- ports:
    {{- range .ports }}
    - {port: {{ . }}, protocol: TCP}
    {{- end }}
  to:
    - ipBlock: {cidr: 0.0.0.0/0, except: {{ $global.blockedAddresses | toJson }}}
    - ipBlock: {cidr: "::/0", except: {{ $global.blockedAddressesV6 | toJson }}}
{{- end }}

{{- define "plumbline.to" -}}
- ports: [{port: {{ .port }}, protocol: TCP}]
  to:
    - podSelector:
        matchLabels:
          {{- include "plumbline.selector" . | nindent 10 }}
{{- end }}

{{- define "plumbline.from" -}}
- ports: [{port: {{ .port }}, protocol: TCP}]
  from:
    {{- range .names }}
    - podSelector:
        matchLabels:
          {{- include "plumbline.selector" (dict "root" $.root "name" .) | nindent 10 }}
    {{- end }}
{{- end }}

{{- define "plumbline.metricsIngress" -}}
- ports: [{port: {{ .port }}, protocol: TCP}]
  from:
    {{- toYaml .root.Values.global.networkPolicy.metricsFrom | nindent 4 }}
{{- end }}
