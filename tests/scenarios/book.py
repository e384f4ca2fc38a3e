"""The scenario book: reads `NN-name.txt` strictly. README.md beside it tells the form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from tests.scenarios.words import (
    ACTS,
    DECISIONS,
    FAULTS,
    KINDS,
    ROWS,
    STATUSES,
    BookError,
    EventLine,
    Expected,
    Scenario,
    Shown,
    Step,
    moment,
)

FOLDER = Path(__file__).parent

_HEADER = re.compile(r"(title|row|why|kind): +(\S.*)")
_TIMED = re.compile(r"((?:day \d+ )?\d\d:\d\d)(?: +(\S.*))?")
_STATE = re.compile(r"(\S+) +(\d+-\d+|-)(?: +kick-off ((?:day \d+ )?\d\d:\d\d))?")
_MATCHES = re.compile(r"match(?:es)? +(\d+(?:, \d+)*) +(\S.*)")
_EVENT = re.compile(
    r"(?P<minute>\d+)(?:\+(?P<extra>\d+))?' +(?P<team>Home|Away|Stranger) +(?P<player>[^\[\]\"#]*[^\[\]\"# ])"
    r"(?: +#(?P<id>\d+))?(?: +\[(?:(?P<type>[^\]:]+): )?(?P<detail>[^\]]*)\])?(?: +\"(?P<comments>[^\"]*)\")?"
)
_ENDS = {"believed": "believed", "not believed": "rejected"}


def book() -> list[Scenario]:
    """All scenarios, in the order of their numbers."""
    return [read(path) for path in sorted(FOLDER.glob("*.txt"), key=_number)]


def _number(path: Path) -> int:
    number = path.name.partition("-")[0]
    if not number.isdecimal():
        raise BookError(path.name, 1, "a file's name begins with its number, as in 07-name.txt")
    return int(number)


def read(path: Path) -> Scenario:
    return parse(path.name, path.read_text(encoding="utf-8"))


def parse(name: str, text: str) -> Scenario:
    """One file; a BookError names the file, the line and what would be right."""
    return _Reader(name, text).scenario()


@dataclass(frozen=True, slots=True)
class _Block:
    """A line at the margin with the indented lines below it."""

    line: int
    head: str
    body: tuple[tuple[int, str], ...]


class _Reader:
    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.blocks = list(self._blocks(text))
        self.now: datetime | None = None
        self.set_back = False

    def scenario(self) -> Scenario:
        header: dict[str, list[str]] = {"title": [], "row": [], "why": [], "kind": []}
        steps: list[Step] = []
        ends: dict[str, tuple[Expected, ...]] = {}
        for block in self.blocks:
            if (found := _HEADER.fullmatch(block.head)) and not steps:
                header[found[1]].append(" ".join([found[2], *(text for _, text in block.body)]))
            elif block.head in _ENDS:
                self._refuse_if(block.head in ends, block.line, f"a second {block.head!r} section")
                ends[block.head] = self._goals(block)
            else:
                self._refuse_if(bool(ends), block.line, "a step after the goals believed in the end")
                steps.append(self._step(block))
        return self._whole(header, steps, ends)

    def _blocks(self, text: str) -> Iterator[_Block]:
        block: _Block | None = None
        for line, raw in enumerate(text.splitlines(), start=1):
            if not raw.strip():
                continue
            if not raw[0].isspace():
                if block:
                    yield block
                block = _Block(line, raw.strip(), ())
            elif block is None:
                raise BookError(self.name, line, "the file begins with an indented line")
            else:
                block = replace(block, body=(*block.body, (line, raw.strip())))
        if block:
            yield block

    def _whole(
        self, header: dict[str, list[str]], steps: list[Step], ends: dict[str, tuple[Expected, ...]]
    ) -> Scenario:
        kind = (header["kind"] or ["belief"])[0]
        for key in ("title", "why"):
            self._refuse_if(len(header[key]) != 1, 1, f"exactly one {key!r} line is wanted")
        self._refuse_if(not header["row"], 1, "at least one 'row' line is wanted")
        for row in header["row"]:
            self._refuse_if(row not in ROWS, 1, f"no row of the table: {row!r}")
        self._refuse_if(kind not in KINDS or len(header["kind"]) > 1, 1, "kind is belief or day")
        self._refuse_if(not steps, 1, "no poll")
        self._refuse_if("believed" not in ends, len(steps), "no 'believed' section at the end")
        for step in steps:
            self._refuse_if(
                kind == "belief" and step.act in {"ingest", "look", "search ends"},
                step.line,
                f"{step.act!r} is only for scenarios of kind day",
            )
        return Scenario(
            name=self.name,
            title=header["title"][0],
            rows=tuple(header["row"]),
            why=header["why"][0],
            kind=kind,
            steps=tuple(steps),
            believed=ends["believed"],
            rejected=ends.get("not believed", ()),
        )

    # ---------------------------------------------------------------- steps

    def _step(self, block: _Block) -> Step:
        if block.head == "restart":
            self._refuse_if(bool(block.body), block.line, "nothing stands below a restart")
            return Step(line=block.line, act="restart", at=self._current(block.line))
        if block.head == "clock back 1 h":
            self._refuse_if(bool(block.body), block.line, "nothing stands below a change of the clock")
            self.now, self.set_back = self._current(block.line) - timedelta(hours=1), True
            return Step(line=block.line, act="clock back", at=self.now)
        if not (found := _TIMED.fullmatch(block.head)):
            wanted = "HH:MM and what is shown, restart, clock back 1 h, believed, not believed"
            raise BookError(self.name, block.line, f"{block.head!r} is no step; one of: {wanted}")
        step = self._timed(block, self._time(found[1], block.line), found[2] or "")
        return self._with_expectations(step, block)

    def _timed(self, block: _Block, at: datetime, what: str) -> Step:
        if what in ACTS:
            return Step(line=block.line, act=ACTS[what], at=at, matches=self._matches(block, what))
        if what.startswith("malformed reply"):
            fault = what.removeprefix("malformed reply").removeprefix(":").strip()
            self._refuse_if(
                fault not in FAULTS, block.line, f"no fault: {fault!r}; one of {', '.join(FAULTS)}"
            )
            return Step(
                line=block.line, act="poll", at=at, fault=fault, matches=self._matches(block, "malformed")
            )
        if what.startswith("search of "):
            goal = what.removeprefix("search of ").removesuffix(" ends")
            return Step(line=block.line, act="search ends", at=at, fault=goal)
        return Step(line=block.line, act="poll", at=at, matches=self._matches(block, what))

    def _matches(self, block: _Block, what: str) -> tuple[Shown, ...]:
        """The line of the step tells of match 1, or the lines below tell of several."""
        found: list[Shown] = []
        if _STATE.fullmatch(what):
            found.append(self._shown(1, what, block.line))
        elif what and what not in {"malformed", *ACTS}:
            raise BookError(
                self.name, block.line, f"{what!r} is no status and score, nor one of {list(ACTS)}"
            )
        current = [0] if found else []
        for line, text in block.body:
            if text.startswith(("=>", "and ")):
                continue
            if several := _MATCHES.fullmatch(text):
                numbers = [int(number) for number in several[1].split(", ")]
                known = {shown.match for shown in found}
                self._refuse_if(bool(known & set(numbers)), line, "a match twice in one poll")
                current = list(range(len(found), len(found) + len(numbers)))
                found += [self._shown(number, several[2], line) for number in numbers]
            else:
                self._refuse_if(not current, line, f"{text!r}: there is no match that it could belong to")
                for place in current:
                    found[place] = self._with_event(found[place], line, text)
        self._check_events(found, block, what)
        return tuple(found)

    def _check_events(self, found: Sequence[Shown], block: _Block, what: str) -> None:
        for shown in found:
            self._refuse_if(
                what == "ingest" and shown.told, block.line, "a day's reply carries no events: show none"
            )
            self._refuse_if(
                what != "ingest" and not shown.told,
                block.line,
                f"match {shown.match}: its events, 'no events' or 'events left out' are wanted",
            )
        self._refuse_if(
            not found and what not in {"malformed", *ACTS},
            block.line,
            "the poll shows no match: say 'not shown'",
        )
        self._refuse_if(
            bool(found) and what in {"not shown", "missed", "look"}, block.line, f"{what}, and yet a match"
        )

    def _shown(self, match: int, state: str, line: int) -> Shown:
        found = _STATE.fullmatch(state)
        if not found or found[1] not in STATUSES:
            raise BookError(self.name, line, f"{state!r}: a status and a score are wanted, as in '2H  1-0'")
        return Shown(
            match=match,
            status=found[1],
            score=None if found[2] == "-" else found[2],
            kickoff=self._moment(found[3], line) if found[3] else None,
        )

    def _with_event(self, shown: Shown, line: int, text: str) -> Shown:
        self._refuse_if(shown.told and not shown.events, line, "events after there were none")
        if text == "no events":
            self._refuse_if(bool(shown.events), line, "no events after some")
            return replace(shown, told=True)
        if text == "events left out":
            self._refuse_if(bool(shown.events), line, "events left out after some")
            return replace(shown, told=True, left_out=True)
        if not (found := _EVENT.fullmatch(text)):
            raise BookError(self.name, line, f"{text!r} is no event; as in: 23'  Home  Kane  #184 [Penalty]")
        event = EventLine(
            minute=int(found["minute"]),
            extra=int(found["extra"]) if found["extra"] else None,
            team=found["team"],
            player=None if found["player"] == "?" else found["player"],
            player_id=int(found["id"]) if found["id"] else None,
            type=found["type"] or "Goal",
            detail=found["detail"] or "Normal Goal",
            comments=found["comments"],
        )
        return replace(shown, told=True, events=(*shown.events, event))

    # ---------------------------------------------------------------- what is expected

    def _with_expectations(self, step: Step, block: _Block) -> Step:
        told = [(line, text[2:].strip()) for line, text in block.body if text.startswith("=>")]
        facts = [Expected(line, text[4:].strip()) for line, text in block.body if text.startswith("and ")]
        if step.act == "poll":
            self._refuse_if(not told, block.line, "no decision is expected: write '=> -'")
        else:
            self._refuse_if(bool(told), block.line, f"{step.act}: decides nothing, and yet '=>'")
        if told[:1] and told[0][1] == "-":
            self._refuse_if(len(told) > 1, told[0][0], "'=> -' and yet a decision")
            told = []
        for line, text in told:
            word = re.sub(r"^match \d+: ", "", text).split(" ")[0]
            self._refuse_if(
                word not in DECISIONS, line, f"{word!r} is no decision; one of {', '.join(DECISIONS)}"
            )
        return replace(step, told=tuple(Expected(*one) for one in told), facts=tuple(facts))

    def _goals(self, block: _Block) -> tuple[Expected, ...]:
        self._refuse_if(not block.body, block.line, "no goal: write '-'")
        if [text for _, text in block.body] == ["-"]:
            return ()
        return tuple(Expected(line, text) for line, text in block.body)

    # ---------------------------------------------------------------- the clock

    def _time(self, text: str, line: int) -> datetime:
        at = self._moment(text, line)
        if self.now and at <= self.now:
            raise BookError(self.name, line, f"{text} is not after the step before; a clock only goes on")
        self.now = at
        return at

    def _moment(self, text: str, line: int) -> datetime:
        try:
            return moment(text)
        except ValueError as exc:
            raise BookError(self.name, line, f"{text!r} is no time of a day") from exc

    def _current(self, line: int) -> datetime:
        if self.now is None:
            raise BookError(self.name, line, "this needs a poll before it")
        return self.now

    def _refuse_if(self, wrong: bool, line: int, message: str) -> None:
        if wrong:
            raise BookError(self.name, line, message)
