"""What the types of the `provision` section cannot say: addresses, names of series and labels, times, references."""

from __future__ import annotations

import math
import re
import zoneinfo
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urlsplit

import msgspec

from kryonix_tui.config.document import KeyPath
from kryonix_tui.config.provision import Alerting, BusinessHours, Provision, Receiver, Scrape, Targets
from kryonix_tui.config.reading import Problem, did_you_mean
from kryonix_tui.config.section import High, Low, Section
from kryonix_tui.i18n import _
from kryonix_tui.safetext import safe

_SERIES: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL: Final = re.compile(r"(?!__)[a-zA-Z_][a-zA-Z0-9_]*")
_HOST_PORT: Final = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\]):([0-9]{1,5})")
_TIME_OF_DAY: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")
_RETENTION: Final = re.compile(r"[1-9][0-9]{0,4}(h|d|w|y)")
_IMAGE: Final = re.compile(r"[a-z0-9][a-zA-Z0-9._/:@-]{0,254}")
_RECEIVER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_. -]{0,62}")
_PROGRAM: Final = re.compile(r"/[A-Za-z0-9_./+-]{1,250}")
_ROUTE: Final = re.compile(r"[a-z][a-z0-9]{0,31}")
_TENANT_BYTES: Final = 512


def provision_problems(provision: Provision) -> Iterator[Problem]:
    """Yield every rule that the section breaks, by its path from the top of the configuration."""
    for path, text in _problems(provision):
        yield Problem(("provision", *path), text)


def limit_problems(limit: Low | High, path: KeyPath) -> Iterator[Problem]:
    """Yield what is wrong with a pair of thresholds."""
    if not all(math.isfinite(figure) and figure >= 0 for figure in (limit.warning, limit.critical)):
        yield Problem(path, _("expected figures of 0 or more"))
    elif isinstance(limit, Low) and limit.critical > limit.warning:
        yield Problem((*path, "critical"), _("critical must not be above warning: lower is worse"))
    elif isinstance(limit, High) and limit.critical < limit.warning:
        yield Problem((*path, "critical"), _("critical must not be below warning: higher is worse"))


_Found = Iterator[tuple[KeyPath, str]]


def _problems(provision: Provision) -> _Found:
    yield from _labels(provision.labels)
    for index, tenant in enumerate(provision.tenants):
        yield from _tenant(tenant, ("tenants", index))
    for tenant, times in Counter(provision.tenants).items():
        if times > 1:
            text = _("{tenant} stands here {times} times").format(tenant=safe(tenant, 60), times=times)
            yield ("tenants",), text
    yield from _targets(provision.targets)
    for name, series in _texts(provision.series):
        if name != "mobile_unit":
            yield from _fits(_SERIES, series, ("series", name), _("the name of a series"))
    yield from _limits(provision)
    yield from _alerting(provision.alerting)
    for name in ("runbooks", "grafana"):
        yield from _web(getattr(provision, name), (name,), may_be_empty=True)
    yield from _web(provision.prometheus, ("prometheus",))
    yield from _fits(_RETENTION, provision.retention, ("retention",), _("a duration like 30d"))
    if provision.program:
        yield from _fits(_PROGRAM, provision.program, ("program",), _("a path that begins with /"))
    for name, image in _texts(provision.images):
        if name == "kryonix" and not image:
            continue
        yield from _fits(_IMAGE, image, ("images", name), _("a container image"))


def _labels(labels: dict[str, str]) -> _Found:
    for name, value in labels.items():
        yield from _fits(_LABEL, name, ("labels", name), _("the name of a label"))
        if "$" in value or not value.isprintable():
            # Prometheus 3 replaces $NAME in them by variables of its environment.
            yield ("labels", name), _("expected printable text without $")


def _tenant(tenant: str, path: KeyPath) -> _Found:
    if not tenant or len(tenant.encode()) > _TENANT_BYTES:
        yield path, _("expected the id of a tenant, at most {count} bytes").format(count=_TENANT_BYTES)


def _targets(targets: Targets) -> _Found:
    for module, address in targets.api.modules.items():
        yield from _address(address, ("targets", "api", "modules", module))
    if targets.redis.exporter:
        yield from _address(targets.redis.exporter, ("targets", "redis", "exporter"))
    for index, server in enumerate(targets.redis.servers):
        yield from _redis_server(server, ("targets", "redis", "servers", index))
    for info in msgspec.structs.fields(targets):
        job = getattr(targets, info.name)
        if isinstance(job, Scrape):
            for index, address in enumerate(job.targets):
                yield from _address(address, ("targets", info.name, "targets", index))
        path = getattr(job, "path", "/")
        if not path.startswith("/") or not path.isprintable():
            yield ("targets", info.name, "path"), _("expected a path that begins with /")


