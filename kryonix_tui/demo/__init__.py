"""A living platform to look at: an embedded server, invented tenants, traffic, and metrics where Prometheus is installed.

`platform` is the door: `DemoPlatform` starts everything in child processes and removes it again.

    platform   starts, waits, stops             children   the parent's end of the watchdog
    watchdog   owns every child and the folder  server     the embedded Valkey
    stack      Prometheus and Alertmanager      traffic    the process that seeds and keeps the platform alive
    cast       who the tenants are              rhythm     what their figures do over time
    sectors, names, documented, records, seed   what is written at the start
    sessions, queues, figures, exporter         what changes while it runs
"""
