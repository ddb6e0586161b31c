"""Shared parts of our HTML pages: one base template, one look, the charting library in the page.

A page is one file. It loads nothing from anywhere, follows the reader's light or dark setting, and names
that come from data are text in it, never markup.
"""
