"""
What the users and operators of a site get: accounts, check-in, answers in chat, notices, health.

Knows no chat platform: `core/platform.py` says what it needs of one, the packages under `bots`
implement it. Imports `config_store` only; `bots` and `run` import it.
"""
