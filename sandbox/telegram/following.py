"""
Links of `t.me` that people follow: to a bot, with what it is to be told, and into a group.
"""

from urllib.parse import parse_qs, urlsplit

from sandbox.telegram.census import ImpossibleError
from sandbox.telegram.chats import Chat
from sandbox.telegram.membership import Membership

_HOSTS = frozenset({"t.me", "telegram.me"})


class Following(Membership):
    """Opens links in the name of people."""

    def open_link(self, person_id: int, url: str) -> Chat:
        """
        Somebody opens a link: starts a bot with its payload, or joins a group. Gives that chat.

        Raises:
            ImpossibleError: it leads nowhere here, or does not let them in.
        """
        try:
            parts = urlsplit(url if "://" in url else f"https://{url}")
        except ValueError as error:
            raise ImpossibleError("that is no link") from error
        if parts.netloc.lower() not in _HOSTS:
            raise ImpossibleError("that is no link of t.me")
        invitation = f"https://t.me{parts.path}"
        chat = next((chat for chat in self.groups if invitation in chat.invite_links), None)
        if chat is not None:
            self.join(person_id, chat.id, link=invitation)
            return chat
        name = parts.path.strip("/").lower()
        bot = next((bot for bot in self.bots if bot.username.lower() == name), None)
        if bot is None:
            raise ImpossibleError("that link leads nowhere here")
        payload = parse_qs(parts.query).get("start", [""])[0]
        self.start_bot(person_id, bot_id=bot.id, payload=payload)
        return self.chat(bot.id, person_id)
