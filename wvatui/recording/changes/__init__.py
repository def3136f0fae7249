"""What is changed between a file and the events that it gives.

Only one namespace of it, no credential, and with it what was noted about it afterwards.
"""
