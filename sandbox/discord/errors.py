"""
How the local Discord refuses: HTTP status, error code and words as Discord has them.

Codes and texts are those of Discord's "Opcodes and Status Codes" page. `errors` is the tree that
comes with 50035 and names each field that is wrong.
"""

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

_CODES: Mapping[int, tuple[int, str]] = {
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    20012: (403, "You are not authorized to perform this action on this application"),
    30032: (400, "Maximum number of application commands reached (100)"),
    40003: (403, "You are opening direct messages too fast"),
    40060: (400, "Interaction has already been acknowledged."),
    40333: (403, "internal network error"),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50008: (400, "Cannot send messages in a non-text channel"),
    50013: (403, "Missing Permissions"),
    50027: (401, "Invalid Webhook Token"),
    50033: (400, "Invalid Recipient(s)"),
    50035: (400, "Invalid Form Body"),
    50083: (400, "Thread is archived"),
    50109: (400, "The request body contains invalid JSON."),
    50278: (403, "Cannot send messages to this user due to having no mutual guilds"),
}


class RefusedError(Exception):
    """A call that Discord refuses. `headers` go with the answer."""

    def __init__(
        self, status: int, body: Json, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


def refused(code: int, *, errors: Json | None = None) -> RefusedError:
    """The refusal with a code of Discord's list."""
    status, message = _CODES[code]
    body: Json = {"message": message, "code": code}
    if errors:
        body["errors"] = errors
    return RefusedError(status, body)


def unauthorized() -> RefusedError:
    """No token, or one that Discord does not know."""
    return RefusedError(401, {"message": "401: Unauthorized", "code": 0})


def no_such_route() -> RefusedError:
    return RefusedError(404, {"message": "404: Not Found", "code": 0})


class FormErrors:
    """Collects what is wrong in a body, field by field, and refuses it as a whole."""

    def __init__(self) -> None:
        self._tree: Json = {}

    def add(self, path: str, code: str, message: str) -> None:
        """Note one mistake. `path`: names and positions, parted by dots; '' is the body itself."""
        branch = self._tree
        for step in path.split(".") if path else ():
            branch = branch.setdefault(step, {})
        branch.setdefault("_errors", []).append({"code": code, "message": message})

    def raise_if_any(self) -> None:
        """
        Raises:
            RefusedError: something was noted.
        """
        if self._tree:
            raise refused(50035, errors=self._tree)
