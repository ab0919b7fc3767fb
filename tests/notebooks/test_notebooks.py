"""Notebooks are stories over the package: they run from top to bottom, keep no outputs and define nothing."""

import ast
import os
import re
import shutil
from pathlib import Path

import nbformat
import pytest

from tests.notebooks.second_city import write_los_angeles

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
# Four words of English, one after another.
WORDS = re.compile(r"(?:[A-Za-z'’-]+[ ,;:]+){3}[A-Za-z]+")
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def code_of(path: Path) -> list[nbformat.NotebookNode]:
    return [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_is_valid(path: Path):
    nbformat.validate(nbformat.read(path, as_version=4))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_keeps_no_outputs(path: Path):
    assert [(c.outputs, c.execution_count) for c in code_of(path) if c.outputs or c.execution_count] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_defines_no_functions(path: Path):
    plain = "\n".join("\n".join(x for x in c.source.splitlines() if x[:1] not in "%!") for c in code_of(path))
    assert [n.lineno for n in ast.walk(ast.parse(plain)) if isinstance(n, DEFINITIONS)] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_begins_with_what_it_is_about(path: Path):
    first = nbformat.read(path, as_version=4).cells[0]
    assert first.cell_type == "markdown"
    assert first.source.startswith("# ")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_says_everything_in_both_languages(path: Path):
    told = [c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == "markdown"]
    one = [
        text[:60] for text in told if not re.search(r"[\u4e00-\u9fff]{5}", prose(text)) or not WORDS.search(prose(text))
    ]
    assert one == []


def prose(text: str) -> str:
    """What is said below the headings, without code."""
    return re.sub(r"`[^`]*`", " ", "\n".join(x for x in text.splitlines() if not x.startswith("#")))


def run(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **settings: str) -> list[nbformat.NotebookNode]:
    """Run a notebook in a kernel of its own, beside the data as in a checkout; gives all that its cells put out."""
    from nbclient import NotebookClient

    for name in [n for n in os.environ if n.startswith("GRIDSVC_")]:
        monkeypatch.delenv(name)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GRIDSVC_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    copy = tmp_path / "checkout" / "notebooks"
    shutil.copytree(path.parent, copy)
    (copy.parent / "data").symlink_to(ROOT / "data")
    notebook = nbformat.read(copy / path.name, as_version=4)
    client = NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(copy)}})
    client.execute()
    return [o for c in notebook.cells if c.cell_type == "code" for o in c.outputs]


def assert_clean(said: list[nbformat.NotebookNode]) -> None:
    assert [o for o in said if o.output_type == "error"] == []
    assert [o.text for o in said if o.output_type == "stream" and o.name == "stderr"] == []
    # Pages open without a network.
    pages = [o.data["text/html"] for o in said if "iframe" in o.get("data", {}).get("text/html", "")]
    assert [host for page in pages for host in re.findall(r"https?://[^/\s\"']*cdn[^/]*", page)] == []
    assert any(o.output_type in ("execute_result", "display_data") for o in said)


# The kernel's own machinery warns; what the cells say is looked at.
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_runs_from_top_to_bottom(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert_clean(run(path, tmp_path, monkeypatch))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("stem", "layer", "areas"),
    [("01_first_look", "nc", 99), ("02_boundary_quality", "cd", 15), ("04_hot_spots", "nc", 99)],
)
def test_a_notebook_runs_on_los_angeles(
    stem: str, layer: str, areas: int, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    city = write_los_angeles(shared, tmp_path / "los-angeles")
    said = run(ROOT / "notebooks" / f"{stem}.ipynb", tmp_path, monkeypatch, GRIDSVC_CITY=str(city),
               GRIDSVC_CITY_LAYER=layer)  # fmt: skip
    assert_clean(said)
    texts = "\n".join(o.get("data", {}).get("text/plain", "") for o in said)
    assert re.search(rf"\b{areas}(\.0)?\b", texts) or f" {layer} " in texts
    # Nothing of the demo city is left in it.
    assert "990101" not in texts
