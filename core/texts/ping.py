"""The answer to `/ping`: a sign of life, and the ids that an operator needs for his settings."""

from core.message import Fields, Heading, Message, plain
from core.texts.layout import copyable
from core.texts.words import Words


def pong(words: Words, *, user_id: str | None, group_id: str | None) -> Message:
    ids = (
        (words.say("ping.user_id"), user_id),
        (words.say("ping.group_id"), group_id),
    )
    fields = tuple(copyable(label, value) for label, value in ids if value is not None)
    heading = Heading(plain(words.say("ping.pong")))
    return Message(blocks=(heading, Fields(fields)) if fields else (heading,))
