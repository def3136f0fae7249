"""What KEDA does with a ScaledObject, derived from outside.

account         triggers with values and sources, the formula, the loop, fallback, cooldown, pause
words           an account as lines of text, and as plain values
scraped         the result of a trigger's query over scraped pages
page_families   which page or object has which metric
recorded_pages  counters and histograms of engines' pages as series
"""
