"""
The HTTP side of the daemon: health, figures, and the API for programs of the site.

One file a group of routes; `server` serves them all, `api` guards what needs the token, `errors`
is how every mistake is answered. A new group is a class with `add_to(router)` and its place in
`HttpServer` or `Api`. What the routes promise to callers stands in `docs/http-api.md`.
"""

from core.http.api import Api
from core.http.server import HttpServer

__all__ = ["Api", "HttpServer"]
