"""`docker-compose.yml`: the whole stack beside the platform's own containers, on a network that both share.

A service is in it if it is configured under its own name (`alertmanager:9093`); what stands elsewhere is not started here.
The image of this program is made by `deploy/Dockerfile` of the sources.
No password is in it: those are files in `secrets/`, which are never generated and must be readable for the user of the
container that has them. What the configuration calls `/etc/prometheus/secrets/NAME` is `secrets/NAME` here. Prometheus is
reloaded by SIGHUP; neither its HTTP switch for that nor the one that deletes data is on, as whoever reaches it may use them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

import msgspec
import yaml

from kryonix_tui import __version__
from kryonix_tui.config.provision import Provision
from kryonix_tui.i18n import _
from kryonix_tui.maintenance.purposes import SUGGESTED_USERS
from kryonix_tui.model.operation import Purpose
from kryonix_tui.provision.checking import Report
from kryonix_tui.provision.generated import Description, GeneratedFile, yaml_file
from kryonix_tui.provision.grafana import DASHBOARDS, DASHBOARDS_IN_GRAFANA, PROVISIONING
from kryonix_tui.safetext import safe

FILE: Final = "docker-compose.yml"
NETWORK: Final = "kryonix-monitoring"

Service = dict[str, Any]

_SECRET_NAME: Final = re.compile(r"[a-zA-Z0-9._-]+")
_IN_CONTAINER: Final = "/run/secrets"

_HARDENED: Final[Service] = {
    "restart": "unless-stopped",
    "read_only": True,
    "tmpfs": ["/tmp"],  # noqa: S108 - the container's own
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges:true"],
    "pids_limit": 256,
    "logging": {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}},
    "networks": [NETWORK],
}
_CONFIGURATION: Final = "${KRYONIX_CONFIG:?the configuration that kryonix reads in its containers}"
_CONFIGURATION_INSIDE: Final = "/etc/kryonix/config.yaml"


def generate(description: Description) -> list[GeneratedFile]:
    """Return `docker-compose.yml`; the other files of the stack lie beside it."""
    return [yaml_file(FILE, composition(description))]


def composition(description: Description) -> dict[str, Any]:
    """Return the Compose file."""
    services = {name: make(description) for name, make in _SERVICES.items() if _wanted(name, description.provision)}
    for name, service in services.items():
        services[name] = {"image": service.pop("image"), **_HARDENED, **service}
    mounts = [mount for service in services.values() for mount in service.get("volumes", ())]
    secrets = sorted({secret["source"] for service in services.values() for secret in service.get("secrets", ())})
    return {
        "name": NETWORK,
        "services": services,
        "networks": {NETWORK: {"name": NETWORK, "driver": "bridge", "attachable": True}},
        "volumes": {mount["source"]: {} for mount in mounts if mount["type"] == "volume"},
        "secrets": {name: {"file": f"./secrets/{name}"} for name in secrets},
    }


def problems(folder: Path) -> Report:
    """Examine the file as far as this can be done without Docker: whatever a service names must be there."""
    document = yaml.safe_load((folder / FILE).read_text(encoding="utf-8"))
    services: Mapping[str, Service] = document["services"]
    found = []
    for name, service in services.items():
        named = {
            "secrets": [one["source"] for one in service.get("secrets", ())],
            "networks": service["networks"],
            "volumes": [mount["source"] for mount in service.get("volumes", ()) if mount["type"] == "volume"],
            "services": list(service.get("depends_on", ())),
        }
        found += [
            _("{file}: {service} uses {name}, which {section} does not have").format(
                file=FILE, service=name, name=one, section=section
            )
            for section, ones in named.items()
            for one in ones
            if one not in document[section]
        ]
    found += [
        _("{file}: {name} cannot be the name of a secret").format(file=FILE, name=safe(name, 80))
        for name in document["secrets"]
        if not _SECRET_NAME.fullmatch(name)
    ]
    return Report(tuple(found))


def _wanted(name: str, provision: Provision) -> bool:
    """Tell whether a service is started here: those that others reach must be configured under its name."""
    targets = provision.targets
    addresses: dict[str, tuple[str, ...]] = {
        "alertmanager": targets.alertmanager.targets,
        "redis-exporter": (targets.redis.exporter,),
        "postgres-exporter": targets.postgres.targets,
        "kryonix-exporter": targets.kryonix.targets,
        "kryonix-notify": (provision.alerting.notifier.url.partition("://")[2],),
        "prometheus": (provision.prometheus.partition("://")[2],),
    }
    return name == "grafana" or any(address.partition(":")[0] == name for address in addresses[name])


def _prometheus(description: Description) -> Service:
    provision = description.provision
    return {
        "image": provision.images.prometheus,
        "command": [
            "--config.file=/etc/prometheus/prometheus.yml",
            "--storage.tsdb.path=/prometheus",
            f"--storage.tsdb.retention.time={provision.retention}",
        ],
        "volumes": [
            _mounted("./prometheus.yml", "/etc/prometheus/prometheus.yml"),
            _mounted("./rules", "/etc/prometheus/rules"),
            _mounted("./targets", "/etc/prometheus/targets"),
            _kept("prometheus-data", "/prometheus"),
        ],
        "secrets": _secrets(
            getattr(provision.targets, field.name).token_file
            for field in msgspec.structs.fields(provision.targets)
            if field.name != "redis"
        ),
        "ports": ["127.0.0.1:9090:9090"],
        "healthcheck": _asked("http://127.0.0.1:9090/-/ready"),
    }


def _alertmanager(description: Description) -> Service:
    alerting = description.provision.alerting
    webhooks = [alerting.notifier, *(hook for receiver in alerting.receivers.values() for hook in receiver.webhooks)]
    files = [hook.token_file for hook in webhooks]
    return {
        "image": description.provision.images.alertmanager,
        "command": [
            "--config.file=/etc/alertmanager/alertmanager.yml",
            "--storage.path=/alertmanager",
            "--cluster.listen-address=",
        ],
        "volumes": [
            _mounted("./alertmanager.yml", "/etc/alertmanager/alertmanager.yml"),
            _mounted("./templates", "/etc/alertmanager/templates"),
            _kept("alertmanager-data", "/alertmanager"),
        ],
        "secrets": _secrets([*files, alerting.slack_url_file, alerting.smtp.password_file]),
        "ports": ["127.0.0.1:9093:9093"],
        "healthcheck": _asked("http://127.0.0.1:9093/-/ready"),
    }


def _grafana(description: Description) -> Service:
    environment = {
        "GF_SECURITY_ADMIN_PASSWORD__FILE": f"{_IN_CONTAINER}/grafana-admin-password",
        "GF_SECURITY_SECRET_KEY__FILE": f"{_IN_CONTAINER}/grafana-secret-key",
        "GF_SERVER_ROOT_URL": _literal(description.provision.grafana),
        "GF_USERS_ALLOW_SIGN_UP": "false",
        "GF_ANALYTICS_REPORTING_ENABLED": "false",
        "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
        "GF_LOG_MODE": "console",
    }
    wanted = [name for name in ("prometheus", "alertmanager") if _wanted(name, description.provision)]
    return {
        "image": description.provision.images.grafana,
        "environment": {name: value for name, value in environment.items() if value},
        "volumes": [
            _mounted(f"./{PROVISIONING}", "/etc/grafana/provisioning"),
            _mounted(f"./{DASHBOARDS}", DASHBOARDS_IN_GRAFANA),
            _kept("grafana-data", "/var/lib/grafana"),
        ],
        "secrets": _secrets([f"{_IN_CONTAINER}/grafana-admin-password", f"{_IN_CONTAINER}/grafana-secret-key"]),
        "ports": ["127.0.0.1:3000:3000"],
        "healthcheck": _asked("http://127.0.0.1:3000/api/health"),
        "depends_on": {name: {"condition": "service_healthy"} for name in wanted},
    }


def _redis_exporter(description: Description) -> Service:
    provision = description.provision
    user = description.config.redis.credentials.monitor.username or SUGGESTED_USERS[Purpose.MONITOR]
    return {
        "image": provision.images.redis_exporter,
        "environment": {
            # Where one exporter reads several servers, it is told which one with each request.
            "REDIS_ADDR": "" if provision.targets.redis.servers else "${REDIS_ADDR:-redis://redis-cluster:6379}",
            "REDIS_USER": _literal(user),
            # The user who reads may not send CONFIG, which shows passwords; what the alerts need is in INFO.
            "REDIS_EXPORTER_CONFIG_COMMAND": "-",
            "REDIS_PASSWORD_FILE": f"{_IN_CONTAINER}/redis-exporter-passwords.json",
        },
        "secrets": _secrets([f"{_IN_CONTAINER}/redis-exporter-passwords.json"]),
        "healthcheck": _asked("http://127.0.0.1:9121/health"),
    }


def _postgres_exporter(description: Description) -> Service:
    return {
        "image": description.provision.images.postgres_exporter,
        "environment": {
            "DATA_SOURCE_URI": "${POSTGRES_URI:-timescaledb:5432/kryonix}",
            "DATA_SOURCE_USER": "${POSTGRES_USER:-kryonix_monitor}",
            "DATA_SOURCE_PASS_FILE": f"{_IN_CONTAINER}/postgres-exporter-password",
        },
        "secrets": _secrets([f"{_IN_CONTAINER}/postgres-exporter-password"]),
        "healthcheck": _asked("http://127.0.0.1:9187/"),
    }


def _kryonix_exporter(description: Description) -> Service:
    token = _name(description.provision.targets.kryonix.token_file) or "exporter-token"
    return _kryonix(description, token, 9877, "exporter")


def _kryonix_notify(description: Description) -> Service:
    token = _name(description.provision.alerting.notifier.token_file) or "notify-token"
    return _kryonix(description, token, 9878, "notify", "listen")


def _kryonix(description: Description, token: str, port: int, *command: str) -> Service:
    """Return a service of this program; the secrets that its configuration names are files in `secrets/kryonix`."""
    ask = f"import urllib.request as r; r.urlopen('http://127.0.0.1:{port}/healthz', timeout=3)"
    return {
        "image": description.provision.images.kryonix or f"kryonix-tui:{__version__}",
        "command": [
            *(*command, "--config", _CONFIGURATION_INSIDE),
            *("--listen", f"0.0.0.0:{port}", "--token-file", f"{_IN_CONTAINER}/{token}"),
        ],
        "volumes": [
            _mounted(_CONFIGURATION, _CONFIGURATION_INSIDE),
            _mounted("./secrets/kryonix", "/etc/kryonix/secrets"),
        ],
        "secrets": _secrets([f"{_IN_CONTAINER}/{token}"]),
        "healthcheck": _healthy(["CMD", "python", "-c", ask]),
    }


def _mounted(source: str, target: str) -> dict[str, Any]:
    """Return a file or folder that can only be read, and that must be there: Docker would make a folder of it."""
    return {"type": "bind", "source": source, "target": target, "read_only": True, "bind": {"create_host_path": False}}


def _kept(source: str, target: str) -> dict[str, Any]:
    return {"type": "volume", "source": source, "target": target}


def _secrets(paths: Iterable[str]) -> list[dict[str, str]]:
    """Return the secrets that a container has at these paths; each is called by the last part of its path."""
    return [{"source": _name(path), "target": _literal(path)} for path in dict.fromkeys(paths) if path]


def _name(path: str) -> str:
    return PurePosixPath(path).name


def _literal(text: str) -> str:
    """Return text in which Compose replaces nothing."""
    return text.replace("$", "$$")


def _asked(url: str) -> Service:
    """Return a health check by the busybox that the images have."""
    return _healthy(["CMD", "wget", "-q", "-O", "/dev/null", url])


def _healthy(test: list[str]) -> Service:
    return {"test": test, "interval": "15s", "timeout": "5s", "retries": 4, "start_period": "30s"}


_SERVICES: Final[Mapping[str, Callable[[Description], Service]]] = {
    "prometheus": _prometheus,
    "alertmanager": _alertmanager,
    "grafana": _grafana,
    "redis-exporter": _redis_exporter,
    "postgres-exporter": _postgres_exporter,
    "kryonix-exporter": _kryonix_exporter,
    "kryonix-notify": _kryonix_notify,
}