def _address(address: str, path: KeyPath) -> _Found:
    match = _HOST_PORT.fullmatch(address)
    if match is None or not 1 <= int(match.group(1)) <= 65_535:
        yield path, _('expected host:port, got "{value}"').format(value=safe(address, 60))


def _redis_server(server: str, path: KeyPath) -> _Found:
    scheme, mark, place = server.partition("://")
    if scheme not in ("redis", "rediss") or not mark or any(_address(place, path)):
        # Not shown: it may hold a password, which belongs into a file of redis_exporter.
        yield path, _("expected redis://host:port or rediss://host:port, without user or password")


def _limits(provision: Provision) -> _Found:
    limits = provision.limits
    for name, limit in (("certificate_days", limits.certificate_days), ("anomaly_score", limits.anomaly_score)):
        yield from ((found.path, found.text) for found in limit_problems(limit, ("limits", name)))
    for tenant, own in limits.tenants.items():
        path = ("limits", "tenants", tenant)
        yield from _tenant(tenant, path)
        for info in msgspec.structs.fields(own):
            value = getattr(own, info.name)
            if isinstance(value, Low | High):
                yield from ((found.path, found.text) for found in limit_problems(value, (*path, info.name)))


def _alerting(alerting: Alerting) -> _Found:
    for name, receiver in alerting.receivers.items():
        for path, text in _receiver(name, receiver, alerting):
            yield ("alerting", "receivers", name, *path), text
    yield from _web(alerting.notifier.url, ("alerting", "notifier", "url"), may_be_empty=True)
    if alerting.smtp.smarthost:
        yield from _address(alerting.smtp.smarthost, ("alerting", "smtp", "smarthost"))
    if alerting.slack_url_file and not alerting.slack_url_file.startswith("/"):
        # Of all files, Alertmanager 0.25 looks for this one in its working folder.
        yield ("alerting", "slack_url_file"), _("expected a path that begins with /")
    for tenant in alerting.tenants:
        yield from _tenant(tenant, ("alerting", "tenants", tenant))
    used: dict[KeyPath, str] = {("alerting", name): getattr(alerting, name) for name in ("default", "watchdog", "ai")}
    for kind in ("severities", "categories", "tenants"):
        used |= {("alerting", kind, key): name for key, name in getattr(alerting, kind).items()}
    for path, name in used.items():
        if name and name not in alerting.receivers:
            yield (
                path,
                _("there is no receiver {name}").format(name=safe(name, 60)) + did_you_mean(name, alerting.receivers),
            )
    yield from _hours(alerting.hours)


def _receiver(name: str, receiver: Receiver, alerting: Alerting) -> _Found:
    yield from _fits(_RECEIVER, name, (), _("letters, digits, _ . - and spaces"))
    for index, webhook in enumerate(receiver.webhooks):
        yield from _web(webhook.url, ("webhooks", index, "url"))
    if receiver.email and not (alerting.smtp.smarthost and alerting.smtp.sender):
        yield ("email",), _("e-mail needs alerting.smtp.smarthost and sender")
    if receiver.slack and not alerting.slack_url_file:
        yield ("slack",), _("Slack needs alerting.slack_url_file")
    if receiver.notify and not alerting.notifier.url:
        yield ("notify",), _("this needs alerting.notifier.url")
    for index, route in enumerate(receiver.notify):
        yield from _fits(_ROUTE, route, ("notify", index), _("lower-case letters and digits"))


def _hours(hours: BusinessHours) -> _Found:
    for name in ("start", "end"):
        yield from _fits(_TIME_OF_DAY, getattr(hours, name), ("alerting", "hours", name), _("a time of day (HH:MM)"))
    if hours.start >= hours.end:
        yield ("alerting", "hours", "end"), _("the end must be after the start")
    try:
        zoneinfo.ZoneInfo(hours.time_zone)
    except (KeyError, OSError, ValueError):
        text = _('there is no time zone "{name}"').format(name=safe(hours.time_zone, 60))
        yield ("alerting", "hours", "time_zone"), text


def _web(url: str, path: KeyPath, *, may_be_empty: bool = False) -> _Found:
    if not url and may_be_empty:
        return
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username and parts.port != 0
    except ValueError:
        usable = False
    # Braces would be taken for a template.
    if not usable or not url.isprintable() or set(url) & set(' {}"'):
        yield path, _("expected an http:// or https:// URL without user, password or braces")


def _fits(pattern: re.Pattern[str], text: str, path: KeyPath, expected: str) -> _Found:
    if not pattern.fullmatch(text):
        yield path, _('expected {expected}, got "{value}"').format(expected=expected, value=safe(text, 60))


def _texts(section: Section) -> Iterable[tuple[str, str]]:
    return [(info.name, getattr(section, info.name)) for info in msgspec.structs.fields(section)]
