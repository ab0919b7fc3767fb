"""An installation of its own as a machine has it: a state folder, the command line, and a running service."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from shutil import rmtree
from typing import Any

from gridsvc.store import leftovers
from gridsvc.store.cluster import Cluster


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(port: int, method: str, path: str, body: Any = None, key: str | None = None, timeout_s: float = 5.0) -> Any:
    """One request on a connection of its own; gives status and JSON, or raises ``OSError`` or ``HTTPException``."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    try:
        headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
        is_json = "json" in answer.getheader("Content-Type", "")
        return answer.status, json.loads(text) if is_json else text.decode()
    finally:
        connection.close()


class Installation:
    """Everything below one folder of /tmp, which the server's user may pass; ended and removed by ``remove``."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="gridsvc-t-", dir="/tmp"))
        self.home.chmod(0o755)
        self.cluster = Cluster.at(self.home / "state")
        self.port = free_port()
        self.log = self.home / "service.log"
        self.service: subprocess.Popen[bytes] | None = None
        kept = {k: v for k, v in os.environ.items() if not k.startswith("GRIDSVC_")}
        own = {"GRIDSVC_STATE_DIR": str(self.home / "state"), "GRIDSVC_OPEN": "1", "GRIDSVC_LANG": "en"}
        self.environment = kept | own

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "gridsvc", *arguments]

    def run(self, *arguments: str, timeout_s: float = 120.0) -> subprocess.CompletedProcess[str]:
        """Run one command to its end, in the installation's folder."""
        return subprocess.run(
            self.command(*arguments), env=self.environment, cwd=self.home, capture_output=True, text=True,
            timeout=timeout_s,
        )  # fmt: skip

    def must(self, *arguments: str) -> str:
        """Run one command that has to succeed; gives its results."""
        done = self.run(*arguments)
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
        return done.stdout

    def serve(self) -> None:
        """Start the service; it is there when ``wait_until_ready`` says so."""
        with self.log.open("ab") as log:
            self.service = subprocess.Popen(
                self.command("serve", "--port", str(self.port)),
                env=self.environment, cwd=self.home, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    def wait_until_ready(self, timeout_s: float = 30.0) -> float:
        """Wait until the service answers that it is ready; gives the seconds it took."""
        began = time.monotonic()
        while time.monotonic() - began < timeout_s:
            try:
                if ask(self.port, "GET", "/health/ready")[0] == 200:
                    return time.monotonic() - began
            except (OSError, http.client.HTTPException):
                pass
            assert self.service is None or self.service.poll() is None, self.tail()
            time.sleep(0.05)
        raise AssertionError(f"not ready after {timeout_s:.0f} s\n{self.tail()}")

    def kill_service(self) -> None:
        if self.service is not None:
            self.service.kill()
            self.service.wait()
            self.service = None

    def kill_postmaster(self) -> None:
        """End the PostgreSQL server of this installation as a power cut would; its backends see to themselves."""
        pid = leftovers.postmaster_of(self.cluster.data_dir)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        while leftovers.postmaster_of(self.cluster.data_dir) is not None:
            time.sleep(0.01)

    def tail(self) -> str:
        return self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""

    def remove(self) -> None:
        self.kill_service()
        self.cluster.stop()
        rmtree(self.home, ignore_errors=True)
