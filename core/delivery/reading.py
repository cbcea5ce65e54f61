"""
What deliveries say: their notices, read once for many, and put into the reader's language.
"""

import json
from collections import OrderedDict
from collections.abc import Collection, Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.database import Database
from config_store.own.claims import Claimed
from config_store.own.notices import Notice, NoticeTable
from core.delivery.content import Speaker, UnreadableContentError, decode
from core.message import Message
from core.texts.catalogues import Catalogues
from core.texts.languages import Language, choose

_KEPT = 200  # notices; those of a broadcast are the same one again and again
_SPOKEN = 50  # messages; a broadcast says the same in a few languages

Notices = Mapping[int, Notice]
"""What was read for some deliveries: it goes with them, however many others are read meanwhile."""


class Reading:
    """Reads notices and says them. `site_locale`: the language of groups and unknown readers."""

    def __init__(
        self,
        *,
        database: Database,
        notices: NoticeTable,
        speaker: Speaker,
        catalogues: Catalogues,
        site_locale: str,
    ) -> None:
        self._database = database
        self._notices = notices
        self._speaker = speaker
        self._catalogues = catalogues
        self._site_locale = site_locale
        self._known: OrderedDict[int, Notice] = OrderedDict()
        self._spoken: OrderedDict[tuple[int, Language], Message] = OrderedDict()

    async def learn(
        self, claimed: Collection[Claimed], tx: AsyncConnection | None = None
    ) -> Notices:
        """
        The notices of these deliveries, read if they are not known. `tx`: within a transaction.

        Raises:
            DatabaseUnavailableError: as it says.
        """
        wanted = {each.notice_id for each in claimed if each.notice_id is not None}
        notices = {key: self._known[key] for key in wanted & self._known.keys()}
        if tx is not None and (missing := sorted(wanted - notices.keys())):
            notices |= await self._notices.find(tx, missing)
        # What the first look does not find may be on its way to this node of a cluster.
        for in_step in (False, True):
            missing = sorted(wanted - notices.keys()) if tx is None else ()
            if missing:
                notices |= await self._database.run(
                    lambda connection, missing=missing: self._notices.find(connection, missing),
                    in_step=in_step,
                )
        self._keep(notices)
        return notices

    def _keep(self, notices: Notices) -> None:
        for key, notice in notices.items():
            self._known[key] = notice
            self._known.move_to_end(key)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)

    def message(self, claimed: Claimed, notices: Notices) -> Message:
        """
        What a delivery says.

        Raises:
            UnreadableContentError: it cannot be said by this version, or its notice is gone.
        """
        notice = None if claimed.notice_id is None else notices.get(claimed.notice_id)
        if notice is None:
            raise UnreadableContentError("the notice of this delivery is gone: nothing to send")
        language = choose(claimed.language, claimed.locale, None, self._site_locale)
        spoken = self._spoken.get((notice.id, language))
        if spoken is None:
            words = self._catalogues.words(language)
            spoken = self._speaker.speak(decode(notice.content), words, is_silent=notice.is_silent)
            self._spoken[notice.id, language] = spoken
            while len(self._spoken) > _SPOKEN:
                self._spoken.popitem(last=False)
        return spoken

    def may_take_detours(self, claimed: Claimed, notices: Notices) -> bool:
        """Whether a recipient who cannot be reached may be reached another way, mail included."""
        notice = None if claimed.notice_id is None else notices.get(claimed.notice_id)
        if notice is None:
            return True
        if notice.audience == "chat":  # it was meant for this very chat
            return False
        if notice.audience != "everyone":
            return True
        return bool(json.loads(notice.audience_details).get("by_email"))
