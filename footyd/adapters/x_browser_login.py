"""The X login a browser works with: its file, mode 0600, read before a start and kept current afterwards."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from footyd.adapters.x_cookie_files import write_secret

REMEDY = "run footyd login"
LOGIN_COOKIE = "auth_token"


class BrowserFailed(Exception):
    """Chromium did not start, or did not last: what happened and what to do, in one sentence."""


class NoLogin(Exception):
    """The login file is missing or broken: one sentence with the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Playwright's storage state, and the file as it was when this was read from it."""

    file: Path
    state: dict[str, Any]
    stamp: tuple[int, int, int]

    def is_current(self) -> bool:
        """Whether the file still is what was read: a person may have logged in anew."""
        try:
            return _stamp(self.file) == self.stamp
        except OSError:
            return False

    def kept(self, cookies: Sequence[Mapping[str, Any]]) -> Login:
        """With these cookies, which are written only when X changed one; OSError when that fails.

        What the browser holds after X took the login away is not written: it would be none.
        """
        if _values(cookies) == _values(self.state["cookies"]) or not self.is_current():
            return self
        if LOGIN_COOKIE in _names(self.state["cookies"]) and LOGIN_COOKIE not in _names(cookies):
            return self
        return save_login(self.file, {**self.state, "cookies": [dict(cookie) for cookie in cookies]})


def read_login(file: Path) -> Login:
    """Raises NoLogin."""
    try:
        stamp = _stamp(file)
        state = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as exc:
        raise NoLogin(f"no login to X in {file}; {REMEDY}") from exc
    except OSError as exc:
        raise NoLogin(f"{file} cannot be read ({exc.strerror}); it must belong to footyd's user") from exc
    except ValueError as exc:
        raise NoLogin(f"{file} holds no login to X; {REMEDY}") from exc
    if not isinstance(state, dict) or not _is_list_of_cookies(state.get("cookies")):
        raise NoLogin(f"{file} holds no login to X; {REMEDY}")
    return Login(file=file, state=state, stamp=stamp)


def save_login(file: Path, state: dict[str, Any]) -> Login:
    """Replace the file whole; OSError leaves the old one. What root saves belongs to the folder's owner."""
    write_secret(file, json.dumps(state, indent=1) + "\n")
    folder = file.resolve().parent.stat()
    if os.geteuid() == 0 != folder.st_uid:
        os.chown(file, folder.st_uid, folder.st_gid)
    return Login(file=file, state=state, stamp=_stamp(file))


def _stamp(file: Path) -> tuple[int, int, int]:
    stat = file.stat()
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


def _is_list_of_cookies(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(cookie, dict) and {"name", "value", "domain"} <= cookie.keys() for cookie in value
    )


def _values(cookies: Sequence[Mapping[str, Any]]) -> set[tuple[str, str, str, str]]:
    """What counts as a change; expiry moves with every answer."""
    return {(c["name"], c["domain"], c.get("path", "/"), c["value"]) for c in cookies}


def _names(cookies: Sequence[Mapping[str, Any]]) -> set[str]:
    return {cookie["name"] for cookie in cookies}
