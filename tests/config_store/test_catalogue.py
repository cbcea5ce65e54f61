"""From rows to a snapshot: what the panel's `config` says, in both of its generations."""

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from config_store.catalogue import CATALOGUE, ITEMS, SiteSettings
from config_store.settings_reading import Reading, Row, read_settings

SHARED_PANEL = Path(__file__).parents[3] / "shared" / "panel"
TOKEN = "123456:AAF-secret_secret"


def read(rows: dict[str, str], before: SiteSettings | None = None) -> Reading:
    return read_settings([Row(item, value) for item, value in rows.items()], before)


def settings_of(**rows: str) -> SiteSettings:
    """The snapshot of rows that are all understood."""
    reading = read(rows)
    assert not reading.mistakes
    return reading.settings


def mistaken_items(reading: Reading) -> list[str]:
    return sorted(mistake.item for mistake in reading.mistakes.values())


def test_a_panel_without_any_row_gives_the_defaults():
    """
    Nothing has to be there: an empty table means the catalogue's defaults.
    """
    reading = read({})

    assert reading.settings == SiteSettings()
    assert not reading.mistakes
    assert reading.settings.telegram_group is None
    assert reading.settings.invite_reward_rate == Decimal("0.2")


@pytest.mark.skipif(not SHARED_PANEL.exists(), reason="the panel's own rows are not at hand")
def test_a_new_panels_rows_are_all_understood():
    """
    What a new install of the panel holds is read without a mistake.
    """
    rows = json.loads((SHARED_PANEL / "config_rows.json").read_text())

    reading = read_settings([Row(row["item"], row["value"]) for row in rows], None)

    assert not reading.mistakes
    assert reading.settings == SiteSettings()


@pytest.mark.skipif(not SHARED_PANEL.exists(), reason="the panel's own facts are not at hand")
def test_the_catalogue_has_every_setting_that_is_known_of_the_panel():
    """
    Names and aliases are those that the panel's documentation lists.
    """
    facts = (SHARED_PANEL / "facts.md").read_text()
    table = facts.split("| setting | alias")[1].split("\n\n")[0].splitlines()[2:]
    documented: set[str] = set()
    for line in table:
        documented |= set(re.findall(r"`(\w+)`", "|".join(line.split("|")[1:3])))

    assert documented == ITEMS - {"email_driver"}


def test_the_first_row_of_an_item_counts():
    """
    The table allows an item twice: the first by id is the one that the panel reads.
    """
    rows = [Row("checkin_max", "7"), Row("checkin_max", "9")]

    assert read_settings(rows, None).settings.checkin_max == 7


def test_a_name_that_differs_in_case_or_by_a_blank_is_another_item():
    """
    MariaDB compares items without case and trailing blanks; a setting has one spelling.
    """
    rows = [Row("Enable_Checkin", "1"), Row("enable_checkin ", "1")]

    assert read_settings(rows, None).settings.enable_checkin is False


@pytest.mark.parametrize("setting", [each for each in CATALOGUE.values() if each.alias])
def test_an_alias_is_read_and_the_name_wins_over_it(setting):
    """
    Both generations of the panel are understood; with both rows there, the name's counts.
    """
    old, new = ("oldsecret", "newsecret") if setting.kind.is_secret else ("1", "0")

    by_alias = read({setting.alias: new}).settings
    by_both = read({setting.alias: new, setting.name: old}).settings

    assert getattr(by_alias, setting.name) == setting.kind.parse(new)
    assert getattr(by_both, setting.name) == setting.kind.parse(old)


def test_a_mistake_under_the_name_is_not_covered_up_by_the_alias():
    """
    The row that counts is the row that is judged.
    """
    reading = read({"telegram_diary": "maybe", "im_bot_group_notify_diary": "1"})

    assert reading.settings.telegram_diary is False
    assert mistaken_items(reading) == ["telegram_diary"]


@pytest.mark.parametrize(
    ("text", "value"),
    [("0", False), ("1", True), ("true", True), ("FALSE", False), (" True\n", True), ("", True)],
)
def test_switches_are_written_in_several_ways(text, value):
    """
    An empty switch means its default, here on.
    """
    assert settings_of(telegram_group_quiet=text).telegram_group_quiet is value


