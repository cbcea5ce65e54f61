"""
What people are answered in chat, the same on every platform.

A platform hands a command, a press or a text to `ChatDesk`; a feature (one file each under
`features`) decides by place and account, a service of `core.accounts` gives the facts, and
`core.texts` puts them into words. Imported by `bots` and by what wires the parts; knows no
platform's library, no SQL and sends nothing by itself.
"""
