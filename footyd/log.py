"""The log: a fixed phrase and facts as keys, to a terminal, as JSON lines, or into the journal."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections import Counter
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from functools import lru_cache
from typing import Any, TextIO

import stamina
import structlog
from pydantic import SecretBytes, SecretStr
from structlog.typing import EventDict, Processor, WrappedLogger

from footyd.adapters.systemd import JournalSender, journal_connected
from footyd.config import LogConfig
from footyd.errors import FeedError, FootydError

HIDDEN = "***"
_SECRET_KEY = re.compile(
    r"(^|[_\-.])(api_?key|apikey|key|keys|tokens?|cookies?|passwords?|secrets?|authorization|signature)$",
    re.IGNORECASE,
)
_OPEN_KEYS = frozenset({"object_key", "config_key"})
"""Names that end like a secret's and hold none."""
_SECRET_TEXT = re.compile(
    r"(?<=://)[^/\s@]+(?=@)|(?<=[?&])(?P<name>[\w-]*(?:key|token|signature|credential|password)=)[^&\s]+",
    re.IGNORECASE,
)
_SECRETS = (SecretStr, SecretBytes)
_PRIORITY = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}
"""syslog(3), as the journal wants it."""


def configure_logging(config: LogConfig, *, stream: TextIO | None = None) -> None:
    """Takes effect at once for every logger, those already made too; `stream` is stderr unless given."""
    out = stream or sys.stderr
    level = logging.getLevelNamesMapping()[config.level.upper()]
    form = _form(config, out)
    shaping: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="timestamp"),
        _Errors(with_trace=level <= logging.DEBUG),
        _hide_secrets,
    ]
    structlog.configure(
        processors=[*shaping, *_RENDERING[form](out)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_Journal(out) if form == "journal" else _Lines(out),
        cache_logger_on_first_use=False,
    )
    _route_libraries(max(level, logging.WARNING))
    stamina.instrumentation.set_on_retry_hooks([_tell_retry])


def _form(config: LogConfig, out: TextIO) -> str:
    if config.format != "auto":
        return config.format
    if out.isatty():
        return "console"
    return "journal" if out is sys.stderr and journal_connected() else "json"


# ---------------------------------------------------------------- what every form needs


class _Errors:
    """Exceptions as one line under `error`; the trace only while debugging."""

    def __init__(self, *, with_trace: bool) -> None:
        self._with_trace = with_trace

    def __call__(self, _: WrappedLogger, __: str, event: EventDict) -> EventDict:
        error = _exception(event.pop("exc_info", None))
        if error is None:
            return event
        event.setdefault("error", _one_line(error))
        if self._with_trace:
            event["trace"] = "".join(traceback.format_exception(error)).rstrip()
        return event


def _exception(given: object) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        return given[1] if isinstance(given[1], BaseException) else None
    return sys.exc_info()[1] if given else None


def _one_line(error: BaseException) -> str:
    if isinstance(error, FootydError):
        return error.line()
    return " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")


