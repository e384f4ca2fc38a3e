from __future__ import annotations

import errno
import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from footyd.config import Config
from footyd.config_load import find_config, load_config
from footyd.errors import ConfigError

SHIPPED = Path(__file__).parents[1] / "config.toml"


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("FOOTYD_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path / "state"))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))


def load(tmp_path: Path, toml: str = "", *, secrets: Mapping[str, str] | None = None) -> Config:
    directory = tmp_path / "credentials"
    directory.mkdir(exist_ok=True)
    for name, value in (secrets or {}).items():
        (directory / name).write_text(value)
    file = tmp_path / "footyd.toml"
    file.write_text(toml)
    return load_config(file)


def mistakes(tmp_path: Path, toml: str = "", *, secrets: Mapping[str, str] | None = None) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, toml, secrets=secrets)
    assert refused.value.exit_code == 78
    assert "hunter2" not in refused.value.line()
    return refused.value.mistakes


def shown(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


# ---------------------------------------------------------------- layers


def test_each_layer_overrides_the_one_below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(tmp_path).mongo.database == "footyd"
    in_file = '[mongo]\ndatabase = "file"\n'
    assert load(tmp_path, in_file).mongo.database == "file"
    assert load(tmp_path, in_file, secrets={"mongo.database": "secret\n"}).mongo.database == "secret"
    monkeypatch.setenv("FOOTYD_MONGO__DATABASE", "variable")
    assert load(tmp_path, in_file).mongo.database == "variable"


def test_a_layer_leaves_alone_what_it_does_not_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTYD_API_FOOTBALL__RETRY__ATTEMPTS", "7")
    config = load(tmp_path, "[api_football]\ntimeout_seconds = 9\n", secrets={"api_football.key": "k"})
    assert config.api_football.timeout_seconds == 9
    assert shown(config.api_football.key) == "k"
    assert config.api_football.retry.attempts == 7
    assert config.api_football.retry.first_wait_seconds == Config().api_football.retry.first_wait_seconds == 5


@pytest.mark.parametrize("variable", ["CREDENTIALS_DIRECTORY", "FOOTYD_SECRETS_DIR"])
def test_secret_files_lose_their_newline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    directory = tmp_path / "elsewhere"
    directory.mkdir()
    (directory / "api_football.key").write_text("hunter2\n")
    (directory / "library.s3.secret_key").write_text("hunter3\r\n")
    (directory / "notify.urls").write_text('["json://hunter4"]\n')
    (directory / "tls.pem").write_text("of another program")
    monkeypatch.setenv(variable, str(directory))
    config = load_config(None)
    assert shown(config.api_football.key) == "hunter2"
    assert shown(config.library.s3.secret_key) == "hunter3"
    assert [shown(url) for url in config.notify.urls] == ["json://hunter4"]
    assert "hunter" not in repr(config)
    assert "hunter" not in config.model_dump_json()


def test_variables_set_every_kind_of_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTYD_FOLLOW__LEAGUES", "[39, 78]")
    monkeypatch.setenv("FOOTYD_WEB__ENABLED", "false")
    monkeypatch.setenv("FOOTYD_LIBRARY__S3__BUCKET", "clips")
    monkeypatch.setenv("FOOTYD_POLL__INTERVAL_SECONDS", "7.5")
    monkeypatch.setenv("FOOTYD_MONGO__URI", "")
    config = load(tmp_path)
    assert config.follow.leagues == (39, 78)
    assert not config.web.enabled
    assert config.library.s3.bucket == "clips"
    assert config.poll.interval_seconds == 7.5
    assert config.mongo.uri is None


def test_the_file_is_the_one_given_else_the_one_named_else_one_of_the_usual_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").touch()
    assert find_config(None) == Path("config.toml")
    monkeypatch.setenv("FOOTYD_CONFIG", "named.toml")
    assert find_config(None) == Path("named.toml")
    assert find_config(Path("given.toml")) == Path("given.toml")


# ---------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        (
            "[poll]\ninterval_seconds = 'fast'",
            "poll.interval_seconds: found 'fast'; allowed: a number of seconds from 0.2 to 3600, or \"auto\"",
        ),
        (
            "[poll]\ninterval_seconds = 0",
            'poll.interval_seconds: found 0; allowed: a number of seconds from 0.2 to 3600, or "auto"',
        ),
        (
            "[poll]\nintervall_seconds = 3",
            "poll.intervall_seconds: unknown key; did you mean interval_seconds?",
        ),
        (
            "[library.s3]\nsecret_kay = 'hunter2'",
            "library.s3.secret_kay: unknown key; did you mean secret_key?",
        ),
        ("[polls]\na = 1", "polls: unknown key; did you mean poll?"),
        ("[confirm]\nzzz = 1", "confirm.zzz: unknown key; known: second_look_seconds, minute_tolerance"),
        ("poll = 3", "poll: found 3; allowed: a table of keys"),
        ("[follow]\nteams = 33", "follow.teams: found 33; allowed: a list"),
        (
            "[search]\npasses_minutes = [3, 2]",
            "search.passes_minutes: found [3, 2]; allowed: at least one number",
        ),
        (
            "[search.nitter]\nbase_urls = ['https://me:secret@nitter.example']",
            "search.nitter.base_urls.0: found 'https://***@nitter.example'; "
            "allowed: an address without a user name and password",
        ),
        (
            "[search]\nrest_minutes = [0, 5]",
            "search.rest_minutes: found [0, 5]; allowed: each more than 0",
        ),
        ("[library]\nkind = 'cloud'", "library.kind: found 'cloud'; allowed: 'folder' or 's3'"),
        (
            "[library]\nkey_template = '{rank}'",
            "library.key_template: found '{rank}'; allowed: a template with {sha8}",
        ),
        (
            "[library]\nkey_template = '{{sha8}}'",
            "library.key_template: found '{{sha8}}'; allowed: a template with {sha8}",
        ),
        ("[state]\ndir = ''", "state.dir: found ''; allowed: a path"),
        (
            "[mongo]\nuri = 'postgres://hunter2'",
            "mongo.uri: found (hidden); allowed: an address that starts with mongodb:// or mongodb+srv://",
        ),
        (
            "[poll]\nauto_min_seconds = 901",
            "poll.auto_min_seconds: found 901.0; allowed: at most poll.auto_max_seconds (900.0)",
        ),
        (
            "[clips]\nmin_seconds = 90\nmax_seconds = 90",
            "clips.min_seconds: found 90.0; allowed: less than clips.max_seconds (90.0)",
        ),
        ("[ingest]\ncron = 'daily'", "ingest.cron: found 'daily'; allowed: five fields"),
        ("[ingest]\ntime_zone = 'Mars'", "ingest.time_zone: found 'Mars'; allowed: an IANA time zone"),
        ("[api_football]\nkey = ['hunter2']", "api_football.key: found (hidden); allowed: a valid string"),
        ("[notify]\nurls = [7, 'hunter2']", "notify.urls.0: found (hidden); allowed: a valid string"),
        ("[notify]\nurls = 'hunter2'", "notify.urls: found (hidden); allowed: a list"),
        ("api_football = 'hunter2'", "api_football: found (hidden); allowed: a table of keys"),
        ("library = ['hunter2']", "library: found (hidden); allowed: a table of keys"),
    ],
)
def test_a_mistake_is_one_line_with_place_finding_and_remedy(tmp_path: Path, toml: str, told: str) -> None:
    (mistake,) = mistakes(tmp_path, toml)
    assert told in mistake
    assert "\n" not in mistake
    assert "hunter2" not in mistake


