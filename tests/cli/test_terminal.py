"""What a command says reaches the reader letter for letter, whatever a city writes into it."""

import pytest

from gridsvc.cli import terminal


@pytest.mark.parametrize(
    "text", ["", "SHA-256 D0:CD:90:AB:ID", ":smiley:", "[red]not a colour[/red]", "网格[1]", "x" * 500]
)
def test_a_text_is_printed_as_it_is(text: str, capsys: pytest.CaptureFixture[str]):
    terminal.say(text, text)
    terminal.tell(text, text)
    said = capsys.readouterr()
    assert said.err == text + "\n"
    assert said.out == text + "\n"
