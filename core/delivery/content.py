"""
What a notice says: literal text, or a message of the catalogue with its values.

Kept as JSON; put into words when it is sent, in the reader's language then.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from core.markup import Format, parse
from core.message import Heading, Message, plain
from core.texts.words import Words

Worded = Callable[[Words, Mapping[str, str]], Message]

_NOT_UNDERSTOOD = "the notice's content is not understood by this version: upgrade the daemon"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiteralContent:
    """Text in one of three formats, under a title if there is one."""

    title: str = ""
    text: str
    format: Format = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class WordedContent:
    """
    A message that is put into the reader's words when it is sent.

    `message_id`: a stable name, `values`: what stands in its places.
    """

    message_id: str
    values: Mapping[str, str] = field(default_factory=dict[str, str])


Content = LiteralContent | WordedContent


class UnreadableContentError(Exception):
    """A notice says something that this version does not understand."""


def encode(content: Content) -> str:
    """The content as the database keeps it."""
    if isinstance(content, LiteralContent):
        kept: dict[str, Any] = {
            "title": content.title,
            "text": content.text,
            "format": content.format,
        }
    else:
        kept = {"message_id": content.message_id, "values": dict(content.values)}
    return json.dumps(kept, ensure_ascii=False)


def decode(kept: str) -> Content:
    """
    The content that `encode` wrote.

    Raises:
        UnreadableContentError: it is none, or of a later version.
    """
    try:
        read = json.loads(kept)
        if "message_id" in read:
            return WordedContent(message_id=read["message_id"], values=read["values"])
        return LiteralContent(title=read["title"], text=read["text"], format=read["format"])
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableContentError(_NOT_UNDERSTOOD) from error


class Speaker:
    """
    Puts contents into words.

    `worded`: what makes the message of each message id from its values.
    """

    def __init__(self, worded: Mapping[str, Worded]) -> None:
        self._worded = worded

    def speak(self, content: Content, words: Words, *, is_silent: bool = False) -> Message:
        """
        The message that a reader gets.

        Raises:
            UnreadableContentError: a message id is not known to this version.
        """
        if isinstance(content, LiteralContent):
            heading = (Heading(plain(content.title)),) if content.title.strip() else ()
            blocks = (*heading, *parse(content.text, content.format))
            return Message(blocks=blocks, silent=is_silent)
        worded = self._worded.get(content.message_id)
        if worded is None:
            raise UnreadableContentError(_NOT_UNDERSTOOD)
        return replace(worded(words, content.values), silent=is_silent)


def put_together(messages: Sequence[Message]) -> Message:
    """Several messages as one, in their order; silent if all of them are."""
    return Message(
        blocks=tuple(block for message in messages for block in message.blocks),
        buttons=tuple(row for message in messages for row in message.buttons),
        silent=all(message.silent for message in messages),
    )
