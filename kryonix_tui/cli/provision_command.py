"""`kryonix provision`: what the servers of the metrics stack need, generated."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from kryonix_tui.cli.exits import FAILED, FINE, note
from kryonix_tui.cli.questions import confirmed
from kryonix_tui.cli.shared import shared_flags, shared_of
from kryonix_tui.errors import KryonixError, RefusedError, UsageError
from kryonix_tui.i18n import _, ngettext
from kryonix_tui.safetext import safe

if TYPE_CHECKING:
    from kryonix_tui.config.load import Loaded
    from kryonix_tui.provision.checking import Report
    from kryonix_tui.provision.generated import Description
    from kryonix_tui.provision.parts import Generated
    from kryonix_tui.provision.writing import Plan

SCHEMA: Final = "kryonix.provision/1"
ACL: Final = "acl"
_NOWHERE: Final = (None, "", "-")
"""What names no folder; an empty text is what a variable of a script leaves that was not set."""
MENTIONED: Final = 10
"""Tenants that are mentioned by name."""


@click.command("provision", help=_("Generate what the servers of the metrics stack need, into a folder."))
@click.option("--only", metavar="NAMES", help=_("Only these parts, separated by commas (prometheus, acl, ...)."))
@click.option("--output", metavar="DIR", help=_("The folder. Not needed for --only acl, which is then printed."))
@click.option(
    "--diff", "only_diff", is_flag=True, help=_("Only show what would change; exit code 1 if anything would.")
)
@click.option("--yes", is_flag=True, help=_("Overwrite what this program has written without asking."))
@click.option("--force", is_flag=True, help=_("Overwrite also what others have written or edited."))
@click.option("--tenants-from-redis", is_flag=True, help=_("Miss the tenants that Redis has now, if they get lost."))
@click.option("--json", "json_output", is_flag=True, help=_("Print JSON (schema kryonix.provision/1)."))
@shared_flags
@click.pass_context
def command(
    context: click.Context,
    *,
    only: str | None,
    output: str | None,
    only_diff: bool,
    yes: bool,
    force: bool,
    tenants_from_redis: bool,
    json_output: bool,
) -> int:
    """Generate, examine, compare, ask, write."""
    names = _parts(only)
    if output in _NOWHERE and names != [ACL]:
        raise UsageError(_("say where to: --output DIR"), hint=_("Only --only acl can be printed instead."))
    loaded = shared_of(context).load()
    from kryonix_tui.provision import parts

    description = _description(loaded, from_redis=tenants_from_redis)
    generated = parts.generated(names, description)
    if output in _NOWHERE:
        _print_acl(description, json_output=json_output)
        return FINE
    return _into_folder(
        description, generated, Path(str(output)), only_diff=only_diff, yes=yes, force=force, json_output=json_output
    )


def _parts(only: str | None) -> list[str]:
    """Return the parts that were asked for, in the order of the registry."""
    from kryonix_tui.provision.parts import PARTS

    known = ", ".join(PARTS)
    names = set(PARTS) if only is None else {name.strip() for name in only.split(",") if name.strip()}
    if not names:
        raise UsageError(_("say what to generate"), hint=_("There is --only {names}.").format(names=known))
    for name in sorted(names - set(PARTS)):
        text = _("--only {name} is not known").format(name=name)
        raise UsageError(text, hint=_("There is --only {names}.").format(names=known))
    return [name for name in PARTS if name in names]


def _description(loaded: Loaded, *, from_redis: bool) -> Description:
    from kryonix_tui.provision.generated import Description

    tenants = loaded.config.provision.tenants
    if from_redis:
        from kryonix_tui import bootstrap

        tenants = bootstrap.tenants_in_redis(loaded.config)
    _note_unknown(sorted(set(loaded.config.provision.limits.tenants) - set(tenants)) if tenants else [])
    return Description(loaded.config, tenants)


def _note_unknown(tenants: Sequence[str]) -> None:
    """Mention tenants that have limits and do not exist: some by name, of many how many there are."""
    for tenant in tenants[:MENTIONED]:
        note(_("provision.limits.tenants.{tenant}: there is no such tenant").format(tenant=safe(tenant, 80)))
    if len(tenants) > MENTIONED:
        more = len(tenants) - MENTIONED
        text = ngettext(
            "provision.limits.tenants: {count} more does not exist",
            "provision.limits.tenants: {count} more do not exist",
            more,
        )
        note(text.format(count=more))


def _into_folder(
    description: Description,
    generated: Generated,
    folder: Path,
    *,
    only_diff: bool,
    yes: bool,
    force: bool,
    json_output: bool,
) -> int:
    from kryonix_tui.provision import writing

    report = writing.check(generated)
    if report.problems:
        raise KryonixError("\n".join([_("what would be written is not valid:"), *report.problems]))
    plan = writing.plan(generated, folder)
    if only_diff:
        _report(description, generated, plan, report, written=False, json_output=json_output)
        return FAILED if plan.differences else FINE
    if plan.overwrites and not (plan.protected and not force):
        _confirm(plan, yes=yes, json_output=json_output)
    writing.carry_out(plan, force=force)
    _report(description, generated, plan, report, written=True, json_output=json_output)
    return FINE


def _confirm(plan: Plan, *, yes: bool, json_output: bool) -> None:
    """Ask whether what exists may be overwritten.

    Raises:
        UsageError: nobody can be asked, and nobody said yes beforehand.
        RefusedError: the answer was no.
    """
    if yes:
        return
    if not json_output:
        _echo_lines(_diff_lines(plan), err=True)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(_("nobody can be asked here: --yes is needed"), hint=_("--diff shows what would change."))
    if not confirmed(_("Overwrite?"), err=True):
        raise RefusedError(_("not confirmed"))


def _print_acl(description: Description, *, json_output: bool) -> None:
    from kryonix_tui.provision import acl

    users = acl.acl_users(description.config)
    if json_output:
        click.echo(json.dumps({"schema": SCHEMA, "acl": acl.as_json(users), "files": []}, indent=2))
    else:
        click.echo(acl.as_text(users), nl=False)
    _note_acl()


def _report(
    description: Description, generated: Generated, plan: Plan, report: Report, *, written: bool, json_output: bool
) -> None:
    if json_output:
        click.echo(json.dumps(_document(description, generated, plan, report, written=written), indent=2))
    elif not written:
        _echo_lines(_diff_lines(plan))
    else:
        _echo_lines(_summary(plan))
    for program in report.unchecked:
        note(_("{program} is not installed here: it has not checked the files").format(program=program))
    if ACL in generated:
        _note_acl()


def _document(
    description: Description, generated: Generated, plan: Plan, report: Report, *, written: bool
) -> dict[str, object]:
    from kryonix_tui.provision import acl

    changes = [
        {"path": change.path, "part": change.part, "kind": change.kind.value, "protected": change.protected}
        for change in plan.changes
    ]
    document: dict[str, object] = {
        "schema": SCHEMA,
        "folder": str(plan.folder),
        "written": written,
        "changes": changes,
        "files": [str(plan.folder / change.path) for change in plan.changes if change.file],
        "unchecked": list(report.unchecked),
    }
    if ACL in generated:
        document["acl"] = acl.as_json(acl.acl_users(description.config))
    return document


def _summary(plan: Plan) -> Iterator[str]:
    from kryonix_tui.provision.writing import Kind

    words = {
        Kind.NEW: _("written: {path}"),
        Kind.CHANGED: _("overwritten: {path}"),
        Kind.REMOVED: _("deleted: {path}"),
    }
    for change in plan.differences:
        yield words[change.kind].format(path=plan.folder / change.path)
    if not plan.differences:
        yield _("Nothing has changed.")


def _diff_lines(plan: Plan) -> Iterator[str]:
    for change in plan.differences:
        if change.protected:
            yield f"# {change.path}: {change.protected}"
        yield from change.diff or (change.path,)


def _echo_lines(lines: Iterable[str], *, err: bool = False) -> None:
    for line in lines:
        click.echo(safe(line, 2000), err=err)


def _note_acl() -> None:
    note(_("put a password of its own in for each PASSWORD, run the lines with redis-cli, then ACL SAVE"))
