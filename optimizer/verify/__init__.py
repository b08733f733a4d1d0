"""Verification: everything recomputed from the two folders, exactly, by code that made none of it."""

from __future__ import annotations

from optimizer.verify.verification import Verification
from optimizer.verify.verifying import verify

__all__ = ["Verification", "verify"]
