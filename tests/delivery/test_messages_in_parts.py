"""
Messages of several parts, and several notices that are one message, when something is in the way.
"""

from datetime import timedelta

from bots.posting import post_parts
from core.delivery.content import LiteralContent, WordedContent
from core.delivery.model import Kind, ToChat, ToGroup
from core.pacing import Limit, PaceRules
from core.platform import (
    ContentRefusedError,
    PlatformName,
    PlatformUnreachableError,
    Posting,
    Sent,
    TargetError,
    TargetMovedError,
)
from tests.conftest import AddAccount
from tests.delivery.conftest import House
from tests.delivery.far_side import FarSide, text_of

TELEGRAM = PlatformName.TELEGRAM
LENGTH = 10  # characters of a part


class InParts(FarSide):
    """A platform that takes ten characters a message; `answers` are for one part each."""

    async def send(self, posting: Posting) -> Sent:
        text = text_of(posting.message)
        parts = [text[start : start + LENGTH] for start in range(0, len(text), LENGTH)]

        async def post(number: int, refusal: ContentRefusedError | None) -> str:
            waiting = self.answers[posting.target]
            answer = waiting.popleft() if waiting else None
            if isinstance(answer, Exception):
                raise answer
            self.parts.append(parts[number])
            return str(len(self.parts))

        return Sent(await post_parts(posting, len(parts), post, platform=TELEGRAM))

    @property
    def parts(self) -> list[str]:
        return self.__dict__.setdefault("_parts", [])


async def tell_group(house: House, text: str, kind: Kind = Kind.CUSTOM) -> int:
    accepted = await house.notifier.accept(ToGroup(), LiteralContent(text=text), kind=kind)
    return accepted.id


async def test_a_message_goes_on_where_it_was_cut_off(open_house):
    """
    Parts that the platform has are not sent again after a failure.
    """
    side = InParts()
    house = open_house(side)
    side.answers["1"].extend([None, PlatformUnreachableError("no")])

    async with house.running():
        await house.notifier.accept(ToChat(TELEGRAM, "1"), LiteralContent(text="a" * 10 + "b" * 10))
        await house.until_done()

    assert side.parts == ["a" * 10, "b" * 10]
    (row,) = await house.rows("SELECT message_ids FROM im_deliveries")
    assert row.message_ids == '["1", "2"]'


async def test_a_group_that_moves_in_the_middle_gets_the_rest(open_house):
    """
    What was sent before the group got another id is not sent again.
    """
    side = InParts()
    house = open_house(side)
    side.answers["-5"].extend([None, TargetMovedError("moved", target="-9")])

    async with house.running():
        await house.notifier.accept(
            ToChat(TELEGRAM, "-5"), LiteralContent(text="a" * 10 + "b" * 10)
        )
        await house.until_done()

    assert side.parts == ["a" * 10, "b" * 10]


async def test_a_half_sent_message_is_finished_though_a_part_of_it_expired(open_house):
    """
    A notice is not lost because the one before it in the same message became too old.
    """
    side = InParts()
    house = open_house(side)
    side.answers["-100"].extend([None, PlatformUnreachableError("no", retry_after=3.0)])
    await tell_group(house, "a" * 10, Kind.MAINTENANCE)
    await tell_group(house, "b" * 9)

    async with house.running():
        await house.until(lambda: side.parts)
        await house.until(lambda: house.rows("SELECT 1 FROM im_deliveries WHERE attempts = 1"))
        house.time.ahead = timedelta(hours=12, minutes=1)
        await house.until_done()

    assert "".join(side.parts).replace("\n", "") == "a" * 10 + "b" * 9


async def test_one_that_cannot_be_said_fails_alone(house: House):
    """
    A notice of a later version does not take the others of its moment with it.
    """
    async with house.running():
        await tell_group(house, "one")
        await house.notifier.accept(ToGroup(), WordedContent(message_id="of.a.later.version"))
        await tell_group(house, "two")
        await house.until_done()

    assert house.far_side.texts() == ["one\ntwo"]
    assert await house.states() == {"sent": 2, "failed": 1}


async def test_what_is_refused_together_is_tried_apart(house: House):
    """
    One text that the platform does not take does not keep the others from the group.
    """
    house.far_side.answers["-100"].extend([ContentRefusedError("odd"), ContentRefusedError("odd")])

    async with house.running():
        await tell_group(house, "odd one")
        await tell_group(house, "two")
        await tell_group(house, "three")
        await house.until_done(12.0)

    assert house.far_side.texts() == ["two", "three"]
    assert await house.states() == {"sent": 2, "failed": 1}


async def test_members_of_a_group_message_can_be_retried_one_by_one(house: House):
    """
    What failed together and is tried again by hand blocks nothing.
    """
    house.far_side.answers["-100"].append(TargetError("kicked"))
    async with house.running():
        await tell_group(house, "one")
        await tell_group(house, "two")
        await house.until_done()
        first, second = [row.id for row in await house.rows("SELECT id FROM im_deliveries")]
        await house.queue.oversight.retry(first)
        await tell_group(house, "new")
        await house.queue.oversight.retry(second)
        await house.until_done(12.0)

    assert sorted("\n".join(house.far_side.texts()).split("\n")) == ["new", "one", "two"]


async def test_a_retry_takes_its_detour_once(house: House, add_account: AddAccount):
    """
    Who was reached by mail and is tried in chat again by hand gets no second mail.
    """
    account = await add_account(im_type=4, im_value="501", contact_method=2)
    house.far_side.answers["501"].extend([TargetError("blocked"), TargetError("blocked")])
    async with house.running():
        await house.notifier.notify_user(account, "Title", "Text")
        await house.until(lambda: house.rows("SELECT 1 FROM im_deliveries WHERE way = 1"))
        (first,) = await house.rows("SELECT id FROM im_deliveries WHERE way = 0")
        await house.queue.oversight.retry(first.id)
        await house.until(lambda: house.far_side.tries == 2)
        await house.until(
            lambda: house.rows(
                "SELECT 1 FROM im_deliveries WHERE way = 0 AND state = 'failed' AND attempts = 1"
            )
        )

    assert len(await house.rows("SELECT 1 FROM im_deliveries WHERE way = 1")) == 1


async def test_topics_of_one_group_keep_nobody_waiting(open_house):
    """
    Hundreds of notices to topics of one slow group do not hold up a message to somebody else.
    """
    side = FarSide()
    rules = PaceRules(
        overall=Limit(30, 1.0),
        limits_of=lambda target: (Limit(5, 60.0),) if target.startswith("-") else (),
    )
    house = open_house(side, platforms=[side.platform(rules=rules, in_flight=10)])

    async with house.running():
        for topic in range(2, 80):
            await house.notifier.accept(ToChat(TELEGRAM, f"-5:{topic}"), LiteralContent(text="x"))
        await house.until(lambda: len(side.received) == 5)
        await house.notifier.accept(ToChat(TELEGRAM, "7"), LiteralContent(text="x"))
        await house.until(lambda: side.texts("7"), seconds=6.0)


async def test_a_kind_of_a_later_version_stops_nothing(house: House, add_account: AddAccount):
    """
    Two versions may run side by side: what one does not know it treats as any other notice.
    """
    await add_account(im_type=4, im_value="1", contact_method=2, is_admin=1)
    await house.notifier.notify_admins("", "of the next version")
    await house.rows("UPDATE im_notices SET kind = 'kind_of_next_release'")
    await house.notifier.notify_admins("", "known")

    async with house.running():
        await house.until_done()

    assert house.far_side.texts() == ["of the next version", "known"]
