"""A login at X out of what people export, and back into it."""

from __future__ import annotations

import json
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from yt_dlp.cookies import YoutubeDLCookieJar

from footyd.adapters.x_session import (
    NoSession,
    XSession,
    cookies_txt,
    read_cookie_file,
    read_session,
    save_ct0,
    storage_state,
    write_secret,
)
from footyd.config import CookiesConfig

NOW = datetime(2026, 6, 20, 12, tzinfo=UTC)
LATER = int(NOW.timestamp()) + 86_400
TOKEN = "d0" * 20
CT0 = "c0" * 16
NETSCAPE = (
    "# Netscape HTTP Cookie File\n"
    "# https://curl.se/docs/http-cookies.html\n"
    "\n"
    f"#HttpOnly_.x.com\tTRUE\t/\tTRUE\t{LATER}\tauth_token\t{TOKEN}\n"
    f".x.com\tTRUE\t/\tTRUE\t{LATER}\tct0\t{CT0}\n"
    f".x.com\tTRUE\t/\tTRUE\t0\tguest_id\tv1%3A17\n"
    f".example.com\tTRUE\t/\tFALSE\t{LATER}\tct0\tsomebody-else\n"
)


def extension_export(**changed: Any) -> list[dict[str, Any]]:
    """As Cookie-Editor and its like write it."""
    shared = {"domain": ".x.com", "path": "/", "secure": True, "expirationDate": LATER + 0.5, "storeId": "0"}
    return [
        {**shared, "name": "auth_token", "value": TOKEN, "httpOnly": True, "sameSite": "no_restriction"},
        {**shared, "name": "ct0", "value": CT0, "httpOnly": False, "sameSite": "lax", **changed},
        {**shared, "name": "ct0", "value": "somebody-else", "domain": ".example.com"},
    ]


def written(tmp_path: Path, text: str, name: str = "cookies.txt") -> Path:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    return file


def session_in(file: Path) -> XSession:
    session = read_cookie_file(file, NOW)
    assert isinstance(session, XSession), session
    return session


def refused(file: Path) -> str:
    session = read_cookie_file(file, NOW)
    assert isinstance(session, NoSession)
    assert TOKEN not in session.reason
    return session.reason


# ---------------------------------------------------------------- reading


@pytest.mark.parametrize(
    "text",
    [
        NETSCAPE,
        NETSCAPE.replace("\n", "\r\n"),
        "\ufeff" + NETSCAPE,
        json.dumps(extension_export()),
        json.dumps({"cookies": extension_export(), "origins": []}, indent=1),
        NETSCAPE + "a line an editor broke\n",
    ],
    ids=["netscape", "windows", "byte order mark", "extension", "storage state", "with a broken line"],
)
def test_every_export_gives_the_login_of_x_alone(tmp_path: Path, text: str) -> None:
    session = session_in(written(tmp_path, text))
    assert (session.auth_token, session.ct0) == (TOKEN, CT0)
    assert "somebody-else" not in session.cookie_header()
    assert session.cookie_header().startswith(f"auth_token={TOKEN}; ct0={CT0}")


def test_the_cookie_of_x_com_is_taken_before_that_of_twitter_com(tmp_path: Path) -> None:
    old = NETSCAPE.replace("x.com\t", "twitter.com\t").replace(TOKEN, "a" * 40)
    assert session_in(written(tmp_path, NETSCAPE + old)).auth_token == TOKEN
    assert session_in(written(tmp_path, old + NETSCAPE)).auth_token == TOKEN
    assert session_in(written(tmp_path, old)).auth_token == "a" * 40


def test_a_login_without_ct0_gets_one_that_lasts(tmp_path: Path) -> None:
    file = written(tmp_path, "\n".join(line for line in NETSCAPE.splitlines() if "ct0" not in line))
    session = session_in(file)
    assert len(session.ct0) == 32
    assert f"ct0={session.ct0}" in session.cookie_header()
    assert session_in(file).ct0 == session.ct0


def test_an_expired_ct0_is_as_good_as_none(tmp_path: Path) -> None:
    session = session_in(written(tmp_path, json.dumps(extension_export(expirationDate=1))))
    assert session.ct0 not in {CT0, ""}


def test_the_secrets_of_the_config_are_a_login_too() -> None:
    config = CookiesConfig(auth_token=SecretStr(f" {TOKEN}\n"), ct0=SecretStr(CT0))
    session = read_session(config, NOW)
    assert isinstance(session, XSession)
    assert session.cookie_header() == f"auth_token={TOKEN}; ct0={CT0}"
    assert session.file is None


def test_a_file_wins_over_the_secrets(tmp_path: Path) -> None:
    config = CookiesConfig(file=written(tmp_path, NETSCAPE), auth_token=SecretStr("a" * 40))
    session = read_session(config, NOW)
    assert isinstance(session, XSession)
    assert session.auth_token == TOKEN


