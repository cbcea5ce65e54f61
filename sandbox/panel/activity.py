"""
What users of a site leave behind: subscription links, log-ins, connections, rebates, tickets.

Times are unix seconds (tickets and payments too); addresses are text, those of `online_log` IPv6
with IPv4 mapped into it, as the panel stores them.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import TypeVar

from sandbox.panel.users import DAY, Row

_T = TypeVar("_T")

_AGENTS = (
    ("clash", "clash-verge/v2.4.2"),
    ("singbox", "sing-box 1.12.8"),
    ("sip008", "Shadowrocket/2701 CFNetwork/3826.500.131 Darwin/24.5.0"),
    ("v2rayjson", "v2rayNG/1.10.16"),
    ("json", "curl/8.14.1"),
)
_TICKETS = (
    ("节点连不上", "今天早上开始香港 02 一直超时。", "已更换线路，请更新订阅后再试。"),
    (
        "How do I change my plan?",
        "I would like to move to level 3.",
        "You can upgrade in the shop.",
    ),
    ("請問發票", "可以開立發票嗎？", "可以，請提供抬頭。"),
    ("領収書について", "領収書は発行できますか。", "はい、マイページからどうぞ。"),
    ("<b>Refund</b>", "Paid twice & want one back", "Returned to your balance."),
)


class Activity:
    """Rows of the tables around `user`, for accounts with the given ids."""

    def __init__(self, *, random: Random, now: datetime, node_ids: Sequence[int]) -> None:
        self._random = random
        self._now = int(now.timestamp())
        self._node_ids = tuple(node_ids)

    def links(self, account_ids: Sequence[int]) -> Iterator[Row]:
        """Subscription tokens: one in nine has none yet."""
        for account_id in account_ids:
            if account_id % 9:
                yield {"userid": account_id, "token": self._token(16)}

    def invite_codes(self, account_ids: Sequence[int]) -> Iterator[Row]:
        for account_id in account_ids:
            if account_id % 2 == 0:
                yield {"user_id": account_id, "code": self._token(10)}

    def log_ins(self, account_ids: Sequence[int]) -> Iterator[Row]:
        for account_id in account_ids:
            for _ in range(self._below(12)):
                ip = self._ipv4() if self._random.random() < 0.8 else self._ipv6()  # noqa: PLR2004
                failed = int(self._random.random() < 0.1)  # noqa: PLR2004 (a share, as above)
                yield {"userid": account_id, "ip": ip, "datetime": self._past(30), "type": failed}

    def connections(self, account_ids: Sequence[int]) -> Iterator[Row]:
        """A third of the accounts were connected lately, half of these still are."""
        for account_id in account_ids[::3]:
            devices = [f"::ffff:{self._ipv4()}" for _ in range(1 + self._below(2))]
            if self._below(3) == 0:
                devices.append(self._ipv6())
            for address in dict.fromkeys(devices):  # an address stands once with an account
                last = self._now - (self._below(60) if account_id % 2 else 120 + self._below(DAY))
                yield {
                    "user_id": account_id,
                    "ip": address,
                    "node_id": self._pick(self._node_ids),
                    "first_time": last - self._below(7200),
                    "last_time": last,
                }

    def fetches(self, account_ids: Sequence[int]) -> Iterator[Row]:
        for account_id in account_ids[::2]:
            for _ in range(self._below(6)):
                kind, agent = self._pick(_AGENTS)
                yield {
                    "user_id": account_id,
                    "type": kind,
                    "request_ip": self._ipv4(),
                    "request_time": self._past(7),
                    "request_user_agent": agent,
                }

    def rebates(self, account_ids: Sequence[int]) -> Iterator[Row]:
        """Every fifth account paid once; the rebate went to one of the first accounts."""
        for number, account_id in enumerate(account_ids[::5], start=1):
            total = Decimal(self._pick((10, 25, 50, 128)))
            yield {
                "total": total,
                "userid": account_id,
                "ref_by": self._pick(tuple(account_ids[:6])),
                "ref_get": total / 5,
                "invoice_id": number,
                "datetime": self._past(200),
            }

    def payments(self, account_ids: Sequence[int]) -> Iterator[Row]:
        for number, account_id in enumerate(account_ids[::4], start=1):
            yield {
                "userid": account_id,
                "total": Decimal(self._pick((10, 25, 50, 128))),
                "status": int(number % 6 != 0),
                "invoice_id": number,
                "tradeno": self._token(24),
                "gateway": self._pick(("f2f", "stripe", "paypal")),
                "datetime": self._past(200),
            }

    def tickets(self, account_ids: Sequence[int]) -> Iterator[Row]:
        for number, account_id in enumerate(account_ids[::11]):
            title, question, answer = _TICKETS[number % len(_TICKETS)]
            asked = self._past(20)
            comments = [
                {"comment_id": 0, "commenter_name": "", "comment": question, "datetime": asked}
            ]
            if number % 3:
                comments.append(comments[0] | {"comment_id": 1, "comment": answer})
            yield {
                "title": title,
                "content": json.dumps(comments, ensure_ascii=False),
                "userid": account_id,
                "status": ("open_wait_admin", "open_wait_user", "closed")[number % 3],
                "type": self._pick(("howto", "billing", "account")),
                "datetime": asked,
            }

    def _token(self, length: int) -> str:
        return f"{self._random.getrandbits(4 * length):0{length}x}"

    def _ipv4(self) -> str:
        return f"203.0.113.{1 + self._below(254)}"  # documentation's own block: nobody's address

    def _ipv6(self) -> str:
        return f"2001:db8:{self._below(65536):x}::{1 + self._below(65535):x}"

    def _past(self, days: int) -> int:
        return self._now - 60 - self._below(days * DAY)

    def _below(self, bound: int) -> int:
        return int(self._random.random() * bound)

    def _pick(self, choices: tuple[_T, ...]) -> _T:
        return choices[self._below(len(choices))]
