"""What KEDA does with a ScaledObject now, told from outside.

account   triggers with their values and sources, the formula, the loop, fallback, cooldown, pause
words     the same in lines, and as plain values
"""
