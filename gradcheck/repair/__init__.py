"""Where in somebody's code does the mistake stand? One expression after another is edited, until all is right.

An expression is called guilty only if the code, run with this one expression changed, gives the right gradient at every
point that was looked at, of other numbers and other sizes, and every other number stays as it was. Two mistakes in two
places are found one after the other. What no edit repairs is told of no line.
"""

from gradcheck.repair import uses
from gradcheck.repair.proving import Exhibit, Repair, repairs, together
from gradcheck.repair.watching import theirs
from gradcheck.repair.witnesses import Scene, rewritten, scene, suspected

__all__ = ["Exhibit", "Repair", "Scene", "repairs", "rewritten", "scene", "suspected", "theirs", "together", "uses"]
