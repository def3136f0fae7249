"""Recorded decision cases, replayed to compare what a release decided with what the rules give.

    shapes       the form of a record: every known field, and nothing else
    verdict      ok, failed (with what differs), not modelled (with the reason)
    saturation, capacity, optimizers, cuts    one function for each kind of case
    hpa_cases, keda_cases    the same for HPA and KEDA
    replay       the table of kinds; a file's cases, counted by kind and version

The form is that of the recordings made of WVA's own unit tests: Go's exported names in lower
camel case, empty strings and null left out.
"""
