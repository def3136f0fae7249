"""Fuzzing with damaged input: `make fuzz` tries thousands, `make test` a few.

`starts` has valid inputs, `damage` breaks their lines, numbers and words. A kind of input is a row
of `kinds.KINDS`: a function that makes an input from its number and checks the program on it. The
same seed and number give the same input. `cases` keeps a small file for each fault found so far.
"""
