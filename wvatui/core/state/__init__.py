"""The State and what it is built from: its builder, rings, cycles, ladder, history, totals."""
