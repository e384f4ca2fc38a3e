"""Cookie files as browsers' extensions and Playwright write them: reading, and changing one value in place.

Netscape's cookies.txt has seven fields separated by tabs (domain, subdomains, path, secure, expiry, name,
value); `#HttpOnly_` before the domain is no comment.
JSON is a list of cookies, or Playwright's storage state.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from footyd.adapters.library_folder_files import sync_folder

LARGEST_BYTES = 4_000_000
EXPORT_AGAIN = "export the cookies of x.com again, as cookies.txt (Netscape) or JSON"
SITES = ("x.com", "twitter.com")
"""X's own domains, the better first: older exports carry cookies of both."""

_HTTP_ONLY = "#HttpOnly_"
_FIELDS = 7
_EXPIRY_KEYS = ("expirationDate", "expires", "expiry")


class CookieFileError(Exception):
    """The file has no cookies to read: one sentence that names it, the line, and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """One cookie; `expires` is seconds since 1970, None for one that ends with the browser."""

    name: str
    value: str = field(repr=False)
    domain: str = ".x.com"
    path: str = "/"
    expires: float | None = None
    secure: bool = True
    http_only: bool = False
    line: int | None = None

    def is_sendable(self) -> bool:
        """Whether name and value fit into a Cookie header."""
        text = self.name + self.value
        return bool(self.name) and text.isascii() and text.isprintable() and not set(text) & set(" ;,")


@dataclass(frozen=True, slots=True, kw_only=True)
class CookieFile:
    """What a file holds; `mistakes` are its unreadable lines, which may be any site's."""

    cookies: tuple[Cookie, ...]
    mistakes: tuple[str, ...] = ()


def read_cookie_text(file: Path) -> str:
    """The file's text; raises CookieFileError."""
    try:
        if file.stat().st_size > LARGEST_BYTES:
            raise CookieFileError(f"{file}: too large for cookies; {EXPORT_AGAIN}")
        return file.read_text(encoding="utf-8-sig")
    except OSError as exc:
        remedy = "name an existing file that footyd's user can read"
        raise CookieFileError(f"{file}: cannot be read ({exc.strerror}); {remedy}") from exc
    except UnicodeDecodeError as exc:
        raise CookieFileError(f"{file}: not UTF-8 text; {EXPORT_AGAIN}") from exc


def parse_cookies(text: str, file: Path) -> CookieFile:
    """The cookies of X in either format; raises CookieFileError."""
    if text.lstrip().startswith(("[", "{")):
        return _read_json(text, file)
    cookies: list[Cookie] = []
    mistakes: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip() or (line.startswith("#") and not line.startswith(_HTTP_ONLY)):
            continue
        cookie = _read_line(line, number)
        if cookie is None:
            found = f"{file} line {number}: not the seven fields of a cookie, separated by tabs"
            mistakes.append(f"{found} (an editor may have made them spaces); {EXPORT_AGAIN}")
        elif is_of_x(cookie.domain):
            cookies.append(cookie)
    return CookieFile(cookies=tuple(cookies), mistakes=tuple(mistakes))


def is_of_x(domain: str) -> bool:
    return domain.lower().removeprefix(".").removeprefix("www.") in SITES


def _read_line(line: str, number: int) -> Cookie | None:
    http_only = line.startswith(_HTTP_ONLY)
    parts = line.removeprefix(_HTTP_ONLY).split("\t")
    parts += [""] if len(parts) == _FIELDS - 1 else []  # an empty value, its tab stripped
    if len(parts) != _FIELDS or (expires := _number(parts[4])) is None:
        return None
    return Cookie(
        domain=parts[0],
        path=parts[2] or "/",
        secure=parts[3].upper() == "TRUE",
        expires=expires if expires > 0 else None,
        name=parts[5],
        value=parts[6].strip(),
        http_only=http_only,
        line=number,
    )


def _number(text: object) -> float | None:
    try:
        found = float(str(text))
    except ValueError:
        return None
    return found if math.isfinite(found) else 0


