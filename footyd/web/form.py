"""What a form brings along."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from footyd.web.problems import bad_request

KINDS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


async def form_of(request: web.Request) -> Mapping[str, object]:
    """Read once, however often it is asked for. Raises Refusal."""
    try:
        return await request.post()
    except (ValueError, LookupError, RuntimeError, AssertionError) as exc:  # as aiohttp tells of mistakes
        raise bad_request("the form cannot be read") from exc
