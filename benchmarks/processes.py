"""Ports and ends of the services that a benchmark starts."""

import socket
import subprocess

PATIENCE_S = 15.0


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def end(child: subprocess.Popen[bytes]) -> None:
    """End a process, by force if it does not end by itself."""
    child.terminate()
    try:
        child.wait(timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
