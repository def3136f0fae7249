"""PromQL over series that were recorded: a query's text to a tree, the tree to a value at a time.

tokens, parser, tree  text to syntax: selectors, operators, aggregations, calls
series                what a query reads: series with labels, and who holds which names
evaluate              the value of a tree at a time;  calls, operators: what is in it
"""
