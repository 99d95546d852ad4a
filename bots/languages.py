"""The languages that are spoken: English, and each that has a catalogue.

Whoever puts `<language>.po` into `bots/locales` has added a language; nothing else is to be done.
"""

from pathlib import Path

FOLDER = Path(__file__).parent / "locales"
LANGUAGES = ("en", *sorted(path.stem for path in FOLDER.glob("*.po")))


def one_of_ours(wanted: str) -> str:
    """The language of ours that is meant by 'fr', 'fr-CA' or 'fr_CA', '' if none is."""
    language = wanted.replace("-", "_").split("_")[0].lower()
    return language if language in LANGUAGES else ""
