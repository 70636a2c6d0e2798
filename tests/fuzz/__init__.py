"""A mutation fuzzer: hostile files for every kind of input, and the requirements that a run must meet with any of them.

`seeds` makes small valid files; `mutations`, `lines`, `texts` and `containers` damage them; a module per kind of input
makes `Case`s of them; `sandbox` runs the program on a case in a process of its own; `verdicts` says what went wrong.
A case is a function of its kind, a seed and its number. docs/testing.md says how to run it and how to read a violation.
"""
