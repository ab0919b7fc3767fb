"""The generator of the demo city: an invented district with its network, areas, people, rules and past cases."""
