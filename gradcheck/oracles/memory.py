"""Memory that was freed is used again, and not given back to the system after every pass.

The C library of most Linux systems gives freed memory back as soon as there is a little of it, and has to ask for it
again, page by page, for the next array: for arrays of some hundred kilobytes that takes longer than to fill them. It
keeps more once a larger array has been freed (mallopt(3), M_MMAP_THRESHOLD and M_TRIM_THRESHOLD, which adapt).
"""

import numpy as np

KEPT = 2**24
"""How many bytes are freed once, so that twice as many may be kept from then on."""


def keep_what_is_freed() -> None:
    """Free a large array, of which nothing was ever touched."""
    np.empty(KEPT, np.uint8)
