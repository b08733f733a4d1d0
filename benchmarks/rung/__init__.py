"""Rungs of the scale ladder that run in a process of their own."""
