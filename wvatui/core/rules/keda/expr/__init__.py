"""The expressions of KEDA's scaling formulas: the part of expr-lang that makes numbers.

    tokens      words and signs of a formula
    tree        what a formula is made of
    parser      tokens to a tree, by expr-lang's precedence
    kinds       what a value is to expr-lang, and what operators do with it
    builtins    functions
    check       what expr-lang refuses before it runs
    run         a tree and values to a result

Source: github.com/expr-lang/expr v1.17.8, docs/language-definition.md, parser/, checker/, builtin/.
"""
