"""When the feed refuses: a ladder of rests that survives a restart, and people told of it once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog

from footyd.alerts import FEED_ANSWERS, FEED_REFUSES, FEED_UNWELL
from footyd.errors import FeedError, FeedKeyRefused, FeedQuotaSpent, FeedRateLimited, FeedSuspended
from footyd.pipeline import Announce
from footyd.stages.monitor import Observation

BACKOFF_MINUTES = (1, 5, 15, 60)
"""Rests after refused polls in a row; retrying sooner got accounts suspended (seen in public reports)."""
TELL_AFTER = 3
"""So many refused polls in a row are news; a single one is the feed's everyday."""
NO_REST = {
    "step": 0,
    "rest_from": None,
    "rest_until": None,
    "reason": "",
    "announced": False,
    "needs_person": False,
}
ABOUT_US = (FeedRateLimited, FeedQuotaSpent, FeedKeyRefused, FeedSuspended)
FOR_A_PERSON = (FeedKeyRefused, FeedSuspended)

log = structlog.get_logger()


class Notes(Protocol):
    async def noted(self, name: str) -> Mapping[str, Any]: ...
    async def note(self, name: str, fields: Mapping[str, Any]) -> None: ...


class FeedRest:
    """What the database remembers of refusals under `state.feed`."""

    def __init__(self, notes: Notes, announce: Announce) -> None:
        self._notes = notes
        self._announce = announce

    async def is_on(self, now: datetime) -> bool:
        """A rest that seems to begin later than now is from before the clock was set back: it is over."""
        noted = await self._notes.noted("feed")
        begun, until = noted.get("rest_from"), noted.get("rest_until")
        return until is not None and now < until and (begun is None or begun <= now)

    async def after(self, observation: Observation, now: datetime) -> None:
        """Climb the ladder after a refused poll, step off it after a good one."""
        for error in observation.refused:
            log.warning("poll refused", reason=error.line())
        noted = await self._notes.noted("feed")
        if grounds := rest_grounds(observation):
            await self._climb(noted, grounds, now)
        elif noted.get("step"):
            await self._notes.note("feed", NO_REST)
            if noted.get("announced"):
                await self._announce(FEED_ANSWERS, "Polling goes on.")

    async def _climb(self, noted: Mapping[str, Any], error: FeedError, now: datetime) -> None:
        step = noted.get("step", 0)
        for_person = isinstance(error, FOR_A_PERSON)
        told = bool(noted.get("announced"))
        news = (for_person and not noted.get("needs_person")) or (step + 1 == TELL_AFTER and not told)
        rung = now + timedelta(minutes=BACKOFF_MINUTES[min(step, len(BACKOFF_MINUTES) - 1)])
        fields = {
            "step": step + 1,
            "rest_from": now,
            "rest_until": error.retry_at or rung,
            "reason": str(error),
            "announced": told or news,
            "needs_person": bool(noted.get("needs_person")) or for_person,
        }
        await self._notes.note("feed", fields)
        if news:
            await self._announce(FEED_REFUSES if for_person else FEED_UNWELL, error.line())

    async def end_for_person(self) -> None:
        """The key is another one, or the feed knows it again: a rest that waited for a person is over."""
        if (await self._notes.noted("feed")).get("needs_person"):
            await self._notes.note("feed", NO_REST)


def rest_grounds(observation: Observation) -> FeedError | None:
    """The refusal that lets polling rest: any about us, else only where nothing at all was shown.

    One match that the feed will not settle must not blind us to all others in play.
    """
    about_us = [error for error in observation.refused if isinstance(error, ABOUT_US)]
    if about_us:
        return about_us[0]
    shown = observation.fixtures or observation.lost
    return observation.refused[0] if observation.refused and not shown else None
