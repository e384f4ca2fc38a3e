"""The sign on the door: what a stranger reads, and how quickly."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from footyd import __version__
from tests.cli.conftest import Footyd

COMMANDS = (
    "run",
    "demo",
    "check-config",
    "reload",
    "status",
    "doctor",
    "ingest",
    "goal",
    "review",
    "clips",
    "library",
    "login",
    "replay",
)
ON_GOALS = ("list", "show", "add", "retry", "cancel")
ON_REVIEW = ("accept", "reject", "link", "again")
HEAVY = ("cv2", "numpy", "yt_dlp", "aioboto3", "apprise")
ON_LIBRARY = ("list", "verify")
GROUPS = [
    *(("goal", c) for c in ON_GOALS),
    *(("review", c) for c in ON_REVIEW),
    *(("library", c) for c in ON_LIBRARY),
]
ALL = [(), *((c,) for c in COMMANDS), *GROUPS]


@pytest.mark.parametrize("command", ALL, ids=" ".join)
def test_every_help_fits_80_columns_and_tells_whole_sentences(
    footyd: Footyd, command: tuple[str, ...]
) -> None:
    done = footyd(*command, "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Usage: footyd {' '.join(command)}".rstrip())
    assert [line for line in done.out.splitlines() if len(line) > 80] == []
    assert "..." not in done.out.replace("[ARGS]...", "").replace("}...", "").replace(
        "FOLDER...", ""
    ).replace("FILE...", "")


def test_the_help_names_every_command_and_every_exit_code(footyd: Footyd) -> None:
    told = footyd("--help").out
    assert all(f"\n  {command} " in told for command in COMMANDS)
    assert all(f" {code}  " in told for code in (0, 1, 2, 69, 75, 78, 130))
    on_goals = footyd("goal", "-h").out
    assert all(f"\n  {command} " in on_goals for command in ON_GOALS)


@pytest.mark.parametrize("command", [(), ("goal",)], ids=["footyd", "footyd goal"])
def test_no_command_at_all_shows_the_help(footyd: Footyd, command: tuple[str, ...]) -> None:
    assert footyd(*command) == footyd(*command, "--help")


def test_the_version_is_one_line(footyd: Footyd) -> None:
    assert footyd("--version").out == f"footyd {__version__}\n"


def test_python_m_footyd_is_the_same_door() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "footyd", "--version"], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == f"footyd {__version__}\n"


def loaded_by(code: str) -> list[str]:
    """Which heavy modules a fresh interpreter holds after this code."""
    names = (*HEAVY, "motor", "httpx", "playwright", "uvloop")
    script = f"import sys\n{code}\nprint('loaded', *[n for n in {names!r} if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1].split()[1:]


def test_asking_for_help_loads_nothing_that_only_work_needs() -> None:
    code = """
sys.argv = ["footyd", "goal", "add", "--help"]
from footyd.cli import main
try: main()
except SystemExit: pass
"""
    assert loaded_by(code) == []


def test_checking_a_config_loads_no_database_and_no_http(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("")
    code = f"""
sys.argv = ["footyd", "check-config", {str(tmp_path / "config.toml")!r}]
from footyd.cli import main
try: main()
except SystemExit: pass
"""
    assert loaded_by(code) == []


def test_the_daemon_leaves_to_its_workers_what_only_they_need() -> None:
    assert set(loaded_by("import footyd.app, footyd.by_hand")) & set(HEAVY) == set()
