"""A program that gives a session as long as it takes to end.

A screen ends within a second of ctrl+c and gets a few more to delete the load that it made, even if
that is not done: a promise that a machine with much to do keeps at the cost of what tests look for.
"""

PATIENT = """
from wvatui.session.base import Leaving
from wvatui.ui.shell import guard
Leaving.__init__.__kwdefaults__["limit_s"] = guard.LEAVE_S = 600.0
"""
"""Code for the beginning of a program. With it, what ends within a test's time has not waited for
these limits."""
MAIN = """
from wvatui.__main__ import main
main()
"""
PROGRAM = ("-c", PATIENT + MAIN)
