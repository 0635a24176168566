"""Tests of what is found in somebody else's file."""