@pytest.mark.parametrize(
    ("template", "wrong"),
    [
        ("{sha8}{league.foo}", "'league.foo'"),
        ("{sha8}{league.__class__}", "'league.__class__'"),
        ("{sha8}{league[0]}", "'league[0]'"),
        ("{sha8}{}", "''"),
        ("{sha8:.2}", "more than the name in 'sha8'"),
        ("{sha8:{rank}}", "more than the name in 'sha8'"),
        ("{sha8!r}", "more than the name in 'sha8'"),
        ("{sha8", "expected '}' before end of string"),
        ("{sha8}}", "Single '}' encountered in format string"),
    ],
)
def test_a_key_template_takes_plain_fields_only(tmp_path: Path, template: str, wrong: str) -> None:
    (mistake,) = mistakes(tmp_path, f"[library]\nkey_template = '{template}'")
    assert mistake.startswith(f"library.key_template: found '{template}'; allowed: fields in braces out of: ")
    assert mistake.endswith(f"(wrong: {wrong})")


@pytest.mark.parametrize("uri", ["mongodb://db:27017", "mongodb+srv://user:hunter2@cluster.example"])
def test_both_kinds_of_mongodb_address_are_taken(tmp_path: Path, uri: str) -> None:
    assert shown(load(tmp_path, secrets={"mongo.uri": uri}).mongo.uri) == uri


