"""
The Slack bot while it runs: sending, and receiving if there is a token for it.

The Web API has no line whose end would show that a token was revoked, so it is asked about once a
minute. Sending and receiving fail apart from each other; the state tells of both. Times are in
seconds.
"""

import asyncio

from bots.network import Patience
from bots.racing import race
from bots.slack.calls import SlackCalls
from bots.slack.sender import SlackSender
from bots.slack.socket_mode import SocketMode
from core.message import Message
from core.platform import BotState, PlatformUnreachableError, Posting, Report, Sent
from core.supervision import growing_pauses

_FINISHING = 10.0  # for what is being answered when told to stop
_FIRST_PAUSE = 5.0  # after a look at the token that failed


class SlackBot:
    """See `core.platform.Bot`. `socket_mode` None: it sends only."""

    def __init__(
        self, *, calls: SlackCalls, socket_mode: SocketMode | None, patience: Patience
    ) -> None:
        self._calls = calls
        self._socket_mode = socket_mode
        self._patience = patience
        self._sender = SlackSender(calls=calls)

    async def serve(self, stop: asyncio.Event, report: Report) -> None:
        """See `core.platform.Bot.serve`."""
        condition = _Condition(report)
        if self._socket_mode is None:
            condition.tell("sends only: slack_app_token is not set")
            await race(_wait(stop), self._keep_checking(condition))
            return
        condition.running = "sends, and receives by Socket Mode"
        await race(
            _wait(stop),
            self._keep_checking(condition),
            self._socket_mode.run(condition.note_receiving),
        )
        await self._socket_mode.finish_answering(_FINISHING)

    async def send(self, posting: Posting) -> Sent:
        """See `core.platform.Bot.send`; a target is a channel's id or a user's."""
        return await self._sender.send(posting)

    @property
    def private_chat_url(self) -> None:
        """See `core.platform.Bot.private_chat_url`."""
        return

    @property
    def members(self) -> None:
        """See `core.platform.Bot.members`: nothing is done about a channel's members."""
        return

    async def edit(self, target: str, message_id: str, message: Message) -> None:
        """See `core.platform.Bot.edit`."""
        await self._sender.edit(target, message_id, message)

    async def delete(self, target: str, message_id: str) -> None:
        """See `core.platform.Bot.delete`."""
        await self._sender.delete(target, message_id)

    async def _keep_checking(self, condition: "_Condition") -> None:
        """
        Look at the token again and again.

        Raises:
            CredentialsRefusedError: it is no longer valid.
        """
        pause = self._patience.check
        pauses = growing_pauses(_FIRST_PAUSE, self._patience.check)
        while True:
            await asyncio.sleep(pause)
            try:
                await self._calls.check_token()
            except PlatformUnreachableError as error:
                condition.note_sending(str(error))
                pause = max(next(pauses), error.retry_after or 0)
            else:
                condition.note_sending(None)
                pause = self._patience.check
                pauses = growing_pauses(_FIRST_PAUSE, self._patience.check)


class _Condition:
    """Puts the conditions of sending and of receiving together into one state."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._sending: str | None = None
        self._receiving: str | None = None
        self.running = ""

    def tell(self, running: str) -> None:
        self.running = running
        self._tell()

    def note_sending(self, problem: str | None) -> None:
        if problem != self._sending:
            self._sending = problem
            self._tell()

    def note_receiving(self, problem: str | None) -> None:
        self._receiving = problem
        self._tell()

    def _tell(self) -> None:
        problem = self._sending or self._receiving
        if problem is None:
            self._report(BotState.RUNNING, self.running)
        else:
            self._report(BotState.FAILING, problem)


async def _wait(event: asyncio.Event) -> None:
    await event.wait()
