"""
Binding by a code that is mailed to the account's address.
"""

import asyncio
import json
import time
from datetime import timedelta
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config_store.own.conversations import Conversation
from core.accounts.binding.email_codes import STEP, new_email_code
from core.accounts.binding.outcomes import (
    AccountBanned,
    AccountBoundElsewhere,
    Bound,
    NotAnAddress,
    Outdated,
    PersonBoundElsewhere,
    ProofSpent,
    TooManyMails,
    TooManyTries,
    WrongProof,
)
from core.accounts.binding.people import PersonKey
from core.accounts.binding.reading import read_address, read_email_code
from core.platform import PlatformName
from tests.binding.conftest import BOB, DAY, HOUR, MEI, MINUTE, Site, another_code, person
from tests.conftest import AddAccount, LogLines

NO_ADDRESSES = (
    "",
    "mei",
    "mei@",
    "@example.com",
    "' OR 1=1",
    "a@b",
    "mei@exämple.com",
    "mei@example.com, bob@example.com",
    "mei@example.com\nBcc: bob@example.com",
    "m" * 300 + "@example.com",
    "x" * 100_000,
)


@pytest.fixture
async def account(add_account: AddAccount) -> int:
    return await add_account(user_name="mei", email="Mei.Chen@Example.com")


class TestTheMail:
    async def test_it_goes_through_the_panels_queue(self, site: Site, account: int):
        """
        To the address as the account has it, with the panel's own template and its variables.
        """
        await site.send(MEI, "mei.chen@example.com")

        (mail,) = await site.mails()
        variables = json.loads(mail.array)
        assert (mail.to_email, mail.subject) == ("Mei.Chen@Example.com", "Your code")
        assert mail.time == int(site.time.at.timestamp())
        assert variables["expire"] == "&lt;04:30&gt;"
        assert read_email_code(variables["code"]) == variables["code"]

    async def test_an_address_may_be_written_otherwise(self, site: Site, account: int):
        """
        Capitals, blanks and full-width signs are no other address.
        """
        for typed in (
            "mei.chen@example.com",
            "  MEI.CHEN@EXAMPLE.COM\n",
            "ｍei.chen＠example．com",
        ):
            assert isinstance(await site.send(MEI, typed), Conversation)

        assert len(await site.mails()) == 3

    async def test_what_is_no_address_is_said_to_be_none(self, site: Site):
        """
        It is no try, and the database is not asked.
        """
        with site.counting() as seen:
            answers = [await site.send(MEI, typed) for typed in NO_ADDRESSES]

        assert answers == [NotAnAddress()] * len(NO_ADDRESSES)
        assert seen == []

    async def test_what_only_the_collation_calls_the_same_is_another_address(
        self, site: Site, add_account: AddAccount
    ):
        """
        A mail never goes to an address that was not typed.
        """
        await add_account(email="meí.chen@example.com")
        await add_account(email="bob@exampłe.com")

        await site.send(MEI, "mei.chen@example.com")
        await site.send(MEI, "bob@example.com")

        assert await site.mails() == []

    async def test_nothing_of_the_code_is_kept_but_its_hash(self, site: Site, account: int):
        """
        Whoever reads the dialogue's row does not read the code in it.
        """
        await site.send(MEI, "mei.chen@example.com")

        ((details,),) = await site.rows("SELECT details FROM im_conversations")
        assert await site.code() not in details


class TestSilence:
    @pytest.mark.parametrize("kind", ["unknown", "banned", "bound"])
    async def test_the_answer_is_the_same_for_every_address(
        self, site: Site, add_account: AddAccount, account: int, kind: str
    ):
        """
        Known, unknown, banned or bound already: same answer, same statements.
        """
        await add_account(email="banned@example.com", is_banned=1)
        await add_account(email="bound@example.com", im_type=4, im_value="42")
        with site.counting() as for_known:
            known = await site.send(MEI, "mei.chen@example.com")

        with site.counting() as for_other:
            other = await site.send(BOB, f"{kind}@example.com")

        assert for_other == for_known
        assert (type(other), other.step) == (type(known), known.step)
        assert other.details.keys() == known.details.keys()
        assert len(await site.mails()) == (1 if kind == "unknown" else 2)

    async def test_wrong_codes_are_answered_alike(self, site: Site, account: int):
        """
        Also the last one, after which an owner has to be told.
        """
        await site.send(MEI, "mei.chen@example.com")
        wrong = another_code(await site.code())
        await site.send(BOB, "nobody@example.com")

        seen: dict[PersonKey, list[tuple[object, list[str]]]] = {MEI: [], BOB: []}
        for by, answers in seen.items():
            for _ in range(5):
                conversation = await site.conversation(by)
                assert conversation is not None
                with site.counting() as statements:
                    answer = await site.ways.email_codes.prove(conversation, wrong)
                answers.append((answer, list(statements)))

        assert seen[MEI] == seen[BOB]
        assert [answer for answer, _ in seen[MEI]] == [
            *(WrongProof(left) for left in (4, 3, 2, 1)),
            ProofSpent(),
        ]

    async def test_limits_come_before_any_look(self, site: Site, account: int):
        """
        The sixth mail is refused alike for an address that there is and one that there is not.
        """
        answers: list[object] = []
        for address in ("mei.chen@example.com", "nobody@example.com"):
            for number in range(5):
                await site.send(person(number + len(address)), address)
            with site.counting() as seen:
                answers.append(await site.send(person(90), address))
            assert not any("email_queue" in each or "user" in each.split() for each in seen)

        assert answers[0] == answers[1] == TooManyMails(site.time.at + HOUR)

    async def test_time_does_not_tell(self, site: Site, account: int):
        """
        The medians of both kinds of addresses do not differ by more than they vary.
        """
        took: dict[str, list[float]] = {"mei.chen@example.com": [], "nobody@example.com": []}
        for number in range(40):
            for address, times in took.items():
                began = time.perf_counter()
                await site.send(person(number), address)
                times.append(time.perf_counter() - began)
            site.later(HOUR)

        known, unknown = (median(times) for times in took.values())
        assert abs(known - unknown) < 0.5 * min(known, unknown)


