"""``python -m benchmarks``: runs every benchmark and prints one JSON line each, with the machine."""

import json
import os
import platform
import sys

from benchmarks import bulk_location


def main() -> int:
    """Run all; exit 1 if any answer was wrong, since a speed is void then."""
    machine = {"cpu": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()}
    print(json.dumps({"machine": machine}))  # noqa: T201
    result = bulk_location.run()
    print(json.dumps({"bulk_location": result}))  # noqa: T201
    return 1 if result["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