def _hide_secrets(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    if str(event.get("event", "")).startswith("stamina."):
        event.pop("args", None)  # a retried call's arguments may be headers, told as text
        event.pop("kwargs", None)
    ordered = {key: event[key] for key in ("timestamp", "level", "event") if key in event} | dict(event)
    return {key: _shown(key, value) for key, value in ordered.items()}


def _shown(key: str, value: object) -> object:
    """The value as plain data, without what must not be read."""
    if isinstance(value, _SECRETS) or (_is_secret(key) and value is not None):
        return HIDDEN
    if isinstance(value, str):
        return _without_secrets(value)
    if isinstance(value, Mapping):
        return {str(k): _shown(str(k), v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_shown("", item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return _without_secrets(_one_line(value) if isinstance(value, BaseException) else str(value))


def _without_secrets(text: str) -> str:
    """Most text has neither an address nor an assignment, and need not be searched for secrets."""
    return _SECRET_TEXT.sub(_masked, text) if "://" in text or "=" in text else text


@lru_cache(maxsize=512)  # keys are few, and the same in every line
def _is_secret(key: str) -> bool:
    return key not in _OPEN_KEYS and _SECRET_KEY.search(key) is not None


def _masked(found: re.Match[str]) -> str:
    return (found["name"] or "") + HIDDEN


# ---------------------------------------------------------------- the forms


def _console(out: TextIO) -> list[Processor]:
    return [
        _trace_below,
        structlog.dev.ConsoleRenderer(colors=out.isatty()),
    ]


def _trace_below(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    if "trace" in event:
        event["exception"] = event.pop("trace")
    return event


def _json(_: TextIO) -> list[Processor]:
    return [structlog.processors.JSONRenderer(ensure_ascii=False)]


def _native(_: TextIO) -> list[Processor]:
    """MESSAGE reads like the terminal's line, EVENT is the phrase alone, every fact a field of its own."""
    render = structlog.processors.LogfmtRenderer(bool_as_flag=False)

    def fields(
        logger: WrappedLogger, name: str, event: EventDict
    ) -> tuple[tuple[()], MutableMapping[str, Any]]:
        level, phrase = str(event.pop("level")), str(event.pop("event"))
        event.pop("timestamp")
        trace = event.pop("trace", None)
        facts = {key.replace(" ", "_"): value for key, value in event.items()}
        message = f"{phrase} {render(logger, name, dict(facts))}".strip()
        entry: dict[str, Any] = {"MESSAGE": f"{message}\n{trace}" if trace else message, "EVENT": phrase}
        entry |= {"PRIORITY": _PRIORITY[level], "SYSLOG_IDENTIFIER": "footyd"}
        return (), {"entry": facts | entry}

    return [fields]


_RENDERING = {"console": _console, "json": _json, "journal": _native}


class _Lines:
    """Makes loggers that write lines; one that cannot be written is lost, and hurts nobody."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def __call__(self, *_: object) -> _Lines:
        return self

    def msg(self, line: str) -> None:
        with suppress(OSError, ValueError):
            print(line, file=self._out, flush=True)

    log = debug = info = warning = error = critical = msg


class _Journal:
    """Makes loggers that send to the journal, and write to stderr what it does not take."""

    def __init__(self, out: TextIO) -> None:
        self._lines = _Lines(out)
        self._sender = JournalSender()

    def __call__(self, *_: object) -> _Journal:
        return self

    def msg(self, *, entry: Mapping[str, object]) -> None:
        try:
            self._sender.send(entry)
        except OSError:
            self._lines.msg(f"<{entry['PRIORITY']}>{entry['MESSAGE']}")

    log = debug = info = warning = error = critical = msg


# ---------------------------------------------------------------- libraries


RETRIES: Counter[str] = Counter()
"""Calls tried again since this process began, by error: stamina's hooks are the process's, too."""


def _tell_retry(details: stamina.instrumentation.RetryDetails) -> None:
    """In place of stamina's own two lines; the feed's adapter, which names the call, has its own."""
    RETRIES[type(details.caused_by).__name__] += 1
    if not isinstance(details.caused_by, FeedError):
        structlog.get_logger().warning(
            "call retried",
            attempt=details.retry_num + 1,
            wait_seconds=round(details.wait_for, 1),
            reason=_one_line(details.caused_by),
        )


class _Libraries(logging.Handler):
    """What libraries log through the standard library, in our shape."""

    def emit(self, record: logging.LogRecord) -> None:
        level = max(known for known in _LEVELS if known <= max(record.levelno, _LEVELS[0]))
        structlog.get_logger().log(
            level, record.getMessage(), logger=record.name, exc_info=record.exc_info or None
        )


_LEVELS = (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL)


def _route_libraries(level: int) -> None:
    root = logging.getLogger()
    for handler in [known for known in root.handlers if isinstance(known, _Libraries)]:
        root.removeHandler(handler)
    root.addHandler(_Libraries())
    root.setLevel(level)
    logging.captureWarnings(True)
