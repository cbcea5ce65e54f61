"""
The chat platforms, one package each, and the registry that opens only those that are needed.

A package reads updates, hands them to `core` and shows what `core` answers; the site's rules are
not here. No package imports another; a platform's library is imported by its own package alone.
"""
