"""Runs under the same load, in the form of llm-d-lab's stair-step experiments."""
