"""Why this target: what the controller had, what its rule makes of it, and whether they agree.

given      the inputs of one decision, typed, each threshold with where it is known from
reading    lines of a cycle -> passes -> facts of one model
cases      facts and objects -> one Case a model and pass
limits     thresholds of each case: stated, configured, recovered from the log, or fitted
recompute  a Case -> what the rules of `core.wva` make of it
compare    recomputed against logged
explained  the whole of it: a sentence, rows of arithmetic, agreement
"""
