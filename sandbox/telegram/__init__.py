"""
A local Telegram: its people and groups in memory, and a Bot API that real client libraries talk to.

`TelegramWorld` is what people do (write, press, join, block); `TelegramServer` is what bots call.
It is as strict as the real one, with the real one's error texts, so that what works here works
there. Only the demo, the tests and the benchmarks import it; it keeps nothing on disk.
"""

from sandbox.telegram.chats import Chat, ChatKind, Member, Status
from sandbox.telegram.limits import FloodLimits
from sandbox.telegram.messages import CallbackQuery, Message
from sandbox.telegram.people import Bot, Person
from sandbox.telegram.server import TelegramServer
from sandbox.telegram.world import TelegramWorld

__all__ = [
    "Bot",
    "CallbackQuery",
    "Chat",
    "ChatKind",
    "FloodLimits",
    "Member",
    "Message",
    "Person",
    "Status",
    "TelegramServer",
    "TelegramWorld",
]
