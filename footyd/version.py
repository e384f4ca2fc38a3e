"""Which footyd this is, to the commit where that can be known."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path

from footyd import __version__

PARTS = {"yt-dlp": "yt-dlp", "OpenCV": "opencv-python-headless", "Playwright": "playwright", "Motor": "motor"}


@cache
def versions() -> Mapping[str, str]:
    """Of footyd, Python and the parts that age; empty for one that is not installed."""
    told = {"footyd": __version__, "Python": platform.python_version()}
    return told | {name: _version(package) for name, package in PARTS.items()}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


@cache
def commit() -> str:
    """The git commit of this code; empty where neither the installation nor a checkout around it tells."""
    return _of_installation() or of_checkout(Path(__file__).parents[1])


def _of_installation() -> str:
    """What pip notes of an installation from git (PEP 610)."""
    try:
        noted = json.loads(distribution("footyd").read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        return ""
    return str(noted.get("vcs_info", {}).get("commit_id", ""))


def of_checkout(root: Path) -> str:
    """HEAD, followed once, from the files of git."""
    git = root / ".git"
    try:
        head = (git / "HEAD").read_text().strip()
        if not head.startswith("ref: "):
            return head
        name = head.removeprefix("ref: ")
        return _loose(git / name) or _packed(git / "packed-refs", name)
    except OSError:
        return ""


def _loose(file: Path) -> str:
    return file.read_text().strip() if file.is_file() else ""


def _packed(file: Path, name: str) -> str:
    lines = (line.split(" ", 1) for line in file.read_text().splitlines())
    return next((line[0] for line in lines if line[1:] == [name]), "")
