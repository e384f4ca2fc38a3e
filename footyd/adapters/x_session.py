"""A login at X: from a cookie file or the config's secrets, and as the storage state a browser starts with.

X's web client proves a login by the cookie `auth_token`, and each request by `ct0`, sent as cookie and as
header; any `ct0` that matches itself is taken, and X hands out a new one now and then.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from footyd.adapters.x_cookie_files import (
    EXPORT_AGAIN,
    SITES,
    Cookie,
    CookieFileError,
    as_entry,
    is_of_x,
    parse_cookies,
    read_cookie_text,
    with_value,
    write_secret,
)
from footyd.config import CookiesConfig

__all__ = [
    "Cookie",
    "NoSession",
    "XSession",
    "cookies_txt",
    "read_cookie_file",
    "read_session",
    "save_ct0",
    "storage_state",
    "write_secret",
]

AUTH_TOKEN = "auth_token"  # noqa: S105 - the name of a cookie
CT0 = "ct0"
NOT_SET_UP = "no login to X: set search.cookies.file, or search.cookies.auth_token"


@dataclass(frozen=True, slots=True, kw_only=True)
class XSession:
    """All cookies of one login, `auth_token` and `ct0` among them; `file` is where they came from."""

    auth_token: str = field(repr=False)
    ct0: str = field(repr=False)
    cookies: tuple[Cookie, ...] = field(repr=False)
    file: Path | None = None

    def with_ct0(self, value: str) -> XSession:
        others = tuple(cookie for cookie in self.cookies if cookie.name != CT0)
        known = next((cookie for cookie in self.cookies if cookie.name == CT0), Cookie(name=CT0, value=""))
        return replace(self, ct0=value, cookies=(*others, replace(known, value=value)))

    def cookie_header(self) -> str:
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.cookies)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSession:
    """Why there is no usable login: what is wrong, where, and the remedy."""

    reason: str


def new_ct0() -> str:
    """One of our own making, as X's web client makes one until X hands out its own."""
    return secrets.token_hex(16)


def _lasting_ct0(auth_token: str) -> str:
    """For a login without one: of our own making too, and the same after a restart."""
    return hashlib.sha256(f"{CT0} {auth_token}".encode()).hexdigest()[:32]


def read_session(config: CookiesConfig, now: datetime) -> XSession | NoSession:
    """The login the config names; a file wins over the secrets, because rotated cookies are kept in it."""
    if config.file is not None:
        return read_cookie_file(config.file, now)
    token = _plain(config.auth_token)
    if not token:
        return NoSession(reason=NOT_SET_UP)
    cookies = [Cookie(name=AUTH_TOKEN, value=token, http_only=True)]
    if ct0 := _plain(config.ct0):
        cookies.append(Cookie(name=CT0, value=ct0))
    if unsendable := next((cookie.name for cookie in cookies if not cookie.is_sendable()), None):
        return NoSession(reason=f"search.cookies.{unsendable} is not the value of a cookie; copy it again")
    return _session(cookies, None)


def read_cookie_file(file: Path, now: datetime) -> XSession | NoSession:
    """The login in an exported cookies.txt, a JSON export, or a storage state."""
    try:
        found = parse_cookies(read_cookie_text(file), file)
    except CookieFileError as exc:
        return NoSession(reason=str(exc))
    usable = [cookie for cookie in found.cookies if cookie.is_sendable() and not _is_over(cookie, now)]
    if any(cookie.name == AUTH_TOKEN and cookie.value for cookie in usable):
        return _session(_best_of_each_name(usable), file)
    return NoSession(reason=_missing(found.cookies, found.mistakes, file, now))


def _missing(cookies: tuple[Cookie, ...], mistakes: tuple[str, ...], file: Path, now: datetime) -> str:
    token = next((cookie for cookie in cookies if cookie.name == AUTH_TOKEN), None)
    if token is None:
        others = "the cookie auth_token of x.com is missing"
        return mistakes[0] if mistakes else f"{file}: {others}; log in to x.com and {EXPORT_AGAIN}"
    place = f"{file} line {token.line}" if token.line else f"{file}"
    if _is_over(token, now):
        day = datetime.fromtimestamp(token.expires or 0, UTC)
        return f"{place}: the cookie auth_token expired on {day:%Y-%m-%d}; log in to x.com and {EXPORT_AGAIN}"
    return f"{place}: the value of the cookie auth_token is broken; {EXPORT_AGAIN}"


def _is_over(cookie: Cookie, now: datetime) -> bool:
    return cookie.expires is not None and cookie.expires <= now.timestamp()


def _best_of_each_name(cookies: list[Cookie]) -> list[Cookie]:
    """One cookie of each name: that of x.com before that of twitter.com."""
    ranked = sorted(cookies, key=lambda cookie: -_rank(cookie.domain))
    return list({cookie.name: cookie for cookie in ranked}.values())


def _rank(domain: str) -> int:
    return next(rank for rank, site in enumerate(SITES) if domain.lower().endswith(site))


def _session(cookies: list[Cookie], file: Path | None) -> XSession:
    values = {cookie.name: cookie.value for cookie in cookies}
    session = XSession(
        auth_token=values[AUTH_TOKEN], ct0=values.get(CT0, ""), cookies=tuple(cookies), file=file
    )
    return session if session.ct0 else session.with_ct0(_lasting_ct0(session.auth_token))


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value().strip() if secret else ""


def save_ct0(session: XSession) -> None:
    """Write the session's ct0 into its file, in the file's own format; OSError when that fails.

    A file that meanwhile holds another login, or none, is left alone.
    """
    if session.file is None:
        return
    try:
        text = read_cookie_text(session.file)
        in_file = parse_cookies(text, session.file).cookies
        if not any(cookie.name == AUTH_TOKEN and cookie.value == session.auth_token for cookie in in_file):
            return
        ct0 = next(cookie for cookie in session.cookies if cookie.name == CT0)
        changed = with_value(text, session.file, ct0)
    except CookieFileError as exc:
        raise OSError(str(exc)) from exc
    if changed != text:
        write_secret(session.file, changed)


def cookies_txt(session: XSession) -> str:
    """As a Netscape cookies.txt, which is what yt-dlp reads."""
    lines = ["# Netscape HTTP Cookie File"]
    for cookie in session.cookies:
        host_only, secure = not cookie.domain.startswith("."), cookie.secure
        flags = ("FALSE" if host_only else "TRUE", cookie.path, "TRUE" if secure else "FALSE")
        lines.append(
            "\t".join((cookie.domain, *flags, str(int(cookie.expires or 0)), cookie.name, cookie.value))
        )
    return "\n".join(lines) + "\n"


def storage_state(session: XSession, base_url: str) -> dict[str, Any]:
    """As Playwright's `storage_state` wants it; the cookies go to the host of `base_url`, X or a stand-in."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    domain = f".{host.removeprefix('www.')}" if is_of_x(host) else host
    cookies = [replace(cookie, domain=domain, secure=parts.scheme == "https") for cookie in session.cookies]
    return {"cookies": [as_entry(cookie) for cookie in cookies], "origins": []}
