"""For notebooks and scripts: the account of a lab that was started."""

import os
from random import Random

from mlacoach.cli.context import cache, clock, database, home
from mlacoach.coach import Coach
from mlacoach.coach.lab.by_hand import at_hand
from mlacoach.content import load, own_pack
from mlacoach.labs import Aws
from mlacoach.store import Store


def account(lab_id: str) -> Aws:
    """The account, as the steps of the lab see it; what they make is journalled.

    Raises:
        UsageFault: the lab is not started.
    """
    library = load([own_pack()], cache()).library
    coach = Coach(Store(database(), clock()), library, clock, Random(os.urandom(8)), home())
    return at_hand(coach, lab_id).account
