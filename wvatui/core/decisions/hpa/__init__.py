"""What an HPA decided at each look, derived from outside: its object, target, pods and events.

A look is one pass of the HPA controller over one object.

sight       what can be seen of one look from outside
unseen      what a status leaves open: totals that were rounded, pods without a sample
observer    recomputes look after look, and keeps track of what the controller remembers
account     the result of one look, what held it back and until when
outcome     what a session keeps of one look, which makes its decision and its words on demand
sequence    recorded looks with the true result, compared with the observer's account
real_looks  the same from a real control plane's objects and log
"""
