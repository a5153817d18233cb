"""Common Ground: the service behind a team's sheet of one-on-one meetings."""

__version__ = "0.1.0"
