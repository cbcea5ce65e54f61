"""
The page where a newcomer chats with the bot: rendered on the server, no build step.

It shows the sandbox's platforms and its panel, and acts on them as people would. It listens on
loopback only and knows of the daemon just what `/readyz` tells.
"""
