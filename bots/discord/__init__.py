"""
Discord: the bot's connection to the gateway, sending, errors and rendering.

The only package that imports discord.py, and `wanted` not even that: the registry loads the
rest when a token is set. It holds no rule of the site; those are in `core`.
"""
