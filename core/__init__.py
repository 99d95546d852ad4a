"""The rules of a commitment pool: standard library only, no words, no clock, no platform."""
