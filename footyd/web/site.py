"""All pages of the site, in the order of the navigation."""

from __future__ import annotations

from footyd.web.pages import Page, health, library, login, runs, today

PAGES: tuple[Page, ...] = (today.PAGE, library.PAGE, runs.PAGE, health.PAGE, login.PAGE)
