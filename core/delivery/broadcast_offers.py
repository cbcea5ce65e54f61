"""
Broadcasts as outsiders offer them, over HTTP or by command: examined before anything is done.
"""

from typing import Annotated, Any

from pydantic import BeforeValidator

from core.delivery.audience import AudienceError, AudienceFilter, decode
from core.delivery.broadcasts import Draft
from core.delivery.offers import Mistake, OfferedContent
from core.markup import parse


class OfferedBroadcast(OfferedContent):
    """
    A broadcast. `audience`: as `core.delivery.audience` reads it, everybody if left out; `email`:
    also to those whom only mail reaches.
    """

    audience: Any = None
    email: Annotated[bool, BeforeValidator(lambda value: False if value is None else value)] = False

    def draft(self) -> Draft:
        """
        The broadcast that is meant.

        Raises:
            Mistake: the audience is none, or the markup holds no text.
        """
        if not self.title and not parse(self.text, self.format):
            raise Mistake("text", "expected a text that can be seen")
        return Draft(content=self.content, kind=self.kind, only=self._only(), by_email=self.email)

    def _only(self) -> AudienceFilter:
        if self.audience is None:
            return AudienceFilter()
        try:
            return decode(self.audience)
        except AudienceError as error:
            field = "" if error.field == "audience" else f".{error.field}"
            raise Mistake(f"audience{field}", error.message) from error
