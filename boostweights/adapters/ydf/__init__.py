"""YDF (Yggdrasil decision forests): row weights and ``class_weights``, in a scikit-learn classifier."""
