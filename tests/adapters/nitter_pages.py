"""Nitter pages of our own, in the class names of its views."""

from __future__ import annotations


def page(*items: str) -> str:
    """A whole page with these in its timeline."""
    return f'<!DOCTYPE html><html><body><div class="timeline">{"".join(items)}</div></body></html>'


def panel(text: str) -> str:
    return f'<body><div class="panel"><div class="error-panel"><span>{text}</span></div></div></body>'


def item(
    post_id: str = "1931000000000000001",
    *,
    author: str = "goalclips",
    text: str = "Saka!",
    date: str = "Jun 9, 2025 · 11:58 AM UTC",
    attachments: str = "",
    above: str = "",
) -> str:
    link = f"/{author}/status/{post_id}#m"
    return (
        f'<div class="timeline-item "><a class="tweet-link" href="{link}"></a><div class="tweet-body">'
        f'{above}<span class="tweet-date"><a href="{link}" title="{date}">2m</a></span>'
        f'<div class="tweet-content media-body" dir="auto">{text}</div>{attachments}</div></div>'
    )


def video(inner: str) -> str:
    return (
        '<div class="attachments card"><div class="gallery-video">'
        f'<div class="attachment video-container">{inner}</div></div></div>'
    )


EMPTY = page('<div class="timeline-header"><h2 class="timeline-none">No items found</h2></div>')
RATE_LIMIT = panel("Instance has been rate limited.<br>Use <a>another instance</a> or try again later.")
NO_TOKENS = panel("Instance has no auth tokens, or is fully rate limited.<br>Use <a>another instance</a>.")
RETWEETED = '<div class="retweet-header"><span>Somebody retweeted</span></div>'
CHALLENGE = "<html><head><title>Making sure you're not a bot!</title></head><body>anubis</body></html>"
