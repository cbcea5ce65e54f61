"""
What can be done with an account: find whose it is, look at it, check in, unbind.

Services return facts and raise typed errors; none knows a language or a chat platform's library.
Imported by `core.chat` and by what wires the parts. Each costs a fixed number of statements.
"""
