"""
Who is bound to which account: in chat, by the panel, and by both at once.
"""

import asyncio
from random import Random
from typing import Any

import pytest

from config_store.panel.accounts import AmbiguousBindingError
from core.accounts.binding.bindings import BindingChangedError
from core.accounts.binding.outcomes import (
    AccountBanned,
    AccountBoundElsewhere,
    AccountGone,
    Bound,
    PersonBoundElsewhere,
)
from core.accounts.binding.people import PersonKey
from tests.accounts.conftest import DISCORD, SLACK, TELEGRAM, Town
from tests.conftest import AddAccount

MEI = PersonKey(TELEGRAM, "7001")
BOB = PersonKey(TELEGRAM, "7002")
MEI_AT_DISCORD = PersonKey(DISCORD, "900100200300400500")
MEI_AT_SLACK = PersonKey(SLACK, "U0MEI")


class TestBindingInChat:
    async def test_both_sides_say_so_and_notices_go_to_the_chat(
        self, town: Town, add_account: AddAccount
    ):
        """
        Our row, the panel's columns and `contact_method` are written together.
        """
        account = await add_account(user_name="mei", email="mei@example.com")

        outcome = await town.bind(account, MEI)

        assert outcome == Bound(
            account_id=account, user_name="mei", masked_email="m***@e***.com", is_new=True
        )
        assert await town.find(MEI) == account
        assert await town.in_panel(account) == (4, "7001", 2)
        assert await town.kept() == {("telegram", "7001", account, True)}

    async def test_once_more_changes_nothing(self, town: Town, add_account: AddAccount):
        """
        The same person and the same account: said to be bound, told to nobody again.
        """
        account = await add_account()
        await town.bind(account, MEI)
        told = await town.told()

        again = await town.bind(account, MEI)

        assert isinstance(again, Bound)
        assert not again.is_new
        assert await town.told() == told

    async def test_what_is_refused_and_why(self, town: Town, add_account: AddAccount):
        """
        A refusal names its reason and writes nothing.
        """
        taken, banned, free = (
            await add_account(),
            await add_account(is_banned=1, banned_reason="spam"),
            await add_account(),
        )
        await town.bind(taken, MEI)
        before = await town.kept()

        assert await town.bind(taken, BOB) == AccountBoundElsewhere()
        assert await town.bind(free, MEI) == PersonBoundElsewhere()
        assert await town.bind(banned, BOB) == AccountBanned("spam")
        assert await town.bind(999_999, BOB) == AccountGone()
        assert await town.kept() == before
        assert await town.in_panel(free) == (0, "", 1)

    async def test_the_panels_own_bindings_count_without_ours(
        self, town: Town, add_account: AddAccount
    ):
        """
        What the panel bound before the daemon came is obeyed from the first moment.
        """
        of_mei = await add_account(im_type=4, im_value="7001")
        free = await add_account()

        assert await town.bind(of_mei, BOB) == AccountBoundElsewhere()
        assert await town.bind(free, MEI) == PersonBoundElsewhere()

    async def test_the_owner_hears_of_it_by_mail(self, town: Town, add_account: AddAccount):
        """
        And in the chats that the account has on other platforms.
        """
        account = await add_account(email="mei@example.com")

        await town.bind(account, MEI)
        await town.bind(account, MEI_AT_DISCORD)

        assert await town.told() == [
            ("email", "mei@example.com"),
            ("email", "mei@example.com"),
            ("telegram", "7001"),
        ]

    async def test_who_has_it_hears_of_it_and_who_had_it_does_not(
        self, town: Town, add_account: AddAccount
    ):
        """
        Whoever the panel names is told, also before our rows say so; the former one is not.
        """
        account = await add_account()
        await town.bind(account, MEI)
        await town.panel_writes(account, im_value="7002")
        before = len(await town.told())

        await town.bind(account, MEI_AT_DISCORD)

        chats = [each for each in (await town.told())[before:] if each[0] != "email"]
        assert chats == [("telegram", "7002")]


class TestSeveralPlatforms:
    async def test_the_first_is_primary_and_the_next_takes_its_place(
        self, town: Town, add_account: AddAccount
    ):
        """
        The panel's columns hold one; the last unbinding empties them and turns to mail.
        """
        account = await add_account()
        await town.bind(account, MEI)
        await town.bind(account, MEI_AT_DISCORD)
        assert await town.in_panel(account) == (4, "7001", 2)

        await town.bindings.unbind(account, MEI)
        assert await town.in_panel(account) == (2, MEI_AT_DISCORD.id, 2)
        assert await town.find(MEI) is None
        assert await town.find(MEI_AT_DISCORD) == account

        await town.bindings.unbind(account, MEI_AT_DISCORD)
        assert await town.in_panel(account) == (0, "", 1)
        assert await town.kept() == set()

    async def test_one_that_is_not_primary_leaves_the_panel_alone(
        self, town: Town, add_account: AddAccount
    ):
        """
        Unbinding it changes neither the panel's columns nor how the account is reached.
        """
        account = await add_account()
        await town.bind(account, MEI)
        await town.bind(account, MEI_AT_SLACK)

        await town.bindings.unbind(account, MEI_AT_SLACK)

        assert await town.in_panel(account) == (4, "7001", 2)
        assert await town.find(MEI_AT_SLACK) is None


