"""
A local Telegram, Discord, Slack and panel, with a page to chat in: the far side of the network.

Only `run.py demo`, the tests and the benchmarks import it. It is built from none of the daemon's
own parts (except the panel's tables) and with no platform's library, so that a mistake made on one
side shows on the other.
"""
