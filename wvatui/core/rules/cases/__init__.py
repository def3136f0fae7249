"""Recorded decision cases replayed against the rules: what a release decided, and what we would.

    shapes       the record's form: every field that is known, and nothing else
    verdict      ok, failed (with what differs), not modelled (with the reason)
    saturation, capacity, optimizers, limits    one reader a kind
    kinds        the table of kinds: one row each
    replay       a file's cases, counted by kind and version

The form is that of the recordings made of WVA's own unit tests: Go's exported names in lower
camel case, empty strings and null left out.
"""
