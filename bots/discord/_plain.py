"""A message as plain text, in parts that Discord takes."""

from dataclasses import dataclass, field
from typing import Any

from core.markup.runs import shown_text
from core.message import Message
from core.splitting import split


@dataclass(frozen=True, slots=True)
class RenderedPart:
    content: str
    components: list[Any] = field(default_factory=list[Any])


def render(message: Message) -> tuple[RenderedPart, ...]:
    parts = split(message.blocks, lambda blocks: len(_text(blocks)) / 2000)
    return tuple(RenderedPart(_text(part)) for part in parts)


def _text(blocks: Any) -> str:
    return "\n".join(shown_text(block) for block in blocks)
