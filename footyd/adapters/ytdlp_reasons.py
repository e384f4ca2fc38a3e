"""Why yt-dlp brought no file: a fixed word, and whether it passes by itself."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from typing import Any

from footyd.model import Rejection

DETAIL_LENGTH = 300

NO_VIDEO_FILE = "no_video_file"
NEEDS_LOGIN = "needs_login"
AGE_GATED = "age_gated"
DEAD_LINK = "dead_link"
GEO_BLOCKED = "geo_blocked"
TOO_LARGE = "too_large"
TOO_LONG = "too_long"
UNSUPPORTED = "unsupported"
UNREACHABLE = "unreachable"
FORBIDDEN = "forbidden"

_STATUS_REASONS = {
    401: (NEEDS_LOGIN, False),
    403: (FORBIDDEN, True),  # signed addresses run out: the post may lead to a fresh one
    408: (UNREACHABLE, True),
    425: (UNREACHABLE, True),
    429: ("rate_limited", True),
    451: (GEO_BLOCKED, False),
}
_MESSAGE_REASONS = (
    (r"age.?restricted|nsfw|adult content|confirm your age|sensitive", AGE_GATED, False),
    (r"no video could be found|not a video|requested format is not available", NO_VIDEO_FILE, False),
    (r"no video formats|unsupported url|no suitable extractor", UNSUPPORTED, False),
    (r"log ?in|sign in|authenticat|protected|cookies", NEEDS_LOGIN, False),
    (r"not available (in|from) your|geo.?restrict", GEO_BLOCKED, False),
    (r"suspended|deleted|removed|does(n't| not) exist|no longer|not found|unavailable", DEAD_LINK, False),
    (r"too short|did not get any data|bytes read|more expected", "incomplete", True),
    (r"timed? ?out|connection|resolve|network|ssl|unable to download", UNREACHABLE, True),
)


def judge(exc: Exception) -> Rejection:
    """By disk, then by HTTP status, then by what yt-dlp says."""
    causes = list(_causes(exc))
    detail = re.sub(r"\x1b\[[0-9;]*m|^ERROR: ", "", str(exc))[:DETAIL_LENGTH]
    if any(isinstance(cause, OSError) and cause.errno == errno.ENOSPC for cause in causes):
        return Rejection(reason="disk_full", temporary=True, detail=detail)
    statuses = [status for cause in causes if isinstance(status := getattr(cause, "status", None), int)]
    if statuses:
        reason, temporary = _STATUS_REASONS.get(statuses[0], (DEAD_LINK, False))
        if statuses[0] >= 500:
            reason, temporary = UNREACHABLE, True
        return Rejection(reason=reason, temporary=temporary, detail=detail)
    for pattern, reason, temporary in _MESSAGE_REASONS:
        if re.search(pattern, detail, re.IGNORECASE):
            return Rejection(reason=reason, temporary=temporary, detail=detail)
    return Rejection(reason=UNSUPPORTED, detail=detail)


def _causes(exc: BaseException) -> Iterator[BaseException]:
    """The exception and everything behind it; yt-dlp keeps causes in `exc_info` and `cause`, too."""
    waiting: list[Any] = [exc]
    seen: list[BaseException] = []
    while waiting:
        cause = waiting.pop(0)
        if not isinstance(cause, BaseException) or cause in seen:
            continue
        seen.append(cause)
        yield cause
        exc_info = getattr(cause, "exc_info", None) or (None, None)
        waiting += [exc_info[1], getattr(cause, "cause", None), cause.__cause__, cause.__context__]
