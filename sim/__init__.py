"""The science of kerjasama: rules, agents, measures and closed forms of repeated cooperation."""
