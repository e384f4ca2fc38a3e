"""One HTTP answer to X's web search as a reply: redirects, pages and refusals first, then the timeline."""

from __future__ import annotations

from datetime import datetime

from footyd.adapters.source_http import Answer
from footyd.adapters.x_errors import (
    is_login_page,
    login_wall,
    reply_to_errors,
    reply_to_page,
    reply_to_status,
)
from footyd.adapters.x_timeline import read_timeline
from footyd.model import RateLimited, SourceReply, Unavailable

CUT_OFF = "X's answer is no JSON, or cut off"


def read_answer(answer: Answer, source: str, *, query_id: str, limited_until: datetime) -> SourceReply:
    """Redirects are not followed: where they lead is the finding."""
    if 300 <= answer.status < 400:
        return _sent_on(answer, source)
    if answer.status == 429:
        return RateLimited(source=source, until=limited_until)
    payload = answer.json()
    if payload is None:
        return _without_json(answer, source, query_id)
    if answer.status == 200:
        return read_timeline(payload, source, limited_until=limited_until)
    refusal = reply_to_errors(payload, source, limited_until=limited_until)
    return refusal or reply_to_status(answer.status, query_id, source)


def _sent_on(answer: Answer, source: str) -> SourceReply:
    target = answer.headers.get("location", "")
    if is_login_page(target):
        return login_wall(source)
    where = target.partition("?")[0][:100] or "nowhere"
    remedy = "search.cookies.base_url must lead to X"
    return Unavailable(source=source, reason=f"X sends on to {where} (HTTP {answer.status}); {remedy}")


def _without_json(answer: Answer, source: str, query_id: str) -> SourceReply:
    page = answer.text.strip()
    if page.startswith("<") or "text/html" in answer.headers.get("content-type", ""):
        return reply_to_page(page, answer.headers, answer.status, source)
    if answer.status != 200 or not page:
        return reply_to_status(answer.status, query_id, source)
    return Unavailable(source=source, reason=CUT_OFF)
