"""The choice of a language. Each stands in its own words, so that everybody finds his."""

from core.actions import ChooseLanguage, FollowLanguage, Page
from core.message import Heading, Message, Paragraph, plain
from core.platform import PlatformName
from core.texts.choices import choice
from core.texts.languages import Language
from core.texts.layout import back_button, home_button, two_a_row
from core.texts.platforms import name_of
from core.texts.words import Words

_OWN_NAMES = {
    Language.ZH_CN: "简体中文",
    Language.ZH_TW: "繁體中文",
    Language.EN_US: "English",
    Language.JA_JP: "日本語",
}


def page(
    words: Words, *, chosen: Language | None, platform: PlatformName, has_account: bool
) -> Message:
    """
    The languages, and no choice of one's own. `chosen`: None for that; `has_account`: whether the
    reader is bound, so that his account tells the language then, else the platform does.
    """
    follow = (
        words.say("language.like_account")
        if has_account
        else words.say("language.like_platform", platform=name_of(platform))
    )
    languages = [
        choice(name, ChooseLanguage(language), is_chosen=language is chosen)
        for language, name in _OWN_NAMES.items()
    ]
    home = home_button(words) if has_account else back_button(words, Page.HOME)
    return Message(
        blocks=(
            Heading(plain(words.say("language.title"))),
            Paragraph(plain(words.say("language.what_for"))),
        ),
        buttons=(
            *two_a_row(languages),
            (choice(follow, FollowLanguage(), is_chosen=chosen is None),),
            (home,),
        ),
    )


def already(words: Words) -> str:
    """The notice for who presses what holds already."""
    return words.say("language.already")
