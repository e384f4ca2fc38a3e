"""A reverse proxy as people put in front of footyd: another port, a path of its own, forwarded headers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, web

HOPS = frozenset({"connection", "transfer-encoding", "content-length", "keep-alive", "host"})


@asynccontextmanager
async def reverse_proxy(target: str, prefix: str, *, takes_off: bool) -> AsyncIterator[str]:
    """Its address, which ends in the prefix; what it is asked for goes to `target` as it streams in."""
    timeout = ClientTimeout(total=None)
    async with ClientSession(cookie_jar=DummyCookieJar(), timeout=timeout, auto_decompress=False) as http:

        async def forward(request: web.Request) -> web.StreamResponse:
            path = request.rel_url.raw_path.removeprefix(prefix if takes_off else "")
            query = f"?{request.rel_url.raw_query_string}" if request.query_string else ""
            headers = {k: v for k, v in request.headers.items() if k.lower() not in HOPS}
            headers |= {"Host": request.host, "X-Forwarded-For": request.remote or ""}
            async with http.request(
                request.method,
                target + path + query,
                headers=headers,
                data=await request.read(),
                allow_redirects=False,
            ) as reply:
                answer = web.StreamResponse(status=reply.status)
                for name, value in reply.headers.items():
                    if name.lower() not in HOPS:
                        answer.headers.add(name, value)
                await answer.prepare(request)
                async for chunk in reply.content.iter_any():
                    await answer.write(chunk)
                return answer

        app = web.Application()
        app.router.add_route("*", prefix + "/{rest:.*}", forward)
        runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}{prefix}"
        finally:
            await runner.cleanup()
