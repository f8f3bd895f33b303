"""The words of notifications, one table per language.

They are no gettext messages: who is told may speak another language than the console, and gettext knows one at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kryonix_tui.model.alert import Severity
from kryonix_tui.model.operation import Result


@dataclass(frozen=True, slots=True)
class Texts:
    """The words of one language. `actions` and `figures` name what they know; the rest goes by its own name.

    `decimal` and `thousands` are the signs in numbers; `since` has a place {moment}, `more` a place {count}.
    """

    results: Mapping[Result, str]
    actions: Mapping[str, str]
    figures: Mapping[str, str]
    target: str
    scope: str
    everything: str
    tenants: str
    databases: str
    result: str
    artefact: str
    duration: str
    who: str
    audit: str
    unaudited: str
    test_title: str
    test_body: str
    severities: Mapping[Severity, str]
    firing: str
    resolved: str
    since: str
    more: str
    runbook: str
    dashboard: str
    decimal: str = "."
    thousands: str = ","


ENGLISH: Final = Texts(
    results={Result.DONE: "done", Result.FAILED: "FAILED", Result.STOPPED: "stopped", Result.REFUSED: "refused"},
    actions={
        "backup.create": "Backup",
        "backup.prune": "Old backups pruned",
        "backup.verify": "Backup verification",
        "backup.export": "Backup export",
        "restore": "Restore",
        "backup.restore": "Restore",
        "schedule.install": "Schedule installed",
        "schedule.remove": "Schedule removed",
        "alerts.silence": "Alerts silenced",
        "alerts.extend": "Silence extended",
        "alerts.expire": "Silence ended",
        "optimize.apply": "Optimisation",
        "optimize.run": "Scheduled optimisation",
        "optimize.undo": "Optimisation undone",
        "optimize.warm": "Warm-up",
        "tenant.purge": "Tenant purged",
        "tenant.suspend": "Sessions of a tenant ended",
        "queues.move": "Queue items moved",
        "queues.requeue": "Queue items put back",
        "queues.drop": "Queue items dropped",
        "queues.drain": "Queue drained",
        "queues.replay": "Queue items replayed",
        "queues.prune": "Old files of queue items pruned",
        "tune.apply": "Server tuned",
        "tune.undo": "Tuning undone",
    },
    figures={
        "keys": "Keys",
        "bytes": "Size",
        "tenants": "Tenants",
        "archives": "Archives",
        "undo": "Snapshots before restores",
    },
    target="Server",
    scope="Scope",
    everything="everything",
    tenants="tenants",
    databases="databases",
    result="Result",
    artefact="Made",
    duration="Duration",
    who="By",
    audit="Audit",
    unaudited="NOT WRITTEN",
    test_title="Test message",
    test_body="If you can read this, notifications arrive.",
    severities={Severity.CRITICAL: "critical", Severity.WARNING: "warning", Severity.INFO: "info"},
    firing="ALERT",
    resolved="resolved",
    since="since {moment}",
    more="and {count} more",
    runbook="Runbook",
    dashboard="Dashboard",
)

PORTUGUESE: Final = Texts(
    results={Result.DONE: "concluído", Result.FAILED: "FALHOU", Result.STOPPED: "parado", Result.REFUSED: "recusado"},
    actions={
        "backup.create": "Backup",
        "backup.prune": "Limpeza de backups antigos",
        "backup.verify": "Verificação de backup",
        "backup.export": "Exportação de backup",
        "restore": "Restauração",
        "backup.restore": "Restauração",
        "schedule.install": "Agendamento instalado",
        "schedule.remove": "Agendamento removido",
        "alerts.silence": "Alertas silenciados",
        "alerts.extend": "Silêncio prolongado",
        "alerts.expire": "Silêncio encerrado",
        "optimize.apply": "Otimização",
        "optimize.run": "Otimização agendada",
        "optimize.undo": "Otimização desfeita",
        "optimize.warm": "Aquecimento",
        "tenant.purge": "Cliente removido do Redis",
        "tenant.suspend": "Sessões de um cliente encerradas",
        "queues.move": "Itens de fila movidos",
        "queues.requeue": "Itens de fila devolvidos",
        "queues.drop": "Itens de fila descartados",
        "queues.drain": "Fila esvaziada",
        "queues.replay": "Itens de fila repostos",
        "queues.prune": "Limpeza de arquivos antigos de itens de fila",
        "tune.apply": "Servidor ajustado",
        "tune.undo": "Ajuste desfeito",
    },
    figures={
        "keys": "Chaves",
        "bytes": "Tamanho",
        "tenants": "Tenants",
        "archives": "Arquivos",
        "undo": "Cópias anteriores a restaurações",
    },
    target="Servidor",
    scope="Escopo",
    everything="tudo",
    tenants="tenants",
    databases="bancos",
    result="Resultado",
    artefact="Gerado",
    duration="Duração",
    who="Por",
    audit="Auditoria",
    unaudited="NÃO REGISTRADA",
    test_title="Mensagem de teste",
    test_body="Se você lê isto, as notificações estão chegando.",
    severities={Severity.CRITICAL: "crítico", Severity.WARNING: "aviso", Severity.INFO: "informação"},
    firing="ALERTA",
    resolved="resolvido",
    since="desde {moment}",
    more="e mais {count}",
    runbook="Procedimento",
    dashboard="Painel",
    decimal=",",
    thousands=".",
)

LANGUAGES: Final[Mapping[str, Texts]] = {"en": ENGLISH, "pt_BR": PORTUGUESE}
