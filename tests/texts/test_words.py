"""
Numbers, times and messages as people of each language write them.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from gettext import GNUTranslations
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from hypothesis import given
from hypothesis import strategies as st

from core.clock import SiteClock
from core.message import Span, Style, plain_text, styled
from core.texts.catalogues import Catalogues
from core.texts.languages import Language
from core.texts.words import BAR_CELLS, Words, bar, one_line
from tests.texts.conftest import NOW

languages = st.sampled_from(list(Language))


def test_times_are_the_sites_and_written_as_the_reader_does(catalogues: Catalogues):
    """
    09:05 UTC is 17:05 at a site in Shanghai, in every language's own form.
    """
    shown = {language: catalogues.words(language).moment(NOW) for language in Language}

    assert shown[Language.ZH_CN] == "2026年11月24日 17:05"
    assert shown[Language.ZH_TW] == "2026年11月24日 下午5:05"
    assert shown[Language.JA_JP] == "2026/11/24 17:05"
    assert shown[Language.EN_US].replace("\u202f", " ") == "Nov 24, 2026, 5:05 PM"


def test_instants_are_seen_from_now(catalogues: Catalogues):
    """
    Days are counted exactly where it matters, minutes and years in their own units.
    """
    chinese, english = catalogues.words(Language.ZH_CN), catalogues.words(Language.EN_US)

    assert chinese.relative(NOW - timedelta(minutes=5)) == "5分钟前"
    assert english.relative(NOW + timedelta(days=45)) == "in 45 days"
    assert english.relative(NOW - timedelta(days=730)) == "2 years ago"
    assert catalogues.words(Language.JA_JP).duration(timedelta(days=3)) == "3 日"


def test_amounts_are_written_as_the_language_does(catalogues: Catalogues):
    """
    Traffic, percentages and money.
    """
    words = catalogues.words(Language.ZH_CN)

    assert words.bytes(1536 * 1024**2) == "1.5 GB"
    assert words.bytes(0) == "0 B"
    assert words.bytes(1024**2 - 1) == "1 MB"
    assert words.bytes(5 * 1024**4) == "5 TB"
    assert words.percent(0.0341) == "3.4%"
    assert words.money(Decimal("1234.5")) == "¥1,234.50"
    assert catalogues.words(Language.JA_JP).money(Decimal(-3)) == "-3.00 元"


@given(size=st.integers(min_value=0, max_value=2**59), language=languages)
def test_an_amount_of_traffic_is_shown_to_half_a_percent(
    catalogues: Catalogues, size: int, language: Language
):
    """
    The unit is the largest that fits, and what is shown is near what is.
    """
    amount, unit = catalogues.words(language).bytes(size).split(" ")

    number = Decimal(amount.replace(",", ""))
    shown = number * 1024 ** ("B", "KB", "MB", "GB", "TB", "PB").index(unit)
    assert number < 1024
    assert abs(shown - size) <= Decimal(size) * Decimal("0.006")


@given(st.floats(min_value=-1, max_value=3))
def test_a_bar_has_ten_cells_and_tells_something_from_nothing(share: float):
    """
    Never longer or shorter, never empty for something or full for less than all.
    """
    shown = bar(share)

    assert len(shown) == BAR_CELLS
    assert ("▰" in shown) == (share > 0)
    assert ("▱" in shown) == (share < 1)
    assert "▱▰" not in shown


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_larger_share_is_no_shorter_a_bar(first: float, second: float):
    """
    Bars can be compared.
    """
    smaller, larger = sorted((first, second))

    assert bar(smaller).count("▰") <= bar(larger).count("▰")


@given(name=st.text(), language=languages)
def test_a_value_comes_out_as_it_went_in(catalogues: Catalogues, name: str, language: Language):
    """
    Braces, tags and percent signs in a value are text.
    """
    words = catalogues.words(language)
    styled_name = styled(name, Style.BOLD)

    assert name in words.say("menu.hello", name=name)
    assert styled_name[0] in words.rich("unbinding.what_happens", name=styled_name)
    assert name in plain_text(words.rich("unbinding.what_happens", name=styled_name))


@given(st.text())
def test_a_name_stays_on_its_line_and_turns_nothing_around(name: str):
    """
    No control characters, no line breaks, no unlimited length; what is harmless stays.
    """
    shown = one_line(name)

    assert len(shown) <= 64
    assert not any(char in shown for char in "\n\r\t\x00\x1b\u202e\u2066\u2028")
    if name.isprintable() and name == " ".join(name.split()) and len(name) <= 64:
        assert shown == name


def test_a_message_that_depends_on_a_number_takes_the_form_for_it():
    """
    Singular and plural by the language's rule, the number written in its way.
    """
    catalogue = Catalog(locale="en_US")
    catalogue.add(("days", "days"), ("{count} day", "{count} days"))
    file = BytesIO()
    write_mo(file, catalogue)
    file.seek(0)
    words = Words(
        language=Language.EN_US,
        messages=GNUTranslations(file),
        clock=SiteClock(ZoneInfo("UTC"), lambda: datetime.now(UTC)),
    )

    assert words.plural("days", 1) == "1 day"
    assert words.plural("days", 1200) == "1,200 days"


@pytest.mark.parametrize("language", list(Language))
def test_literal_runs_are_spans_without_style(catalogues: Catalogues, language: Language):
    """
    Only what is put in has a look of its own.
    """
    spans = catalogues.words(language).rich("unbinding.what_happens", name=styled("x", Style.CODE))

    assert [span for span in spans if span.styles] == [Span("x", frozenset({Style.CODE}))]
