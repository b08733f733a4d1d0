"""HiGHS for small linear programs in this process."""

from __future__ import annotations

import highspy


class Silent(highspy.Highs):
    """HiGHS without its callbacks, which print a banner when they are enabled."""

    def __init__(self) -> None:
        super(highspy.Highs, self).__init__()
