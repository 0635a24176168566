"""How fast gradcheck is, beside others that check gradients and beside the pass that is checked.

``make bench`` measures every piece of work of every contestant in one process, in turn, round after round, on one
thread; ``python -m benchmarks --quick`` does so in under a minute. What is compared are medians of ratios within a
round, because a shared machine changes its speed from minute to minute, and both sides of a ratio with it.
"""
