"""The daily check-in: what it gave, or why it gave nothing. Each text is one line."""

from datetime import datetime

from core.accounts.check_in import CheckedIn
from core.texts.words import Words


def done(words: Words, paid: CheckedIn) -> str:
    total = words.bytes(paid.allowance_bytes)
    left = words.bytes(paid.left_bytes)
    if paid.reward_bytes == 0:
        return words.say("check_in.done_nothing", total=total, left=left)
    reward = words.bytes(paid.reward_bytes)
    return words.say("check_in.done", reward=reward, total=total, left=left)


def already(words: Words, again_at: datetime) -> str:
    when, wait = words.moment(again_at), words.relative(again_at)
    return words.say("check_in.already", when=when, wait=wait)


def off(words: Words) -> str:
    return words.say("check_in.off")


def not_eligible(words: Words) -> str:
    """Says nothing of the reason: a shadow-banned person must not learn that he is."""
    return words.say("check_in.not_eligible")


def foreign_button(words: Words) -> str:
    """The notice for who presses the button of another person."""
    return words.say("check_in.foreign_button")
