"""The monitor: one loop per source, the newest of everything, and its recent history."""
