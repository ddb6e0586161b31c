"""Pictures of results: displays after scikit-learn's conventions, and a page to move the weight in.

They take results; results know nothing of them. Matplotlib, and Altair for the page, load on first use.
"""

from boostweights.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
