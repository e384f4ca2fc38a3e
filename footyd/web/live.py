"""Pages that change while they are looked at: one look at the records per topic, told to all that watch it.

A topic is one view, `day:2026-11-21:shown`. While somebody watches, it is looked at anew soon after the
daemon reports a change, and every few seconds besides; what differs goes into a short log of events that
every stream reads from. Nobody watches: nothing is read.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from footyd.daemon import wait_for_any
from footyd.errors import FootydError

TICK_SECONDS = 5.0
PAUSE_SECONDS = 0.5
"""Between two looks: a poll that tells of thirty goals is one change."""
EVENTS_KEPT = 32
EVENTS_KEPT_BYTES = 500_000
"""Of one topic; who missed more asks for the page anew."""
STREAMS_AT_MOST = 64

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Parts:
    """What of a page may change, by element id; `shape` is what makes the page as a whole stale."""

    html: Mapping[str, str]
    shape: str = ""

    def digest(self) -> str:
        """The same for the same content, in every process: a stream goes on after a restart."""
        whole = hashlib.blake2b(self.frame().encode(), digest_size=9)
        for name, text in self.html.items():
            whole.update(f"\0{name}\0{text}".encode())
        return whole.hexdigest()

    def frame(self) -> str:
        return "\0".join([self.shape, *self.html])


PartsOf = Callable[[str], Awaitable[Parts]]
"""The parts as they are now; the argument is what follows the topic's kind. Raises FootydError."""


@dataclass(frozen=True, slots=True)
class Event:
    """From the state with the digest `before` to the one with `after`, as bytes of the stream."""

    before: str
    after: str
    data: bytes


class Topic:
    """One view that is being watched."""

    def __init__(self, look: Callable[[], Awaitable[Parts]]) -> None:
        self._look = look
        self._parts: Parts | None = None
        self._events: deque[Event] = deque(maxlen=EVENTS_KEPT)
        self.digest = ""
        self.watchers = 0
        self.trouble = ""
        self.moved = asyncio.Event()

    async def refresh(self) -> None:
        """Look, and log what differs from the last look. Raises FootydError."""
        found = await self._look()
        before, known = self.digest, self._parts
        self._parts, self.digest = found, found.digest()
        if known is None or before == self.digest:
            return
        self._keep(Event(before, self.digest, told(known, found, self.digest)))
        self.ring()

    def _keep(self, event: Event) -> None:
        self._events.append(event)
        while len(self._events) > 1 and sum(len(one.data) for one in self._events) > EVENTS_KEPT_BYTES:
            self._events.popleft()

    def ring(self) -> None:
        """Every stream looks up."""
        rung, self.moved = self.moved, asyncio.Event()
        rung.set()

    def since(self, seen: str) -> list[Event] | None:
        """What came after the state that somebody saw last; None when that is not known any more."""
        if seen == self.digest:
            return []
        missed = list(self._events)
        for number in reversed(range(len(missed))):
            if missed[number].before == seen:
                return missed[number:]
        return None


class Live:
    """All topics that are watched. `run` is the loop that looks."""

    def __init__(self, *, tick_seconds: float = TICK_SECONDS, pause_seconds: float = PAUSE_SECONDS) -> None:
        self._tick_seconds = tick_seconds
        self._pause_seconds = pause_seconds
        self._kinds: dict[str, PartsOf] = {}
        self._topics: dict[str, Topic] = {}
        self._wanted = asyncio.Event()
        self.closed = False

    def register(self, kinds: Mapping[str, PartsOf]) -> None:
        self._kinds |= kinds

    def knows(self, name: str) -> bool:
        return name.partition(":")[0] in self._kinds

    async def parts(self, name: str) -> Parts:
        """The parts of a topic as they are now."""
        kind, _, argument = name.partition(":")
        return await self._kinds[kind](argument)

    @property
    def streams(self) -> int:
        return sum(topic.watchers for topic in self._topics.values())

    @property
    def is_full(self) -> bool:
        return self.streams >= STREAMS_AT_MOST

    @contextmanager
    def watched(self, name: str) -> Iterator[Topic]:
        """The topic, looked at as long as the block runs."""
        topic = self._topics.setdefault(name, Topic(lambda: self.parts(name)))
        topic.watchers += 1
        self._wanted.set()
        try:
            yield topic
        finally:
            topic.watchers -= 1
            if not topic.watchers:
                self._topics.pop(name, None)

    def soon(self) -> None:
        """Something has changed: look before the tick."""
        self._wanted.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await wait_for_any(self._wanted, timeout_seconds=self._tick_seconds if self._topics else None)
            self._wanted.clear()
            for topic in list(self._topics.values()):
                await self._refresh(topic)
            await asyncio.sleep(self._pause_seconds)

    async def _refresh(self, topic: Topic) -> None:
        try:
            await topic.refresh()
        except FootydError as exc:
            if self._is_new(str(exc)):
                log.warning("page not refreshed", reason=exc.line())
            topic.trouble = str(exc)
        except Exception as exc:  # one view's mistake must not end the others'
            if self._is_new(repr(exc)):
                log.exception("page not refreshed")
            topic.trouble = repr(exc)
        else:
            topic.trouble = ""

    def _is_new(self, trouble: str) -> bool:
        """An outage is told once, however many views it darkens."""
        return all(topic.trouble != trouble for topic in self._topics.values())

    def close(self) -> None:
        """Every stream ends."""
        self.closed = True
        for topic in self._topics.values():
            topic.ring()


def told(before: Parts, after: Parts, digest: str) -> bytes:
    """The parts that differ or, where the page as a whole is another, that it is stale."""
    if before.frame() != after.frame():
        return stale(digest)
    changed = {name: text for name, text in after.html.items() if before.html[name] != text}
    return _event("parts", digest, changed)


def stale(digest: str) -> bytes:
    """The page has to be asked for anew."""
    return _event("stale", digest, {})


def _event(kind: str, digest: str, data: Mapping[str, str]) -> bytes:
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"event: {kind}\nid: {digest}\ndata: {body}\n\n".encode()
