"""Built-in plugins. Each imports `engine.sdk` and nothing else of ours."""
