"""Every promise has a guard; take the guard out of a copy of the tree, and a test must fail (``make mutations``)."""
