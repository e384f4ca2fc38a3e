"""Who stands behind a reverse proxy; only of trusted ones is believed what they say."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from aiohttp import web

from footyd.web.context import ACCESS


def client(request: web.Request) -> str:
    """The address that asks; of a trusted proxy, the last one in its list that is none."""
    peer = request.remote or ""
    told = request.headers.get("X-Forwarded-For", "")
    for one in reversed([peer] if not told else [*(part.strip() for part in told.split(",")), peer]):
        if not is_trusted_proxy(request, one):
            return one
    return peer


def is_secure(request: web.Request) -> bool:
    """Whether the browser speaks https with us or with the proxy in front."""
    told = request.headers.get("X-Forwarded-Proto", "").lower()
    return request.secure or (told == "https" and is_trusted_proxy(request, request.remote or ""))


def is_trusted_proxy(request: web.Request, text: str) -> bool:
    try:
        found = ip_address(text)
    except ValueError:
        return False
    return any(found in ip_network(one) for one in request.app[ACCESS].config().trusted_proxies)
