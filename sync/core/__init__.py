"""What decides.  Pure: no file, network, clock, random or log in here; imports nothing of ours."""
