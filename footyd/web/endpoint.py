"""What an endpoint of the API is, and how lists go on.

Conventions: snake_case, times in ISO 8601 with zone, durations in `_seconds`, sizes in `_bytes`, enumerations
as their words, absent values as null. A list is `{"items": […], "next": cursor or null}`. Errors are problem
documents.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Annotated, Any, Generic, TypeVar, cast

from aiohttp import web
from pydantic import Field, TypeAdapter, ValidationError

from footyd.web.problems import Refusal, bad_request, not_found

T = TypeVar("T")
API = "/api/v1"
LIMIT, LIMIT_AT_MOST = 50, 200
FIRST_YEAR, LAST_YEAR = 1900, 2200
DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

Id = Annotated[int, Field(ge=0, lt=10**18)]
"""A number as the feed numbers its things."""
Text = Annotated[str, Field(max_length=200)]
Limit = Annotated[int, Field(ge=1, le=LIMIT_AT_MOST)]

Answer = Callable[[web.Request], Awaitable[Any]]
"""Returns the value that `Endpoint.returns` tells the type of; raises FootydError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """One parameter of the query or, when `in_path`, of the path.

    `kind` is a type that pydantic can describe, with every bound it has: what does not fit it is refused.
    """

    name: str
    told: str
    kind: Any = str
    in_path: bool = False


LISTING = (
    Param(name="limit", told=f"How many items at most; {LIMIT} unless told.", kind=Limit),
    Param(name="cursor", told="Where to go on: `next` of the answer before.", kind=Text),
)
"""What every list takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One operation under /api/v1. `returns` is a type pydantic can describe, `body` that of a JSON body.

    `fails` are the statuses with which it may refuse, beside those that openapi.py knows of by itself.
    """

    method: str
    path: str
    told: str
    answer: Answer
    returns: Any
    params: tuple[Param, ...] = ()
    body: Any = None
    status: int = 200
    fails: tuple[int, ...] = ()

    def route(self) -> web.RouteDef:
        return web.route(self.method, API + self.path, self._handle)

    async def _handle(self, request: web.Request) -> web.Response:
        check_params(request, self.params)
        value = await self.answer(request)
        body = adapter(self.returns).dump_json(value)
        headers = {"Cache-Control": "no-store"}
        return web.Response(body=body, status=self.status, content_type="application/json", headers=headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Generic[T]):
    """One page of a list; `next` is the cursor of the following one."""

    items: tuple[T, ...]
    next: str | None


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    """Built once per type: building costs more than dumping."""
    return TypeAdapter(kind)


def as_json(value: Any) -> Any:
    """A look as plain JSON values."""
    return adapter(cast("Any", type(value))).dump_python(value, mode="json")


async def body_of(request: web.Request, kind: Any) -> Any:
    """The JSON body as a value of that type."""
    if request.content_type != "application/json":
        raise Refusal(415, "the body has to be JSON", remedy="Send Content-Type: application/json")
    try:
        return adapter(kind).validate_json(await request.read())
    except ValidationError as exc:
        raise bad_request("; ".join(_mistake(error) for error in exc.errors(include_url=False))) from exc


def _mistake(error: Any) -> str:
    place = ".".join(map(str, error["loc"]))
    return f"{place}: {error['msg']}" if place else str(error["msg"])


# ---------------------------------------------------------------- parameters


def check_params(request: web.Request, params: Sequence[Param]) -> None:
    """A parameter that nobody reads is refused too: it may be a misspelt one."""
    names = [param.name for param in params if not param.in_path]
    for name in request.query:
        if name not in names:
            remedy = f"There are {', '.join(names)}" if names else "There is none"
            raise bad_request(f"there is no parameter {name!r}", remedy=remedy)
        if len(request.query.getall(name)) > 1:
            raise bad_request(f"{name} is given more than once")
    given = {**request.match_info, **request.query}
    for param in params:
        if param.name in given:
            _check_param(param, given[param.name])


def _check_param(param: Param, text: str) -> None:
    try:
        adapter(param.kind).validate_strings(text)
    except ValidationError as exc:
        told = "; ".join(str(error["msg"]) for error in exc.errors(include_url=False))
        raise bad_request(f"{param.name} is {text!r}: {told}") from exc


def query_date(request: web.Request, name: str) -> date | None:
    text = request.query.get(name, "")
    return read_date(text) if text else None


def read_date(text: str) -> date:
    """Of a day that can be in the records: beyond, no zone could be reckoned with."""
    try:
        found = date.fromisoformat(text) if DATE.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None:
        raise bad_request(f"{text!r} is no date", remedy="Write it as 2026-11-21")
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise not_found(f"match on {text}", remedy=f"The years are {FIRST_YEAR} to {LAST_YEAR}")
    return found


def query_int(request: web.Request, name: str, default: int | None = None) -> int | None:
    text = request.query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise bad_request(f"{name} is no number: {text!r}")
    return int(text)


def limit_of(request: web.Request) -> int:
    """How many items are asked for, within bounds."""
    wanted = query_int(request, "limit", LIMIT) or 0
    if not 1 <= wanted <= LIMIT_AT_MOST:
        raise bad_request(f"limit has to be 1 to {LIMIT_AT_MOST}")
    return wanted


def cursor_of(request: web.Request) -> Sequence[Any] | None:
    """The sort key after which the list goes on; None: from its beginning."""
    text = request.query.get("cursor", "")
    if not text:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(text.encode() + b"==="))
        json.dumps(found, ensure_ascii=False).encode()  # half a letter is in no record
    except (ValueError, binascii.Error, RecursionError) as exc:
        raise no_place() from exc
    if not isinstance(found, list):
        raise no_place()
    return found


def no_place() -> Refusal:
    return not_found("such place in the list", remedy="Begin without a cursor")


def cursor(key: Sequence[Any]) -> str:
    """A sort key as a cursor: strings, numbers and null."""
    return base64.urlsafe_b64encode(json.dumps(list(key)).encode()).decode().rstrip("=")
