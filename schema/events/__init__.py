"""`subscription { event { … } }`: what apps are told, as they ask for it."""