def test_every_mistake_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTYD_POLL__LEAD_MINUTES", "soon")
    monkeypatch.setenv("FOOTYD_POOL__X", "1")
    told = mistakes(tmp_path, "[polls]\na = 1\n[web]\nport = -1\n", secrets={"mongo.database": "a b"})
    assert sorted(line.split(": ")[0] for line in told) == [
        "FOOTYD_POLL__LEAD_MINUTES",
        "FOOTYD_POOL__X",
        "mongo.database",
        "polls",
        "web.port",
    ]


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        (
            "FOOTYD_FOLLOW__LEAGUES",
            "39,78",
            "FOOTYD_FOLLOW__LEAGUES: found '39,78'; allowed: a list; in a variable",
        ),
        ("FOOTYD_NOTIFY__URLS", "hunter2", "FOOTYD_NOTIFY__URLS: found (hidden); allowed: a list"),
        ("FOOTYD_API_FOOTBALL", '{"key": "hunter2"', "FOOTYD_API_FOOTBALL: found (hidden); allowed: a table"),
        ("FOOTYD_POL__LEAD_MINUTES", "1", "FOOTYD_POL__LEAD_MINUTES: no such section; did you mean poll?"),
        (
            "FOOTYD_POLL__LEED_MINUTES",
            "1",
            "FOOTYD_POLL__LEED_MINUTES: unknown key; did you mean lead_minutes?",
        ),
        ("FOOTYD_SEARCH__NITER__BASE_URLS", "[]", "search.niter: unknown key; did you mean nitter?"),
    ],
)
def test_a_wrong_variable_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, told: str
) -> None:
    monkeypatch.setenv(variable, value)
    (mistake,) = mistakes(tmp_path)
    assert mistake.startswith(told)
    assert "hunter2" not in mistake


def test_a_secret_file_named_wrongly_or_not_json_is_told_by_its_key(tmp_path: Path) -> None:
    key, urls = mistakes(tmp_path, secrets={"api_football.kye": "hunter2", "notify.urls": "json://hunter2"})
    assert key == "api_football.kye: unknown key; did you mean key?"
    assert urls.startswith(
        "notify.urls: found (hidden); allowed: a list; in a variable or secret file as JSON"
    )


def test_a_secret_file_that_is_not_text_is_told_by_its_name(tmp_path: Path) -> None:
    directory = tmp_path / "credentials"
    directory.mkdir()
    (directory / "api_football.key").write_bytes(b"hunter2\xff")
    (directory / "tls.der").write_bytes(b"\xff of another program")
    assert mistakes(tmp_path) == (f"{directory}/api_football.key: not UTF-8 text",)


def test_a_secret_file_that_cannot_be_read_is_told_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_text = Path.read_text

    def refusing(path: Path, *, encoding: str | None = None) -> str:
        if path.name == "mongo.uri":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return read_text(path, encoding=encoding)

    monkeypatch.setattr(Path, "read_text", refusing)
    (mistake,) = mistakes(tmp_path, secrets={"mongo.uri": "hunter2"})
    assert mistake == f"{tmp_path}/credentials/mongo.uri: cannot be read (Permission denied)"


