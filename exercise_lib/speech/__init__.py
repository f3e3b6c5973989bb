"""Speech: recordings and their texts, how they look, sound and are measured."""