def test_no_secret_shows_in_a_repr(tmp_path: Path) -> None:
    session = session_in(written(tmp_path, NETSCAPE))
    assert not {TOKEN, CT0} & set(repr((session, session.cookies)).replace("'", " ").split())
    assert TOKEN not in repr(session)


# ---------------------------------------------------------------- what is wrong, where, and the remedy


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("", "the cookie auth_token of x.com is missing; log in to x.com and export"),
        (NETSCAPE.replace("x.com\t", "x.org\t"), "the cookie auth_token of x.com is missing"),
        (NETSCAPE.replace("\t", "    "), "line 4: not the seven fields of a cookie, separated by tabs"),
        (NETSCAPE.replace(str(LATER), "1700000000"), "line 4: the cookie auth_token expired on 2023-11-14;"),
        (NETSCAPE.replace(TOKEN, "a b"), "line 4: the value of the cookie auth_token is broken;"),
        (NETSCAPE.replace(TOKEN, ""), "line 4: the value of the cookie auth_token is broken;"),
        ('{"cookies": [\n{"name": }]}', "line 2: not JSON (Expecting value); export"),
        ('{"name": "auth_token"}', "JSON, but no list of cookies; export"),
        ("[1, null, {}]", "the cookie auth_token of x.com is missing"),
        ("[" * 100_000, "not JSON; export"),
    ],
)
def test_a_file_without_a_login_says_what_where_and_what_to_do(
    tmp_path: Path, text: str, finding: str
) -> None:
    file = written(tmp_path, text)
    reason = refused(file)
    assert reason.startswith(str(file))
    assert finding in reason
    assert "export" in reason


def test_a_missing_or_binary_or_huge_file_is_told_apart(tmp_path: Path) -> None:
    assert "cannot be read (No such file or directory); name an existing file" in refused(tmp_path / "none")
    assert "cannot be read (Is a directory)" in refused(tmp_path)
    binary = tmp_path / "cookies.sqlite"
    binary.write_bytes(b"SQLite format 3\x00\xff\xfe")
    assert "not UTF-8 text; export" in refused(binary)
    with (tmp_path / "huge").open("wb") as huge:
        huge.truncate(5_000_000)
    assert "too large for cookies" in refused(tmp_path / "huge")


@pytest.mark.parametrize(
    ("config", "finding"),
    [
        (CookiesConfig(), "no login to X: set search.cookies.file, or search.cookies.auth_token"),
        (
            CookiesConfig(auth_token=SecretStr("a;b")),
            "search.cookies.auth_token is not the value of a cookie",
        ),
        (
            CookiesConfig(auth_token=SecretStr("ab"), ct0=SecretStr("ü")),
            "search.cookies.ct0 is not the value of a cookie",
        ),
    ],
)
def test_secrets_that_are_no_cookies_are_told_without_showing_them(
    config: CookiesConfig, finding: str
) -> None:
    session = read_session(config, NOW)
    assert isinstance(session, NoSession)
    assert session.reason.startswith(finding)
    assert "a;b" not in session.reason


# ---------------------------------------------------------------- writing the rotated ct0 back


@pytest.mark.parametrize(
    "text", [NETSCAPE, json.dumps(extension_export()), '{"cookies": ' + json.dumps(extension_export()) + "}"]
)
def test_a_new_ct0_goes_into_the_file_and_nothing_else_changes(tmp_path: Path, text: str) -> None:
    file = written(tmp_path, text)
    before = session_in(file)
    save_ct0(before.with_ct0("e1" * 16))
    after = session_in(file)
    assert set(after.cookies) == set(before.with_ct0("e1" * 16).cookies)
    assert "somebody-else" in file.read_text(encoding="utf-8")
    assert file.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["cookies.txt"]


def test_a_netscape_file_keeps_its_other_lines(tmp_path: Path) -> None:
    file = written(tmp_path, NETSCAPE)
    save_ct0(session_in(file).with_ct0("e1" * 16))
    assert file.read_text(encoding="utf-8") == NETSCAPE.replace(CT0, "e1" * 16)


@pytest.mark.parametrize(
    "text",
    [
        NETSCAPE.replace(f"{LATER}\tct0\t{CT0}", f"1700000000\tct0\t{CT0}"),
        json.dumps(extension_export(expirationDate=1)),
    ],
)
def test_a_ct0_put_in_place_of_an_expired_one_lasts(tmp_path: Path, text: str) -> None:
    file = written(tmp_path, text)
    save_ct0(session_in(file).with_ct0("e1" * 16))
    assert session_in(file).ct0 == "e1" * 16


