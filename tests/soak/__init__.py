"""Long runs that prove the promises: a world that errs, a judge who remembers, kills of the real command."""
