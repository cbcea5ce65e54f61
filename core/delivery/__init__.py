"""
The notice queue: everything told to users, administrators and groups, durable and paced.

`notifier` accepts what is to be said, `expansion` turns it into deliveries, `worker` sends those of
one platform, `upkeep` clears up. The statements are in `config_store.own`; the states of a delivery
are drawn in `docs/queue.md`. Nothing here imports a platform's library.
"""
