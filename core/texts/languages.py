"""
The languages that are spoken, and which of them a reader gets.

Tags come in every spelling: `zh-CN` and `zh_CN` from the panel, `zh-hans` from Telegram, `en-GB`
from Discord. Chinese goes by script, then by region; a bare `zh` is the site's own Chinese.
"""

from enum import StrEnum


class Language(StrEnum):
    """A language with a complete catalogue, as the site's settings call it."""

    ZH_CN = "zh_CN"
    EN_US = "en_US"
    ZH_TW = "zh_TW"
    JA_JP = "ja_JP"


_TRADITIONAL = frozenset({"hant", "tw", "hk", "mo"})
_SIMPLIFIED = frozenset({"hans", "cn", "sg", "my"})


def choose(
    chosen: str | None,
    account_locale: str | None,
    platform_language: str | None,
    site_locale: str,
) -> Language:
    """The reader's language: that he chose, else the account's, the platform's, the site's."""
    site = _match(site_locale, chinese=Language.ZH_CN) or Language.ZH_CN
    chinese = Language.ZH_TW if site is Language.ZH_TW else Language.ZH_CN
    for tag in (chosen, account_locale, platform_language):
        if tag and (language := _match(tag, chinese=chinese)):
            return language
    return site


def _match(tag: str, *, chinese: Language) -> Language | None:
    """The language of a tag, None if it is none of ours. `chinese`: what a bare `zh` means."""
    first, *others = tag.strip().replace("_", "-").lower().split("-")
    match first:
        case "zh":
            return _match_chinese(others, bare=chinese)
        case "en":
            return Language.EN_US
        case "ja":
            return Language.JA_JP
        case _:
            return None


def _match_chinese(subtags: list[str], *, bare: Language) -> Language:
    for subtag in subtags:  # the script stands before the region
        if subtag in _TRADITIONAL:
            return Language.ZH_TW
        if subtag in _SIMPLIFIED:
            return Language.ZH_CN
    return bare
