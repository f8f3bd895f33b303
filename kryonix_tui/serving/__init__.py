"""HTTP for those few who ask this program something: the exporter's page, Alertmanager's webhook."""
