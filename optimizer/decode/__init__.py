"""Choice -> Plan: what a solver found, as exact integers and everything that follows from them."""

from optimizer.decode.cover import covers
from optimizer.decode.evaluate import amounts_of, evaluate, reached
from optimizer.decode.rounding import forced, rounded, whole
from optimizer.decode.thrift import thrifty
from optimizer.decode.words import words

__all__ = ["amounts_of", "covers", "evaluate", "forced", "reached", "rounded", "thrifty", "whole", "words"]
