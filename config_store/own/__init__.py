"""
The daemon's own tables, which stand beside the panel's and begin with `im_`.

One file a subject, each with its statements. What the tables look like is said in `tables`, how
they come to be in `config_store.migrations`. Nothing here decides when something is done.
"""
