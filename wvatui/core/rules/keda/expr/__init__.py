"""The expressions of KEDA's scaling formulas: the part of expr-lang that computes numbers.

    tokens      from a formula's text to tokens
    tree        the nodes of a formula's syntax tree
    parser      from tokens to a tree, by expr-lang's precedence
    kinds       expr-lang's types of values, and its operators
    builtins    functions
    text_builtins  functions on texts and maps
    check       errors that expr-lang finds before it runs a formula
    run         from a tree and values to a result
    trace       a formula and its values, term by term

Source: github.com/expr-lang/expr v1.17.8, docs/language-definition.md, parser/, checker/, builtin/.
"""
