"""The repo-server's metrics; bound here once, because binding labels costs more than counting."""

from typing import Final

import prometheus_client

__all__ = ["RENDERS", "SECONDS"]

RENDERS: Final = prometheus_client.Counter(
    "plumbline_renders_total", "Answers to sources by type and result.", ["type", "result"]
)
SECONDS: Final = prometheus_client.Histogram(
    "plumbline_render_seconds", "Duration of renders that were not cached.", ["type"]
)
