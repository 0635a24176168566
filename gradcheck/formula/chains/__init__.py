"""Chains of derivatives, judged by the routes they travel and not by their value."""
