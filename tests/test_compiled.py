"""Compiled functions are kept until any kernel changes, wherever it is called from."""

from __future__ import annotations

from pathlib import Path

from optimizer import compiled
from optimizer.compiled import digest_of, kernels

ROOT = Path(compiled.__file__).parent


def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "lagrangian"
    folder.mkdir()
    (folder / "outer.py").write_text(
        "from optimizer.compiled import compiled\nfrom optimizer.lagrangian.inner import f\n"
    )
    (folder / "inner.py").write_text("from optimizer.lagrangian.table import A\n")
    (folder / "table.py").write_text("A = 1\n")
    (folder / "apart.py").write_text("B = 1\n")
    return folder


def test_all_that_kernels_call_counts(tmp_path):
    """A change of a kernel, or of what it imports, changes the digest; one of anything else does not."""
    folder = _folder(tmp_path)
    before = digest_of(kernels([folder]))
    (folder / "apart.py").write_text("B = 2\n")
    assert digest_of(kernels([folder])) == before
    for name in ("outer", "inner", "table"):
        path = folder / f"{name}.py"
        path.write_text(path.read_text() + "C = 3\n")
        assert digest_of(kernels([folder])) != before
        before = digest_of(kernels([folder]))


def test_kernels_of_the_product():
    """The search of merchants, what it calls, and tables of constants are among them."""
    found = {path.stem for path in kernels([ROOT / name for name in compiled.FOLDERS])}
    assert {"kernel", "block", "dynamic", "cells", "tables", "core", "sheet"} <= found


def test_kept_under_the_digest():
    """What numba asks whether a kept function is still the same is the digest, not its own file's age."""
    from optimizer.lagrangian.kernel import price_range

    locator = price_range._cache._impl.locator
    assert locator.get_source_stamp() == compiled._DIGEST
