"""Why each target: the controller's inputs, the result of its rule, and whether the log agrees.

ledger      the cases of a session, each with its thresholds
thresholds  how each threshold is known, and limits that only show by clamped targets
wva_v1, wva_v2, wva_model
            one package per rule: recomputed, compared with the log, put into words
explain     a case -> its explanation: a verdict, a sentence, the arithmetic
cycles      the explanations of each cycle
"""
