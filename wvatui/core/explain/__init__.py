"""Why each target: what the controller had, what its rule makes of it, and whether the log agrees.

ledger      the cases of a session, each with its thresholds
thresholds  where each threshold is known from, and limits that only their clamps show
wva_v1, wva_v2, wva_model
            a room for each rule: recomputed, compared with the log, put into words
explain     a case -> its explanation: a verdict, a sentence, the arithmetic
cycles      the explanations of each cycle
"""
