"""The scenario book: reads `NN-name.txt` strictly. README.md beside it tells the form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from tests.scenarios.lines import STATE, LineError, moment, shown, with_event
from tests.scenarios.words import (
    ACTS,
    DECISIONS,
    FAULTS,
    KINDS,
    ROWS,
    BookError,
    Expected,
    Scenario,
    Shown,
    Step,
)

FOLDER = Path(__file__).parent

_HEADER = re.compile(r"(title|row|why|kind): +(\S.*)")
_TIMED = re.compile(r"((?:day \d+ )?\d\d:\d\d)(?: +(\S.*))?")
_MATCHES = re.compile(r"match(?:es)? +(\d+(?:, \d+)*) +(\S.*)")
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
        if STATE.fullmatch(what):
            with self._at(block.line):
                found.append(shown(1, what))
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
                known = {one.match for one in found}
                self._refuse_if(bool(known & set(numbers)), line, "a match twice in one poll")
                current = list(range(len(found), len(found) + len(numbers)))
                with self._at(line):
                    found += [shown(number, several[2]) for number in numbers]
            else:
                self._refuse_if(not current, line, f"{text!r}: there is no match that it could belong to")
                with self._at(line):
                    for place in current:
                        found[place] = with_event(found[place], text)
        self._check_events(found, block, what)
        return tuple(found)

    def _check_events(self, found: Sequence[Shown], block: _Block, what: str) -> None:
        for one in found:
            self._refuse_if(
                what == "ingest" and one.told, block.line, "a day's reply carries no events: show none"
            )
            self._refuse_if(
                what != "ingest" and not one.told,
                block.line,
                f"match {one.match}: its events, 'no events' or 'events left out' are wanted",
            )
        self._refuse_if(
            not found and what not in {"malformed", *ACTS},
            block.line,
            "the poll shows no match: say 'not shown'",
        )
        self._refuse_if(
            bool(found) and what in {"not shown", "missed", "look"}, block.line, f"{what}, and yet a match"
        )

    @contextmanager
    def _at(self, line: int) -> Iterator[None]:
        try:
            yield
        except LineError as exc:
            raise BookError(self.name, line, str(exc)) from exc

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
        with self._at(line):
            at = moment(text)
        if self.now and at <= self.now:
            raise BookError(self.name, line, f"{text} is not after the step before; a clock only goes on")
        self.now = at
        return at

    def _current(self, line: int) -> datetime:
        if self.now is None:
            raise BookError(self.name, line, "this needs a poll before it")
        return self.now

    def _refuse_if(self, wrong: bool, line: int, message: str) -> None:
        if wrong:
            raise BookError(self.name, line, message)
