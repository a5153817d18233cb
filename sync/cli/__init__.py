"""The door: a command parses, calls one function, prints, exits."""
