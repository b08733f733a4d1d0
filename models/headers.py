"""Header names and fixed words of the contract, and their Chinese equivalents."""

from __future__ import annotations

KEYS = ("merchant", "category", "slot", "segment")
"""The keys of a cell, in the order in which every file sorts and writes them; `segment` is optional."""

KEY_TABLES = {"merchants": "merchant", "categories": "category", "slots": "slot", "segments": "segment"}
"""Table of attributes -> the key that is its first column."""

POOL_COLUMNS = ("pool", "amount", "unit", "decimals", "unused")
RULE_COLUMNS = (
    "rule",
    "label",
    "kind",
    "measure",
    "where",
    "by",
    "sense",
    "value",
    "basis",
    "of",
    "k",
    "applies",
    "enforcement",
    "penalty",
    "owner",
)
LIMIT_COLUMNS = ("rule", "group", "measure", "sense", "limit", "used", "slack", "status", "price")
SLOT_TIMES = ("start", "end", "settled")

KINDS = ("limit", "top", "ratio", "window")
SENSES = ("at_most", "at_least")
BASES = ("absolute", "pool", "total", "per_merchant", "eligible")
APPLIES = ("always", "if_funded")
ENFORCEMENTS = ("hard", "soft", "report")
STATUSES = ("met", "binding", "broken")
NO_OPTION = "none"
EVERY_KEY = "*"

CONTRACT_WORDS = frozenset(
    (
        *KEYS,
        "option",
        "conversions",
        "conversions_se",
        "fraction",
        "cells",
        "merchants",
        "cell",
        "all",
        "total",
        "note",
        *POOL_COLUMNS,
        *RULE_COLUMNS,
        *KINDS,
        *SENSES,
        *BASES,
        *APPLIES,
        *ENFORCEMENTS,
        NO_OPTION,
    )
)
"""Words that a pool may not be named after."""

CHINESE_HEADERS = {
    "商家": "merchant",
    "商户": "merchant",
    "类目": "category",
    "品类": "category",
    "时段": "slot",
    "人群": "segment",
    "档位": "option",
    "方案": "option",
    "转化": "conversions",
    "转化量": "conversions",
    "转化标准误": "conversions_se",
    "资金池": "pool",
    "金额": "amount",
    "总额": "amount",
    "单位": "unit",
    "小数位": "decimals",
    "不用": "unused",
    "规则": "rule",
    "说明": "label",
    "类型": "kind",
    "指标": "measure",
    "范围": "where",
    "分组": "by",
    "方向": "sense",
    "数值": "value",
    "基准": "basis",
    "占比对象": "of",
    "适用": "applies",
    "执行": "enforcement",
    "罚分": "penalty",
    "负责人": "owner",
    "备注": "note",
    "开始": "start",
    "结束": "end",
    "结算": "settled",
    "名称": "name",
    "占用比例": "fraction",
}
"""Chinese header -> the contract's."""

CHINESE_WORDS = {
    "限额": "limit",
    "头部": "top",
    "比值": "ratio",
    "窗口": "window",
    "不超过": "at_most",
    "至多": "at_most",
    "不低于": "at_least",
    "至少": "at_least",
    "绝对值": "absolute",
    "资金池": "pool",
    "合计": "total",
    "每商家": "per_merchant",
    "可选数": "eligible",
    "总是": "always",
    "获补才适用": "if_funded",
    "硬性": "hard",
    "软性": "soft",
    "仅报告": "report",
    "单元": "cells",
    "单元格": "cell",
    "商家": "merchant",
    "商家数": "merchants",
    "类目": "category",
    "时段": "slot",
    "人群": "segment",
    "转化": "conversions",
    "全部": "all",
    "无": "none",
    "是": "true",
    "否": "false",
}
"""Chinese word of the rule language (and of `pins.csv`) -> the contract's; `<=` and its like are senses."""

SENSE_SIGNS = {"<=": "at_most", "≤": "at_most", ">=": "at_least", "≥": "at_least"}
