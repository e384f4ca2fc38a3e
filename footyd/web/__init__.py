"""The page, its JSON and its streams, in the daemon's own process and loop.

```
server.py     build the application, serve it while a block runs
context.py    Answers: who knows what is asked; the keys under which handlers find things
access.py     the token, signed sessions, CSRF tokens; tries.py rations wrong tokens
cookies.py    the cookies that sessions lie in
forwarded.py  who stands behind a reverse proxy
guard.py      one middleware: host, login, origin, CSRF; headers of every answer
problems.py   what went wrong, as a problem document (RFC 9457) under /api/, as a page elsewhere
render.py     templates, their filters, addresses under the prefix
early.py      a page whose beginning is on its way while the rest is read
assets.py     style.css, app.js and icons.svg from memory, under names that carry their hash
live.py       pages that change while they are looked at: one look per topic, told to all that watch
events.py     the stream of server-sent events
form.py       what a form brings along
endpoint.py   what an API endpoint is: handler, parameters, what it returns; lists go on by cursor
api.py        all endpoints under /api/v1/
openapi.py    the document that describes them, made from them
media.py      clips and posters as bytes, in any stretch, or a link to where S3 holds them
archive.py    all clips of a match as one ZIP, written while it is read
feeds.py      for other programs: new clips (atom.py) and followed matches (calendar.py)
site.py       all pages, and which of them the navigation names
pages/        one module per page: routes, handlers, the page's live parts
looks/        one module per page: a frozen tree of values read from the Store, which page and API both show
templates/    base.html, blocks.html (macros), one file per page
static/       style.css, app.js, icons.svg
```

Pages and API render the same looks, so they cannot differ. Handlers change nothing themselves: they call what
the command line calls too (footyd/review.py), then `answers.changed()`.
"""

from footyd.web.context import Answers
from footyd.web.live import Live
from footyd.web.server import page_address, serve

__all__ = ["Answers", "Live", "page_address", "serve"]
