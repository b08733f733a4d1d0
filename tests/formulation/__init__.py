"""The formulation against golden files, an independent solver and the exact evaluation of plans."""
