"""
Messages as a test reads them: all their text, and what their buttons do.
"""

from core.actions import Action
from core.chat.asking import Answer
from core.message import CodeBlock, Fields, Heading, Message, OpenUrl, plain_text


def text_of(message: Message | None) -> str:
    """All that a message says, blocks and buttons."""
    assert message is not None
    lines: list[str] = []
    for block in message.blocks:
        if isinstance(block, Fields):
            lines += [f"{each.label}: {plain_text(each.value)}" for each in block.fields]
        elif isinstance(block, CodeBlock):
            lines.append(block.text)
        else:
            lines.append(plain_text(block.text))
    lines += [button.label for row in message.buttons for button in row]
    return "\n".join(lines)


def said(answer: Answer | None) -> str:
    """All that an answer says."""
    assert answer is not None
    parts = [answer.notice] if answer.notice else []
    return "\n".join([*parts, text_of(answer.message)] if answer.message else parts)


def actions_of(answer: Answer | None) -> list[Action]:
    """The actions of an answer's buttons."""
    assert answer is not None
    assert answer.message is not None
    buttons = [button for row in answer.message.buttons for button in row]
    return [button.does for button in buttons if isinstance(button.does, Action)]


def urls_of(answer: Answer | None) -> list[str]:
    """The addresses that an answer's buttons open."""
    assert answer is not None
    assert answer.message is not None
    buttons = [button for row in answer.message.buttons for button in row]
    return [button.does.url for button in buttons if isinstance(button.does, OpenUrl)]


def heading_of(answer: Answer | None) -> str:
    """The heading that an answer opens with."""
    assert answer is not None
    assert answer.message is not None
    heading = answer.message.blocks[0]
    assert isinstance(heading, Heading)
    return plain_text(heading.text)
