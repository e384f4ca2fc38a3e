"""Which keys differ between two configurations, told without secrets; which of them wait for a restart."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, SecretStr

from footyd.config import Config
from footyd.config.section import Section

S = TypeVar("S", bound=Section)

NEEDS_RESTART = (
    "state",
    "mongo",
    "workers.goals",
    "library.kind",
    "library.dir",
    "library.s3",
    "library.retry",
    "web.enabled",
    "web.host",
    "web.port",
    "web.prefix",
    "daemon.runs_kept_days",
)
"""Keys and tables of keys that live as long as the process: a database, a library, a port in use."""
SECRET = "(secret)"  # noqa: S105  # what is shown in its place
NOT_SET = "not set"
LONGEST_SHOWN = 120
_USER_OF_ADDRESS = re.compile(r"(?<=://)[^/\s@\"]+(?=@)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A value as anybody may read it; the mark tells two values apart that look the same."""

    shown: str
    mark: str


Dump = Mapping[str, Setting]
"""A configuration by the paths of its keys, `poll.interval_seconds`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One key that differs; the values as `Setting.shown`."""

    path: str
    before: str
    after: str
    needs_restart: bool

    def line(self) -> str:
        same = self.before == self.after
        told = f"{self.after} changed" if same else f"{self.before} → {self.after}"
        return f"{self.path}: {told}{', needs a restart' if self.needs_restart else ''}"


def changes(before: Config, after: Config) -> tuple[Change, ...]:
    """In the order of config.toml."""
    return changes_of_dumps(dump(before), dump(after))


def changes_of_dumps(before: Dump, after: Dump) -> tuple[Change, ...]:
    """Both marked with the same salt; a key that only one of them knows counts as not set."""
    none = Setting(shown=NOT_SET, mark="")
    pairs = {path: (before.get(path, none), after.get(path, none)) for path in {**after, **before}}
    return tuple(
        Change(path=path, before=old.shown, after=new.shown, needs_restart=waits_for_restart(path))
        for path, (old, new) in pairs.items()
        if old.mark != new.mark
    )


def dump(config: Config, *, salt: str = "") -> dict[str, Setting]:
    """Every key. What is kept on disk needs a salt, or a short secret could be guessed from its mark."""
    return {path: _setting(value, salt) for path, value in _keys(config)}


def waits_for_restart(path: str) -> bool:
    return any(path == name or path.startswith(f"{name}.") for name in NEEDS_RESTART)


def applicable(before: Config, wanted: Config) -> Config:
    """The wanted configuration, but what waits for a restart as it was."""
    return _merged(before, wanted, "")


def _merged(before: S, wanted: S, path: str) -> S:
    kept: dict[str, Any] = {}
    for name in type(wanted).model_fields:
        place, old, new = f"{path}{name}", getattr(before, name), getattr(wanted, name)
        if waits_for_restart(place):
            kept[name] = old
        elif isinstance(new, Section):
            kept[name] = _merged(old, new, f"{place}.")
    return wanted.model_copy(update=kept)


def _keys(section: BaseModel, path: str = "") -> Iterator[tuple[str, Any]]:
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            yield from _keys(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value


def _setting(value: Any, salt: str) -> Setting:
    text = json.dumps(value, default=_plain, ensure_ascii=False)
    mark = hashlib.blake2b(text.encode(), key=salt.encode(), digest_size=16).hexdigest()
    return Setting(shown=_shown(value, text), mark=mark)


def _plain(value: Any) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def _shown(value: Any, text: str) -> str:
    if value is None:
        return NOT_SET
    if isinstance(value, SecretStr) or (isinstance(value, tuple) and _has_secret(value)):
        return SECRET
    open_text = _USER_OF_ADDRESS.sub("***", text)
    return open_text if len(open_text) <= LONGEST_SHOWN else f"{open_text[: LONGEST_SHOWN - 1]}…"


def _has_secret(values: tuple[Any, ...]) -> bool:
    return any(isinstance(value, SecretStr) for value in values)
