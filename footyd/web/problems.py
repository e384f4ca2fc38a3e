"""What went wrong, in the form that fits who asked: a problem document under /api/, a page for people."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from http import HTTPStatus

from aiohttp import web

from footyd.errors import FootydError, TemporaryError
from footyd.web.context import PREFIX
from footyd.web.render import page

PROBLEM_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """RFC 9457; `remedy` says what to do about it, as the end of `detail` does."""

    type: str
    title: str
    status: int
    detail: str
    remedy: str


class Refusal(FootydError):
    """A request that gets no further; `headers` go into the answer."""

    def __init__(
        self, status: int, message: str, *, remedy: str = "", headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.status = status
        self.headers = headers or {}


def not_found(thing: str, *, remedy: str = "") -> Refusal:
    return Refusal(404, f"there is no {thing}", remedy=remedy)


def bad_request(message: str, *, remedy: str = "") -> Refusal:
    return Refusal(400, message, remedy=remedy)


def status_of(error: FootydError) -> int:
    """What a person asked for and cannot have is a conflict; what passes is a service that is away."""
    if isinstance(error, Refusal):
        return error.status
    return 503 if isinstance(error, TemporaryError) else 409


async def problem(request: web.Request, status: int, error: FootydError) -> web.StreamResponse:
    """The answer to a request that failed."""
    headers = dict(error.headers) if isinstance(error, Refusal) else {}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers.setdefault("Retry-After", "10")
    if is_for_machine(request):
        body = asdict(document(status, error))
        return web.json_response(body, status=status, headers=headers, content_type=PROBLEM_TYPE)
    return await page(request, "error.html", status=status, headers=headers, told=document(status, error))


def document(status: int, error: FootydError) -> Problem:
    return Problem(
        type="about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=error.line(),
        remedy=error.remedy,
    )


def is_for_machine(request: web.Request) -> bool:
    """By the path, not by what the client says it likes: scripts say nothing."""
    return own_path(request).startswith(("/api/", "/feeds/", "/media/", "/events", "/healthz", "/metrics"))


def own_path(request: web.Request) -> str:
    """The path without the proxy's prefix."""
    return request.path.removeprefix(request.app[PREFIX]) or "/"
