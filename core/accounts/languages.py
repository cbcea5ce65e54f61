"""
The languages that people have chosen, bound or not; a choice comes before whatever else tells one.

A language travels here as its tag: which ones are spoken is for the texts to say.
"""

from config_store.database import Database
from config_store.own.people import PeopleTable
from core.accounts.binding.people import PersonKey


class ChosenLanguages:
    """Keeps people's choices, one statement each."""

    def __init__(self, *, database: Database, people: PeopleTable) -> None:
        self._database = database
        self._people = people

    async def find(self, person: PersonKey) -> str | None:
        """What a person has chosen, None for no choice."""
        return await self._database.run(
            lambda connection: self._people.find_language(connection, person.platform, person.id)
        )

    async def choose(self, person: PersonKey, language: str) -> bool:
        """Keep a choice; False if it was that one already."""
        return await self._database.run(
            lambda connection: self._people.choose(connection, person.platform, person.id, language)
        )

    async def forget(self, person: PersonKey) -> bool:
        """Forget a choice; False if there was none."""
        return await self._database.run(
            lambda connection: self._people.forget(connection, person.platform, person.id)
        )
