"""
Faults to order: how a local platform misbehaves when a test or a person asks it to.

A platform's server asks `take` for every call and carries out what it gets. Faults are taken in the
order in which they were made; each is used up after `times` calls or stays until it is lifted.
Seconds are those of the wall clock.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

BAD_GATEWAY_PAGE = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    "<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n"
    "</body>\r\n</html>\r\n"
)


@dataclass(frozen=True, slots=True)
class Hang:
    """The call is not done and not answered for `seconds`; then its connection is dropped."""

    seconds: float = 3600.0


@dataclass(frozen=True, slots=True)
class Delay:
    """The call is done and answered as usual, `seconds` later."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Drop:
    """The connection breaks: before the call is done, or (`after`) when it is done, unanswered."""

    after: bool = False


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """The call is not done; what answers is a proxy's HTML page."""

    status: int = 502
    page: str = BAD_GATEWAY_PAGE


@dataclass(frozen=True, slots=True)
class AnswerJson:
    """The call is not done; the answer is this status, this JSON object and these headers."""

    status: int
    body: Mapping[str, object]
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


Fault = Hang | Delay | Drop | AnswerPage | AnswerJson


@dataclass(slots=True, eq=False)
class Order:
    """A fault that waits for its calls. `left`: how many more, None until it is lifted."""

    fault: Fault
    method: str | None
    left: int | None


class Faults:
    """
    What goes wrong next at one platform.

    `is_down` is a platform whose server refuses connections: the server that was given this object
    closes its socket, and opens it again at the same address.
    """

    def __init__(self) -> None:
        self._orders: list[Order] = []
        self._is_down = False
        self._turned = asyncio.Event()

    @property
    def is_down(self) -> bool:
        return self._is_down

    @property
    def orders(self) -> tuple[Order, ...]:
        """The faults that are still to come."""
        return tuple(self._orders)

    def order(self, fault: Fault, *, method: str | None = None, times: int | None = 1) -> Order:
        """
        Let the next `times` calls of `method` (None: of any) meet `fault`.

        `times` None: every call, until `lift`.
        """
        order = Order(fault, method, times)
        self._orders.append(order)
        return order

    def lift(self, order: Order | None = None) -> None:
        """Take back one fault, or all (the server comes up again too)."""
        if order is None:
            self._orders.clear()
            self.set_down(down=False)
        elif order in self._orders:
            self._orders.remove(order)

    def take(self, method: str) -> Fault | None:
        """The fault that this call of `method` meets, None for a call that goes well."""
        for order in self._orders:
            if order.method is None or order.method.lower() == method.lower():
                if order.left is not None:
                    order.left -= 1
                    if order.left <= 0:
                        self._orders.remove(order)
                return order.fault
        return None

    def set_down(self, *, down: bool) -> None:
        """Refuse connections from now on (`down`), or take them again."""
        if down != self._is_down:
            self._is_down = down
            turned, self._turned = self._turned, asyncio.Event()
            turned.set()

    async def down_changed(self, seen: bool) -> bool:  # noqa: FBT001 - the one thing it compares with
        """Wait until `is_down` is no longer `seen`; gives what it is then."""
        while self._is_down == seen:
            await self._turned.wait()
        return self._is_down
