"""
Words for one reader: messages of the catalogue with their values, numbers, dates and times.

Values are text and stay text: a name with braces, tags or stars in it comes out as it went in.
Traffic is in bytes and shown in units of 1024; times go in as aware instants and are shown in the
site's time zone.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from gettext import GNUTranslations
from string import Formatter

from babel import Locale
from babel.dates import format_date, format_time, format_timedelta
from babel.numbers import format_decimal, format_percent

from core.clock import SiteClock
from core.message import Span, Text
from core.texts.languages import Language

BAR_CELLS = 10
_COUNTED_IN_DAYS = (timedelta(days=1), timedelta(days=100))
_UNIT_STEP = 1024
_UNITS = ("B", "KB", "MB", "GB", "TB", "PB")
_TWO_PLACES = "#,##0.##"
_MONEY = "#,##0.00"
_ONE_PLACE_PERCENT = "#,##0.#%"
_JOINERS = "\u200c\u200d"  # within emoji and some scripts


class Words:
    """
    Speaks one language. Messages are named by literals, so that
    `python -m tests.checks.translations` sees which are used.
    """

    def __init__(self, *, language: Language, messages: GNUTranslations, clock: SiteClock) -> None:
        self.language = language
        self._messages = messages
        self._locale = Locale.parse(language.value)
        self._clock = clock

    def say(self, message_id: str, **values: str) -> str:
        """A message with values in its places."""
        return "".join(
            literal if name is None else values[name]
            for literal, name in _pieces(self._messages.gettext(message_id))
        )

    def plural(self, message_id: str, count: int, **values: str) -> str:
        """A message that depends on a number, which stands in its place `{count}`."""
        template = self._messages.ngettext(message_id, message_id, count)
        values = {"count": self.number(count), **values}
        return "".join(
            literal if name is None else values[name] for literal, name in _pieces(template)
        )

    def rich(self, message_id: str, **values: Text) -> Text:
        """A message with styled values in its places."""
        spans: list[Span] = []
        for literal, name in _pieces(self._messages.gettext(message_id)):
            spans.extend((Span(literal),) if name is None else values[name])
        return tuple(spans)

    def number(self, value: int) -> str:
        """A whole number, grouped."""
        return format_decimal(value, locale=self._locale)

    def bytes(self, size_bytes: int) -> str:
        """An amount of traffic in the largest unit that makes it at least 1, `12.3 GB`."""
        value, unit = _in_largest_unit(size_bytes)
        amount = format_decimal(value, format=_TWO_PLACES, locale=self._locale)
        return f"{amount} {unit}"

    def percent(self, share: float) -> str:
        """A share of 1 as a percentage."""
        return format_percent(share, format=_ONE_PLACE_PERCENT, locale=self._locale)

    def money(self, amount: Decimal) -> str:
        """An amount of yuan."""
        return self.say(
            "unit.yuan", amount=format_decimal(amount, format=_MONEY, locale=self._locale)
        )

    def date(self, at: datetime) -> str:
        """The site's date at an instant."""
        return format_date(at.astimezone(self._clock.zone), "medium", locale=self._locale)

    def time(self, at: datetime) -> str:
        """The site's time of day at an instant, to the minute."""
        return format_time(at, "short", tzinfo=self._clock.zone, locale=self._locale)

    def moment(self, at: datetime) -> str:
        """Date and time of an instant at the site."""
        pattern: str = self._locale.datetime_formats["medium"]
        return pattern.replace("{1}", self.date(at)).replace("{0}", self.time(at))

    def duration(self, length: timedelta) -> str:
        """A length of time in its largest unit, as in „3 days"."""
        return self._in_one_unit(length, is_relative=False)

    def relative(self, at: datetime) -> str:
        """An instant as seen from now, as in „3 days ago" and „in 5 minutes"."""
        return self._in_one_unit(at - self._clock.now(), is_relative=True)

    def _in_one_unit(self, length: timedelta, *, is_relative: bool) -> str:
        # Days are counted as such for some months: „2 months" is too rough for what expires.
        if _COUNTED_IN_DAYS[0] <= abs(length) < _COUNTED_IN_DAYS[1]:
            return format_timedelta(
                length,
                granularity="day",
                threshold=_COUNTED_IN_DAYS[1].days,
                add_direction=is_relative,
                locale=self._locale,
            )
        return format_timedelta(length, threshold=1, add_direction=is_relative, locale=self._locale)


def bar(share: float) -> str:
    """A share of 1 as a bar: something is never an empty bar, less than all never a full one."""
    filled = round(min(max(share, 0.0), 1.0) * BAR_CELLS)
    if 0 < share < 1:
        filled = min(max(filled, 1), BAR_CELLS - 1)
    return "▰" * filled + "▱" * (BAR_CELLS - filled)


def one_line(text: str, *, limit: int = 64) -> str:
    """
    A name that strangers chose, fit to stand within a sentence: one line of at most `limit`
    characters that cannot turn the direction of what follows it.
    """
    words = text.split()
    shown = " ".join("".join(c for c in word if c.isprintable() or c in _JOINERS) for word in words)
    return shown if len(shown) <= limit else f"{shown[: limit - 1]}…"


def _in_largest_unit(size_bytes: int) -> tuple[Decimal, str]:
    value = Decimal(size_bytes)
    for unit in _UNITS[:-1]:
        if round(abs(value), 2) < _UNIT_STEP:
            return round(value, 2), unit
        value /= _UNIT_STEP
    return round(value, 2), _UNITS[-1]


def _pieces(template: str) -> Iterator[tuple[str, str | None]]:
    """The literal runs of a template, and between them the names of its places."""
    for literal, name, _, _ in Formatter().parse(template):
        if literal:
            yield literal, None
        if name is not None:
            yield "", name
