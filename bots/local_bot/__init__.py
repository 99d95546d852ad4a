"""The chat in the terminal: several people, a group and private talks, without any network."""
