"""A tournament: each strategy plays each, itself included; who earns how much, and who would spread.

python -m experiments.tournament strategies=tit_for_tat,grim,alld rounds=200 action_error=.05 seed=1
python -m experiments.tournament draw=tit_for_tat

From Python:

>>> found = tournament(["tit_for_tat", "alld"], rounds=10, repetitions=2)
>>> found.score.tolist()  # of the strategy of the row against that of the column, per round
[[3.0, 0.9], [1.4, 1.0]]
>>> found.ranking
('tit_for_tat', 'alld')
"""

from experiments.tournament.asked import Asked, read
from experiments.tournament.matches import Outcome, tournament
from experiments.tournament.spreading import ecology, shares_of

__all__ = ["Asked", "Outcome", "ecology", "read", "shares_of", "tournament"]
