"""`footyd check-config`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Footyd


def test_every_mistake_is_a_line_of_its_own_with_what_was_found_and_what_is_allowed(
    process: Footyd, place: Path
) -> None:
    (place / "wrong.toml").write_text("""
        [pol]
        [poll]
        interval_seconds = "often"
        interval_secs = 3
        [ingest]
        time_zone = "Mars/North"
    """)
    done = process("check-config", "wrong.toml")
    assert (done.code, done.out) == (78, "")
    mistakes = sorted(done.err.splitlines())
    assert [line.partition(":")[0] for line in mistakes] == [
        "ingest.time_zone",
        "pol",
        "poll.interval_seconds",
        "poll.interval_secs",
    ]
    assert "found 'Mars/North'; allowed: an IANA time zone" in mistakes[0]
    assert "unknown key; did you mean poll?" in mistakes[1]
    assert "found 'often'; allowed: " in mistakes[2]


def test_what_is_not_toml_and_what_is_not_there_is_one_line(footyd: Footyd, place: Path) -> None:
    (place / "odd.toml").write_text("poll =")
    odd, missing, folder = (footyd("check-config", name) for name in ("odd.toml", "missing.toml", "."))
    assert [done.code for done in (odd, missing, folder)] == [78, 78, 78]
    assert "odd.toml: not TOML" in odd.err
    assert "missing.toml: cannot be read (No such file or directory). " in missing.err
    assert all(done.err.count("\n") == 1 for done in (odd, missing, folder))


def test_a_good_file_is_summed_up(footyd: Footyd, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "good.toml").write_text("[follow]\nleagues = [39, 78]\n[state]\ndir = '/srv/[x]'\n")
    done = footyd("check-config", "good.toml")
    assert (done.code, done.err) == (0, "")
    assert "good.toml: good\nfollows 0 teams and 2 leagues\nstate in /srv/[x], library: folder" in done.out
    assert "api_football.key is not set" in done.out
    monkeypatch.setenv("FOOTYD_API_FOOTBALL__KEY", "k")
    assert "api_football.key" not in footyd("check-config", "good.toml").out


def test_without_a_file_it_reads_what_run_would_read(
    footyd: Footyd, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert footyd("check-config").out.startswith("no file, the defaults: good\nfollows everything\n")
    (place / "config.toml").write_text("")
    assert footyd("check-config").out.startswith("config.toml: good\n")
    (place / "named.toml").write_text("")
    monkeypatch.setenv("FOOTYD_CONFIG", "named.toml")
    assert footyd("check-config").out.startswith("named.toml: good\n")


def test_a_variable_that_is_wrong_is_told_by_its_own_name(
    footyd: Footyd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTYD_WEB__PORT", "high")
    done = footyd("check-config")
    assert done.code == 78
    assert done.err.startswith("FOOTYD_WEB__PORT: found 'high'; allowed: ")
