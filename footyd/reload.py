"""SIGHUP: read and validate everything, apply what is good, and say which keys changed, or keep the old."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import structlog

from footyd.config import Config
from footyd.config_diff import Change, changes, dump
from footyd.errors import ConfigError, FootydError
from footyd.verdict import Verdict, write_verdict

LoadConfig = Callable[[], Config]

log = structlog.get_logger()


class Applies(Protocol):
    """The running parts, and the configuration in force."""

    @property
    def config(self) -> Config: ...
    async def apply(self, wanted: Config) -> None:
        """Take over all but what waits for a restart; raises FootydError with everything as before."""
        ...


class Reloads:
    """Each call is one reload; its verdict is left in the runtime directory for `footyd reload` to read."""

    def __init__(
        self,
        load: LoadConfig,
        app: Applies,
        place: Path,
        *,
        log_again: Callable[[Config], None],
        clock_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._load = load
        self._app = app
        self._place = place
        self._log_again = log_again
        self._clock_ns = clock_ns
        self._count = 0
        self._salt = secrets.token_hex(16)

    def begin(self) -> None:
        """Tell what is in force from the start, so that a reload can be foretold."""
        self._leave((), ok=True, begun_ns=self._clock_ns())

    async def __call__(self) -> None:
        begun = self._clock_ns()
        self._count += 1
        before = self._app.config
        try:
            wanted = with_key(self._load())
            await self._app.apply(wanted)
        except FootydError as exc:
            self._refused(_mistakes(exc), begun)
        else:
            self._log_again(self._app.config)
            self._applied(changes(before, wanted), begun)

    def _applied(self, found: tuple[Change, ...], begun_ns: int) -> None:
        now = [change.line() for change in found if not change.needs_restart]
        later = [change.line() for change in found if change.needs_restart]
        log.info("config applied", changed=now)
        if later:
            log.warning("config needs a restart", changed=later)
        self._leave((*now, *later), ok=True, begun_ns=begun_ns)

    def _refused(self, mistakes: tuple[str, ...], begun_ns: int) -> None:
        for mistake in mistakes:
            log.error("config refused, the old one stays", mistake=mistake)
        self._leave(mistakes, ok=False, begun_ns=begun_ns)

    def _leave(self, lines: tuple[str, ...], *, ok: bool, begun_ns: int) -> None:
        verdict = Verdict(
            pid=os.getpid(),
            count=self._count,
            begun_ns=begun_ns,
            ok=ok,
            lines=lines,
            salt=self._salt,
            applied=dump(self._app.config, salt=self._salt),
        )
        try:
            write_verdict(verdict, self._place)
        except OSError as exc:  # who waits for it will say that no answer came
            log.warning("verdict of the reload not written", place=str(self._place), reason=exc.strerror)


def _mistakes(error: FootydError) -> tuple[str, ...]:
    return (error.mistakes if isinstance(error, ConfigError) else ()) or (error.line(),)


def with_key(config: Config) -> Config:
    """The same; raises ConfigError without the one key that has no default that works."""
    key = config.api_football.key
    if key is None or not key.get_secret_value().strip():
        mistake = (
            "api_football.key: not set; allowed: your API-Football key, in the file, in a secret file named "
            "api_football.key, or in the variable FOOTYD_API_FOOTBALL__KEY"
        )
        raise ConfigError("api_football.key is not set", mistakes=(mistake,))
    return config
