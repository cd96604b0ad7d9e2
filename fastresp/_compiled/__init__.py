"""The compiled modules. All but ``http1`` count on the global interpreter lock."""
