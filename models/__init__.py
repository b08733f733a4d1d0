"""Nouns: frozen, typed data that the stages hand to one another. No files, no solver."""