def _read_json(text: str, file: Path) -> CookieFile:
    entries = _entries(_load(text, file))
    if entries is None:
        raise CookieFileError(f"{file}: JSON, but no list of cookies; {EXPORT_AGAIN}")
    cookies = [_from_entry(entry) for entry in entries if _is_cookie(entry)]
    return CookieFile(cookies=tuple(cookie for cookie in cookies if is_of_x(cookie.domain)))


def _load(text: str, file: Path) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as exc:
        raise CookieFileError(f"{file} line {exc.lineno}: not JSON ({exc.msg}); {EXPORT_AGAIN}") from exc
    except (ValueError, RecursionError) as exc:
        raise CookieFileError(f"{file}: not JSON; {EXPORT_AGAIN}") from exc


def _entries(document: object) -> list[Any] | None:
    found = document.get("cookies") if isinstance(document, dict) else document
    return found if isinstance(found, list) else None


def _is_cookie(entry: object) -> bool:
    return isinstance(entry, dict) and all(
        isinstance(entry.get(key), str) for key in ("domain", "name", "value")
    )


def _from_entry(entry: Mapping[str, Any]) -> Cookie:
    expires = next((_number(entry[key]) for key in _EXPIRY_KEYS if key in entry), None)
    return Cookie(
        name=entry["name"],
        value=entry["value"],
        domain=entry["domain"],
        path=str(entry.get("path") or "/"),
        expires=expires if expires is not None and expires > 0 else None,
        secure=bool(entry.get("secure", True)),
        http_only=bool(entry.get("httpOnly", False)),
    )


def with_value(text: str, file: Path, cookie: Cookie) -> str:
    """The file's text with this cookie's value and expiry, put in where X has none of that name."""
    if not text.lstrip().startswith(("[", "{")):
        return _with_line(text, cookie)
    document = _load(text, file)
    entries = _entries(document)
    if entries is None:
        raise CookieFileError(f"{file}: JSON, but no list of cookies; {EXPORT_AGAIN}")
    same = [entry for entry in entries if _is_cookie(entry) and _is_same(entry, cookie)]
    for entry in same:
        expiry = {
            key: -1 if cookie.expires is None else cookie.expires for key in _EXPIRY_KEYS if key in entry
        }
        entry |= {"value": cookie.value, **expiry}
    if not same:
        entries.append(as_entry(cookie))
    return json.dumps(document, indent=2) + "\n"


def _is_same(entry: Mapping[str, Any], cookie: Cookie) -> bool:
    return entry["name"] == cookie.name and is_of_x(entry["domain"])


def as_entry(cookie: Cookie) -> dict[str, Any]:
    """As Playwright writes a cookie, whose -1 is one without expiry."""
    return {
        "name": cookie.name,
        "value": cookie.value,
        "domain": cookie.domain,
        "path": cookie.path,
        "expires": -1 if cookie.expires is None else cookie.expires,
        "httpOnly": cookie.http_only,
        "secure": cookie.secure,
        "sameSite": "None" if cookie.secure else "Lax",
    }


def _with_line(text: str, cookie: Cookie) -> str:
    lines = text.removesuffix("\n").split("\n")
    changed = False
    expires = str(int(cookie.expires or 0))
    for index, line in enumerate(lines):
        is_comment = line.startswith("#") and not line.startswith(_HTTP_ONLY)
        known = None if is_comment else _read_line(line, index + 1)
        if known is not None and known.name == cookie.name and is_of_x(known.domain):
            domain, subdomains, path, secure, *_ = line.split("\t")
            lines[index] = "\t".join([domain, subdomains, path, secure, expires, cookie.name, cookie.value])
            changed = True
    if not changed:
        lines.append(
            "\t".join([cookie.domain, "TRUE", cookie.path, "TRUE", expires, cookie.name, cookie.value])
        )
    return "\n".join(lines) + "\n"


def write_secret(file: Path, text: str) -> None:
    """The file replaced whole, mode 0600, on disk when this returns; OSError leaves the old one."""
    target = file.resolve()  # a link stays a link
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")  # made with mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as partial:
            partial.write(text)
            partial.flush()
            os.fsync(partial.fileno())
        Path(name).replace(target)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
    sync_folder(target.parent)
