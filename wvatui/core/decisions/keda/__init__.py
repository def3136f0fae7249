"""What KEDA does with a ScaledObject, told from outside.

account         triggers with values and sources, the formula, the loop, fallback, cooldown, pause
words           the same in lines, and as plain values
scraped         what a trigger's query gives over scraped pages
page_families   whose page has which metric
recorded_pages  counters and histograms of engines' pages as series
"""
