"""What is not well, in the order in which a person should know of it, each with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from footyd.web.looks.health import HealthLook

SLOW_SECONDS = 1.0
WAITS = "Nothing: it goes on by itself"


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubleLook:
    """`grave`: goals or clips are missed until somebody acts; `until` when it may be over by itself."""

    what: str
    remedy: str
    grave: bool
    until: datetime | None = None


def troubles_of(found: HealthLook) -> Iterator[TroubleLook]:
    """The grave ones first."""
    told = [*_process(found), *_feed(found), *_sources(found), *_disk(found), *_quota(found), *_slow(found)]
    yield from sorted(told, key=lambda one: not one.grave)


def _process(found: HealthLook) -> Iterator[TroubleLook]:
    for part in found.work.parts:
        if part.hangs:
            told = f"The {part.name} has shown nothing for more than {part.limit_seconds:g} s"
            yield TroubleLook(
                what=told, remedy="Under systemd the watchdog starts footyd again; else do it", grave=True
            )
    if found.status == "starting":
        yield TroubleLook(
            what="The daemon's last sign of life in the database is old",
            remedy="Wait a minute; then look at the database",
            grave=False,
        )


def _feed(found: HealthLook) -> Iterator[TroubleLook]:
    feed = found.feed
    if feed.overdue_since:
        yield TroubleLook(
            what=f"The poll is overdue since {feed.overdue_since:%H:%M} UTC",
            remedy="Look into the log for what holds it up; a restart of footyd loses nothing",
            grave=True,
        )
    if feed.rests_until:
        remedy = "See api_football in the config, and your account there" if feed.needs_person else WAITS
        yield TroubleLook(
            what=f"The feed refuses us: {feed.reason}",
            remedy=remedy,
            grave=feed.needs_person,
            until=feed.rests_until,
        )
    elif feed.last_poll and feed.last_poll.outcome in {"refused", "failed"}:
        yield TroubleLook(what=f"The last poll was {feed.last_poll.outcome}", remedy=WAITS, grave=False)
    if feed.last_ingest and feed.last_ingest.outcome in {"refused", "failed"}:
        yield TroubleLook(
            what=f"The last ingest was {feed.last_ingest.outcome}: {feed.last_ingest.error}",
            remedy="Run it again on the page Runs",
            grave=True,
        )


def _sources(found: HealthLook) -> Iterator[TroubleLook]:
    if not found.sources:
        yield TroubleLook(
            what="No way to clips is set up",
            remedy="Run footyd login, or name instances in search.nitter.base_urls",
            grave=True,
        )
    for source in found.sources:
        if not source.ready:
            yield TroubleLook(
                what=f"{source.name} rests: {source.reason}",
                remedy=_sentence(source.remedy) or WAITS,
                grave=source.needs_person,
                until=source.rests_until,
            )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _disk(found: HealthLook) -> Iterator[TroubleLook]:
    if found.disk_low:
        yield TroubleLook(
            what="The disk is low: downloads wait",
            remedy="Make room, or lower download.min_free_bytes",
            grave=True,
        )


def _quota(found: HealthLook) -> Iterator[TroubleLook]:
    quota = found.quota
    if quota.day_left == 0:
        yield TroubleLook(what="The day's calls are spent", remedy=WAITS, grave=True, until=quota.resets_at)
    elif not quota.lasts:
        yield TroubleLook(
            what="The day's calls will not last for the matches to come",
            remedy='Set poll.interval_seconds to "auto", or to more',
            grave=False,
        )


def _slow(found: HealthLook) -> Iterator[TroubleLook]:
    if found.database.answer_seconds > SLOW_SECONDS:
        yield TroubleLook(
            what="The database takes more than a second to answer",
            remedy="Look at its disk and its load",
            grave=False,
        )
