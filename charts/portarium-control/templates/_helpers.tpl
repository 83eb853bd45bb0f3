{{- /* What every object and every pod of this chart has in common. SPDX-License-Identifier: PostgreSQL */ -}}

{{- define "portarium.labels" -}}
app.kubernetes.io/part-of: portarium
app.kubernetes.io/name: {{ .component }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end }}

{{- define "portarium.selector" -}}
app.kubernetes.io/name: {{ .component }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end }}

{{- define "portarium.image" -}}
{{ printf "%s/portarium-%s@%s" .root.Values.registry .name (required (printf "images.%s: the digest of the image" .name) (index .root.Values.images .name)) }}
{{- end }}

{{- define "portarium.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .uid }}
runAsGroup: {{ .uid }}
fsGroup: {{ .uid }}
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "portarium.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "portarium.resources" -}}
requests: {cpu: {{ .cpu | quote }}, memory: {{ .memory | quote }}}
limits: {memory: {{ .memory | quote }}}
{{- end }}

{{- define "portarium.spread" -}}
- maxSkew: 1
  topologyKey: kubernetes.io/hostname
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels:
      {{- include "portarium.selector" . | nindent 6 }}
{{- end }}

{{- define "portarium.monitoring.ingress" -}}
- from:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: {{ .Values.monitoring.namespace }}
  ports: [{protocol: TCP, port: 9464}]
{{- end }}
