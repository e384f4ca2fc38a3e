"""All pages of the site, in the order of the navigation."""

from __future__ import annotations

from footyd.web.pages import Page, goal, goal_acts, health, library, login, review, runs, today

PAGES: tuple[Page, ...] = (
    today.PAGE,
    review.PAGE,
    library.PAGE,
    runs.PAGE,
    health.PAGE,
    goal.PAGE,
    goal_acts.PAGE,
    login.PAGE,
)
