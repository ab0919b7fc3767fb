"""Attachments: kept once whatever happens, used by who sent them, read by who may read a case, and taken away."""

import hashlib
import os
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from files import PDF, PLACE, photo
from sqlalchemy import Engine, text

from gridsvc.errors import BadInput, NotFound, Unavailable
from gridsvc.rights import Reach
from gridsvc.services import attachments
from gridsvc.services.media import MB, Sizes
from gridsvc.services.retention import erase
from gridsvc.store.attachments import Attachment
from gridsvc.store.blobs import FolderBlobs, sweep_incoming
from gridsvc.store.engine import transaction
from gridsvc.store.private import Erasable

from .conftest import CITY, NOW, Answer

DAY = timedelta(days=1)
LATER = NOW + DAY + timedelta(seconds=1)
NOWHERE = Reach("990999", frozenset())
TakeIn = Callable[..., Attachment]


@pytest.fixture
def blobs(tmp_path: Path) -> FolderBlobs:
    return FolderBlobs(tmp_path / "attachments")


@pytest.fixture
def take_in(engine: Engine, blobs: FolderBlobs, tmp_path: Path) -> TakeIn:
    def taken(content: bytes = PDF, actor: str = "li", at=NOW, into=None) -> Attachment:
        file = tmp_path / f"{uuid4()}"
        file.write_bytes(content)
        return attachments.take_in(engine, into or blobs, file, Sizes(MB, MB), actor, at)

    return taken


@pytest.fixture
def case(report: Callable[..., Answer]) -> Callable[..., str]:
    """Report a case with attachments; gives its id."""
    return lambda key="k", actor="li", **changes: report(key, actor=actor, **changes)["id"]


def bytes_of(engine: Engine, blobs: FolderBlobs, id_: str, reach: Reach = CITY, actor: str = "li") -> bytes:
    return b"".join(attachments.read(engine, blobs, id_, reach, actor)[1])


def on_disk(blobs: FolderBlobs) -> list[str]:
    return sorted(p.name for p in blobs._folder.rglob("*") if p.is_file())


