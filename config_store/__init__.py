"""
The panel's database and what is configured: connection, tables, live and bootstrap settings.

The only place that knows SQL, the panel's column names and its `.config.php`. Imports nothing of
this project; `core`, `bots` and `run` import it. It never writes a panel column that is not listed
in `docs/panel.md`.
"""
