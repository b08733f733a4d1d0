"""The market of the scale ladder, and knapsacks of the literature kind."""
