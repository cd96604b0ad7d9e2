"""The extension modules, and the sources that they are compiled from."""
