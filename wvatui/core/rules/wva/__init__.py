"""What the autoscalers decide: the rules of WVA, HPA and KEDA as pure functions.

The explanations and the simulated controllers call the same functions; there is no second copy.
"""
