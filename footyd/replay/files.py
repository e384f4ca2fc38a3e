"""The files that recorded replies come in: one reply, or JSON lines with the time of each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from footyd.errors import FootydError

_KEYS = frozenset({"at", "reply"})
_REMEDY = 'A file holds one reply, or JSON lines {"at": ISO time, "reply": {…}}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One recorded body; `at` is None when the recording does not tell the time."""

    path: Path
    at: datetime | None
    body: str | bytes


def recorded(path: Path) -> Iterator[Recorded]:
    """JSON lines are read line by line: a recorded evening does not fit into a small machine's memory."""
    try:
        if _is_log(path):
            yield from _logged(path)
        else:
            yield Recorded(path=path, at=None, body=path.read_bytes())
    except OSError as exc:
        raise FootydError(f"{path} cannot be read ({exc.strerror})", remedy=_REMEDY) from exc
    except UnicodeDecodeError as exc:
        raise FootydError(f"{path} is not UTF-8 text ({exc.reason})", remedy=_REMEDY) from exc


def _is_log(path: Path) -> bool:
    """A log's first line has one of the keys, or is a whole object with more lines after it."""
    with path.open(encoding="utf-8") as file:
        lines = (line for line in file if line.strip())
        first = _object(next(lines, ""))
        return first is not None and (bool(_KEYS & first.keys()) or next(lines, None) is not None)


def _logged(path: Path) -> Iterator[Recorded]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield _logged_reply(_object(line), path, f"{path}, line {number}")


def _logged_reply(record: dict[str, Any] | None, path: Path, where: str) -> Recorded:
    if record is None:
        raise FootydError(f"{where} is not a whole JSON object", remedy=_REMEDY)
    if missing := sorted(_KEYS - record.keys()):
        raise FootydError(f"{where} has no {' and no '.join(missing)}", remedy=_REMEDY)
    reply = record["reply"]
    body = reply if isinstance(reply, str) else json.dumps(reply)
    return Recorded(path=path, at=_time(record["at"], where), body=body)


def _time(value: object, where: str) -> datetime:
    """A time without an offset is UTC."""
    try:
        at = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError as exc:
        raise FootydError(f"{where}: at is no ISO time ({value!r})", remedy=_REMEDY) from exc
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _object(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
