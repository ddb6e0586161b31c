from .correct import correct_proba as correct_proba
from .correct import estimate_prior as estimate_prior
from .cost import cost_loss as cost_loss
from .cost import savings_score as savings_score
from .decisions import decide as decide
from .shift import correct_scores as correct_scores
from .shift import score_shift as score_shift
