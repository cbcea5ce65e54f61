"""
Commands of the command line, one file each: `add_to` gives a command its arguments, and `run`, of
the file or of its class, does it.

What they need is handed in by `run.py`, which composes it; they print, and end with an exit status
of `speaking`. What they do is the services' business.
"""
