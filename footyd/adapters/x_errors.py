"""What X's refusals mean: its error codes, its HTTP states, and the pages that stand before it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from footyd.adapters.x_json import at, rows, text
from footyd.model import AuthExpired, RateLimited, SourceReply, Unavailable

CSRF = 353
RATE_LIMIT = 88
FEATURES = 336

_LOG_IN = "log in to x.com again, then footyd login or a new search.cookies.file"
_LOGINS = {
    32: f"X does not accept this login (code 32); {_LOG_IN}",
    64: "X has suspended this account (code 64); use another one",
    89: f"this login has expired (code 89); {_LOG_IN}",
    326: f"X has locked this account (code 326); open x.com in a browser, unlock it, {_LOG_IN}",
    CSRF: f"X refuses the cookie ct0, a fresh one too (code 353); {_LOG_IN}",
}
_OUTAGES = {
    29: "X's search timed out (code 29)",
    130: "X is over capacity (code 130)",
    131: "X has an internal error (code 131)",
    215: "X does not accept the web client's bearer (code 215); set search.cookies.bearer to the current one",
    239: "X does not accept the web client's bearer (code 239); set search.cookies.bearer to the current one",
}
_LOGIN_PAGES = ("/i/flow/login", "/i/jf/onboarding", "mode=login", "/account/access")
_FLAG = re.compile(r"[a-z][a-z0-9_]{5,100}", re.ASCII)
_LENGTH = 160


def error_codes(payload: object) -> list[int]:
    """The codes of an answer's `errors`; 0 where one names none."""
    return [_code(error) for error in rows(at(payload, "errors"))]


def _code(error: object) -> int:
    for code in (at(error, "code"), at(error, "extensions", "code")):
        if isinstance(code, int) and not isinstance(code, bool):
            return code
    return 0


def reply_to_errors(payload: object, source: str, *, limited_until: datetime) -> SourceReply | None:
    """What an answer's `errors` ask for, whatever its HTTP state; None where it has none.

    A lost login weighs most, then a rate limit: both come with errors about what they kept from being read.
    """
    errors = {_code(error): error for error in reversed(rows(at(payload, "errors")))}
    if not errors:
        return None
    if lost := next((code for code in _LOGINS if code in errors), None):
        return AuthExpired(source=source, reason=_LOGINS[lost])
    if RATE_LIMIT in errors:
        return RateLimited(source=source, until=limited_until)
    if FEATURES in errors:
        return Unavailable(source=source, reason=_missing_features(text(at(errors[FEATURES], "message"))))
    code, error = next(iter(errors.items()))
    message = text(at(error, "message"))[:_LENGTH] or "no message"
    return Unavailable(
        source=source, reason=_OUTAGES.get(code, f"X refuses the search: {message} (code {code})")
    )


def _missing_features(message: str) -> str:
    flags = ", ".join(_FLAG.findall(message.partition("null")[2])[:20])
    return f"X's search asks for feature flags (code 336); add to search.cookies.features: {flags or message}"


def is_login_page(address_or_page: str) -> bool:
    return any(mark in address_or_page for mark in _LOGIN_PAGES)


def login_wall(source: str) -> AuthExpired:
    return AuthExpired(source=source, reason=f"X shows its login page; {_LOG_IN}")


def reply_to_page(page: str, headers: Mapping[str, str], status: int, source: str) -> SourceReply:
    """An HTML page where an answer was due: the login wall, Cloudflare, or something else."""
    if is_login_page(page):
        return login_wall(source)
    if "cf-ray" in headers:
        remedy = "wait, or set search.cookies.user_agent to your browser's, whose cookies these are"
        return Unavailable(source=source, reason=f"Cloudflare stands before X (HTTP {status}); {remedy}")
    found = re.search(r"<title[^>]*>([^<]{1,80})", page, re.IGNORECASE)
    title = f' "{found[1].strip()}"' if found else ""
    remedy = "search.cookies.base_url must lead to X"
    return Unavailable(source=source, reason=f"X answered with a page{title} (HTTP {status}); {remedy}")


def reply_to_status(status: int, query_id: str, source: str) -> SourceReply:
    """An answer without a word: only its HTTP state tells."""
    if status == 404:
        remedy = "set search.cookies.query_id to the current one"
        return Unavailable(
            source=source, reason=f"X does not know its search as {query_id} (empty 404); {remedy}"
        )
    if status in (401, 403):
        remedy = "if it stays, export the cookies again; they must fit search.cookies.user_agent"
        return Unavailable(source=source, reason=f"X answered HTTP {status} without a reason; {remedy}")
    return Unavailable(source=source, reason=f"X answered HTTP {status} without anything to read")