def test_what_is_not_toml_is_told_with_its_line(tmp_path: Path) -> None:
    (mistake,) = mistakes(tmp_path, "[poll]\ninterval_seconds = \n")
    assert "not TOML" in mistake
    assert "line 2" in mistake


def test_a_file_that_cannot_be_read_is_told_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read \(No such file"):
        load_config(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="Is a directory"):
        load_config(tmp_path)


# ---------------------------------------------------------------- config.toml


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A key of config.toml: the comment above it, the value written, and whether it is commented out."""

    comment: str
    value: str
    out: bool


def lines_of(text: str) -> dict[str, Line]:
    """Every key by its path, in order; a section's own path carries the comment above its head."""
    found: dict[str, Line] = {}
    section, comment = "", ""
    for line in text.splitlines():
        if head := re.fullmatch(r"\[([\w.]+)\]", line):
            section = head[1]
            found[section] = Line(comment=comment.strip(), value="", out=False)
            comment = ""
        elif key := re.fullmatch(r"(# )?(\w+) = (.+)", line):
            found[f"{section}.{key[2]}"] = Line(comment=comment.strip(), value=key[3], out=bool(key[1]))
            comment = ""
        else:
            comment = f"{comment} {line[2:]}" if line.startswith("# ") else ""
    return found


def keys_of(section: BaseModel, path: str) -> Iterator[tuple[str, str, Any]]:
    """Path, description and default of every key; plain keys come before tables, as TOML wants it."""
    fields = type(section).model_fields
    tables = [name for name in fields if isinstance(getattr(section, name), BaseModel)]
    for name in [n for n in fields if n not in tables] + tables:
        value = getattr(section, name)
        yield f"{path}{name}", fields[name].description or "", value
        if isinstance(value, BaseModel):
            yield from keys_of(value, f"{path}{name}.")


def without_default(path: str, value: object) -> bool:
    return value is None or path in ("state.dir", "notify.urls")


def test_config_toml_has_every_key_with_its_sentence_in_the_order_of_the_models() -> None:
    shipped = lines_of(SHIPPED.read_text())
    expected = list(keys_of(Config(), ""))
    assert list(shipped) == [path for path, _, _ in expected]
    for path, description, value in expected:
        assert shipped[path].comment.startswith(description), path
        assert shipped[path].out is without_default(path, value), path


def test_config_toml_writes_the_defaults() -> None:
    written = tomllib.loads(SHIPPED.read_text())
    for path, _, value in keys_of(Config(), ""):
        if isinstance(value, BaseModel) or without_default(path, value):
            continue
        found: Any = written
        for part in path.split("."):
            found = found[part]
        assert found == json.loads(json.dumps(value, default=str)), path


def test_config_toml_loads_as_it_is_and_with_its_examples_taken(tmp_path: Path) -> None:
    assert load_config(SHIPPED) == Config()
    taken = re.sub(r"^# (?=\w+ = )", "", SHIPPED.read_text(), flags=re.MULTILINE)
    config = load(tmp_path, taken)
    assert config.api_football.key
    assert config.mongo.uri
    assert config.library.s3.endpoint_url
    assert config.notify.urls


def test_config_toml_says_of_every_secret_where_else_to_put_it() -> None:
    shipped = lines_of(SHIPPED.read_text())
    for path in (
        "api_football.key",
        "mongo.uri",
        "search.cookies.auth_token",
        "search.cookies.ct0",
        "search.api.bearer_token",
        "library.s3.access_key",
        "library.s3.secret_key",
        "web.token",
        "notify.urls",
    ):
        assert f"secret file named {path}" in shipped[path].comment
        assert "FOOTYD_" + path.replace(".", "__").upper() in shipped[path].comment


@pytest.mark.parametrize("key", ["state", "library"])
def test_the_home_of_nobody_is_a_mistake_of_its_key(key: str, tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text(f"[{key}]\ndir = '~nosuchuser-here/x'\n")
    with pytest.raises(ConfigError) as caught:
        load_config(file)
    [mistake] = caught.value.mistakes
    assert mistake.startswith(f"{key}.dir: found ")
    assert mistake.endswith("allowed: a path; there is no such user")


# ---------------------------------------------------------------- the page


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_the_page_on_loopback_needs_no_token(tmp_path: Path, host: str) -> None:
    web = load(tmp_path, f"[web]\nhost = '{host}'\n").web
    assert (web.on_loopback, web.token) == (True, None)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.20"])  # noqa: S104  # what a phone needs
def test_beyond_loopback_the_page_needs_a_token(tmp_path: Path, host: str) -> None:
    place = f"[web]\nhost = '{host}'\n"
    [mistake] = mistakes(tmp_path, place)
    assert mistake.startswith(
        f"web.host: found '{host}'; allowed: 127.0.0.1, ::1 or localhost, unless web.token"
    )
    assert not load(tmp_path, place, secrets={"web.token": "0123456789abcdef\n"}).web.on_loopback


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("host", '"my.home"', "an IP address of this machine"),
        ("host", '"10.0.0.0/8"', "an IP address of this machine"),
        ("prefix", '"footyd"', "a path that begins with /"),
        ("prefix", '"/a b"', "a path that begins with /"),
        ("hosts", '["https://x.example"]', "names or addresses without scheme"),
        ("trusted_proxies", '["proxy"]', "IP addresses or networks"),
    ],
)
def test_a_mistake_about_the_page_is_told_with_what_is_allowed(
    tmp_path: Path, key: str, value: str, allowed: str
) -> None:
    [mistake] = mistakes(tmp_path, f"[web]\n{key} = {value}\n")
    assert mistake.startswith(f"web.{key}: found ")
    assert allowed in mistake


