{{- /* How the database is reached from this chart's pods. SPDX-License-Identifier: PostgreSQL */ -}}

{{- define "portarium.database.host" -}}
{{- if eq .Values.database.kind "cnpg" }}{{ .Values.database.name }}-rw{{ else }}{{ required "database.external.host" .Values.database.external.host }}{{ end }}
{{- end }}

{{- define "portarium.database.url" -}}
host={{ include "portarium.database.host" .root }} port=5432 dbname=portarium user={{ .login }} sslmode=verify-full sslrootcert=/etc/portarium/ca/ca.crt
{{- end }}

{{- define "portarium.database.caVolume" -}}
- name: ca
  secret:
    secretName: {{ if eq .Values.database.kind "cnpg" }}{{ .Values.database.name }}-ca{{ else }}{{ required "database.external.caSecret" .Values.database.external.caSecret }}{{ end }}
    defaultMode: 0444
    items: [{key: ca.crt, path: ca.crt}]
{{- end }}

{{- define "portarium.database.egress" -}}
- to:
    {{- if eq .Values.database.kind "cnpg" }}
    - podSelector:
        matchLabels:
          cnpg.io/cluster: {{ .Values.database.name }}
    {{- else }}
    {{- range .Values.database.external.cidrs }}
    - ipBlock: {cidr: {{ . }}}
    {{- end }}
    {{- end }}
  ports: [{protocol: TCP, port: 5432}]
- to:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: kube-system
      podSelector:
        matchLabels:
          k8s-app: kube-dns
  ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]
{{- end }}
