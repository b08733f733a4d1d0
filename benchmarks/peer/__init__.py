"""Other solvers on the same arrays, a module each."""