class TestUnbinding:
    async def test_what_the_panel_bound_is_unbound_as_well(
        self, town: Town, add_account: AddAccount
    ):
        """
        Also before our row was written.
        """
        account = await add_account(im_type=4, im_value="7001", contact_method=2)

        await town.bindings.unbind(account, MEI)

        assert await town.in_panel(account) == (0, "", 1)
        assert await town.find(MEI) is None

    async def test_what_is_not_bound_is_not_unbound(self, town: Town, add_account: AddAccount):
        """
        Somebody else's binding, and one that is gone.
        """
        account = await add_account(im_type=4, im_value="7001")

        for person in (BOB, MEI_AT_DISCORD):
            with pytest.raises(BindingChangedError):
                await town.bindings.unbind(account, person)
        await town.bindings.unbind(account, MEI)
        with pytest.raises(BindingChangedError):
            await town.bindings.unbind(account, MEI)

    async def test_what_belongs_to_it_is_done_with_it_or_not_at_all(
        self, town: Town, add_account: AddAccount
    ):
        """
        A failure of what is done in the same transaction leaves the binding.
        """
        account = await add_account()
        await town.bind(account, MEI)

        async def fail(_tx: Any) -> None:
            raise RuntimeError("the queue is full")

        with pytest.raises(RuntimeError):
            await town.bindings.unbind(account, MEI, also=fail)

        assert await town.find(MEI) == account


class TestThePanelWins:
    async def test_a_binding_that_it_makes_is_taken_over(self, town: Town, add_account: AddAccount):
        """
        Obeyed at once, written soon after.
        """
        account = await add_account(im_type=4, im_value="7001")

        assert await town.find(MEI) == account
        await town.catch_up()

        assert await town.kept() == {("telegram", "7001", account, True)}

    async def test_another_user_in_its_columns_takes_the_place_of_ours(
        self, town: Town, add_account: AddAccount
    ):
        """
        And the previous one is told.
        """
        account = await add_account(email="mei@example.com")
        await town.bind(account, MEI)
        await town.panel_writes(account, im_value="7002")

        assert await town.find(MEI) is None
        assert await town.find(BOB) == account
        await town.catch_up()

        assert await town.kept() == {("telegram", "7002", account, True)}
        assert ("telegram", "7001") in await town.told()

    async def test_a_person_who_moves_to_another_account_is_found_there(
        self, town: Town, add_account: AddAccount
    ):
        """
        The panel unbinds one account and binds another to the same person.
        """
        old, new = await add_account(), await add_account()
        await town.bind(old, MEI)
        await town.panel_writes(old, im_type=0, im_value="")
        await town.panel_writes(new, im_type=4, im_value="7001")

        assert await town.find(MEI) == new
        await town.catch_up()

        assert await town.kept() == {("telegram", "7001", new, True)}

    async def test_unbinding_on_the_site_ends_all_bindings(
        self, town: Town, add_account: AddAccount
    ):
        """
        Whoever unbinds there wants nobody to be served any more.
        """
        account = await add_account()
        await town.bind(account, MEI)
        await town.bind(account, MEI_AT_DISCORD)
        await town.panel_writes(account, im_type=0, im_value="")

        assert await town.find(MEI) is None
        assert await town.find(MEI_AT_DISCORD) is None
        await town.catch_up()

        assert await town.kept() == set()
        assert isinstance(await town.bind(account, BOB), Bound)

    async def test_another_platform_in_its_columns_keeps_the_others(
        self, town: Town, add_account: AddAccount
    ):
        """
        Telegram was primary, Slack beside it: the site now says Discord.
        """
        account = await add_account()
        await town.bind(account, MEI)
        await town.bind(account, MEI_AT_SLACK)
        await town.panel_writes(account, im_type=2, im_value=MEI_AT_DISCORD.id)

        assert await town.find(MEI_AT_DISCORD) == account
        assert await town.find(MEI) is None
        assert await town.find(MEI_AT_SLACK) == account
        await town.catch_up()

        assert await town.kept() == {
            ("discord", MEI_AT_DISCORD.id, account, True),
            ("slack", "U0MEI", account, False),
        }

    async def test_two_accounts_with_one_user_are_both_not_served(
        self, town: Town, add_account: AddAccount
    ):
        """
        Also where one of the two is bound in chat.
        """
        first, second = await add_account(), await add_account()
        await town.bind(first, MEI)
        await town.panel_writes(second, im_type=4, im_value="7001")

        with pytest.raises(AmbiguousBindingError, match=f"{first}, {second}"):
            await town.find(MEI)
        assert await town.bind(await add_account(), MEI) == PersonBoundElsewhere()

    async def test_a_deleted_account_is_in_nobodys_way(self, town: Town, add_account: AddAccount):
        """
        Its rows are left over; the person binds another account.
        """
        await town.keep("telegram", "7001", 999_999, is_primary=True)
        account = await add_account()

        assert await town.find(MEI) is None
        assert isinstance(await town.bind(account, MEI), Bound)
        assert await town.kept() == {("telegram", "7001", account, True)}

    async def test_full_width_digits_are_somebody_else(self, town: Town, add_account: AddAccount):
        """
        The panel's collation takes „７００１" for „7001"; an identity is the very same text.
        """
        await add_account(im_type=4, im_value="７００１")

        assert await town.find(MEI) is None


