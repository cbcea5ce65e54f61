"""
A local Slack: a workspace in memory, a Web API and Socket Mode that real clients use.

`SlackWorld` is what people do (write, press, use a command); `SlackServer` is what apps talk to, as
strict as the real one. Only the demo, the tests and the benchmarks import it; it keeps nothing on
disk.
"""

from sandbox.slack.envelopes import Envelope
from sandbox.slack.limits import SlackLimits
from sandbox.slack.model import App, Channel, Message, User
from sandbox.slack.server import SlackServer
from sandbox.slack.world import SlackWorld

__all__ = [
    "App",
    "Channel",
    "Envelope",
    "Message",
    "SlackLimits",
    "SlackServer",
    "SlackWorld",
    "User",
]
