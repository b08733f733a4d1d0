"""double-hundred: the committed bytes are what the generator makes, and the story holds."""

import re
from pathlib import Path

import pandas as pd

from optimizer.generate import generate

FOLDER = Path(__file__).resolve().parents[2] / "instances" / "double-hundred"
CELL = ["merchant", "category", "slot", "segment"]


def test_the_command_in_the_readme_makes_it(tmp_path):
    """The committed folder, its README apart, is byte for byte what its command makes."""
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    command = re.search(r"fairpool generate --merchants (\d+) --seed (\d+) --out \S+\n", readme)
    generate(tmp_path / "again", merchants=int(command[1]), seed=int(command[2]))
    made = {file.name: file.read_bytes() for file in (tmp_path / "again").iterdir()}
    committed = {file.name: file.read_bytes() for file in FOLDER.iterdir() if file.name != "README.md"}
    assert committed == made


def test_the_readme_states_the_size():
    """The README states the numbers of merchants, cells, options and rules that the folder has."""
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    options = pd.read_csv(FOLDER / "options.csv", encoding="utf-8-sig")
    rules = pd.read_csv(FOLDER / "rules.csv", encoding="utf-8-sig")
    assert f"{options['merchant'].nunique():,} merchants" in readme
    assert f"{len(options.groupby(CELL)):,} cells" in readme
    assert f"{len(options):,} options" in readme
    assert f"{len(rules)} rules" in readme


def test_it_is_moderate():
    """About 2,000 merchants and 10,000 cells, in less than 4 MB."""
    options = pd.read_csv(FOLDER / "options.csv", encoding="utf-8-sig")
    assert 1_900 <= options["merchant"].nunique() <= 2_100
    assert 9_000 <= len(options.groupby(CELL)) <= 11_000
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < 4_000_000


def test_no_figure_is_clipped():
    """The sales of no option are at the most that a value can hold."""
    options = pd.read_csv(FOLDER / "options.csv", encoding="utf-8-sig")
    assert options["gmv"].max() < 8.9e9
