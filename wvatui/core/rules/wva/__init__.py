"""The rules of WVA as pure functions, by the release that decides.

The explanations and the simulated controllers call the same functions; there is no second copy.
"""
