"""One plain function a verb: load, ask, save."""
