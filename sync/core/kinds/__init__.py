"""What one sort of mail is.  Each kind has a small file here; ``ALL`` in ``registry.py`` lists them."""

from __future__ import annotations
