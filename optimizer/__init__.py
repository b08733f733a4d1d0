"""Verbs: one stage a module, each a function from one noun to the next."""
