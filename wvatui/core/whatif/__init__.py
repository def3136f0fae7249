"""What if: a recording decided again by another rule, other thresholds, an HPA, KEDA or nobody.

alternative  what is tried;  scaler: an HPA's or ScaledObject's fields;  readings: what their
             metrics read;  gateway: what an EPP tells with other replicas behind it
recorded     what is needed of a recording;  reading, series, cases: made from a State
loads        what replicas carry, and how that is shared by another number of them
rules        WVA's rules on other inputs;  deciding: who decides, when, on what
acting       what turns a wish into replicas;  stands: the replicas of a variant
run          one alternative from beginning to end;  course: what it comes to in numbers
assumptions  what it rests on;  trial: several alternatives, each with its sensitivity
report       rows as text, CSV and JSON
"""
