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
from pathlib import Path

from bots.settings import Settings, SettingsError, load_settings


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
    return parser


def _add_play(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a transcript")
    parser.add_argument(
        "--record", action="store_true", help="write what is seen into the transcripts"
    )
    parser.add_argument("--database", default="", metavar="URL", help="play on this empty database")
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
    went = [_play_one(file, asked, settings) for file in asked.files]
    return 0 if all(went) else 1


def _play_one(file: Path, asked: argparse.Namespace, settings: Settings) -> bool:
    """Whether a transcript went as it is written, or does so now that it was recorded."""
    from bots.playing import play_locally
    from bots.transcripts.script import CannotRead, read_script

    try:
        script = read_script(file.read_text(encoding="utf-8"))
    except (CannotRead, OSError) as reason:
        print(f"{file}: {reason}")
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


if __name__ == "__main__":
    sys.exit(main())
