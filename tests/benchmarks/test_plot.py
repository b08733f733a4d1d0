"""Plots: every point stands where its figures say, labels keep apart, and the picture fetches nothing."""

import itertools
import re
from xml.etree import ElementTree

import pytest

from benchmarks._plot import Plot, Point, Series
from benchmarks.curves import gap_against_time, time_against_size

SVG = "{http://www.w3.org/2000/svg}"


def _plot(*series):
    return Plot("Time & size", "cells", "seconds", series)


def test_it_is_xml_and_fetches_nothing():
    """The picture is well formed, with names escaped, and holds no script, link or address but its own."""
    text = _plot(Series("a <b> & c", (Point(1, 1), Point(100, 10)))).svg()
    root = ElementTree.fromstring(text)
    assert "a <b> & c" in [element.text for element in root.iter(f"{SVG}text")]
    assert re.findall(r"https?://[^\"]*", text) == ["http://www.w3.org/2000/svg"]
    assert "<script" not in text
    assert "prefers-color-scheme: dark" in text


def test_equal_factors_are_equal_distances():
    """On logarithmic axes a factor of ten is as far everywhere, and up is more."""
    text = _plot(Series("a", (Point(1, 1), Point(10, 10), Point(100, 100)))).svg()
    circles = list(ElementTree.fromstring(text).iter(f"{SVG}circle"))
    x, y = ([float(circle.get(key)) for circle in circles] for key in ("cx", "cy"))
    assert x[1] - x[0] == pytest.approx(x[2] - x[1], abs=0.2)
    assert y[0] > y[1] > y[2]
    assert x[0] < x[1] < x[2]


def test_what_was_missed_is_hollow():
    """A point whose gap was not reached has no fill; the others have."""
    text = _plot(Series("a", (Point(1, 1), Point(10, 10, is_open=True)))).svg()
    fills = [circle.get("fill") for circle in ElementTree.fromstring(text).iter(f"{SVG}circle")]
    assert fills[0] != "none"
    assert fills[1] == "none"


def test_labels_never_overlap():
    """Names of lines that end at one place are a line's height apart, and within the picture."""
    text = _plot(*(Series(f"line {n}", (Point(1, 5), Point(10, 5))) for n in range(8))).svg()
    texts = ElementTree.fromstring(text).iter(f"{SVG}text")
    places = sorted(float(element.get("y")) for element in texts if (element.text or "").startswith("line"))
    assert len(places) == 8
    assert min(below - above for above, below in itertools.pairwise(places)) >= 15.9
    assert places[0] > 0
    assert places[-1] <= 440


@pytest.mark.parametrize("points", [(), (Point(0, 1),), (Point(1, -1),)])
def test_what_has_no_logarithm_is_refused(points):
    """No points at all, or one that is not above zero, are an error and no picture."""
    with pytest.raises(ValueError, match="above zero"):
        _plot(Series("a", points)).svg()


def test_time_against_size_takes_the_ladder_and_the_peers():
    """Rungs become one line in order of size, peers theirs on the mix caps; relaxations are left out."""
    rung = {"kind": "solve", "cells": 10_000, "seconds": 3.0, "gap_asked": 1e-4, "certified_gap": 2e-4}
    whole = {"kind": "whole", "cells": 1_000, "seconds": 1.0, "gap_asked": 1e-4, "certified_gap": 1e-5}
    peer = {"instance": "ladder-1000-caps-1", "peer": "highs", "status": "Optimal", "seconds": 9.0}
    peer |= {"gap": 1e-5, "gap_asked": 1e-4}
    others = [
        peer | {"peer": "pdlp", "status": "optimal (relaxation)"},
        peer | {"instance": "ladder-1000-pools-1", "peer": "scip"},
    ]
    plot = time_against_size([rung, whole, {"kind": "pass", "cells": 5}], [peer, *others])
    assert {s.name: s.points for s in plot.series} == {
        "fairpool": (Point(1_000, 1.0), Point(10_000, 3.0, is_open=True)),
        "highs": (Point(1_000, 9.0),),
    }


def test_gap_against_time_takes_the_largest_market():
    """Of the largest market of the mix caps every trace is a line that never rises; others are left out."""
    market = {"instance": "ladder-10-caps-1", "cells": 10}
    trace = market | {"peer": "highs", "points": [[1, 0.5], [2, 0.1], [3, 0.2], [4, 0.0], [5, 0.0]]}
    others = [trace | {"peer": "scip", "cells": 9}, trace | {"instance": "ladder-10-pools-1"}]
    plot = gap_against_time([trace, *others])
    (series,) = plot.series
    assert series.name == "highs"
    heights = [point.y for point in series.points]
    assert heights == sorted(heights, reverse=True)
    assert series.points[-1].x == 5
