"""
The log: one line an event on standard error, as text on a terminal and as JSON elsewhere.

A line's level says whose move it is: `error` is a fault of this program and carries its traceback,
`warning` is somebody else's (a setting, a token, a platform, a database) and never does, also when
a library wrote it. Secrets are taken out of the finished line, so no field and no traceback can
carry one.
"""

import logging
import re
import sys
from collections.abc import Iterable
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

LogFormat = Literal["auto", "console", "json"]

HIDDEN = "[hidden]"
_SHORTEST_SECRET = 6  # shorter ones would blot out ordinary words
_TOKEN_SHAPES = re.compile(
    r"\b\d{5,16}:[A-Za-z0-9_-]{30,}"  # Telegram, also within an address: /bot123:ABC/
    r"|\bxox[a-z]-[A-Za-z0-9-]{10,}|\bxapp-[A-Za-z0-9-]{10,}"  # Slack
    r"|\b[A-Za-z0-9_-]{23,28}\.[A-Za-z0-9_-]{6,7}\.[A-Za-z0-9_-]{27,}"  # Discord
)


class Redactor:
    """Takes secrets out of text: those it was told of, and whatever looks like a token."""

    def __init__(self) -> None:
        self._known: tuple[str, ...] = ()

    def learn(self, secrets: Iterable[str]) -> None:
        """Hide these as well from now on. Former ones stay hidden: a log outlives a change."""
        known = {*self._known, *(secret for secret in secrets if len(secret) >= _SHORTEST_SECRET)}
        self._known = tuple(sorted(known, key=len, reverse=True))

    def __call__(self, text: str) -> str:
        for secret in self._known:
            text = text.replace(secret, HIDDEN)
        return _TOKEN_SHAPES.sub(HIDDEN, text)


def configure_logging(
    *, level: str, log_format: LogFormat, redactor: Redactor, stream: TextIO = sys.stderr
) -> None:
    """
    Send the log of this program and of its libraries to `stream`.

    `level`: the least that is written, such as `info`. `auto`: text if `stream` is a terminal.
    """
    as_text = log_format == "console" or (log_format == "auto" and stream.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    last: list[Processor] = (
        [structlog.dev.ConsoleRenderer(colors=stream.isatty())]
        if as_text
        else [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        _RedactingFormatter(
            redactor,
            foreign_pre_chain=[_in_one_line, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for library in ("aiogram", "aiohttp.access", "slack_bolt", "discord", "asyncio", "sqlalchemy"):
        logging.getLogger(library).setLevel(max(logging.WARNING, root.level))


class _RedactingFormatter(structlog.stdlib.ProcessorFormatter):
    def __init__(
        self, redactor: Redactor, *, foreign_pre_chain: list[Processor], processors: list[Processor]
    ) -> None:
        super().__init__(processors=processors, foreign_pre_chain=foreign_pre_chain)
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        if not record.name.startswith(_OURS) and record.levelno > logging.WARNING:
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return self._redactor(super().format(record))


_OURS = ("bots", "config_store", "core", "run", "sandbox", "__main__")


def _in_one_line(_: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """What a library logs: its first line, and of an exception only what it says."""
    record: logging.LogRecord = event["_record"]
    lines = str(event["event"]).strip().splitlines() or [""]
    event["event"] = lines[0]
    event["library"] = record.name
    if record.exc_info and record.exc_info[1] is not None:
        error = record.exc_info[1]
        event["error"] = f"{type(error).__name__}: {error}".splitlines()[0]
    event.pop("exc_info", None)
    record.exc_info = record.exc_text = None
    return event
