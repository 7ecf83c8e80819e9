"""The roof: the `argosy` command. It may import everything."""
