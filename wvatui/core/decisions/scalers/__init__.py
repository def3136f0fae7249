"""Decisions of every scaler of a session, in one list.

hpa_looking   the looks of an HPA in order, each with its outcome
keda_looking  what KEDA itself decides: activation, cooldown, fallback, pause
by_hand       changes of the scale that none of the scalers made
unwatched     changes that a scaler made while it was not watched
followed      all of these and WVA's; computed once, with repetitions joined
"""
