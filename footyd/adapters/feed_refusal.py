"""Replies that say no: the reaction each of API-Football's refusals asks for, and its remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from footyd.errors import (
    FeedBadParameter,
    FeedError,
    FeedKeyRefused,
    FeedMalformed,
    FeedPlanRefused,
    FeedQuotaSpent,
    FeedRateLimited,
    FeedSuspended,
    FeedUnavailable,
)

_DASHBOARD = "https://dashboard.api-football.com"
_REMEDIES: Mapping[type[FeedError], str] = {
    FeedUnavailable: "Look at the network and at api_football.base_url; it is asked again by itself",
    FeedMalformed: "Nothing was changed; it is asked again by itself. If it stays, look for a newer footyd",
    FeedRateLimited: "Wait; if it stays, raise poll.interval_seconds and see what else uses your key",
    FeedQuotaSpent: "The day's calls are spent until 00:00 UTC: raise poll.interval_seconds, follow less, "
    f"or take a larger plan at {_DASHBOARD}",
    FeedKeyRefused: "Compare api_football.key (FOOTYD_API_FOOTBALL__KEY) with the key, and this machine's "
    f"address with the allowed ones, at {_DASHBOARD}",
    FeedSuspended: f"footyd cannot go on with this account: see the notice at {_DASHBOARD}",
    FeedPlanRefused: f"Your plan does not hold this: compare the plans at {_DASHBOARD}",
    FeedBadParameter: "Look at api_football.base_url and at the follow section of the config",
}


def feed_error(kind: type[FeedError], message: str) -> FeedError:
    """The error with the remedy of its class."""
    return kind(message, remedy=_REMEDIES[kind])


_REFUSALS: tuple[tuple[str, str, type[FeedError]], ...] = (
    ("access", "account is suspended", FeedSuspended),
    ("token", "application key", FeedKeyRefused),
    ("ip", "not allowed to call the api", FeedKeyRefused),
    ("domain", "not allowed to call the api", FeedKeyRefused),
    ("requests", "request limit for the day", FeedQuotaSpent),
    ("ratelimit", "too many requests", FeedRateLimited),
    ("plan", "plans do not have access", FeedPlanRefused),
    ("bug", "this is on our side", FeedUnavailable),
)
"""Key in `errors`, wording where there is no key, reaction; the gravest first: one reply may name several."""

_STATUSES: Mapping[int, type[FeedError]] = {
    400: FeedBadParameter,
    401: FeedKeyRefused,
    403: FeedSuspended,  # the provider's firewall blocks accounts that ask too much: stop, a person must look
    404: FeedBadParameter,
    405: FeedBadParameter,
    429: FeedRateLimited,
}
"""Any other HTTP status but 200 is FeedUnavailable (documented: 204, 499, 500)."""


def _complaints(errors: object) -> Iterator[tuple[str, str]]:
    """`errors` as (key, text): an object, or a list of texts or objects, or one text."""
    if isinstance(errors, Mapping):
        yield from ((str(key), str(text)) for key, text in errors.items())
    elif isinstance(errors, list):
        for error in errors:
            yield from _complaints(error)
    elif errors not in (None, ""):
        yield "", str(errors)


def refusal_in(errors: object) -> FeedError | None:
    """The error that a non-empty `errors` stands for, None when it says nothing."""
    complaints = tuple(_complaints(errors))
    if not complaints:
        return None
    said = "; ".join(f"{key}: {text}" if key else text for key, text in complaints)
    keys = {key.lower() for key, _ in complaints}
    by_key = (kind for name, _, kind in _REFUSALS if name in keys)
    by_wording = (kind for _, wording, kind in _REFUSALS if wording in said.lower())
    kind = next(by_key, None) or next(by_wording, FeedBadParameter)
    return feed_error(kind, f"API-Football refuses ({_one_line(said)})")


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 200 else f"{line[:200]}…"


def refuse_status(reply: object, status: int) -> None:
    """What a reply says of itself (`errors`) goes before its HTTP status."""
    said = refusal_in(reply.get("errors")) if isinstance(reply, Mapping) else None
    if said is not None and not isinstance(said, FeedBadParameter):
        raise said
    raise feed_error(_STATUSES.get(status, FeedUnavailable), f"API-Football answered with HTTP {status}")
