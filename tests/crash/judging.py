"""
What a run came to: what was lost, what came twice, and why it could.

A double is accounted for if it was in flight at an incident: a platform had taken it before, the
queue did not have it as sent, and it was taken again afterwards.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from tests.crash.far_side import DISCORD, PLATFORMS, Accepted, Key

_SHOWN = 20  # doubles that are told one by one


@dataclass(slots=True, kw_only=True, eq=False)
class Incident:
    """
    Something that befell the daemon `who`. `in_flight`: what a platform had taken then while the
    queue did not have it as sent, and when it was taken. `noted_at`: when that was last looked up.
    """

    what: str
    who: str
    at: float
    noted_at: float = 0.0
    in_flight: dict[Key, float] = field(default_factory=dict[Key, float], repr=False)

    def counts(self) -> dict[str, int]:
        """In flight, by platform."""
        counted = Counter(key.platform for key in self.in_flight)
        return {platform: counted[platform] for platform in PLATFORMS}


@dataclass(frozen=True, slots=True)
class Double:
    """A message that was taken once more. `incident`: its cause, None if there is none."""

    key: Key
    first_at: float
    again_at: float
    incident: Incident | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """
    `lost`: accepted and never taken by the platform. `unended`: not sent in the queue's eyes, and
    why. `strangers`: taken without having been accepted.
    """

    deliveries: int
    lost: Collection[Key]
    unended: Mapping[Key, str]
    strangers: Collection[Key]
    doubles: Sequence[Double]
    incidents: Sequence[Incident]

    @property
    def unaccounted(self) -> list[Double]:
        """Doubles that no incident accounts for."""
        return [double for double in self.doubles if double.incident is None]

    def doubles_on(self, platform: str) -> int:
        return sum(double.key.platform == platform for double in self.doubles)

    def in_flight_on(self, platform: str) -> int:
        """In flight, all incidents together."""
        return sum(incident.counts()[platform] for incident in self.incidents)

    def lines(self) -> list[str]:
        """The account for people to read."""
        told = [
            f"deliveries {self.deliveries}, incidents {len(self.incidents)}, lost {len(self.lost)}",
            f"  not sent in the end {len(self.unended)}, sent unasked {len(self.strangers)}",
            f"  doubles {len(self.doubles)}, not accounted for {len(self.unaccounted)}",
        ]
        told += [
            f"  {platform}: doubles {self.doubles_on(platform)},"
            f" in flight at the incidents {self.in_flight_on(platform)}"
            for platform in PLATFORMS
        ]
        for (platform, why), number in Counter(
            (key.platform, why) for key, why in self.unended.items()
        ).items():
            told.append(f"  {platform}: {number} not sent, {why}")
        told += [f"  {each}" for each in self._suspicious()[:_SHOWN]]
        told += [line for what in self._kinds() for line in self._lines_of(what)]
        return told

    def _suspicious(self) -> list[str]:
        """Doubles that should not be: those without a cause, and those at Discord."""
        return [
            f"again after {each.again_at - each.first_at:.3f} s: {each.key};"
            f" {'no cause' if each.incident is None else 'in flight'}; it was taken"
            f" {self._near(each.first_at)}"
            for each in self.doubles
            if each.incident is None or each.key.platform == DISCORD
        ]

    def _near(self, at: float) -> str:
        """A moment by the incident that is nearest to it."""
        nearest = min(self.incidents, key=lambda incident: abs(incident.at - at), default=None)
        if nearest is None:
            return "without any incident"
        return f"{at - nearest.at:+.3f} s from when {nearest.who} was {nearest.what}"

    def _kinds(self) -> list[str]:
        return list(dict.fromkeys(incident.what for incident in self.incidents))

    def _lines_of(self, what: str) -> list[str]:
        """What incidents of one kind came to, one by one as doubles of those in flight."""
        incidents = [incident for incident in self.incidents if incident.what == what]
        doubles = Counter((id(each.incident), each.key.platform) for each in self.doubles)
        counts = " ".join(
            "/".join(
                f"{doubles[id(incident), platform]}:{incident.counts()[platform]}"
                for platform in PLATFORMS
            )
            for incident in incidents
        )
        ages = sorted(
            (incident.at - at) * 1000
            for incident in incidents
            for at in incident.in_flight.values()
        )
        told = [f"  {what}, {len(incidents)} times, doubles:in flight each time: {counts}"]
        if ages:
            late = [-age for age in ages if age < 0]
            told.append(
                f"    in flight had been taken before, ms: median {ages[len(ages) // 2]:.0f},"
                f" 95 % {ages[int(len(ages) * 0.95)]:.0f}, most {ages[-1]:.0f};"
                f" afterwards {len(late)}, the last {max(late, default=0):.0f} ms after"
            )
        return told


def judge(
    *,
    expected: Collection[Key],
    accepted: Sequence[Accepted],
    incidents: Sequence[Incident],
    not_sent: Mapping[Key, str],
) -> Verdict:
    """Compare what was accepted from callers with what the platforms took."""
    taken: dict[Key, list[float]] = defaultdict(list)
    for each in accepted:
        taken[each.key].append(each.at)
    doubles = [
        Double(key, first, again, _cause(key, first, again, incidents))
        for key, times in taken.items()
        for first, again in zip(sorted(times), sorted(times)[1:], strict=False)
    ]
    wanted = set(expected)
    return Verdict(
        deliveries=len(wanted),
        lost=wanted - taken.keys(),
        unended=dict(not_sent),
        strangers=taken.keys() - wanted,
        doubles=sorted(doubles, key=lambda double: double.again_at),
        incidents=incidents,
    )


def _cause(key: Key, first: float, again: float, incidents: Sequence[Incident]) -> Incident | None:
    for incident in incidents:
        if first <= incident.noted_at and again >= incident.at and key in incident.in_flight:
            return incident
    return None
