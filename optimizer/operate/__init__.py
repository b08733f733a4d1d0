"""A running campaign: what it holds, what may change, what guards it, and the folder that it lives in."""
