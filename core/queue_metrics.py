"""
The notice queue in figures for Prometheus.

What this daemon does is counted as it happens; how full the queue is, which is the same for all
daemons of a site, is what `CensusKeeper` counted last.
"""

from collections.abc import Iterable, Sequence

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from core.clock import SiteClock
from core.delivery.census import CensusKeeper
from core.delivery.counting import DeliveryCounts
from core.platform import Platform

_BATCHES = (1, 2, 5, 10, 20, 50, 100, 200, 300)  # outcomes in one transaction


class QueueMetrics:
    """The counters of this daemon's deliveries."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.tries = Counter(
            "sspanel_im_delivery_tries",
            "Messages of the queue that a platform was given, by what came of it",
            ["platform", "outcome"],
            registry=registry,
        )
        self.ended = Counter(
            "sspanel_im_deliveries_ended",
            "Deliveries that ended, by their state then",
            ["platform", "state"],
            registry=registry,
        )
        self.pauses = Counter(
            "sspanel_im_platform_pauses",
            "Times that a platform asked deliveries to wait (429)",
            ["platform"],
            registry=registry,
        )
        self.claims = Counter(
            "sspanel_im_claims",
            "Claims that this daemon lost, and those of others that it freed",
            ["platform", "event"],
            registry=registry,
        )
        self.batches = Histogram(
            "sspanel_im_outcomes_written",
            "Outcomes that were written in one transaction",
            ["platform"],
            buckets=_BATCHES,
            registry=registry,
        )

    def of(self, platform: str) -> DeliveryCounts:
        """The counters of one platform, which show from now on."""
        return _PlatformCounts(self, platform)


class _PlatformCounts:
    def __init__(self, metrics: QueueMetrics, platform: str) -> None:
        self._metrics = metrics
        self._platform = platform
        self._pauses = metrics.pauses.labels(platform)
        self._batches = metrics.batches.labels(platform)
        self._lost = metrics.claims.labels(platform, "lost")
        self._freed = metrics.claims.labels(platform, "freed")

    def tried(self, outcome: str) -> None:
        self._metrics.tries.labels(self._platform, outcome).inc()

    def asked_to_pause(self) -> None:
        self._pauses.inc()

    def ended(self, state: str) -> None:
        self._metrics.ended.labels(self._platform, state).inc()

    def wrote(self, outcomes: int) -> None:
        self._batches.observe(outcomes)

    def claims_lost(self, deliveries: int) -> None:
        self._lost.inc(deliveries)

    def claims_freed(self, deliveries: int) -> None:
        self._freed.inc(deliveries)


class QueueGauges(Collector):
    """How full the queue is, and what the pace holds back at this moment."""

    def __init__(
        self, *, census: CensusKeeper, platforms: Sequence[Platform], clock: SiteClock
    ) -> None:
        self._census = census
        self._platforms = platforms
        self._clock = clock

    def collect(self) -> Iterable[Metric]:
        yield from self._loads()
        failed = GaugeMetricFamily(
            "sspanel_im_deliveries_failed_last_day",
            "Deliveries that failed for good, their last try having been due in the last 24 hours",
            labels=["platform"],
        )
        for platform, number in self._census.current.failed.items():
            failed.add_metric([platform], number)
        yield failed
        yield from self._pacing()

    def _loads(self) -> Iterable[Metric]:
        waiting = GaugeMetricFamily(
            "sspanel_im_deliveries_waiting",
            "Deliveries that are to be sent, by state",
            labels=["platform", "priority", "state"],
        )
        oldest = GaugeMetricFamily(
            "sspanel_im_oldest_delivery_seconds",
            "Since the oldest of them was accepted, or the first deferred action was due",
            labels=["platform", "priority"],
        )
        now = self._clock.now()
        for load in self._census.current.loads:
            oldest.add_metric([load.platform, load.priority], load.age_seconds(now))
            for state, number in load.by_state.items():
                waiting.add_metric([load.platform, load.priority, state], number)
        yield waiting
        yield oldest

    def _pacing(self) -> Iterable[Metric]:
        held = GaugeMetricFamily(
            "sspanel_im_pacer_waiting",
            "Messages, replies included, that the pace holds back at this moment",
            labels=["platform"],
        )
        paused = GaugeMetricFamily(
            "sspanel_im_platform_paused_seconds",
            "For how long a platform has asked the whole bot to be silent still",
            labels=["platform"],
        )
        for platform in self._platforms:
            held.add_metric([platform.name.value], platform.pacer.waiting)
            paused.add_metric([platform.name.value], platform.pacer.paused_for())
        yield held
        yield paused
