"""
What can be done with an account: a file each for what people look at and change in it, and
`binding` for whose it is.

Services return facts and raise typed errors; none knows a language or a chat platform's library.
Imported by `core.chat`, `core.http` and by what wires the parts; the values and names of things by
`core.texts` and `core.actions` too. Each costs a fixed number of statements.
"""
