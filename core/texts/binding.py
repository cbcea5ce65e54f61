"""What a person without an account is told: what binding is for, and how it is done."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.actions import Action, BindByCode, BindByEmail, BindByLink, OpenPage, Page
from core.message import (
    Button,
    ButtonRow,
    Heading,
    Message,
    OpenUrl,
    Paragraph,
    Style,
    plain,
    styled,
)
from core.texts.layout import private_chat_row, sentence, two_a_row
from core.texts.words import Words, one_line


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptFacts:
    """
    What the prompt shows: `has_…` is True for each way that is offered. `binding_url`: the site's
    page for it, None if that way is not offered.
    """

    site_name: str
    has_check_in: bool
    has_email: bool
    binding_url: str | None
    has_code: bool
    has_link: bool


def prompt(words: Words, facts: PromptFacts) -> Message:
    """What binding is for and a button for each way, for the private chat."""
    if facts.has_check_in:
        what_for = words.say("binding.what_for_with_check_in", site=facts.site_name)
    else:
        what_for = words.say("binding.what_for", site=facts.site_name)
    ways = _ways(words, facts)
    return Message(
        blocks=(
            Heading(plain(words.say("binding.title"))),
            Paragraph(plain(what_for)),
            Paragraph(plain(_how(words, facts, is_offered=bool(ways)))),
        ),
        buttons=two_a_row(ways),
    )


def _how(words: Words, facts: PromptFacts, *, is_offered: bool) -> str:
    if not is_offered:
        return words.say("binding.none_offered")
    lines = [words.say("binding.choose")]
    if facts.has_email:
        lines.append(words.say("binding.or_email"))
    if facts.binding_url is not None:
        lines.append(words.say("binding.on_site"))
    return "\n".join(lines)


def _ways(words: Words, facts: PromptFacts) -> list[Button]:
    ways: list[tuple[str, Action | OpenUrl]] = []
    if facts.has_email:
        ways.append((words.say("binding.by_email"), BindByEmail()))
    if facts.binding_url is not None:
        ways.append((words.say("binding.open_site"), OpenUrl(facts.binding_url)))
    if facts.has_code:
        ways.append((words.say("binding.by_code"), BindByCode()))
    if facts.has_link:
        ways.append((words.say("binding.by_link"), BindByLink()))
    return [Button(label, does) for label, does in ways]


def in_private(words: Words) -> str:
    """For the group: binding is done in private."""
    return words.say("binding.in_private")


def group_hint(words: Words, private_chat_url: str | None) -> Message:
    """The same with a button that leads there."""
    return sentence(in_private(words), *private_chat_row(words, private_chat_url))


def not_found(words: Words) -> str:
    """The notice for who says that he has bound, but has not."""
    return words.say("binding.not_found")


def moved_on(words: Words) -> str:
    """The notice for who answers a step that is over: what is shown is where he stands."""
    return words.say("binding.moved_on")


def not_offered(words: Words) -> str:
    """The notice for a way that the site does not offer any more."""
    return words.say("binding.not_offered")


def only_text(words: Words) -> str:
    """For a picture, a sticker or a voice message where a text is expected."""
    return words.say("binding.only_text")


def remarked(message: Message, remark: str | None) -> Message:
    """A step's message below what is to be said about the answer before it."""
    if remark is None:
        return message
    return replace(message, blocks=(Paragraph(plain(remark)), *message.blocks))


def done_on_site(words: Words, values: Mapping[str, str]) -> Message:
    """Unasked, for who has bound on the site. `values`: `name`, the account's user name."""
    name = styled(one_line(values.get("name", "")), Style.BOLD)
    menu = Button(words.say("button.menu"), OpenPage(Page.HOME))
    return Message(
        blocks=(
            Heading(plain(words.say("binding.done_title"))),
            Paragraph(words.rich("binding.done", name=name)),
        ),
        buttons=((menu,),),
    )


def back_row(words: Words) -> ButtonRow:
    """Out of a step: back to the prompt."""
    return (Button(words.say("binding.back"), OpenPage(Page.HOME)),)
