"""``gridsvc webhooks``: add, list, deliver once, what was given up, and sending that again."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from small_city import load_city, write_city
from standardwebhooks import Webhook

from gridsvc.bootstrap import Router
from gridsvc.casework.case import NewCase
from gridsvc.services import editions
from gridsvc.services.intake import report_case
from gridsvc.services.relay import AGAIN_S
from gridsvc.store import subscriptions
from gridsvc.store.engine import make_engine, transaction
from gridsvc.values import Point
from tests.receiver import Receiver, receiver

from .conftest import Done

Run = Callable[..., Done]


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as opened:
        yield opened


@pytest.fixture
def report(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], str]]:
    """Report a case to the small city, which may send to this machine."""
    monkeypatch.setenv("GRIDSVC_WEBHOOK_NETWORKS", "127.0.0.0/8")
    engine = make_engine(database, 1)
    folder = write_city(tmp_path / "S1", edition="S1")
    load_city(engine, folder)
    editions.publish(engine, "S1", datetime.now(UTC), datetime(2024, 6, 1, tzinfo=UTC))
    router = Router.from_folder(folder)

    def reported(key: str) -> str:
        new = NewCase(Point(120.005, 30.005), {"x": 120.005, "y": 30.005, "crs": "wgs84"}, "06010", "app")
        return str(report_case(engine, router, new, "demo", key, b"", datetime.now(UTC))["number"])

    yield reported
    engine.dispose()


def add(run: Run, url: str, *arguments: str) -> dict[str, str]:
    done = run("webhooks", "add", "sms", url, "--json", *arguments)
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_one_round_delivers_what_there_is(run: Run, report: Callable[[str], str], there: Receiver):
    made = add(run, there.url, "--kinds", "decided, closed", "--area", "grid:A")
    assert (made["kinds"], made["layer"], made["area"]) == (["closed", "decided"], "grid", "A")
    number = report("k")
    done = run("webhooks", "deliver", "--once", "--json")
    assert (done.code, json.loads(done.out)) == (0, {"delivered": 1, "failed": 0, "dead": 0})
    assert there.told() == [(number, "decided")]
    assert Webhook(made["secret"]).verify(there.messages[0].body, there.messages[0].headers)
    assert made["secret"] not in run("webhooks", "list", "--json").out


def test_what_fails_is_said_by_the_exit_code(run: Run, report: Callable[[str], str], there: Receiver):
    there.answer = lambda event: 500
    add(run, there.url)
    report("k")
    done = run("webhooks", "deliver", "--once")
    assert (done.code, done.out) == (1, "0 delivered, 1 failed, 0 given up\n")
    (listed,) = json.loads(run("webhooks", "list", "--json").out)["items"]
    assert (listed["waiting"], listed["error"]) == (2, "HTTP 500 Internal Server Error")
    assert "HTTP 500" in run("webhooks", "list").out


def test_what_was_given_up_is_listed_and_sent_again(
    run: Run, report: Callable[[str], str], there: Receiver, database: str
):
    made = add(run, there.url, "--kinds", "reported")
    there.answer = lambda event: 500
    number = report("k")
    assert run("webhooks", "dead", made["id"]).code == 0
    engine = make_engine(database, 1)
    for _ in range(len(AGAIN_S) + 1):
        assert run("webhooks", "deliver", "--once").code == 1
        with transaction(engine) as connection:
            # As if the time had gone by.
            due = subscriptions.delivery.update().values(due_at=datetime.now(UTC))
            connection.execute(due)
    engine.dispose()
    done = run("webhooks", "dead", made["id"], "--json")
    told = json.loads(done.out)
    assert (done.code, told["count"]) == (1, 1)
    assert (told["items"][0]["number"], told["items"][0]["tries"]) == (number, len(AGAIN_S) + 1)
    there.answer = lambda event: 200
    there.forget()
    assert run("webhooks", "resend", made["id"], told["items"][0]["seq"]).code == 0
    assert run("webhooks", "deliver", "--once").code == 0
    assert there.told() == [(number, "reported")]
    assert run("webhooks", "dead", made["id"]).code == 0


def test_paused_is_paused_and_deleted_is_deleted(run: Run, report: Callable[[str], str], there: Receiver):
    id_ = add(run, there.url)["id"]
    assert run("webhooks", "pause", id_).code == 0
    report("k")
    assert json.loads(run("webhooks", "deliver", "--once", "--json").out)["delivered"] == 0
    assert run("webhooks", "resume", id_).code == 0
    assert json.loads(run("webhooks", "deliver", "--once", "--json").out)["delivered"] == 2
    assert run("webhooks", "delete", id_).code == 0
    assert json.loads(run("webhooks", "list", "--json").out) == {"items": []}
    assert run("webhooks", "pause", id_).code == 2


def test_an_address_that_is_not_allowed_is_refused_by_name(run: Run, report: Callable[[str], str]):
    done = run("webhooks", "add", "sms", "http://10.1.2.3/hook")
    assert done.code == 2
    assert "GRIDSVC_WEBHOOK_NETWORKS" in done.err


def test_an_area_without_its_layer_is_refused(run: Run, report: Callable[[str], str], there: Receiver):
    done = run("webhooks", "add", "sms", there.url, "--area", "A")
    assert (done.code, "LAYER:CODE" in done.err) == (2, True)


def test_without_a_round_nothing_is_delivered(run: Run, report: Callable[[str], str]):
    assert run("webhooks", "deliver").code == 2


def test_who_is_killed_with_a_message_on_its_way_leaves_nothing_undelivered(
    run: Run, report: Callable[[str], str], there: Receiver
):
    add(run, there.url)
    numbers = [report(str(k)) for k in range(4)]
    killed: list[subprocess.Popen[bytes]] = []
    started = threading.Event()

    def answer(event: dict[str, object]) -> int:
        if len(there.messages) == 3:
            started.wait()
            killed[0].kill()
            killed[0].wait()
        return 200

    there.answer = answer
    killed.append(subprocess.Popen([sys.executable, "-m", "gridsvc", "webhooks", "deliver", "--once"]))
    started.set()
    assert killed[0].wait(timeout=120) == -signal.SIGKILL
    on_its_way = there.told()[2]
    there.answer = lambda event: 200
    assert run("webhooks", "deliver", "--once").code == 0
    told = there.told()
    assert told.count(on_its_way) == 2
    assert list(dict.fromkeys(told)) == [(number, kind) for number in numbers for kind in ("reported", "decided")]