@pytest.mark.parametrize("text", ["yes", "2", "-1", "on", "１", "0.0", "null"])
def test_a_switch_that_is_neither_on_nor_off_is_a_mistake(text):
    """
    Nothing is guessed about a switch.
    """
    reading = read({"telegram_group_quiet": text})

    assert reading.settings.telegram_group_quiet is True
    assert mistaken_items(reading) == ["telegram_group_quiet"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-1001234567890", -1001234567890),
        (" +42 \r\n", 42),
        ("007", 7),
        ("-9223372036854775808", -(2**63)),
        ("9223372036854775807", 2**63 - 1),
        ("", -1),
    ],
)
def test_whole_numbers_may_have_a_sign_and_blanks(text, value):
    """
    Ids are pasted from anywhere.
    """
    assert settings_of(telegram_chatid=text).telegram_chatid == value


@pytest.mark.parametrize(
    "text",
    ["abc", "1.5", "1e3", "0x10", "1_000", "- 5", "٣", "9223372036854775808", "9" * 5000, "@group"],
)
def test_a_number_that_is_none_or_has_no_place_in_64_bits_is_a_mistake(text):
    """
    Only what every table and platform can hold is a number.
    """
    reading = read({"telegram_chatid": text})

    assert reading.settings.telegram_chatid == -1
    assert mistaken_items(reading) == ["telegram_chatid"]


@pytest.mark.parametrize(
    ("chat", "group"), [("-1001234567890", -1001234567890), ("-1", None), ("0", None), ("5", None)]
)
def test_only_an_id_below_minus_one_is_a_telegram_group(chat, group):
    """
    The panel's -1 means no group; positive ids are people.
    """
    assert settings_of(telegram_chatid=chat).telegram_group == group


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("[]", ()),
        ("", ()),
        ("[-100123, -100456]", (-100123, -100456)),
        ('["-100123", " 7 "]', (-100123, 7)),
    ],
)
def test_groups_are_listed_as_numbers_or_as_text(text, ids):
    """
    The panel's page makes both.
    """
    assert settings_of(group_id_allowed_to_join=text).group_id_allowed_to_join == ids


@pytest.mark.parametrize(
    "text",
    [
        "-100123",
        "[1.5]",
        "[true]",
        "[null]",
        "[[1]]",
        '{"a": 1}',
        "[1",
        "[NaN]",
        '["x"]',
        f"[{2**63}]",
        f"[{'9' * 5000}]",
        "[" * 100_000,
    ],
)
def test_a_list_of_groups_that_is_none_is_a_mistake(text):
    """
    Also one that is nested so deep that parsers give up.
    """
    reading = read({"group_id_allowed_to_join": text})

    assert reading.settings.group_id_allowed_to_join == ()
    assert mistaken_items(reading) == ["group_id_allowed_to_join"]


@pytest.mark.parametrize(
    ("text", "channel"), [("0", ""), ("", ""), (" C0123ABCD\n", "C0123ABCD"), ("D9", "D9")]
)
def test_slack_channels_are_text(text, channel):
    """
    The panel types the channel as a number, where 0 is none; real ids have letters.
    """
    assert settings_of(slack_channel_id=text).slack_channel_id == channel


def test_pasted_tokens_lose_their_blanks():
    """
    A token that was copied with a line break or blanks is still that token.
    """
    pasted = f"  {TOKEN[:9]}\n{TOKEN[9:]} \r\n"

    assert settings_of(telegram_token=pasted).telegram_token == TOKEN


@pytest.mark.parametrize("text", ["\u200babc", "Ключ", "a\x00b"])
def test_a_token_with_characters_that_no_token_has_is_a_mistake(text):
    """
    An invisible character from copying would be refused by the platform without a reason.
    """
    reading = read({"discord_bot_token": text})

    assert reading.settings.discord_bot_token == ""
    assert mistaken_items(reading) == ["discord_bot_token"]


@pytest.mark.parametrize("text", ["@my_bot", " my_bot ", "my_bot"])
def test_a_bots_name_may_be_written_with_its_at_sign(text):
    """
    Telegram shows names with an @.
    """
    assert settings_of(telegram_bot=text).telegram_bot == "my_bot"


@pytest.mark.parametrize("text", ["-0.1", "nan", "inf", "1e9", "0,2", "½", "1" * 13])
def test_a_rate_that_is_no_plain_decimal_is_a_mistake(text):
    """
    Money is never computed with anything but a plain decimal number.
    """
    reading = read({"invite_reward_rate": text})

    assert reading.settings.invite_reward_rate == Decimal("0.2")
    assert mistaken_items(reading) == ["invite_reward_rate"]


def test_telegram_is_on_if_a_token_is_set():
    """
    The older generation has no switch for the bot, nor one for group notices: both follow.
    """
    with_token = settings_of(telegram_token=TOKEN)
    without = settings_of()

    assert (with_token.enable_telegram, with_token.enable_telegram_group_notify) == (True, True)
    assert (without.enable_telegram, without.enable_telegram_group_notify) == (False, False)


