"""Words of e-mail and Slack messages, as templates that Alertmanager fills. Webhooks get alerts as data instead."""

from __future__ import annotations

from typing import Final

from kryonix_tui.i18n import _

FILE: Final = "templates/kryonix.tmpl"

TITLE: Final = '{{ template "kryonix.title" . }}'
TEXT: Final = '{{ template "kryonix.text" . }}'

_SHOWN: Final = 20
"""Alerts of a group that a message spells out."""

_TEMPLATES: Final = """\
{{/* What comes from labels is shown as it is: < and > would be markup in Slack, line ends a second header in e-mail. */}}
{{ define "kryonix.plain" -}}
{{ . | reReplaceAll "<" "‹" | reReplaceAll ">" "›" | reReplaceAll "[[:cntrl:]]+" " " }}
{{- end }}

{{ define "kryonix.title" -}}
[{{ if eq .Status "firing" }}%(firing)s{{ else }}%(resolved)s{{ end }}
{{- with .CommonLabels.severity }} {{ template "kryonix.plain" . }}{{ end }}]
{{- with .CommonLabels.tenant_id }} {{ template "kryonix.plain" . }}{{ end }}
{{- with .CommonLabels.category }} · {{ template "kryonix.plain" . }}{{ end }} ({{ len .Alerts }})
{{- end }}

{{ define "kryonix.text" -}}
{{ range $index, $alert := .Alerts }}{{ if lt $index %(shown)d -}}
{{ if eq .Status "firing" }}▲{{ else }}✓{{ end }}
{{- with .Annotations.summary }} {{ template "kryonix.plain" . }}{{ else }} {{ template "kryonix.plain" .Labels.alertname }}{{ end }}
{{ end }}{{ end -}}
{{ if gt (len .Alerts) %(shown)d }}…{{ end -}}
{{ with .CommonAnnotations.description }}{{ template "kryonix.plain" . }}{{ end }}
{{- end }}
"""


def templates() -> str:
    """Return the file of templates, in the language of who generates it."""
    words = {"firing": _("FIRING"), "resolved": _("RESOLVED"), "shown": _SHOWN}
    return _TEMPLATES % words
