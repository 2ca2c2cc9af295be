"""Clouds and other tools' files, read as pools."""