@pytest.mark.parametrize("token", ["tooshort", "with a space in it", "schlüsselschlüssel"])
def test_a_token_that_is_weak_or_cannot_be_sent_is_refused_and_not_shown(tmp_path: Path, token: str) -> None:
    [mistake] = mistakes(tmp_path, "", secrets={"web.token": token})
    assert mistake == (
        "web.token: found (hidden); allowed: 16 or more ASCII characters without spaces: openssl rand -hex 24"
    )


def test_a_prefix_is_the_same_with_or_without_its_last_slash(tmp_path: Path) -> None:
    for prefix, expected in (("/a/b/", "/a/b"), ("/", ""), ("", "")):
        assert load(tmp_path, f"[web]\nprefix = '{prefix}'\n").web.prefix == expected


# ---------------------------------------------------------------- the ways to X


def test_a_source_is_a_way_to_x_once_it_is_set_up(tmp_path: Path) -> None:
    nothing = load(tmp_path, f"[state]\ndir = '{tmp_path}/state'\n[search.api]\nbearer_token = ' '\n")
    assert nothing.ways_to_x == ()
    every = load(
        tmp_path,
        f"[state]\ndir = '{tmp_path}/state'\n[search]\nsources = ['api', 'nitter', 'cookies']\n"
        "[search.nitter]\nbase_urls = ['http://n.example']\n[search.cookies]\nfile = '/c.txt'\n",
        secrets={"search.api.bearer_token": "Bearer hunter2"},
    )
    assert every.ways_to_x == ("api", "nitter", "cookies")


def test_one_login_serves_the_browser_and_the_cookies(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    place = f"[state]\ndir = '{state}'\n"
    assert load(tmp_path, place).ways_to_x == ()
    (state / "x_session.json").write_text("{}")
    both = load(tmp_path, place)
    assert both.ways_to_x == ("cookies", "browser")
    assert both.cookies.file == both.session_file == state / "x_session.json"
    own = load(tmp_path, f"{place}[search.cookies]\nauth_token = 'a'\n")
    assert own.cookies == own.search.cookies
