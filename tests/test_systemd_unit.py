"""The unit for systemd: what it starts is a command we have, and systemd understands every line of it."""

import configparser
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from gridsvc.cli.main import app
from gridsvc.settings import Settings

UNIT = Path(__file__).parents[1] / "tools" / "systemd" / "gridsvc.service"


def test_it_starts_a_command_with_options_that_exist():
    # Keys may come twice; the last counts here, and every one of Environment is read below.
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read(UNIT, "utf-8")
    program, command, *options = shlex.split(unit["Service"]["ExecStart"])
    assert Path(program).name == "gridsvc"
    serve = get_command(app).commands[command]
    with serve.make_context(command, options) as context:
        assert (context.params["host"], context.params["port"]) == ("127.0.0.1", 8000)


def test_its_state_is_in_the_folder_that_systemd_makes():
    lines = UNIT.read_text("utf-8").splitlines()
    given = dict(line.partition("=")[2].split("=", 1) for line in lines if line.startswith("Environment="))
    assert "StateDirectory=gridsvc" in lines
    assert Settings.from_env(given).state_dir == Path("/var/lib/gridsvc")


@pytest.mark.slow
def test_systemd_understands_it(tmp_path: Path):
    systemd = shutil.which("systemd-analyze")
    if systemd is None:
        pytest.skip("systemd-analyze is not here: apt install systemd")
    copy = tmp_path / UNIT.name
    # The program and its user are those of the machine it will be on.
    copy.write_text(UNIT.read_text("utf-8").replace("/opt/gridsvc/bin/gridsvc", sys.executable), "utf-8")
    command = [systemd, "verify", "--man=no", copy]
    told = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    about_it = [line for line in told.stderr.splitlines() if UNIT.name in line]
    assert (told.returncode, about_it) == (0, []), told.stderr
