"""Runs of one load beside each other, as llm-d-lab's stair-step experiments tell them."""
