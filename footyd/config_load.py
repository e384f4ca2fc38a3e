"""Reading a `Config`: file, secret files and variables laid over each other, mistakes told one line each."""

from __future__ import annotations

import difflib
import json
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError, create_model
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NestedSecretsSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from footyd.config import Config
from footyd.errors import ConfigError

ENV_PREFIX = "FOOTYD_"
OWN_VARIABLES = frozenset({"FOOTYD_CONFIG", "FOOTYD_SECRETS_DIR"})
"""Variables that are not keys: which file to read, and where secret files lie."""
_LOGIN = re.compile(r"(?<=://)[^/\s@]+(?=@)")
PLACES = (Path("config.toml"), Path("/etc/footyd/config.toml"))
REMEDY = "footyd check-config FILE shows every mistake; config.toml in the repository shows every key"


class _Shape(BaseSettings):
    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, env_nested_delimiter="__", env_ignore_empty=True)


_SHAPE = create_model(
    "_SHAPE",
    __base__=_Shape,
    **{name: (info.annotation, info) for name, info in Config.model_fields.items()},  # type: ignore[call-overload]
)


class _AsWritten:
    """A list is JSON; what is not stays text, so that validation tells the mistake with its place."""

    def decode_complex_value(self, _name: str, _field: object, value: Any) -> Any:
        try:
            return json.loads(value)
        except ValueError:
            return value


class _Variables(_AsWritten, EnvSettingsSource): ...


class _SecretFiles(_AsWritten, NestedSecretsSettingsSource):
    @classmethod
    def load_secrets(cls, path: Path) -> dict[str, str]:
        """Files named like a key; others in the place belong to other programs and need not be text."""
        found: dict[str, str] = {}
        mistakes: list[str] = []
        for file in cls._iter_secret_files(path):
            name = str(file.relative_to(path))
            if name.partition(".")[0].lower() not in Config.model_fields:
                continue
            try:
                found[name] = file.read_text(encoding="utf-8")
            except OSError as exc:
                mistakes.append(f"{file}: cannot be read ({exc.strerror})")
            except UnicodeDecodeError:
                mistakes.append(f"{file}: not UTF-8 text")
        if mistakes:
            raise _unread(mistakes)
        return found


def find_config(given: Path | None) -> Path | None:
    """The file asked for, `$FOOTYD_CONFIG`, ./config.toml, /etc/footyd/config.toml, or None: all defaults."""
    if given is not None:
        return given
    if named := os.environ.get("FOOTYD_CONFIG"):
        return Path(named)
    return next((place for place in PLACES if place.is_file()), None)


def load_config(path: Path | None) -> Config:
    """Defaults < file < secret files < variables.

    Secret files lie in `$CREDENTIALS_DIRECTORY` (systemd), `/run/secrets` or `$FOOTYD_SECRETS_DIR`, named
    like the key: `api_football.key`. Raises ConfigError.
    """
    mistakes = list(_unknown_variables())
    merged = _defaults_of_tables()
    for layer in (_read_toml(path) if path else {}, _read_secrets(), _Variables(_SHAPE)()):
        merged = _overlaid(merged, layer)
    try:
        config = Config.model_validate(merged)
    except ValidationError as exc:
        mistakes += _mistakes(exc.errors(include_url=False))
    if mistakes:
        where = path or "the environment"
        raise ConfigError(f"{where}: {len(mistakes)} mistake(s)", mistakes=tuple(mistakes), remedy=REMEDY)
    return config


def _defaults_of_tables() -> dict[str, Any]:
    """So that a file naming one key of [api_football.retry] keeps that table's own default of the others."""
    sections = {name: info.default for name, info in Config.model_fields.items()}
    return {name: _as_table(value) for name, value in sections.items() if isinstance(value, BaseModel)}


def _as_table(section: BaseModel) -> dict[str, Any]:
    values = {name: getattr(section, name) for name in type(section).model_fields}
    return {name: _as_table(v) if isinstance(v, BaseModel) else v for name, v in values.items()}


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise ConfigError(
            f"{path}: cannot be read ({exc.strerror})", remedy="Name an existing file with --config"
        ) from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise ConfigError(
            f"{path}: not TOML: {exc}", mistakes=(f"{path}: not TOML: {exc}",), remedy=REMEDY
        ) from exc


def _unread(mistakes: list[str]) -> ConfigError:
    return ConfigError(
        f"secret files: {'; '.join(mistakes)}",
        mistakes=tuple(mistakes),
        remedy="A secret file is UTF-8 text that footyd's user can read",
    )


def _read_secrets() -> dict[str, Any]:
    try:
        return _stripped(_secret_files()())
    except OSError as exc:
        raise _unread([f"{exc.filename}: cannot be read ({exc.strerror})"]) from exc
    except SettingsError as exc:
        raise _unread([str(exc)]) from exc


def secret_files() -> list[Path]:
    """Those that people keep for footyd; systemd's own are not among them."""
    places = [Path(place) for place in _secret_places() if place != os.environ.get("CREDENTIALS_DIRECTORY")]
    files = [file for place in places for file in sorted(place.iterdir()) if file.is_file()]
    return [file for file in files if file.name.partition(".")[0].lower() in Config.model_fields]


