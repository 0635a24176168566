"""Tests of the commands that work on records."""
