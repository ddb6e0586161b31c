"""What our self-contained HTML pages share: one look, escaped templates, the charting library in the page.

A page is one file. It loads nothing from anywhere, follows the reader's light or dark setting, and names
that come from data are text in it, never markup.
"""
