"""
The check of translations: it passes on what is here, and sees each thing that can be wrong.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from core.texts.catalogues import LOCALE
from tests.checks.translations import PACKAGES, find_findings

Edit = Callable[[str], str]


@pytest.fixture
def findings_after(tmp_path: Path) -> Callable[[Edit], list[str]]:
    """
    What is found after the Japanese catalogue was edited.
    """

    def check(edit: Edit) -> list[str]:
        locale = shutil.copytree(LOCALE, tmp_path / "locale")
        file = locale / "ja_JP" / "LC_MESSAGES" / "sspanel_im.po"
        before = file.read_text()
        after = edit(before)
        assert after != before, "the edit hit nothing"
        file.write_text(after)
        return find_findings(PACKAGES, locale)

    return check


@pytest.fixture
def findings_in(tmp_path: Path) -> Callable[[str], list[str]]:
    """
    What is found in a line of code, apart from the messages that it leaves unused.
    """

    def check(code: str) -> list[str]:
        (tmp_path / "speaker.py").write_text(code)
        return [each for each in find_findings([tmp_path], LOCALE) if "not used" not in each]

    return check


def test_everything_said_here_is_translated():
    """
    All messages are there in all languages, and no others.
    """
    assert find_findings(PACKAGES, LOCALE) == []


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (
            lambda text: text.replace('msgid "ping.pong"', 'msgid "ping.gone"'),
            "ping.pong is missing",
        ),
        (lambda text: text.replace('msgid "ping.pong"', 'msgid "ping.gone"'), "ping.gone is not"),
        (
            lambda text: text.replace('msgid "ping.pong"', '#, fuzzy\nmsgid "ping.pong"'),
            "ping.pong is fuzzy",
        ),
        (lambda text: text.replace('"pong 🏓"', '""'), "ping.pong is empty"),
        (lambda text: text.replace("{speed}", "{size}"), "unit.mbps has other values"),
    ],
)
def test_an_unfinished_catalogue_is_found(
    findings_after: Callable[[Edit], list[str]], edit: Edit, expected: str
):
    """
    A message that is missing, superfluous, fuzzy, empty or asks for other values fails the check.
    """
    assert any(expected in finding for finding in findings_after(edit))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('words.say("no.such")', "no.such is missing in zh_CN"),
        ("words.say(f'ping.{name}')", "no literal"),
        ('words.rich(prefix + "pong")', "no literal"),
        ('words.say("unit.mbps", sped=x)', "given other values"),
        ('words.plural("ping.pong", 3)', "ping.pong is no plural"),
    ],
)
def test_a_careless_use_is_found(findings_in: Callable[[str], list[str]], code: str, expected: str):
    """
    Code that asks for what is not there, or in a way that hides it, fails the check.
    """
    assert any(expected in finding for finding in findings_in(code))
