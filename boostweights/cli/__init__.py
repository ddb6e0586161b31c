"""The command line: ``boostweights …``."""