@pytest.mark.parametrize(
    ("rows", "telegram", "notify"),
    [
        ({"enable_telegram": "0"}, False, False),
        ({"enable_telegram": ""}, True, True),
        ({"enable_telegram_group_notify": "0"}, True, False),
        ({"enable_telegram_group_notify": ""}, True, False),
        ({"enable_telegram": "0", "enable_telegram_group_notify": "1"}, False, True),
        ({"enable_telegram": "maybe"}, True, True),
    ],
)
def test_the_switches_of_telegram_win_over_what_they_follow(rows, telegram, notify):
    """
    A row that is there is obeyed; only a missing one follows another setting.
    """
    settings = read({"telegram_token": TOKEN, **rows}).settings

    assert settings.enable_telegram is telegram
    assert settings.enable_telegram_group_notify is notify


def test_a_value_that_makes_no_sense_leaves_the_last_good_one():
    """
    A slip of the pen on the panel's page changes nothing but is told.
    """
    before = settings_of(checkin_max="30", telegram_chatid="-100123", enable_checkin="1")

    reading = read(
        {"checkin_max": "thirty", "telegram_chatid": "-100x", "enable_checkin": "?"}, before
    )

    assert reading.settings == before
    assert mistaken_items(reading) == ["checkin_max", "enable_checkin", "telegram_chatid"]


@pytest.mark.parametrize(
    ("least", "most"),
    [("60", "50"), ("-1", "5"), ("-5", "-1"), ("0", "9999999999999"), ("100", None)],
)
def test_rewards_out_of_order_are_a_mistake_of_both_bounds(least, most):
    """
    Swapped, negative and absurd bounds keep the last pair that made sense.
    """
    before = settings_of(checkin_min="3", checkin_max="9")
    rows = {"checkin_min": least} | ({} if most is None else {"checkin_max": most})

    reading = read(rows, before)

    assert (reading.settings.checkin_min, reading.settings.checkin_max) == (3, 9)
    assert mistaken_items(reading) == ["checkin_max", "checkin_min"]


def test_a_mistake_says_where_it_is_and_what_is_expected():
    """
    An operator can mend it from this line alone.
    """
    (mistake,) = read({"telegram_diary": "maybe"}).mistakes.values()

    assert str(mistake) == "telegram_diary is 'maybe', expected: 0 or 1"


def test_secrets_never_show():
    """
    Not in a snapshot's repr, not in a mistake, not where a token was put into the wrong field.
    """
    secrets = [each.name for each in CATALOGUE.values() if each.kind.is_secret]
    rows = dict.fromkeys(secrets, TOKEN) | {"discord_channel_id": TOKEN, "slack_token": "é" + TOKEN}

    reading = read(rows)
    shown = repr(reading) + "".join(f"{each!r} {each}" for each in reading.mistakes.values())

    assert len(reading.mistakes) == 2
    assert TOKEN not in shown
    assert "secret_secret" not in shown
    assert len(secrets) == 5


WORDS = st.text() | st.sampled_from(["0", "1", "-1", "[]", "[1]", "true", " 5 ", "1e5", "0.2"])


@given(
    rows=st.lists(st.tuples(st.sampled_from(sorted(ITEMS)) | st.text(), WORDS), max_size=40),
    later=st.lists(st.tuples(st.sampled_from(sorted(ITEMS)), WORDS), max_size=40),
)
@example(rows=[("group_id_allowed_to_join", '"\ud800"')], later=[("checkin_min", "9" * 4301)])
def test_whatever_the_rows_hold_a_sane_snapshot_comes_out(rows, later):
    """
    No text in any row ends in an error, and the rewards can always be drawn.
    """
    first = read_settings([Row(*row) for row in rows], None)
    second = read_settings([Row(*row) for row in later], first.settings)

    for reading in (first, second):
        assert 0 <= reading.settings.checkin_min <= reading.settings.checkin_max
        assert all(str(mistake).isprintable() for mistake in reading.mistakes.values())


@given(rows=st.lists(st.tuples(st.sampled_from(sorted(ITEMS)), WORDS), max_size=40))
def test_the_same_rows_again_change_nothing(rows):
    """
    A look that finds nothing new gives an equal snapshot and the same mistakes.
    """
    first = read_settings([Row(*row) for row in rows], None)

    again = read_settings([Row(*row) for row in rows], first.settings)

    assert again == first
