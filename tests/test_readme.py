"""What the pages show is what happens: their console blocks are run, their links lead somewhere."""

import re
from pathlib import Path

import pytest

from scripts.console_blocks import Block, Step, blocks, folder, is_as_printed, run
from scripts.picture import picture

ROOT = Path(__file__).resolve().parent.parent
PAGES = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in (
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("models/*.md"),
        *ROOT.glob("instances/*/README.md"),
    )
}
WITH_BLOCKS = sorted(name for name, page in PAGES.items() if "```console" in page)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(#[^)\s]*)?\)")
ANCHORED = re.compile(r"^#+ (.*)$", re.MULTILINE)


@pytest.mark.parametrize("name", WITH_BLOCKS)
def test_console_blocks(name):
    """Every command of a page prints what the page says.

    `python scripts/console_blocks.py PAGE` writes down what it prints now.
    """
    found = blocks(PAGES[name])
    assert len(found) == PAGES[name].count("```console")
    different = []
    with folder() as cwd:
        for block in found:
            ran = run(block, cwd)
            assert len(ran) == len(block.steps) > 0
            for step, now in zip(block.steps, ran, strict=True):
                if not is_as_printed(step, now, numbers_vary=block.numbers_vary):
                    different.append("\n".join((f"$ {step.command}", *now.output)))
    assert not different, "\n\n".join(different)


def test_the_tour_shows_every_end():
    """The tour of README shows success, a broken input, a proven conflict and a refused plan."""
    ends = re.findall(r"^exit (\d+)$", PAGES["README.md"], re.MULTILINE)
    assert {"3", "4", "6"} <= set(ends)


@pytest.mark.parametrize(
    ("shown", "printed", "numbers_vary", "is_same"),
    [
        (("a", "b"), ("a", "b"), False, True),
        (("a", "b"), ("a", "c"), False, False),
        (("a",), ("a", "b"), False, False),
        (("a", "..."), ("a", "b", "c"), False, True),
        (("...", "c"), ("a", "b"), False, False),
        (("a", "...", "c"), ("a", "c"), False, True),
        (("written (1.5 s)",), ("written (20 s)",), False, True),
        (("gap 0.3 %", "x"), ("gap <0.0001 % x",), True, True),
        (("a 1,234.5", "───"), ("a 99", "──────"), True, True),
        (("a 1",), ("b 1",), True, False),
        (("a 1", "...", "z 2"), ("a 3", "b", "y 2"), True, False),
        ((".*",), ("anything",), False, False),
    ],
)
def test_how_output_is_compared(shown, printed, numbers_vary, is_same):
    """Only elided lines, seconds and, where the fence says so, numbers and layout may differ."""
    assert is_as_printed(Step("c", shown), Step("c", printed), numbers_vary=numbers_vary) is is_same


def test_commands_of_a_block_share_a_shell(tmp_path):
    """A block runs in one shell and folder: commands see the exit code before them; both streams count."""
    steps = tuple(Step(command, ()) for command in ("echo x > f", "cat f >&2; (exit 3)", "echo $?"))
    assert [step.output for step in run(Block(steps, False, 0, 0), tmp_path)] == [(), ("x",), ("3",)]


def test_decisions_are_numbered():
    """Decisions count up from 1, so that a number means one of them."""
    numbers = [int(number) for number in re.findall(r"^## (\d+)\. ", PAGES["DECISIONS.md"], re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) == PAGES["DECISIONS.md"].count("\n## ")


@pytest.mark.parametrize("name", sorted(PAGES))
def test_links(name):
    """Every link of a page leads to a file that is there, and to a heading that it has."""
    broken = []
    for path, anchor in LINK.findall(PAGES[name]):
        target = (ROOT / name).parent / path if path else ROOT / name
        if not target.exists():
            broken.append(path)
        elif anchor and target.suffix == ".md":
            headings = ANCHORED.findall(target.read_text(encoding="utf-8"))
            if anchor[1:] not in {
                re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in headings
            }:
                broken.append(path + anchor)
    assert not broken


def test_picture():
    """The picture of a plan is drawn from a real solve, and fetches nothing from anywhere."""
    drawn = picture(ROOT / "instances" / "tiny")
    assert "conversions" in drawn
    assert "url(http" not in drawn
    assert "@font-face" not in drawn
    committed = (ROOT / "docs" / "plan.svg").read_text(encoding="utf-8")
    assert "url(http" not in committed
    assert "proven" in committed or "claimed" in committed
