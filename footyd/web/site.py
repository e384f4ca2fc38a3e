"""All pages of the site, in the order of the navigation."""

from __future__ import annotations

from footyd.web.pages import Page, login, today

PAGES: tuple[Page, ...] = (today.PAGE, login.PAGE)