@given(
    st.text(max_size=60)
    | st.lists(
        st.text(alphabet="\t#_ axTRUE.019\r\x0b\u2028é", max_size=40)
        | st.sampled_from(NETSCAPE.splitlines()),
        max_size=6,
    ).map("\n".join)
    | st.recursive(
        st.none()
        | st.booleans()
        | st.floats()
        | st.sampled_from([10**400, ".x.com", "auth_token", "ct0", "v"]),
        lambda below: (
            st.lists(below, max_size=3)
            | st.dictionaries(
                st.sampled_from(["cookies", "name", "value", "domain", "expires", "path"]), below
            )
        ),
        max_leaves=20,
    ).map(json.dumps)
)
def test_whatever_is_in_the_file_is_a_login_or_a_reason(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "cookies.txt"
        file.write_text(text, encoding="utf-8", errors="replace")
        session = read_cookie_file(file, NOW)
        if isinstance(session, XSession):
            save_ct0(session.with_ct0("e1" * 16))
            session = read_cookie_file(file, NOW)
            assert isinstance(session, XSession)
            assert session.ct0 == "e1" * 16


@pytest.mark.parametrize("text", [NETSCAPE, json.dumps(extension_export())])
def test_a_first_ct0_is_put_in(tmp_path: Path, text: str) -> None:
    file = written(tmp_path, text.replace("ct0", "other"))
    save_ct0(session_in(file).with_ct0("e1" * 16))
    assert session_in(file).ct0 == "e1" * 16


def test_a_file_with_another_login_by_now_is_left_alone(tmp_path: Path) -> None:
    file = written(tmp_path, NETSCAPE)
    old = session_in(file)
    newer = NETSCAPE.replace(TOKEN, "a" * 40)
    file.write_text(newer, encoding="utf-8")
    save_ct0(old.with_ct0("e1" * 16))
    assert file.read_text(encoding="utf-8") == newer


def test_a_login_from_secrets_has_nowhere_to_be_saved() -> None:
    session = read_session(CookiesConfig(auth_token=SecretStr(TOKEN)), NOW)
    assert isinstance(session, XSession)
    save_ct0(session.with_ct0("e1" * 16))


def test_a_file_taken_away_meanwhile_is_told_and_not_made_anew(tmp_path: Path) -> None:
    file = written(tmp_path, NETSCAPE)
    session = session_in(file).with_ct0("e1" * 16)
    file.rename(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="No such file"):
        save_ct0(session)
    assert not file.exists()


def test_a_link_to_the_cookies_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    real = written(tmp_path / "real", NETSCAPE)
    link = tmp_path / "link.txt"
    link.symlink_to(real)
    save_ct0(session_in(link).with_ct0("e1" * 16))
    assert link.is_symlink()
    assert session_in(real).ct0 == "e1" * 16


def test_a_secret_is_written_for_its_owner_only(tmp_path: Path) -> None:
    write_secret(tmp_path / "state" / "x.json", "{}")
    assert (tmp_path / "state" / "x.json").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = written(tmp_path, "old")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_secret(file, "new")
    assert [(one.name, one.read_text(encoding="utf-8")) for one in tmp_path.iterdir()] == [
        ("cookies.txt", "old")
    ]


# ---------------------------------------------------------------- the browser's storage state


def test_a_storage_state_is_read_back_as_the_same_login(tmp_path: Path) -> None:
    session = session_in(written(tmp_path, NETSCAPE))
    state = storage_state(session, "https://x.com/")
    again = session_in(written(tmp_path, json.dumps(state), "state.json"))
    assert (again.auth_token, again.ct0) == (session.auth_token, session.ct0)
    assert again.cookie_header() == session.cookie_header()
    assert state["cookies"][0] == {
        "name": "auth_token",
        "value": TOKEN,
        "domain": ".x.com",
        "path": "/",
        "expires": float(LATER),
        "httpOnly": True,
        "secure": True,
        "sameSite": "None",
    }
    assert state["cookies"][2]["expires"] == -1


def test_a_storage_state_for_a_stand_in_has_cookies_it_can_get(tmp_path: Path) -> None:
    state = storage_state(session_in(written(tmp_path, NETSCAPE)), "http://127.0.0.1:8080/")
    places = {(one["domain"], one["secure"], one["sameSite"]) for one in state["cookies"]}
    assert places == {("127.0.0.1", False, "Lax")}


def test_a_login_as_cookies_txt_is_read_back_as_it_was(tmp_path: Path) -> None:
    config = CookiesConfig(auth_token=SecretStr("a" * 40), ct0=SecretStr("b" * 32))
    session = read_session(config, NOW)
    assert isinstance(session, XSession)
    file = tmp_path / "cookies.txt"
    file.write_text(cookies_txt(session))
    again = read_cookie_file(file, NOW)
    assert isinstance(again, XSession)
    assert (again.auth_token, again.ct0) == (session.auth_token, session.ct0)
    jar = YoutubeDLCookieJar(str(file))
    jar.load()
    assert {cookie.name for cookie in jar} == {"auth_token", "ct0"}
