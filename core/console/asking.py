"""
Asking the operator at the terminal before something is done that cannot be taken back.
"""

import asyncio
import sys


class Terminal:
    """The operator at standard input, if somebody is there."""

    @property
    def is_there(self) -> bool:
        """Whether somebody can be asked."""
        return sys.stdin.isatty()

    async def confirms(self, question: str, *, to: str = "go on") -> bool:
        """Whether the operator answers yes. `to`: what is done then. Ctrl-C ends the question."""
        print(f"{question} Type yes to {to}: ", end="", flush=True)  # noqa: T201 - a question
        answered = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(sys.stdin, answered.set)  # reading at once would keep Ctrl-C waiting
        try:
            await answered.wait()
        finally:
            loop.remove_reader(sys.stdin)
        return sys.stdin.readline().strip().lower() == "yes"
