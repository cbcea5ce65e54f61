"""
The bot that runs with one token: receives and answers until it is told to stop, and sends.
"""

import asyncio
import time
from typing import Any, cast

import structlog
from aiogram import Bot as Client
from aiogram.methods import DeleteWebhook
from aiogram.types import Update
from pydantic import ValidationError

from bots.telegram.command_menu import register_commands
from bots.telegram.deliveries import TelegramDeliveries
from bots.telegram.handlers import ALLOWED_UPDATES, build_dispatcher
from bots.telegram.members import TelegramMembers
from bots.telegram.receiver import RawUpdate, UpdateReceiver
from bots.telegram.sender import TelegramSender
from core.chat.desk import ChatDesk
from core.message import Message
from core.metrics import Metrics
from core.platform import Posting, Report, Sent
from core.site_groups import SiteGroups

log = structlog.get_logger(__name__)

_ANSWER_TIMEOUT = 60.0  # seconds: beyond every pause that an answer may take


class TelegramBot:
    """A bot whose token Telegram has accepted as that of `username`."""

    def __init__(
        self,
        *,
        client: Client,
        username: str,
        sender: TelegramSender,
        deliveries: TelegramDeliveries,
        desk: ChatDesk,
        groups: SiteGroups,
        metrics: Metrics,
    ) -> None:
        self._client = client
        self._username = username
        self._sender = sender
        self._deliveries = deliveries
        self._members = TelegramMembers(call=sender.call)
        self._desk = desk
        self._metrics = metrics
        self.private_chat_url = f"https://t.me/{username}"
        self._dispatcher = build_dispatcher(
            desk=desk, groups=groups, sender=sender, private_chat_url=self.private_chat_url
        )

    async def serve(self, stop: asyncio.Event, report: Report) -> None:
        """See `core.platform.Bot.serve`."""
        await self._sender.call(DeleteWebhook())
        receiver = UpdateReceiver(
            call=self._sender.call,
            deal=self._deal,
            lane=_lane,
            allowed_updates=ALLOWED_UPDATES,
            label=f"@{self._username}",
        )
        registering = asyncio.create_task(register_commands(self._desk, self._sender.call))
        try:
            await receiver.run(stop, report)
        finally:
            registering.cancel()
            await asyncio.wait({registering})

    async def send(self, posting: Posting) -> Sent:
        """See `core.platform.Bot.send`; `bots.telegram.targets` says what a target is."""
        return await self._deliveries.send(posting)

    @property
    def members(self) -> TelegramMembers:
        """See `core.platform.Bot.members`."""
        return self._members

    async def edit(self, target: str, message_id: str, message: Message) -> None:
        """See `core.platform.Bot.edit`."""
        await self._deliveries.edit(target, message_id, message)

    async def delete(self, target: str, message_id: str) -> None:
        """See `core.platform.Bot.delete`."""
        await self._deliveries.delete(target, message_id)

    async def _deal(self, raw: RawUpdate) -> None:
        """Have one update answered. Whatever goes wrong ends here and concerns no other."""
        began = time.monotonic()
        outcome = "answered"
        try:
            async with asyncio.timeout(_ANSWER_TIMEOUT):
                update = Update.model_validate(raw, context={"bot": self._client})
                if _has_handler(raw):
                    await self._dispatcher.feed_update(self._client, update)
                else:
                    outcome = "passed over"
        except ValidationError:
            outcome = "not understood"
        except Exception:
            outcome = "failed"
            log.exception("update failed", update=raw.get("update_id"), kind=_kind(raw))
        duration = time.monotonic() - began
        self._metrics.updates.labels("telegram", outcome).inc()
        self._metrics.update_seconds.labels("telegram").observe(duration)
        log.info(
            "update",
            platform="telegram",
            update=raw.get("update_id"),
            kind=_kind(raw),
            outcome=outcome,
            duration_ms=round(duration * 1000, 1),
        )


def _has_handler(raw: RawUpdate) -> bool:
    return any(kind in raw for kind in ALLOWED_UPDATES)


def _kind(raw: RawUpdate) -> str:
    return next((key for key in raw if key != "update_id"), "empty")


def _lane(raw: RawUpdate) -> str:
    """Whose update it is: what one person does in one chat is answered in its order."""
    event = raw.get(_kind(raw))
    return f"{_id_at(event, 'message', 'chat') or _id_at(event, 'chat')}/{_id_at(event, 'from')}"


def _id_at(value: Any, *path: str) -> Any:
    """The `id` at the end of a path through nested objects, None where there is none."""
    for key in (*path, "id"):
        value = cast("dict[str, Any]", value).get(key) if isinstance(value, dict) else None
    return value
