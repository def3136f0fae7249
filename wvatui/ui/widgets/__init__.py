"""Textual widgets: lines, charts, the prompt, and the stage that holds all parts of the screen."""