class TestRaces:
    async def test_of_200_people_one_gets_the_account(self, town: Town, add_account: AddAccount):
        """
        The others are told that it is bound elsewhere.
        """
        account = await add_account()
        people = [PersonKey(TELEGRAM, str(8000 + number)) for number in range(200)]

        outcomes = await asyncio.gather(*(town.bind(account, person) for person in people))

        winners = [each for each in outcomes if isinstance(each, Bound)]
        assert len(winners) == 1
        assert outcomes.count(AccountBoundElsewhere()) == 199
        ((_, user, _, _),) = await town.kept()
        assert await town.in_panel(account) == (4, user, 2)

    async def test_one_person_gets_one_of_200_accounts(self, town: Town, add_account: AddAccount):
        """
        Whatever he pressed at once.
        """
        accounts = [await add_account() for _ in range(200)]

        outcomes = await asyncio.gather(*(town.bind(account, MEI) for account in accounts))

        assert sum(isinstance(each, Bound) for each in outcomes) == 1
        assert outcomes.count(PersonBoundElsewhere()) == 199
        ((_, _, account, _),) = await town.kept()
        assert await town.in_panel(account) == (4, "7001", 2)
        others = [await town.in_panel(each) for each in accounts if each != account]
        assert set(others) == {(0, "", 1)}

    @pytest.mark.parametrize("seed", range(3))
    async def test_both_sides_agree_whatever_happens(
        self, town: Town, add_account: AddAccount, seed: int
    ):
        """
        Binding, unbinding and the panel's own changes in any order: once everybody was looked up,
        the primary rows are what the panel's columns say, and each key is unique.
        """
        random = Random(seed)
        accounts = [await add_account() for _ in range(4)]
        people = [MEI, BOB, MEI_AT_DISCORD, MEI_AT_SLACK, PersonKey(DISCORD, "5")]

        for _ in range(60):
            await _something(town, random, accounts, people)
        for _ in range(2):
            for person in people:
                await _found(town, person)
            await town.catch_up()

        in_panel = {account: await town.in_panel(account) for account in accounts}
        names = {1: "slack", 2: "discord", 4: "telegram"}
        said = [
            (names[kind], user, account) for account, (kind, user, _) in in_panel.items() if user
        ]
        users = [(platform, user) for platform, user, _ in said]
        unambiguous = {each for each in said if users.count(each[:2]) == 1}
        primary = {row[:3] for row in await town.kept() if row[3]}
        assert unambiguous <= primary


async def _found(town: Town, person: PersonKey) -> int | None:
    try:
        return await town.find(person)
    except AmbiguousBindingError:
        return None


async def _something(
    town: Town, random: Random, accounts: list[int], people: list[PersonKey]
) -> None:
    account, person = random.choice(accounts), random.choice(people)
    numbers = {SLACK: 1, DISCORD: 2, TELEGRAM: 4}
    match random.randrange(6):
        case 0 | 1:
            await town.bind(account, person)
        case 2:
            try:
                await town.bindings.unbind(account, person)
            except BindingChangedError:
                return
        case 3:
            await town.panel_writes(account, im_type=numbers[person.platform], im_value=person.id)
        case 4:
            await town.panel_writes(account, im_type=0, im_value="")
        case _:
            await _found(town, person)
            if random.random() < 0.5:
                await town.catch_up()
