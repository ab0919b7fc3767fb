"""A schema fuzzer against the running service: no answer outside what /openapi.json documents, and never a 500."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx2
import pytest
import uvicorn

from gridsvc.api.app import create_app
from tests.conftest import NOON, settings_for

KEY = "a-key-of-the-administrator"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


@pytest.fixture
def address(demo_url):
    """A service of the demo city on a free port of loopback; nobody may ask without the administrator's key."""
    app = create_app(settings_for(open_access=False, admin_key=KEY), demo_url, lambda: NOON)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=20)


@pytest.mark.slow
@pytest.mark.parametrize(("key", "examples"), [(KEY, 40), ("gk_0123456789ab_" + "A" * 43, 10)], ids=["good", "wrong"])
def test_every_answer_to_a_fuzzer_is_documented(address: str, tmp_path: Path, key: str, examples: int):
    document = httpx2.get(f"{address}/openapi.json").json()
    operations = sum(len(item) for item in document["paths"].values())
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", f"{address}/openapi.json", "--checks", CHECKS,
        "-H", f"Authorization: Bearer {key}", "--max-examples", str(examples), "--seed", "20261121", "--no-color",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert f"Tested: {operations}" in done.stdout
