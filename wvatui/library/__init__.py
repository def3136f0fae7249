"""The library: recorded runs as data frames, for notebooks and scripts.

`import wvatui` names what is public here, and loads it when it is first used.
"""
