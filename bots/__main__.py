"""`python -m bots`: run the bot, or look after what it keeps.

Written so that any Python 3 can read it: an old one is told kindly that it is too old. Whatever a
subcommand needs is imported there, so that `play` waits for no platform's library.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - who has an older one reads this
    sys.exit(
        "Poolkeeper needs Python 3.11 or newer; this is Python {}.{}.\n"
        "Start it with another one: python3.11 -m bots".format(*sys.version_info[:2])
    )

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bots.settings import Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from bots.housekeeping import Finding
    from bots.transcripts.script import Script


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line asks for; gives the exit code."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    try:
        settings = load_settings()
    except SettingsError as reason:
        print(reason, file=sys.stderr)
        return 2
    try:
        return int(asked.do(asked, settings))
    except KeyboardInterrupt:
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bots", description="A chat bot that keeps a commitment pool for a group."
    )
    parser.set_defaults(do=_run)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    commands.add_parser("run", help="start the bot (the default)").set_defaults(do=_run)
    _add_play(commands.add_parser("play", help="play transcripts, and show what differs"))
    for name, summary, do in (
        ("doctor", "look whether all is well", _doctor),
        ("migrate", "bring the database up to date", _migrate),
        ("audit", "prove that every pool's books balance", _audit),
    ):
        commands.add_parser(name, help=summary).set_defaults(do=do)
    backup = commands.add_parser("backup", help="copy the database while the bot runs")
    backup.add_argument("file", type=Path, metavar="FILE", help="a file that is not there yet")
    backup.set_defaults(do=_backup)
    return parser


def _add_play(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a transcript")
    parser.add_argument(
        "--record", action="store_true", help="write what is seen into the transcripts"
    )
    parser.add_argument("--database", default="", metavar="URL", help="play on this empty database")
    parser.add_argument(
        "--language",
        choices=("sw", "fr"),
        help="write the transcripts in this language: what people press and see is in it",
    )
    parser.add_argument("--into", type=Path, metavar="DIR", help="where to write them")
    parser.set_defaults(do=_play)


def _run(_: argparse.Namespace, settings: Settings) -> int:
    """Run the platforms that have a token; without any, the chat in this terminal."""
    from bots.app import CannotOpen, rooms_of, run
    from bots.logs import set_up_logs

    try:
        if rooms_of(settings):
            set_up_logs(settings)
            return asyncio.run(run(settings))
        from bots.playing import chat

        set_up_logs(settings, settings.data_dir / "local.log")
        return asyncio.run(chat(settings))
    except CannotOpen as reason:
        print(reason, file=sys.stderr)
        return 1


def _play(asked: argparse.Namespace, settings: Settings) -> int:
    """Play transcripts one after the other; 0 when all went as they are written."""
    if bool(asked.language) is not bool(asked.into):
        print("--language and --into go together", file=sys.stderr)
        return 2
    do = _translate_one if asked.language else _play_one
    went = [do(file, asked, settings) for file in asked.files]
    return 0 if all(went) else 1


def _play_one(file: Path, asked: argparse.Namespace, settings: Settings) -> bool:
    """Whether a transcript went as it is written, or does so now that it was recorded."""
    from bots.playing import play_locally

    script = _read(file)
    if script is None:
        return False
    played = asyncio.run(play_locally(script, settings, asked.database))
    for fault in played.faults:
        print(f"{file}: {fault}")
    if asked.record and played.before != played.after:
        file.write_text(played.after, encoding="utf-8")
        print(f"{file}: recorded")
        return not played.faults
    print(f"{file}: as written" if played.well else played.difference(str(file)))
    return played.well


def _translate_one(file: Path, asked: argparse.Namespace, settings: Settings) -> bool:
    """Whether a transcript could be written in another language."""
    from bots.playing import translate_locally

    script = _read(file)
    if script is None:
        return False
    played = asyncio.run(translate_locally(script, settings, asked.language))
    for fault in played.faults:
        print(f"{file}: {fault}")
    if played.faults:
        return False
    asked.into.mkdir(parents=True, exist_ok=True)
    (asked.into / file.name).write_text(played.after, encoding="utf-8")
    print(f"{asked.into / file.name}: written")
    return True


def _read(file: Path) -> "Script | None":
    """A transcript, or None when it cannot be read; why was said then."""
    from bots.transcripts.script import CannotRead, read_script

    try:
        return read_script(file.read_text(encoding="utf-8"))
    except (CannotRead, OSError) as reason:
        print(f"{file}: {reason}")
        return None


def _doctor(_: argparse.Namespace, settings: Settings) -> int:
    """Look whether all is well; 1 when it is not."""
    from bots.housekeeping import examine

    return _told(asyncio.run(examine(settings)))


def _audit(_: argparse.Namespace, settings: Settings) -> int:
    """Prove the books of every pool; 1 when one has a fault."""
    from bots.housekeeping import CannotDo, prove

    try:
        return _told(asyncio.run(prove(settings)))
    except CannotDo as reason:
        print(reason, file=sys.stderr)
        return 1


def _told(findings: "Sequence[Finding]") -> int:
    for each in findings:
        print(each)
    return 0 if all(each.well for each in findings) else 1


def _migrate(_: argparse.Namespace, settings: Settings) -> int:
    """Make the tables, or bring them up to date."""
    from bots.app import CannotOpen
    from bots.housekeeping import migrate

    try:
        print(migrate(settings))
    except CannotOpen as reason:
        print(reason, file=sys.stderr)
        return 1
    return 0


def _backup(asked: argparse.Namespace, settings: Settings) -> int:
    """Copy the database to a new file."""
    from bots.housekeeping import CannotDo, back_up

    try:
        back_up(settings, asked.file)
    except CannotDo as reason:
        print(reason, file=sys.stderr)
        return 1
    print(f"Copied to {asked.file}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
