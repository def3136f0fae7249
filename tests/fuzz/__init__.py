"""Damaged input by the thousand: `make fuzz`, and a little of it in every `make test`.

`damage` breaks lines, numbers and words; `starts` gives whole inputs to break; a kind of input is
one row in `kinds.KINDS`: how an input is made from its number, and what must hold of it. The same
seed and number give the same input. What was ever found lies in `cases`, a small file each.
"""
