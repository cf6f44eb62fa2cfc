"""The application-controller: makes clusters follow Git.

``reconciler.py`` is the whole story of one pass over one application: observe → decide → act →
report. ``wiring.py`` is the only place that builds objects; ``application/`` holds the parts that
observe and act. Decisions live in ``plumbline.core``; no module here compares, plans or judges.
"""

__all__: list[str] = []
