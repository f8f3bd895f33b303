"""What Alertmanager does with alerts: who is told (`routes`, `receivers`), what is held back (`inhibition`), in which words."""
