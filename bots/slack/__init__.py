"""
Slack: the Web API for sending, Socket Mode for receiving, errors and rendering.

The only package that imports slack_sdk and slack_bolt, and `wanted` not even that: the
registry loads the rest when a token is set. It holds no rule of the site; those are in `core`.
"""
