"""
What Slack sends an app: an event, a press or a command, in an envelope that must be acknowledged.

It is to be acknowledged within 3 seconds. An event that is not comes up to three times more; a
press or a command fails, and the person is told so.
"""

import uuid
from dataclasses import dataclass, field

from sandbox.slack.errors import Json
from sandbox.slack.model import App

PATIENCE = 3.0  # seconds
MAX_REPEATS = 3


@dataclass(slots=True, eq=False, kw_only=True)
class Envelope:
    """
    One event (`events_api`), press (`interactive`) or command (`slash_commands`).

    `tries`: how often it was sent. `answer`: what the app said with its acknowledgement.
    """

    app: App
    kind: str
    payload: Json
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    tries: int = 0
    is_acknowledged: bool = False
    has_failed: bool = False
    answer: Json | None = None

    def as_json(self) -> Json:
        envelope: Json = {
            "envelope_id": self.id,
            "type": self.kind,
            "payload": self.payload,
            "accepts_response_payload": self.kind == "slash_commands",
        }
        if self.kind == "events_api":
            envelope["retry_attempt"] = self.tries - 1
            envelope["retry_reason"] = "timeout" if self.tries > 1 else ""
        return envelope
