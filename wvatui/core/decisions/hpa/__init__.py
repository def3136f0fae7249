"""What an HPA decided at each look, told from outside: from its object, target, pods and events.

sight       what is seen of one look
unseen      what a status leaves open: totals that were rounded, pods without a sample
observer    from sight to sight: the look recomputed, the memory of the controller kept
account     what one look came to, what held it back and until when
sequence    recorded looks with their truth, held against the observer's account
real_looks  the same from a real control plane's objects and log
"""