class TestTheCode:
    async def test_the_right_code_binds(self, site: Site, account: int):
        """
        The person has the account, and the dialogue is over.
        """
        await site.send(MEI, "mei.chen@example.com")

        outcome = await site.prove(MEI, await site.code())

        assert outcome == Bound(
            account_id=account, user_name="mei", masked_email="M***@E***.com", is_new=True
        )
        assert await site.account_of(MEI) == account
        assert await site.conversation(MEI) is None

    async def test_five_tries_and_it_is_spent(self, site: Site, account: int, log_lines: LogLines):
        """
        The right one comes too late after five wrong ones; what happened is in the log.
        """
        conversation = await site.send(MEI, "mei.chen@example.com")
        code = await site.code()
        for _ in range(5):
            await site.prove(MEI, another_code(code))
        site.later(MINUTE)

        assert await site.conversation(MEI) is None
        assert await site.ways.email_codes.prove(conversation, code) == Outdated()
        assert await site.account_of(MEI) is None
        (line,) = [line for line in log_lines if line["event"] == "binding code used up"]
        assert (line["account"], line["user"]) == (account, MEI.id)
        assert code not in str(list(log_lines))

    async def test_a_hundred_guesses_at_once_are_one_try(self, site: Site, account: int):
        """
        Each try is taken before the code is compared: of all that answer one step, one counts.
        """
        conversation = await site.send(MEI, "mei.chen@example.com")
        code = int(await site.code())

        answers = await asyncio.gather(
            *(
                site.ways.email_codes.prove(conversation, f"{(code + 1 + number) % 10**6:06}")
                for number in range(100)
            )
        )

        assert sum(answer == WrongProof(4) for answer in answers) == 1
        assert sum(answer == Outdated() for answer in answers) == 99

    async def test_guessers_at_once_have_five_tries(
        self, site: Site, other_daemon: Site, account: int
    ):
        """
        A hundred that each look again where the dialogue stands, on two daemons.
        """
        await site.send(MEI, "mei.chen@example.com")
        wrong = another_code(await site.code())
        looked_at: list[object] = []

        async def guess(number: int) -> None:
            at = site if number % 2 else other_daemon
            for _ in range(20):
                conversation = await at.conversation(MEI)
                if conversation is None:
                    return
                answer = await at.ways.email_codes.prove(conversation, wrong)
                if isinstance(answer, WrongProof | ProofSpent):
                    looked_at.append(answer)

        await asyncio.gather(*map(guess, range(30)))

        assert len(looked_at) == 5

    async def test_a_new_code_ends_the_old_one(self, site: Site, account: int):
        """
        Only the code in the latest mail is good.
        """
        old = await site.send(MEI, "mei.chen@example.com")
        old_code = await site.code()
        await site.send(MEI, "mei.chen@example.com")
        new_code = await site.code()

        assert await site.ways.email_codes.prove(old, old_code) == Outdated()
        if old_code != new_code:
            assert await site.prove(MEI, old_code) == WrongProof(4)
        assert isinstance(await site.prove(MEI, new_code), Bound)

    async def test_it_is_good_for_half_an_hour(self, site: Site, account: int):
        """
        And not for a moment longer, even if its dialogue lasts.
        """
        conversation = await site.send(MEI, "mei.chen@example.com")
        lasting = await site.database.run(
            lambda connection: site.services.conversations.advance(
                connection,
                conversation,
                step=STEP,
                details=conversation.details,
                expires_at=conversation.expires_at + DAY,
            )
        )
        site.later(30 * MINUTE)

        assert await site.ways.email_codes.prove(lasting, await site.code()) == ProofSpent()
        site.later(-timedelta(seconds=1))
        assert isinstance(await site.ways.email_codes.prove(lasting, await site.code()), Bound)

    async def test_what_is_no_code_is_no_try(self, site: Site, account: int):
        """
        Nothing is counted and nothing asked of the database.
        """
        conversation = await site.send(MEI, "mei.chen@example.com")

        with site.counting() as seen:
            for typed in ("", "12345", "1234567", "abcdef", "12345a", "½23456", "1" * 10_000):
                assert await site.ways.email_codes.prove(conversation, typed) == WrongProof(5)

        assert seen == []

    async def test_an_address_that_nobody_has_proves_nothing(self, site: Site):
        """
        Not even with the very code that was drawn for it.
        """
        site.ways.email_codes._draw = lambda: "123456"
        await site.send(MEI, "nobody@example.com")

        assert await site.prove(MEI, "123456") == WrongProof(4)

    async def test_an_account_that_changed_its_address_is_not_bound(
        self, site: Site, account: int, add_account: AddAccount
    ):
        """
        Nor is the account that has taken the address over.
        """
        await site.send(MEI, "mei.chen@example.com")
        await site.panel_writes(account, email="new@example.com")
        await add_account(email="mei.chen@example.com")

        assert await site.prove(MEI, await site.code()) == ProofSpent()
        assert await site.account_of(MEI) is None

    async def test_reasons_are_told_to_who_has_proved_the_account(
        self, site: Site, add_account: AddAccount
    ):
        """
        Banned, bound elsewhere, or the person has another account: after the right code only.
        """
        await add_account(email="banned@example.com", is_banned=1, banned_reason="abuse")
        await add_account(email="bound@example.com", im_type=4, im_value="42")
        await add_account(email="mine@example.com", im_type=4, im_value=BOB.id)
        await add_account(email="free@example.com")

        outcomes: list[object] = []
        for by, email in (
            (MEI, "banned@example.com"),
            (MEI, "bound@example.com"),
            (BOB, "free@example.com"),
        ):
            await site.send(by, email)
            outcomes.append(await site.prove(by, await site.code()))

        assert outcomes == [AccountBanned("abuse"), AccountBoundElsewhere(), PersonBoundElsewhere()]

    async def test_too_many_wrong_ones_pause_the_person(self, site: Site, account: int):
        """
        Over all codes that he asked for.
        """
        for _ in range(2):
            await site.send(MEI, "mei.chen@example.com")
            for _ in range(3):
                last = await site.prove(MEI, another_code(await site.code()))

        assert last == TooManyTries(site.time.at + MINUTE)

    async def test_the_owner_is_told_of_a_failed_series(self, site: Site, account: int):
        """
        Once, a moment later, whoever is on duty; of an address that nobody has nobody is.
        """
        told: list[tuple[int, PersonKey]] = []

        class Notices:
            async def failed_tries(self, tx: object, account_id: int, by: PersonKey) -> None:
                told.append((account_id, by))

        telling = site.ways.failed_series(notices=Notices(), is_on_duty=lambda: True)
        by_slack = PersonKey(PlatformName.SLACK, "U0MEI")
        for by, email in ((by_slack, "mei.chen@example.com"), (BOB, "nobody@example.com")):
            await site.send(by, email)
            for _ in range(5):
                await site.prove(by, another_code(await site.code()))

        await telling.tell()
        with site.counting() as seen:
            await telling.tell()

        assert told == [(account, by_slack)]
        assert len(seen) == 1

    async def test_how_many_tries_a_guesser_has_at_an_account(self, site: Site, account: int):
        """
        With as many people as he likes, who ask for every mail there is: 15 in an hour.
        """
        looked_at, start, number = 0, site.time.at, 0
        while site.time.at < start + HOUR:
            number += 1
            await site.send(person(number), "mei.chen@example.com")
            while (conversation := await site.conversation(person(number))) is not None:
                wrong = another_code(await site.code())
                answer = await site.ways.email_codes.prove(conversation, wrong)
                if not isinstance(answer, WrongProof | ProofSpent):
                    break
                looked_at += 1
            site.later(MINUTE)

        assert looked_at <= 15