def rows(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return sorted(connection.execute(text("SELECT id FROM attachment")).scalars())


def test_an_attachment_is_known_by_the_hash_of_what_is_kept(engine: Engine, blobs: FolderBlobs, take_in: TakeIn):
    kept = take_in(photo())
    content = bytes_of(engine, blobs, kept.id)
    assert hashlib.sha256(content).hexdigest() == kept.id
    assert PLACE.encode() not in content
    assert (kept.media_type, kept.size, kept.width, kept.height) == ("image/jpeg", len(content), 320, 200)
    assert kept.captured_at == "2024-06-12T11:58:07+08:00"


def test_the_same_twice_is_one_and_belongs_to_both(engine: Engine, blobs: FolderBlobs, take_in: TakeIn):
    assert take_in() == take_in() == take_in(actor="wang")
    assert len(rows(engine)) == len(on_disk(blobs)) == 1
    for actor in ("li", "wang"):
        assert bytes_of(engine, blobs, rows(engine)[0], NOWHERE, actor) == PDF


def test_many_who_send_the_same_at_once_send_one(engine: Engine, blobs: FolderBlobs, take_in: TakeIn):
    done, start = [], threading.Barrier(5)

    def send(actor: str) -> None:
        start.wait()
        done.append(take_in(actor=actor))

    threads = [threading.Thread(target=send, args=(f"a{n}",)) for n in range(5)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(done) == 5
    assert len(set(done)) == len(rows(engine)) == len(on_disk(blobs)) == 1
    assert all(bytes_of(engine, blobs, done[0].id, NOWHERE, f"a{n}") == PDF for n in range(5))


def test_a_case_has_what_its_report_names(engine: Engine, blobs: FolderBlobs, take_in: TakeIn, case):
    ids = [take_in(photo()).id, take_in().id]
    made = case(attachments=[*ids, ids[0]])
    assert [a.id for a in attachments.of_case(engine, made, CITY)] == ids
    with engine.connect() as connection:
        payload = connection.execute(text("SELECT payload FROM case_history WHERE n = 1")).scalar_one()
    assert payload["attachments"] == [*ids, ids[0]]


@pytest.mark.parametrize("who", ["nobody", "another", "half"])
def test_what_somebody_did_not_send_he_cannot_use(engine: Engine, take_in: TakeIn, case, who: str):
    id_ = "0" * 64 if who == "nobody" else take_in(actor="wang").id
    if who == "half":
        id_ = take_in(actor="li").id
        with engine.begin() as connection:
            connection.execute(text("UPDATE attachment SET stored = false"))
    with pytest.raises(BadInput) as e:
        case(attachments=[take_in(photo()).id, id_])
    assert [f.field for f in e.value.errors] == ["attachments.1"]
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM case_")).scalar_one() == 0
        assert connection.execute(text("SELECT count(*) FROM attachment WHERE used")).scalar_one() == 0


def test_who_may_read_it(engine: Engine, blobs: FolderBlobs, take_in: TakeIn, case):
    id_ = take_in().id
    assert bytes_of(engine, blobs, id_, NOWHERE, "li") == PDF
    for reach, actor in ((CITY, "wang"), (NOWHERE, "wang")):
        with pytest.raises(NotFound):
            bytes_of(engine, blobs, id_, reach, actor)
    case(attachments=[id_])
    assert bytes_of(engine, blobs, id_, CITY, "wang") == PDF
    own = Reach("990999", frozenset(), own="li")
    assert bytes_of(engine, blobs, id_, own, "li") == PDF
    # Once a case has it, who sent it sees it where he may see the case.
    for reach in (NOWHERE, Reach("other", CITY.terms)):
        with pytest.raises(NotFound):
            bytes_of(engine, blobs, id_, reach, "li")


def test_what_no_case_has_is_gone_after_a_day(engine: Engine, blobs: FolderBlobs, take_in: TakeIn, case):
    used, unused, young = take_in(photo()).id, take_in().id, take_in(PDF + b"\n%%EOF", at=LATER - DAY).id
    case(attachments=[used])
    assert attachments.sweep_unused(engine, blobs, NOW + DAY) == 0
    assert attachments.sweep_unused(engine, blobs, LATER) == 1
    assert attachments.sweep_unused(engine, blobs, LATER) == 0
    assert on_disk(blobs) == rows(engine) == sorted([used, young])
    with pytest.raises(BadInput):
        case("k2", attachments=[unused])


def test_what_comes_again_before_it_is_swept_stays(engine: Engine, blobs: FolderBlobs, take_in: TakeIn, case):
    take_in()
    id_ = take_in(at=NOW + DAY).id
    assert attachments.sweep_unused(engine, blobs, LATER) == 0
    case(attachments=[id_])
    assert attachments.sweep_unused(engine, blobs, LATER + DAY) == 0
    assert bytes_of(engine, blobs, id_) == PDF


class Killed(BaseException):
    """What stops a process in the middle."""


class Dying(FolderBlobs):
    """A folder whose process is killed while it puts or removes, before or after it is done."""

    def __init__(self, folder: Path, when: str) -> None:
        super().__init__(folder)
        self._when = when

    def put(self, id_: str, file: Path) -> None:
        if self._when == "before put":
            raise Killed
        super().put(id_, file)
        if self._when == "after put":
            raise Killed

    def remove(self, id_: str) -> None:
        super().remove(id_)
        if self._when == "after remove":
            raise Killed


@pytest.mark.parametrize("when", ["before put", "after put"])
def test_who_is_killed_between_file_and_row_leaves_nothing_that_counts(
    engine: Engine, blobs: FolderBlobs, take_in: TakeIn, case, when: str
):
    with pytest.raises(Killed):
        take_in(into=Dying(blobs._folder, when))
    id_ = rows(engine)[0]
    with pytest.raises(BadInput):
        case(attachments=[id_])
    with pytest.raises(NotFound):
        bytes_of(engine, blobs, id_)
    assert list(attachments.verify(engine, blobs)) == []
    # Sent again it is whole; otherwise the sweep takes it.
    if when == "before put":
        assert take_in().id == id_
        assert bytes_of(engine, blobs, id_) == PDF
    assert attachments.sweep_unused(engine, blobs, LATER) == 1
    assert on_disk(blobs) == rows(engine) == []


def test_a_sweep_that_was_killed_is_gone_on_with(engine: Engine, blobs: FolderBlobs, take_in: TakeIn, case):
    id_ = take_in().id
    with pytest.raises(Killed):
        attachments.sweep_unused(engine, Dying(blobs._folder, "after remove"), LATER)
    assert (on_disk(blobs), rows(engine)) == ([], [id_])
    with pytest.raises(BadInput):
        case(attachments=[id_])
    # Whoever sends it again meanwhile has it.
    assert take_in(at=LATER).id == id_
    assert attachments.sweep_unused(engine, blobs, LATER) == 0
    case("k2", attachments=[id_])
    assert bytes_of(engine, blobs, id_) == PDF


def test_two_sweeps_at_once_take_each_once(engine: Engine, blobs: FolderBlobs, take_in: TakeIn):
    for n in range(8):
        take_in(PDF + b"%d\n%%%%EOF" % n)
    removed, start = [], threading.Barrier(3)

    def sweep() -> None:
        start.wait()
        removed.append(attachments.sweep_unused(engine, blobs, LATER))

    threads = [threading.Thread(target=sweep) for _ in range(3)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sum(removed) == 8
    assert on_disk(blobs) == rows(engine) == []


def test_an_erasure_takes_what_no_other_case_has(engine: Engine, blobs: FolderBlobs, take_in: TakeIn, case, report):
    shared, alone = take_in(photo()).id, take_in().id
    first = report("k1", actor="li", attachments=[shared, alone])
    case("k2", attachments=[shared])
    erase(engine, Erasable(case=(first["id"], first["number"]), any_status=True), "wang", NOW)
    assert attachments.of_case(engine, first["id"], CITY) == []
    with pytest.raises(NotFound):
        bytes_of(engine, blobs, alone)
    with pytest.raises(BadInput):
        case("k3", attachments=[alone])
    assert attachments.sweep_unused(engine, blobs, NOW) == 1
    assert on_disk(blobs) == rows(engine) == [shared]
    assert bytes_of(engine, blobs, shared)


def test_verifying_finds_what_is_missing_or_changed(engine: Engine, blobs: FolderBlobs, take_in: TakeIn):
    whole, changed, missing = (take_in(PDF + b"%d\n%%%%EOF" % n).id for n in range(3))
    (blobs._folder / changed[:2] / changed).write_bytes(b"another")
    blobs.remove(missing)
    steps = []
    found = {f.id: f.what for f in attachments.verify(engine, blobs, lambda: steps.append(1))}
    assert found == {changed: "changed", missing: "missing"}
    assert len(steps) == 3
    assert attachments.counted(engine)["attachments"] == 3
    assert bytes_of(engine, blobs, whole)
    with pytest.raises(Unavailable):
        bytes_of(engine, blobs, missing)


def test_nothing_counts_as_nothing(engine: Engine, blobs: FolderBlobs):
    assert attachments.counted(engine) == {"attachments": 0, "used": 0, "bytes": 0}
    assert list(attachments.verify(engine, blobs)) == []
    assert attachments.sweep_unused(engine, blobs, NOW) == 0
    with transaction(engine) as connection:
        attachments.use(connection, uuid4(), [], "li")


def test_what_killed_uploads_left_is_swept(tmp_path: Path):
    incoming = tmp_path / "attachments" / "incoming"
    for name, age in (("old", 2 * DAY), ("young", timedelta())):
        (incoming / name).mkdir(parents=True)
        (incoming / name / "file").write_bytes(b"x")
        at = (NOW - age).timestamp()
        os.utime(incoming / name, (at, at))
    assert sweep_incoming(tmp_path, NOW) == 1
    assert [p.name for p in incoming.iterdir()] == ["young"]
