"""What the portal costs, in ratios: each measured in turns with the least that the same machine could do it with.

Nothing here passes or fails by the clock. The goals of performance are printed beside; wrong results are errors.
"""

from portal.bench.quota import OverGranted
from portal.bench.run import Size, run

__all__ = ["OverGranted", "Size", "run"]
