"""``python -m benchmarks.press``: asks replicas at a steady rate until its input ends, and writes down every answer.

A process of its own, so that neither what is published beside it nor the comparing of answers slows it down.
"""

import http.client
import json
import sys
import threading
import time
from itertools import count
from pathlib import Path
from typing import Any

SINGLE, BATCH = "/v1/route?explain=none", "/v1/route/batch"
# Of so many requests one is a batch of so many points.
ONE_IN, POINTS = 20, 50


def main() -> None:
    """Read what to ask on the first line of the input: ports, points, requests a second, threads, file of answers."""
    asked = json.loads(sys.stdin.readline())
    over = threading.Event()
    with Path(asked["answers"]).open("w", encoding="utf-8") as out:
        writing = threading.Lock()

        def keep(reply: dict[str, Any]) -> None:
            with writing:
                out.write(json.dumps(reply) + "\n")

        n = asked["threads"]
        threads = [threading.Thread(target=_ask, args=(asked, k, n / asked["rate"], over, keep)) for k in range(n)]
        for thread in threads:
            thread.start()
        print("pressing", flush=True)
        sys.stdin.read()
        over.set()
        for thread in threads:
            thread.join()


def _ask(asked: dict[str, Any], number: int, every_s: float, over: threading.Event, keep: Any) -> None:
    """Ask one replica, one request after the other; what could not be asked in time is asked late, not left out."""
    points = asked["points"]
    replica = number % len(asked["ports"])
    connection = http.client.HTTPConnection("127.0.0.1", asked["ports"][replica], timeout=30)
    began_s = time.monotonic() + every_s * number / asked["threads"]
    for i in count():
        if over.wait(max(0.0, began_s + i * every_s - time.monotonic())):
            break
        first = (number * 7919 + i) % len(points)
        is_batch = i % ONE_IN == ONE_IN - 1
        rows = [(first + j) % len(points) for j in range(POINTS if is_batch else 1)]
        reply = {
            "replica": replica,
            "rows": rows,
            "batch": is_batch,
            "sent_s": time.monotonic(),
            "sent_at": time.time(),
        }
        try:
            connection.request("POST", *_request([points[row] for row in rows], is_batch))
            answer = connection.getresponse()
            text = answer.read()
            reply |= {"status": answer.status, "answer": json.loads(text)}
        except (OSError, http.client.HTTPException, ValueError) as e:
            reply |= {"status": 0, "answer": repr(e)}
            connection.close()
        keep(reply | {"got_s": time.monotonic(), "got_at": time.time()})
    connection.close()


def _request(bodies: list[dict[str, Any]], is_batch: bool) -> tuple[str, str, dict[str, str]]:
    """Path, body and headers of one request."""
    headers = {"Content-Type": "application/json"}
    if not is_batch:
        return SINGLE, json.dumps(bodies[0]), headers
    x, y = ([b["point"][axis] for b in bodies] for axis in ("x", "y"))
    columns = {"x": x, "y": y, "crs": "wgs84", "category": [b["category"] for b in bodies]}
    return BATCH, json.dumps(columns), headers


if __name__ == "__main__":
    main()
