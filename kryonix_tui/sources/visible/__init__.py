"""Ports around ports: what is not of a visible tenant ends here, so that nothing above can show it.

`bootstrap` puts them around the sources of a configuration with `tenants`. No view, list, chart or document knows of
them: it gets readings in which the others do not exist, and sums that are those of the visible tenants.
"""

from kryonix_tui.sources.visible.alerts import VisibleAlerts
from kryonix_tui.sources.visible.keys import VisibleRedis
from kryonix_tui.sources.visible.metrics import VisibleMetrics

__all__ = ["VisibleAlerts", "VisibleMetrics", "VisibleRedis"]
