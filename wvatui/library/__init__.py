"""The library: recorded runs as data frames, for notebooks and scripts.

`import wvatui` offers the public names, and imports each when it is first used.
"""
