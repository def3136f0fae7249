"""Decisions of every scaler of a session, in one list.

keda_looking  what KEDA itself decides: activation, cooldown, fallback, pause
by_hand       changes of the scale that none of the scalers made
followed      all of them, and WVA's; made once, those that repeat one folded into it
"""
