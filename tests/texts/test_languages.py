"""
Which language a reader gets.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.texts.languages import Language, choose


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("zh-CN", Language.ZH_CN),
        ("zh_cn", Language.ZH_CN),
        ("zh-Hans", Language.ZH_CN),
        ("zh-SG", Language.ZH_CN),
        ("zh-hans-HK", Language.ZH_CN),
        ("zh", Language.ZH_CN),
        ("zh-TW", Language.ZH_TW),
        ("zh_TW", Language.ZH_TW),
        ("zh-HK", Language.ZH_TW),
        ("zh-Hant", Language.ZH_TW),
        ("zh-Hant-CN", Language.ZH_TW),
        ("en", Language.EN_US),
        ("en-GB", Language.EN_US),
        ("ja", Language.JA_JP),
        ("ja_JP", Language.JA_JP),
    ],
)
def test_a_tag_is_understood_in_every_spelling(tag: str, expected: Language):
    """
    Separators and case do not matter, script goes before region.
    """
    assert choose(None, tag, None, "zh_CN") is expected


def test_the_choice_comes_first_then_the_account_the_platform_and_the_site():
    """
    A tag that is none of ours is passed over.
    """
    assert choose("zh_TW", "ja_JP", "en", "zh_CN") is Language.ZH_TW
    assert choose("fr", "ja_JP", "en", "zh_CN") is Language.JA_JP
    assert choose(None, "ja_JP", "en", "zh_CN") is Language.JA_JP
    assert choose(None, "fr", "en", "zh_CN") is Language.EN_US
    assert choose("", "", None, "zh_TW") is Language.ZH_TW
    assert choose(None, None, "de", "ja_JP") is Language.JA_JP


def test_bare_chinese_is_the_sites_chinese():
    """
    `zh` alone is traditional only on a site that is.
    """
    assert choose(None, None, "zh", "zh_TW") is Language.ZH_TW
    assert choose(None, None, "zh", "en_US") is Language.ZH_CN


_TAG = st.none() | st.text()


@given(_TAG, _TAG, _TAG, st.text())
def test_every_reader_gets_a_language(
    chosen: str | None, account: str | None, platform: str | None, site: str
):
    """
    Whatever stands in the tags, there is an answer.
    """
    assert choose(chosen, account, platform, site) in Language
