"""How the local Slack refuses: `ok: false` and the name of an error, mostly with HTTP 200."""

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]


class RefusedError(Exception):
    """A call that Slack refuses. `more` stands beside the error's name in the answer."""

    def __init__(
        self,
        error: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        more: Json | None = None,
    ) -> None:
        super().__init__(error)
        self.error = error
        self.status = status
        self.headers = dict(headers or {})
        self.more = more or {}

    def as_json(self) -> Json:
        return {"ok": False, "error": self.error} | self.more


def refused(error: str, *messages: str, **more: Any) -> RefusedError:
    """The refusal of this name; `messages` say what exactly is wrong."""
    if messages:
        more["response_metadata"] = {"messages": [f"[ERROR] {message}" for message in messages]}
    return RefusedError(error, more=more)
