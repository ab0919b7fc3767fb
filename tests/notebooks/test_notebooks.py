"""Notebooks are stories over the package: they run from top to bottom, keep no outputs and define nothing."""

import ast
import os
import shutil
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
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


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # the kernel's own machinery warns; what the cells say is looked at below
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_runs_from_top_to_bottom(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from nbclient import NotebookClient

    for name in [n for n in os.environ if n.startswith("GRIDSVC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GRIDSVC_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    # As in a checkout: notebooks stand beside the data they read.
    copy = tmp_path / "checkout" / "notebooks"
    shutil.copytree(path.parent, copy)
    (copy.parent / "data").symlink_to(ROOT / "data")
    notebook = nbformat.read(copy / path.name, as_version=4)
    client = NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(copy)}})
    client.execute()
    said = [o for c in notebook.cells if c.cell_type == "code" for o in c.outputs]
    assert [o for o in said if o.output_type == "error"] == []
    assert [o.text for o in said if o.output_type == "stream" and o.name == "stderr"] == []
    assert any(o.output_type in ("execute_result", "display_data") for o in said)
