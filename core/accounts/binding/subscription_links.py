"""
Binding by the address of the account's subscription, or by its bare token.

The address is taken in any format, with or without `https://`, with whatever stands around it. One
of another site proves nothing and is not looked up. People share these addresses, so an operator
must allow this way, and who came by it is shown the account's e-mail address masked.
"""

import re
import unicodedata
from urllib.parse import unquote, urlsplit

from sqlalchemy.ext.asyncio import AsyncConnection

from config_store.own.conversations import ConversationTable
from config_store.panel.proofs import ProofTable
from core.accounts.binding.bindings import Bindings
from core.accounts.binding.limit_log import log_reached
from core.accounts.binding.limits import BindingLimits, Reached, TryLimitReachedError
from core.accounts.binding.outcomes import Bound, Refusal, TooManyTries, WrongProof
from core.accounts.binding.people import PersonKey
from core.accounts.subscription_formats import SubscriptionFormat

_LONGEST_TEXT = 4096  # characters that are looked at
_SIGNS = "[0-9A-Za-z]"
_LENGTH = range(8, 256)  # of a token; the panel makes none shorter
_BARE = re.compile(f"{_SIGNS}{{8,255}}")
_FORMATS = "|".join(SubscriptionFormat)
_BROKEN = rf"(?:\s*\n\s*{_SIGNS}+(?=/(?:{_FORMATS})\b))?"  # goes on in the next line
_BEGINS = r"(?:(?<![\w.@/%-])|(?<=(?i:http)://)|(?<=(?i:https)://))"  # the host is no other's end
_USUAL_PORTS = (80, 443)


def find_token(text: str, subscription_url: str | None) -> str | None:
    """
    The token in a text that is, or holds, an address of the site's subscriptions or the bare token.

    `subscription_url`: what the site's addresses begin with; None: only bare tokens are found.
    """
    written = _written(text)
    return written if _BARE.fullmatch(written) else find_linked_token(text, subscription_url)


def find_linked_token(text: str, subscription_url: str | None) -> str | None:
    """The token in a text that holds an address of the site's subscriptions."""
    pattern = None if subscription_url is None else _pattern(subscription_url)
    if pattern is None:
        return None
    written = _written(text)
    found = pattern.search(written) or pattern.search(unquote(written))
    token = "" if found is None else "".join(found["token"].split())
    return token if len(token) in _LENGTH else None


class SubscriptionLinks:
    """
    Binds who has the address of an account's subscription.

    `subscription_url`: what the site's addresses begin with, None if it is not known.
    """

    def __init__(
        self,
        *,
        proofs: ProofTable,
        conversations: ConversationTable,
        limits: BindingLimits,
        bindings: Bindings,
        subscription_url: str | None,
    ) -> None:
        self._proofs = proofs
        self._conversations = conversations
        self._limits = limits
        self._bindings = bindings
        self._subscription_url = subscription_url

    async def prove(
        self, *, person: PersonKey, target: str, text: str
    ) -> Bound | Refusal | WrongProof | TooManyTries:
        """
        Bind a person to the account whose address he wrote, and end the dialogue in this chat.

        A text without an address of this site is wrong and no try.

        Raises:
            DatabaseUnavailableError: it is not known whether he is bound.
        """
        token = find_token(text, self._subscription_url)
        if token is None:
            return WrongProof()

        async def prove(
            tx: AsyncConnection,
        ) -> tuple[Bound | Refusal | WrongProof, tuple[Reached, ...]]:
            held = await self._limits.hold_try(tx, person)
            account_id = await self._proofs.find_by_token(tx, token)
            if account_id is None:
                return WrongProof(), await held.was_wrong(tx)
            await held.was_right(tx)
            outcome = await self._bindings.bind_in(tx, account_id, person)
            if isinstance(outcome, Bound):
                await self._conversations.drop(
                    tx, platform=person.platform.value, target=target, person=person.id
                )
            return outcome, ()

        try:
            outcome, reached = await self._bindings.transact(prove)
        except TryLimitReachedError as error:
            return TooManyTries(error.until)
        log_reached(reached, person)
        return outcome


def _written(text: str) -> str:
    """The text without what chats and mails put into addresses: line breaks, invisible signs."""
    plain = unicodedata.normalize("NFKC", text[:_LONGEST_TEXT])
    seen = (char for char in plain if unicodedata.category(char) != "Cf")
    return "".join(seen).strip()


def _pattern(subscription_url: str) -> re.Pattern[str] | None:
    """What an address of the site looks like; a host has no case, a path and a token do."""
    site = urlsplit(subscription_url if "://" in subscription_url else f"//{subscription_url}")
    if not site.hostname:
        return None
    host, path = re.escape(site.hostname), re.escape(site.path.rstrip("/"))
    is_usual = site.port is None or site.port in _USUAL_PORTS
    port = "(?::80|:443)?" if is_usual else f":{site.port}"
    return re.compile(
        rf"{_BEGINS}(?i:{host}){port}{path}/sub/(?P<token>{_SIGNS}+{_BROKEN})(?!{_SIGNS})",
        re.ASCII,
    )
