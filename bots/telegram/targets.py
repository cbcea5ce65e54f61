"""
Targets in Telegram's words: a chat's id or `@name`, and behind a `:` a topic of a group.

Imports no library of Telegram's.
"""

import re

from core.platform import TargetError

_TARGET = re.compile(r"(-?[0-9]{1,19}|@[A-Za-z][A-Za-z0-9_]{3,31})(?::([0-9]{1,19}))?", re.ASCII)
_GENERAL = 1  # the topic that Telegram refuses when it is named


def read_target(target: str) -> tuple[int | str, int | None]:
    """
    The chat and the topic that a target names.

    Raises:
        TargetError: it names none.
    """
    found = _TARGET.fullmatch(target)
    if found is None:
        raise TargetError(
            f"{target!r} is no Telegram target: a chat id such as -1001234567890, @name of a"
            " public group or channel, or either with :topic"
        )
    chat, topic = found.groups()
    thread_id = int(topic) if topic else None
    return chat if chat.startswith("@") else int(chat), None if thread_id == _GENERAL else thread_id


def chat_of(target: str) -> str:
    """What a target shares its limits with: the chat, whatever the topic."""
    return target.partition(":")[0]
