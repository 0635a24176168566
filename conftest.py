"""Hypothesis profiles: how hard the properties are tried."""

import os

from hypothesis import HealthCheck, settings

# The first call into PyTorch takes seconds, and a network of eight draws is no small example.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

settings.register_profile("quick", patient, max_examples=25)
settings.register_profile("default", patient, max_examples=60)
settings.register_profile("thorough", patient, max_examples=5000)
settings.register_profile("ci", patient, max_examples=60, derandomize=True, database=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "default"))
