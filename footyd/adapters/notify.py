"""Announcements to people, through whatever apprise knows: mail, Telegram, ntfy and a hundred more."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

import structlog
from pydantic import SecretStr

ANNOUNCE_SECONDS = 30.0

log = structlog.get_logger()


class Announcer:
    """Addresses are secrets: the log calls them by their place in the list and their scheme."""

    def __init__(self, urls: Sequence[SecretStr]) -> None:
        self._urls = tuple(urls)
        self._services: Any = None

    async def announce(self, title: str, body: str) -> None:
        """Tell every address. A failure is logged, never raised; without addresses nothing happens."""
        if not self._urls:
            return
        try:
            async with asyncio.timeout(ANNOUNCE_SECONDS):
                self._services = self._services or await asyncio.to_thread(_open_services, self._urls)
                delivered = await self._services.async_notify(title=title, body=body)
        except Exception as exc:  # noqa: BLE001  # a hundred services of others: none may hurt the work it tells of
            log.warning("announcement failed", title=title, error=type(exc).__name__)
            return
        if not delivered:
            log.warning("announcement failed", title=title, error="an address did not take it")


def _open_services(urls: Sequence[SecretStr]) -> Any:
    """In a thread, because apprise takes seconds to import on a Pi; its own log may hold addresses."""
    import apprise  # noqa: PLC0415  # only a daemon that announces pays for it

    logging.getLogger("apprise").setLevel(logging.CRITICAL)
    services = apprise.Apprise()
    for place, url in enumerate(urls):
        if not services.add(url.get_secret_value()):
            scheme = url.get_secret_value().partition("://")[0]
            log.warning(
                "announcement address not understood", config_key=f"notify.urls.{place}", scheme=scheme
            )
    return services
