"""Analysis of whole sessions: summary, comparison of runs, reports, what-if."""
