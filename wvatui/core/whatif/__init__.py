"""What if: a recording decided again by another rule, other thresholds, an HPA, KEDA or nobody.

alternative  the settings to try;  scaler: an HPA's or ScaledObject's fields, the values that
             their metrics read, and how it acts
gateway      an EPP's metrics with other replicas behind it
recorded     what is needed from a recording, made from a State
loads        the load of replicas, and how another number of replicas shares it
rules        WVA's rules on other inputs;  deciding: who decides, when, on what
stands       the replicas of a variant
run          one alternative from beginning to end;  course: its figures
assumptions  what the figures depend on;  trial: several alternatives, each with its sensitivity
report       rows as text, CSV and JSON
"""
