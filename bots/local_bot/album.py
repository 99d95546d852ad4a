"""Pictures and files for the chat in the terminal, kept where any viewer finds them."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

from bots.pictures import suffix_of
from core.records import dataclass


@dataclass(frozen=True, slots=True)
class Album:
    """A folder of pictures and files that its owner alone can read."""

    folder: Path

    def keep(self, content: bytes) -> Path:
        """Put a picture there, once; where it lies."""
        name = f"{sha256(content).hexdigest()[:12]}.{suffix_of(content) or 'jpg'}"
        return self.keep_as(name, content)

    def keep_as(self, name: str, content: bytes) -> Path:
        """Put a file of this name there, in the place of an earlier one; where it lies."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        place = self.folder / name
        # Moved there when it is whole.
        new = place.with_suffix(".new")
        new.unlink(missing_ok=True)
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        return new.replace(place)
