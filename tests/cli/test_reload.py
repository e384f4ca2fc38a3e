"""`footyd reload` without a daemon; with one, see tests/test_app.py."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from tests.cli.conftest import Footyd


def test_with_no_daemon_there_is_nobody_to_ask(footyd: Footyd) -> None:
    done = footyd("reload")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("footyd: no footyd runs in ")


def test_a_command_at_work_is_not_sent_a_signal_that_would_end_it(footyd: Footyd, place: Path) -> None:
    state = place / "state/footyd"
    state.mkdir(parents=True)
    with (state / "footyd.lock").open("w") as lock:
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert footyd("reload").code == 1
        assert "a reload would" not in footyd("check-config").out


def test_a_wrong_config_is_told_without_bothering_the_daemon(
    footyd: Footyd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTYD_WEB__PORT", "high")
    done = footyd("reload")
    assert done.code == 78
    assert done.err.startswith("FOOTYD_WEB__PORT: found 'high'; allowed: ")
