"""
What is counted for Prometheus. Names begin with `sspanel_im_`; durations are in seconds.
"""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from core.health import Health
from core.queue_metrics import QueueGauges, QueueMetrics


class Metrics:
    """The counters of one daemon, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self.updates = Counter(
            "sspanel_im_updates",
            "Updates that a platform sent and that were dealt with",
            ["platform", "outcome"],
            registry=self._registry,
        )
        self.update_seconds = Histogram(
            "sspanel_im_update_seconds",
            "From an update's arrival to the end of its answer",
            ["platform"],
            registry=self._registry,
        )
        self.queue = QueueMetrics(self._registry)

    def watch(self, health: Health) -> None:
        """Show the states that `/readyz` tells as gauges, read when they are asked for."""
        self._registry.register(_HealthGauges(health))

    def watch_queue(self, gauges: QueueGauges) -> None:
        """Show how full the queue is, read when it is asked for."""
        self._registry.register(gauges)

    def exposition(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self._registry)


class _HealthGauges(Collector):
    def __init__(self, health: Health) -> None:
        self._health = health

    def collect(self) -> Iterable[Metric]:
        now = self._health.readiness()
        yield GaugeMetricFamily(
            "sspanel_im_database_up",
            "1 while the panel's database answers",
            value=float(now["database"]["state"] == "up"),
        )
        age = now["settings"]["age_seconds"]
        if isinstance(age, float):
            yield GaugeMetricFamily(
                "sspanel_im_settings_age_seconds", "Since the settings were last read", value=age
            )
        bots = GaugeMetricFamily(
            "sspanel_im_bot_state", "1 for the state a bot is in", labels=["platform", "state"]
        )
        for platform, bot in now["bots"].items():
            bots.add_metric([platform, bot["state"]], 1.0)
        yield bots
