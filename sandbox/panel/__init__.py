"""
A panel made up for the sandbox: believable users, nodes, links and logs, alike for the same seed.

The demo, the tests and the benchmarks use it. It knows the panel's tables, nothing of the daemon.
"""
