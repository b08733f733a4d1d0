"""The oracle's own copy of the rule language's Chinese words: it must not lean on the product's."""

from __future__ import annotations

import unicodedata

HEADERS = {
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
    "开始": "start",
    "结束": "end",
    "结算": "settled",
    "名称": "name",
    "备注": "note",
}

WORDS = {
    "限额": "limit",
    "头部": "top",
    "比值": "ratio",
    "窗口": "window",
    "不超过": "at_most",
    "至多": "at_most",
    "<=": "at_most",
    "≤": "at_most",
    "不低于": "at_least",
    "至少": "at_least",
    ">=": "at_least",
    "≥": "at_least",
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
    "单元格": "cell",
    "单元": "cells",
    "商家数": "merchants",
    "全部": "all",
    "无": "none",
    "转化": "conversions",
}

_FOLDED = str.maketrans(
    {
        chr(code): chr(code - 0xFEE0)
        for code in [*range(0xFF10, 0xFF1A), *map(ord, "％．，；｜＝！＜＞＋－（）：＂")]
    }
)


def clean(text: str) -> str:
    """Return a text without blanks around it, in Unicode NFC."""
    return unicodedata.normalize("NFC", text).strip()


def folded(text: str) -> str:
    """Return a text of the rule language with full-width digits and signs made narrow."""
    return clean(text.translate(_FOLDED))


def word(text: str) -> str:
    """Return the English word for a fixed word of the rule language, else the text itself."""
    return WORDS.get(text, text)


def truth(text: str) -> str:
    """Return `true` or `false` for the texts that stand for them, else the text itself."""
    return {"true": "true", "是": "true", "false": "false", "否": "false"}.get(text.lower(), text)
