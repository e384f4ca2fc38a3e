"""The unit, the image and the CI script: what can be checked without a booted systemd or a container."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from footyd import schedule
from footyd.adapters import mongod, workers
from footyd.adapters.notify import ANNOUNCE_SECONDS
from footyd.cli.reload import TIMEOUT_SECONDS
from footyd.config import Config
from footyd.errors import ConfigError
from footyd.liveness import LONGEST_SILENCE, PROBE_SECONDS

ROOT = Path(__file__).parents[1]
UNIT = ROOT / "footyd.service"
CI = ROOT / ".ci/run"

needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze here")


def setting(name: str) -> str:
    (value,) = re.findall(rf"^{name}=(.*)$", UNIT.read_text(), flags=re.MULTILINE)
    return str(value)


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


# ---------------------------------------------------------------- footyd.service


@needs_systemd
def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    """With a program that is there, ours is not installed; an unknown key is only a line on stderr."""
    installed = tmp_path / UNIT.name
    installed.write_text(UNIT.read_text().replace("/opt/footyd/bin/footyd", sys.executable))
    done = run("systemd-analyze", "verify", installed)
    assert (done.returncode, done.stderr) == (0, "")


@needs_systemd
def test_systemd_counts_the_unit_as_little_exposed() -> None:
    done = run("systemd-analyze", "security", "--offline=yes", "--threshold=30", UNIT)
    assert done.returncode == 0, done.stdout[-1000:]


@needs_systemd
def test_every_directive_that_still_counts_as_exposure_is_explained() -> None:
    counted = run("systemd-analyze", "security", "--offline=yes", "--no-pager", UNIT).stdout
    names = set(re.findall(r"✗ (\w+)=", counted))
    assert len(names) > 5
    text = UNIT.read_text()
    left_out = text[text.index("# Left out") :]
    assert {name for name in names if name not in left_out} == set()


def test_a_stop_leaves_time_for_the_drain_the_last_news_and_the_database() -> None:
    drain = Config().daemon.grace_seconds + ANNOUNCE_SECONDS + mongod.STOP_SECONDS
    assert int(setting("TimeoutStopSec")) > drain
    assert setting("KillMode") == "mixed", "a SIGTERM to mongod itself would take the database from the drain"


def test_a_start_leaves_time_for_taking_over_the_database() -> None:
    assert int(setting("TimeoutStartSec")) > mongod.TAKEOVER_SECONDS + mongod.START_SECONDS


def test_a_reload_waits_for_the_verdict_for_less_than_systemd_waits() -> None:
    assert setting("ExecReload") == "/opt/footyd/bin/footyd reload"
    assert int(setting("TimeoutStartSec")) > TIMEOUT_SECONDS


def test_a_pool_that_hangs_is_replaced_before_the_watchdog_bites() -> None:
    one_probe = PROBE_SECONDS + workers.PROBE_SECONDS
    assert one_probe * 2 < LONGEST_SILENCE["pool"]
    assert LONGEST_SILENCE["schedule"] > schedule.CLOCK_CHECK_SECONDS * 5


def test_nothing_temporary_is_written_to_the_card() -> None:
    text = UNIT.read_text()
    place = re.search(r"^TemporaryFileSystem=([^:]+):size=(\d+)M", text, re.MULTILINE)
    assert place
    assert f"Environment=TMPDIR={place[1]}\n" in text
    assert int(place[2]) < int(setting("MemoryMax").removesuffix("M")) / 4
    assert setting("LimitCORE") == "0"


def test_a_wrong_configuration_is_not_tried_again() -> None:
    assert setting("RestartPreventExitStatus") == str(ConfigError.exit_code)


def test_every_credential_is_a_key_that_config_toml_calls_a_secret() -> None:
    names = re.findall(
        r"^#?LoadCredential=([\w.]+):/etc/footyd/secrets/([\w.]+)$", UNIT.read_text(), re.MULTILINE
    )
    secrets = re.findall(r"secret file named ([\w.]+), or", (ROOT / "config.toml").read_text())
    assert sorted(names) == sorted((name, name) for name in secrets)


# ---------------------------------------------------------------- Dockerfile


def instructions() -> dict[str, list[str]]:
    """The Dockerfile's instructions by name, continuation lines joined."""
    text = re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text())
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, rest = line.split(maxsplit=1)
            found.setdefault(name, []).append(rest)
    return found


def test_the_image_runs_footyd_itself_as_nobody_special() -> None:
    image = instructions()
    assert json.loads(image["ENTRYPOINT"][0]) == ["footyd"]
    assert json.loads(image["CMD"][0]) == ["run"]
    assert image["STOPSIGNAL"] == ["SIGTERM"]
    assert image["USER"] == ["footyd"]
    assert image["VOLUME"] == ["/var/lib/footyd"]
    assert list(image).index("USER") < list(image).index("ENTRYPOINT")


def test_the_image_copies_what_is_there_and_sets_variables_that_exist() -> None:
    image = instructions()
    for line in image["COPY"]:
        *sources, _ = line.split()
        assert all((ROOT / source).exists() for source in sources)
    for variable in re.findall(r"FOOTYD_(\w+)=", " ".join(image["ENV"])):
        section, key = variable.lower().split("__")
        assert key in type(getattr(Config(), section)).model_fields


def test_the_health_check_asks_the_port_that_is_served() -> None:
    (check,) = instructions()["HEALTHCHECK"]
    command = json.loads(check.split("CMD ", 1)[1])
    assert f"http://127.0.0.1:{Config().web.port}/healthz" in command[2]
    compile(command[2], "health check", "exec")


# ---------------------------------------------------------------- .ci/run


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A tree that has only the script, so that a README can be tried beside it."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(CI, tmp_path / ".ci/run")
    return tmp_path


def offered(checkout: Path, readme: str) -> subprocess.CompletedProcess[str]:
    """What the script would run: everything before its work on packages, then the command it found."""
    (checkout / "README.md").write_text(readme)
    head, _ = CI.read_text().split("\nhas_venv ||", maxsplit=1)
    (checkout / ".ci/run").write_text(f'{head}\necho "$command"\n')
    return run("bash", checkout / ".ci/run")


@pytest.mark.parametrize(
    "readme",
    [
        "Line 2 passes the tests:\n\n```sh\nvenv && pytest -n auto\n```\n",
        "```\nfootyd demo  # shows a day\n# and this one passes the tests\nvenv && pytest -n auto\n```\n",
        "pytest\n```\npytest x\n```\nIt passes the tests.\n```\nls\nvenv && pytest -n auto\npytest y\n```\n",
    ],
)
def test_the_script_finds_the_line_of_the_readme_that_passes_the_tests(checkout: Path, readme: str) -> None:
    assert offered(checkout, readme).stdout == "venv && pytest -n auto\n"


def test_the_script_fails_loudly_when_the_readme_has_no_such_line(checkout: Path) -> None:
    done = offered(checkout, "It passes the tests: pytest\n```\nls\n```\n")
    assert done.returncode == 2
    assert "README.md has no fenced pytest line" in done.stderr


def test_the_readme_of_this_checkout_has_that_line(checkout: Path) -> None:
    done = offered(checkout, (ROOT / "README.md").read_text())
    assert "pytest" in done.stdout, done.stderr


def test_the_script_can_be_run_and_is_sound_bash() -> None:
    assert CI.stat().st_mode & 0o111
    assert run("bash", "-n", CI).returncode == 0
