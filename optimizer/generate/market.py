"""The marketplace behind the synthetic instances: tiers, categories, belts, providers, slots, segments."""

from __future__ import annotations

from dataclasses import dataclass

CASH_FEN = 100 * 10**8 * 100
"""A hundred of cash, in hundreds of millions of yuan, held in fen."""

TRAFFIC_IMPRESSIONS = 100 * 10**8
"""A hundred of traffic, in hundreds of millions of impressions."""


@dataclass(frozen=True)
class Tier:
    """Merchants of one range of followers.

    Attributes
    ----------
    share
        Share of all merchants, in [0, 1].
    lowest, highest
        Range of followers.
    breadth
        How many cells such a merchant has, against the average of all.
    effort
        Cash that one conversion takes, against the middle of the market.
    new_share
        Share of its merchants that are new and to be incubated, in [0, 1].
    witness_share
        Share of its cells that the plan behind the policy funds, in [0, 1].
    """

    tier: str
    share: float
    lowest: float
    highest: float
    breadth: float
    effort: float
    new_share: float
    witness_share: float


TIERS = (
    Tier("under_10k", 0.45, 300, 1e4, 0.7, 1.10, 0.35, 1.00),
    Tier("10k_100k", 0.28, 1e4, 1e5, 1.0, 1.15, 0.15, 0.90),
    Tier("100k_1m", 0.17, 1e5, 1e6, 1.3, 1.10, 0.05, 0.85),
    Tier("1m_5m", 0.06, 1e6, 5e6, 1.8, 1.00, 0.00, 0.80),
    Tier("over_5m", 0.04, 5e6, 1.2e8, 2.6, 0.60, 0.00, 0.30),
)
MIDDLE_TIERS = ("10k_100k", "100k_1m", "1m_5m")


@dataclass(frozen=True)
class Category:
    """What is sold: `basket` in yuan, `margin` in [0, 1], `weight` among merchants without a belt."""

    category: str
    name: str
    sector: str
    basket: float
    margin: float
    weight: float


# Neighbours are related: a merchant's second and third categories are the next ones.
CATEGORIES = (
    Category("snacks", "休闲零食", "food", 45, 0.28, 10),
    Category("grain_oil", "粮油调味", "food", 80, 0.15, 5),
    Category("fresh_fruit", "新鲜水果", "food", 60, 0.22, 7),
    Category("seafood", "海鲜水产", "food", 140, 0.25, 3),
    Category("tea", "茶叶", "food", 120, 0.45, 4),
    Category("liquor", "白酒", "food", 300, 0.40, 3),
    Category("health_food", "滋补保健", "food", 260, 0.50, 3),
    Category("cosmetics", "美妆护肤", "beauty", 150, 0.55, 8),
    Category("personal_care", "个护清洁", "beauty", 55, 0.35, 6),
    Category("maternity_baby", "母婴用品", "family", 160, 0.30, 4),
    Category("kidswear", "童装", "apparel", 85, 0.38, 4),
    Category("womenswear", "女装", "apparel", 130, 0.42, 10),
    Category("menswear", "男装", "apparel", 110, 0.38, 5),
    Category("footwear", "鞋靴", "apparel", 160, 0.40, 5),
    Category("bags", "箱包皮具", "apparel", 190, 0.45, 3),
    Category("jewellery", "珠宝玉石", "apparel", 680, 0.35, 3),
    Category("home_textiles", "家纺布艺", "home", 140, 0.35, 4),
    Category("ceramics", "陶瓷茶具", "home", 95, 0.45, 2),
    Category("furniture", "家具", "home", 1200, 0.30, 2),
    Category("small_appliances", "小家电", "home", 230, 0.22, 4),
    Category("phones", "手机数码", "electronics", 1900, 0.08, 3),
    Category("toys_books", "玩具图书", "family", 58, 0.33, 5),
    Category("sports", "运动户外", "leisure", 170, 0.34, 3),
    Category("auto_parts", "汽车用品", "machinery", 210, 0.33, 2),
    Category("excavators", "工程机械", "machinery", 180_000, 0.12, 0.6),
)

NO_BELT = "no_belt"
BELTS = (
    ("yiwu", "toys_books", 6.0),
    ("guangzhou", "womenswear", 6.0),
    ("nantong", "home_textiles", 3.5),
    ("jingdezhen", "ceramics", 3.0),
    ("jinjiang", "footwear", 3.5),
    ("zhuji", "jewellery", 2.5),
    ("wuyishan", "tea", 2.5),
    ("yantai", "fresh_fruit", 3.0),
    ("zhoushan", "seafood", 2.0),
    ("jining", "excavators", 1.0),
)
"""Industrial belt, the category that it is known for, and its merchants in percent of all."""

SELF_SERVED = "self"
PROVIDERS = tuple((f"sp{number:02d}", 0.62 / number**0.9 / 3.3) for number in range(1, 13))
"""Service provider and its share of the merchants; the others serve themselves."""


@dataclass(frozen=True)
class Segment:
    """A group of users.

    Attributes
    ----------
    share
        Share of the cells, in [0, 1].
    effort
        Cash that one conversion takes, against the middle of the market.
    new_share
        Share of its conversions that are by new buyers, in [0, 1].
    """

    segment: str
    name: str
    share: float
    effort: float
    new_share: float


SEGMENTS = (
    Segment("heavy", "重度用户", 0.40, 0.95, 0.05),
    Segment("medium", "中度用户", 0.35, 1.00, 0.22),
    Segment("passer_by", "路人用户", 0.25, 1.25, 0.60),
)


@dataclass(frozen=True)
class Slot:
    """Half a month of live streams: `heat` is how much is streamed and bought, against an ordinary slot."""

    slot: str
    start: str
    end: str
    season: str
    heat: float


_HEAT = {1: 1.1, 2: 1.2, 3: 0.7, 4: 0.7, 11: 2.2, 12: 1.9, 20: 1.6, 21: 2.8, 22: 1.1, 23: 1.5}
_SEASON = {
    1: "new_year",
    2: "new_year",
    11: "618",
    12: "618",
    20: "double_11",
    21: "double_11",
    23: "double_12",
}
_YEAR = 2027


def _slot(number: int) -> Slot:
    month, is_second_half = (number + 1) // 2, number % 2 == 0
    start = f"{_YEAR}-{month:02d}-{16 if is_second_half else 1:02d}T00:00"
    if not is_second_half:
        end = f"{_YEAR}-{month:02d}-16T00:00"
    else:
        end = f"{_YEAR + month // 12}-{month % 12 + 1:02d}-01T00:00"
    return Slot(f"S{number:02d}", start, end, _SEASON.get(number, "ordinary"), _HEAT.get(number, 0.9))


SLOTS = tuple(_slot(number) for number in range(1, 25))
