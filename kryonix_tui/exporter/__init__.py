"""`kryonix exporter`: the figures of the monitor for Prometheus, by `tenant_id`.

    Monitor -> Update -> Exposition -> Page -> /metrics

It reads Redis alone, under the same budget as a console, and writes nothing anywhere. What it would know from Prometheus
or Alertmanager it leaves out: an alert that raised a figure, which raised the alert, would never end.

    run           the program: monitor, server, signals      serving     its two pages
    exposition    an update as text                          page        figures by metric; prometheus-client writes them
    membership    who has series of their own                labels      names that cannot hurt or be confused
    freshness     what is too old to be told                 *_figures   which figure comes from where

The metrics themselves stand in `model.exported`.
"""
