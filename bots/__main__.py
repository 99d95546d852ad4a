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
import gc
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bots.languages import LANGUAGES
from bots.roles import ROLES, roles_of
from bots.settings import Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from bots.findings import Finding
    from bots.local_bot.powers import Powers
    from bots.transcripts.script import Script


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line asks for; gives the exit code."""
    parser = _parser()
    asked = parser.parse_args((sys.argv[1:] if arguments is None else arguments) or ["run"])
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
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    _add_run(commands.add_parser("run", help="start the bot (the default)"))
    _add_play(commands.add_parser("play", help="play transcripts, and show what differs"))
    for name, summary, do in (
        ("doctor", "look whether all is well", _doctor),
        ("migrate", "bring the database up to date", _migrate),
        ("audit", "prove that every pool's books balance", _audit),
    ):
        commands.add_parser(name, help=summary).set_defaults(do=do)
    outbox = commands.add_parser("outbox", help="what the doctor says was given up")
    outbox.add_argument("what", choices=["again", "drop"], help="say it after all, or forget it")
    outbox.set_defaults(do=_outbox)
    backup = commands.add_parser("backup", help="copy the database while the bot runs")
    backup.add_argument("file", type=Path, metavar="FILE", help="a file that is not there yet")
    backup.set_defaults(do=_backup)
    restore = commands.add_parser("restore", help="make a copy the database again")
    restore.add_argument("file", type=Path, metavar="FILE", help="a copy")
    restore.set_defaults(do=_restore)
    return parser


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--roles",
        type=_roles,
        metavar="ROLE,...",
        help=(
            "on a PostgreSQL that several processes share: do these, or stand by for them"
            f" ({', '.join(ROLES)}); without it, one process does all"
        ),
    )
    page = parser.add_argument_group("the chat without any token, in a browser")
    page.add_argument("--host", default="127.0.0.1", help="listen at this address of the computer")
    page.add_argument("--port", type=int, default=0, help="listen at this port; 0 is any free one")
    page.add_argument(
        "--exposed", action="store_true", help="let --host be one that other computers reach"
    )
    _add_powers(parser)
    parser.set_defaults(do=_run)


def _roles(text: str) -> list[str]:
    """The roles of `--roles`, each once."""
    roles = list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not roles or not set(roles) <= set(ROLES):
        raise argparse.ArgumentTypeError(f"names of {', '.join(ROLES)}, with commas between")
    return roles


def _add_powers(parser: argparse.ArgumentParser) -> None:
    powers = parser.add_argument_group("what the local platform can do less, as others cannot")
    powers.add_argument(
        "--no-private-in-group",
        action="store_true",
        help="nobody alone can be shown something in the group",
    )
    powers.add_argument(
        "--no-direct-messages", action="store_true", help="nobody can talk to the bot in private"
    )
    powers.add_argument(
        "--text-limit",
        type=int,
        default=0,
        metavar="N",
        help="a message has N characters at most; 0 is any number",
    )


def _powers(asked: argparse.Namespace) -> "Powers":
    from bots.local_bot.powers import Powers

    return Powers(
        private_in_group=not asked.no_private_in_group,
        direct_messages=not asked.no_direct_messages,
        text_max=max(0, asked.text_limit),
    )


def _add_play(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a transcript")
    parser.add_argument(
        "--record", action="store_true", help="write what is seen into the transcripts"
    )
    parser.add_argument("--database", default="", metavar="URL", help="play on this empty database")
    parser.add_argument(
        "--language",
        choices=[each for each in LANGUAGES if each != "en"],
        help="write the transcripts in this language: what people press and see is in it",
    )
    parser.add_argument("--into", type=Path, metavar="DIR", help="where to write them")
    _add_powers(parser)
    parser.set_defaults(do=_play)


def _run(asked: argparse.Namespace, settings: Settings) -> int:
    """Run the platforms that have a token; without any, the chat on this computer."""
    # What a start imports and makes stays: to look for garbage in it took a sixth of the time.
    # It is looked for once all is open (`bots.app.collect_garbage`).
    gc.disable()
    try:
        return _run_rooms(asked, settings)
    finally:
        gc.enable()


def _run_rooms(asked: argparse.Namespace, settings: Settings) -> int:
    from bots.app import CannotOpen, rooms_of, run
    from bots.logs import set_up_logs

    lacking = set(asked.roles or ()) - set(roles_of(settings))
    if lacking:
        print(f"No token is set for: {', '.join(sorted(lacking))}.", file=sys.stderr)
        return 2
    try:
        if rooms_of(settings):
            set_up_logs(settings)
            return asyncio.run(run(settings, asked.roles))
        from bots.local_bot.browser.listening import Listening
        from bots.playing import chat

        listening = Listening(asked.host, asked.port, exposed=asked.exposed)
        set_up_logs(settings, settings.data_dir / "local.log")
        return asyncio.run(chat(settings, listening, _powers(asked)))
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
    played = asyncio.run(play_locally(script, settings, asked.database, _powers(asked)))
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


def _outbox(asked: argparse.Namespace, settings: Settings) -> int:
    """Say what was given up after all, or forget it."""
    from bots.housekeeping import CannotDo, let_go, say_again

    try:
        print(asyncio.run((say_again if asked.what == "again" else let_go)(settings)))
    except CannotDo as reason:
        print(reason, file=sys.stderr)
        return 1
    return 0


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


def _restore(asked: argparse.Namespace, settings: Settings) -> int:
    """Make a copy the database again, then prove its books."""
    from bots.housekeeping import CannotDo, prove, restore

    try:
        print(f"{asked.file} is {restore(settings, asked.file)} now. Its books:")
        return _told(asyncio.run(prove(settings)))
    except CannotDo as reason:
        print(reason, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
