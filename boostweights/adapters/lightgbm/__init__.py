"""LightGBM: row weights, ``scale_pos_weight``, ``is_unbalance`` and LGBMClassifier's ``class_weight``.

``scale_pos_weight`` and ``is_unbalance`` multiply the gradients of a class, but the start score does not see
them; so the same model needs ``boost_from_average=False``. ``class_weight`` becomes row weights in Python.
"""
