"""What `argosy doctor` looks at, one file per neighbourhood; each check gives findings and mends nothing."""
