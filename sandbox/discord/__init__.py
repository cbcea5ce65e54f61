"""
A local Discord: its people and servers in memory, an HTTP API and a gateway that real clients use.

`DiscordWorld` is what people do (write, press, use a command, close their direct messages);
`DiscordServer` is what bots talk to, as strict as the real one. Only the demo, the tests and the
benchmarks import it; it keeps nothing on disk.
"""

from sandbox.discord.interactions import AnswerKind, Interaction
from sandbox.discord.limits import DiscordLimits
from sandbox.discord.model import Application, Channel, ChannelKind, Guild, Message, Right, User
from sandbox.discord.server import DiscordServer
from sandbox.discord.world import DiscordWorld

__all__ = [
    "AnswerKind",
    "Application",
    "Channel",
    "ChannelKind",
    "DiscordLimits",
    "DiscordServer",
    "DiscordWorld",
    "Guild",
    "Interaction",
    "Message",
    "Right",
    "User",
]
