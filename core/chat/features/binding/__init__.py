"""
Binding as people meet it in the private chat: a file each for the ways to prove an account.

`dialogue` knows the steps and shows the one that a person is at, `outcomes` tells what came of a
proof; the prompt that leads here is `core.chat.features.unbound`. What proves an account, and the
limits of trying, are services of `core.accounts.binding`: nothing here decides either.
"""
