"""
Telegram, through aiogram: updates by long polling, answers, messages to a target.

`platform.py` connects a token, `bot.py` is the bot that runs with it, `receiver.py` fetches updates
and confirms those that are answered, `handlers/` reads them, `sender.py` makes every call that is
not fetching. Nothing here decides by the site's rules; that is `core/chat`.
"""
