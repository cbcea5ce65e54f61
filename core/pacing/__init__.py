"""
When a message may be sent: a platform's limits kept beforehand, so that it never has to refuse.

`Pacer` is what senders wait on; `PaceModel` decides, on a clock that it is given and without
waiting itself. What limits there are is said by each platform in `PaceRules`. Nothing here sends,
knows a platform or looks into a database.
"""

from core.pacing.model import PaceModel
from core.pacing.pacer import Pacer
from core.pacing.rules import Limit, PaceRules, Priority, Ticket

__all__ = ["Limit", "PaceModel", "PaceRules", "Pacer", "Priority", "Ticket"]