def secrets_in(path: Path) -> list[str]:
    """The keys of a config file that hold a secret."""
    keys = _leaves(_read_toml(path))
    return [".".join(key) for key in keys if _is_secret(key)]


def _leaves(table: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _leaves(value, (*above, name))
        else:
            yield (*above, name)


def _secret_places() -> list[str]:
    places = [os.environ.get("CREDENTIALS_DIRECTORY"), "/run/secrets", os.environ.get("FOOTYD_SECRETS_DIR")]
    return [place for place in places if place and Path(place).is_dir()]


def _secret_files() -> _SecretFiles:
    dirs: list[Path | str] = [*_secret_places()]
    return _SecretFiles(
        _SHAPE,  # type: ignore[arg-type]  # settings classes are taken too, see the source's own constructor
        secrets_dir=dirs,
        secrets_prefix="",
        secrets_nested_delimiter=".",
        secrets_dir_missing="ok",
    )


def _stripped(values: dict[str, Any]) -> dict[str, Any]:
    """Secret files often end in a newline that is no part of the secret."""
    return {
        k: _stripped(v) if isinstance(v, dict) else v.strip() if isinstance(v, str) else v
        for k, v in values.items()
    }


def _overlaid(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        merged[key] = (
            _overlaid(under, value) if isinstance(under, dict) and isinstance(value, dict) else value
        )
    return merged


def _unknown_variables() -> Iterator[str]:
    for name in sorted(os.environ):
        if name.startswith(ENV_PREFIX) and name not in OWN_VARIABLES:
            section = name.removeprefix(ENV_PREFIX).lower().split("__")[0]
            if section not in Config.model_fields:
                yield f"{name}: no such section{_hint(section, list(Config.model_fields))}"


def _mistakes(errors: Iterable[ErrorDetails]) -> Iterator[str]:
    """One line per key: a key that may hold a number or a word fails once for each."""
    by_key: dict[tuple[int | str, ...], list[ErrorDetails]] = {}
    for error in errors:
        by_key.setdefault(_key(error["loc"]), []).append(error)
    for key, found in by_key.items():
        yield _mistake(key, found)


def _key(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Without what pydantic adds below a key: which of its kinds was tried."""
    key: list[int | str] = []
    model: type[BaseModel] | None = Config
    for part in location:
        if model is not None or isinstance(part, int):
            key.append(part)
        model = _section(model, str(part)) if model else None
    return tuple(key)


def _mistake(key: tuple[int | str, ...], errors: list[ErrorDetails]) -> str:
    """`poll.interval_seconds: found 'fast'; allowed: …`; what a secret holds is never shown."""
    first = errors[0]
    if first["type"] == "extra_forbidden":
        return f"{_place(key)}: unknown key{_hint(str(key[-1]), _known_keys(key[:-1]))}"
    found = "(hidden)" if _is_secret(key) else _LOGIN.sub("***", repr(first["input"]))
    allowed = " or ".join(dict.fromkeys(map(_allowed, errors)))
    return f"{_place(key)}: found {found}; allowed: {allowed}"


def _place(path: tuple[int | str, ...]) -> str:
    """The variable where one is set, for it overrides all others, else the key's path."""
    variable = ENV_PREFIX + "__".join(str(part).upper() for part in path if isinstance(part, str))
    return variable if variable in os.environ else ".".join(map(str, path))


def _allowed(error: ErrorDetails) -> str:
    if error["type"] == "tuple_type":
        return "a list; in a variable or secret file as JSON, for example [33, 40]"
    if error["type"] in ("model_type", "dict_type"):
        return "a table of keys"
    return error["msg"].removeprefix("Value error, ").removeprefix("Input should be ")


def _hint(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; known: {', '.join(known)}"


def _known_keys(path: tuple[int | str, ...]) -> list[str]:
    model: type[BaseModel] | None = Config
    for part in path:
        model = _section(model, str(part)) if model else None
    return list(model.model_fields) if model else []


def _section(model: type[BaseModel], name: str) -> type[BaseModel] | None:
    info = model.model_fields.get(name)
    kind = info.annotation if info else None
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _is_secret(path: tuple[int | str, ...]) -> bool:
    """Whether the value at this path is a secret, or a table that may hold one."""
    model: type[BaseModel] | None = Config
    for part in path:
        info = model.model_fields.get(str(part)) if model else None
        if info is None:
            return False
        model = _section(model, str(part)) if model else None
        if model is None:
            return _is_secret_kind(info.annotation)
    return model is not None and _holds_secrets(model)


def _holds_secrets(model: type[BaseModel]) -> bool:
    return any(_is_secret_kind(info.annotation) for info in model.model_fields.values())


def _is_secret_kind(kind: Any) -> bool:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return _holds_secrets(kind)
    return kind is SecretStr or SecretStr in _all_args(kind)


def _all_args(annotation: Any) -> set[Any]:
    found = set(get_args(annotation))
    return found.union(*(_all_args(arg) for arg in found)) if found else found