@given(
    st.integers(0, 999_999),
    st.sampled_from(["{0}", " {0}\n", "{1} {2}", "{1}-{2}", "{1} – {2}", "{1}\u00a0{2}"]),
)
def test_a_code_may_be_set_apart(number: int, written: str):
    """
    By blanks and dashes of all kinds.
    """
    code = f"{number:06}"

    assert read_email_code(written.format(code, code[:3], code[3:])) == code


@given(st.text(max_size=20))
def test_a_code_that_is_read_has_six_digits(typed: str):
    """
    Whatever is typed.
    """
    code = read_email_code(typed)

    assert code is None or (len(code) == 6 and code.isascii() and code.isdigit())


@given(st.integers(0, 999_999), st.sampled_from("0٠０०𝟎"))
def test_digits_of_every_script_are_digits(number: int, zero: str):
    """
    Full-width ones and those of other scripts.
    """
    code = f"{number:06}"
    typed = "".join(chr(ord(zero) + int(digit)) for digit in code)

    assert read_email_code(typed) == code


@given(st.text(max_size=60))
def test_an_address_that_is_read_is_plain(typed: str):
    """
    ASCII, lower case, one @, no blanks: what is found by it is the very same.
    """
    address = read_address(typed)

    assert address is None or (address.isascii() and address == address.strip().casefold())


def test_drawn_codes_keep_their_zeros():
    """
    Six digits, whatever the number.
    """
    assert {len(new_email_code()) for _ in range(2000)} == {6}
