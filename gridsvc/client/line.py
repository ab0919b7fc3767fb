"""One line to a service: keys, patience and second tries. What must not be done twice goes with a key of its own."""

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx2

from gridsvc.client.refusals import Refused, Unreachable

# Worth another try: too many at once, or a service that is starting, stopping, or behind one that cannot reach it.
AGAIN = (429, 502, 503, 504)
FIRST_WAIT_S, LONGEST_WAIT_S = 0.2, 10.0
Query = Mapping[str, Any]


class Line:
    """Asks one service. Not for several threads at once: give each thread its own."""

    def __init__(
        self, http: httpx2.Client, attempts: int, sleep: Callable[[float], None] = time.sleep, seed: int | None = None
    ) -> None:
        self._http = http
        self._attempts = attempts
        self._sleep = sleep
        self._random = random.Random(seed)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def get(self, path: str, query: Query | None = None) -> Any:
        """Ask for JSON."""
        return self.ask("GET", path, params=asked(query or {})).json()

    def post(self, path: str, body: Any, key: str | None = None, query: Query | None = None) -> Any:
        """Send JSON and read JSON; with a ``key`` it is done once, however often it is sent."""
        content = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
        headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
        return self.ask("POST", path, content=content, headers=headers, params=asked(query or {})).json()

    def ask(self, method: str, path: str, **how: Any) -> httpx2.Response:
        """Ask, again after a while if need be; raises ``Refused`` for a final no, ``Unreachable`` for none at all."""
        told = "no answer"
        for attempt in range(self._attempts):
            wait_s = min(FIRST_WAIT_S * 2**attempt, LONGEST_WAIT_S) * self._random.uniform(0.5, 1.0)
            try:
                answer = self._http.request(method, path, **how)
            except httpx2.TransportError as e:
                told = f"{type(e).__name__}: {e}"
            else:
                if answer.status_code not in AGAIN:
                    return _final(answer)
                told = f"HTTP {answer.status_code}"
                wait_s = max(wait_s, _retry_after_s(answer))
            if attempt + 1 < self._attempts:
                self._sleep(wait_s)
        where, n = f"{method} {self._http.base_url.join(path)}", self._attempts
        raise Unreachable(f"服务没有答复（{where}，试了 {n} 次：{told}）", f"no answer ({where}, {n} tries: {told})")

    @contextmanager
    def stream(self, path: str, query: Query, headers: Mapping[str, str]) -> Iterator[Iterator[str]]:
        """Read an answer line by line as it comes; raises what the connection raises where it breaks."""
        with self._http.stream("GET", path, params=asked(query), headers=headers) as answer:
            if answer.status_code != 200:
                answer.read()
                if answer.status_code in AGAIN:
                    raise httpx2.ReadError(f"HTTP {answer.status_code}")
                _final(answer)
            yield answer.iter_lines()

    def rest(self, attempt: int) -> None:
        """Wait before the next try, longer after each."""
        self._sleep(min(FIRST_WAIT_S * 2**attempt, LONGEST_WAIT_S) * self._random.uniform(0.5, 1.0))


def asked(query: Query) -> dict[str, str]:
    """Spell a query: several values by commas, instants in ISO, what is None left out."""
    return {name.rstrip("_"): _spelled(value) for name, value in query.items() if value is not None}


def _spelled(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple, set, frozenset)):
        return ",".join(_spelled(v) for v in value)
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)


def _final(answer: httpx2.Response) -> httpx2.Response:
    if answer.status_code < 400:
        return answer
    try:
        problem = answer.json()
    except ValueError:
        problem = {"detail": answer.text[:200]}
    raise Refused(answer.status_code, problem if isinstance(problem, dict) else {"detail": str(problem)[:200]})


def _retry_after_s(answer: httpx2.Response) -> float:
    try:
        return min(max(float(answer.headers.get("Retry-After", "0")), 0.0), 60.0)
    except ValueError:
        return 0.0
