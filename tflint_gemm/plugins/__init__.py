"""Other tools that run us."""
