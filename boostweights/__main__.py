"""``python -m boostweights``."""

from __future__ import annotations

from boostweights.cli.main import main

if __name__ == "__main__":
    main()
