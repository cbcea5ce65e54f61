"""
The panel's tables: what they are, and the few statements that the daemon makes on them.

One file a subject, each statement built once beside its table. Nobody else in the project writes
SQL on the panel's tables, and nothing here writes a column that `docs/panel.md` does not list.
"""
