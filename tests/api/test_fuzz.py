"""A schema fuzzer against the running service: no answer outside what /openapi.json documents, and never a 500."""

import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from tests.served import served

KEY = "a-key-of-the-administrator"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"


# The stream otherwise goes on for as long as one listens.
BOUNDED = """
[[operations]]
include-path = "/v1/events"
parameters = { "query.once" = true }
"""


@pytest.fixture
def address(demo_url):
    """A service of the demo city on a free port of loopback; nobody may ask without the administrator's key."""
    with served(demo_url, open_access=False, admin_key=KEY) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.mark.slow
@pytest.mark.parametrize(("key", "examples"), [(KEY, 40), ("gk_0123456789ab_" + "A" * 43, 10)], ids=["good", "wrong"])
def test_every_answer_to_a_fuzzer_is_documented(address: str, tmp_path: Path, key: str, examples: int):
    document = httpx2.get(f"{address}/openapi.json").json()
    operations = sum(len(item) for item in document["paths"].values())
    (tmp_path / "schemathesis.toml").write_text(BOUNDED)
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", f"{address}/openapi.json", "--checks", CHECKS,
        "-H", f"Authorization: Bearer {key}", "--max-examples", str(examples), "--seed", "20261121", "--no-color",
        # A picture takes long on a busy machine, which is no fault of the service.
        "--request-timeout", "60",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert f"Tested: {operations}" in done.stdout
