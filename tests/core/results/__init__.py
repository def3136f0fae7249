"""Tests of the reports of load tools."""
