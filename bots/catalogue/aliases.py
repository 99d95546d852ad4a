"""What the commands are called in Swahili and in French, beside their English names.

Each is typed like the English name and reaches the same command, whatever language somebody
speaks; help and menus show the reader's. Telegram takes small letters without accents, digits and
`_`, at most 32; no two commands may share a name in any language. A subcommand of `/pool` keeps
that word in front.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bots.catalogue.commands import Command

ALIASES: Mapping[str, tuple[str, str]] = {
    # English: Swahili, French
    "start": ("anza", "demarrer"),
    "help": ("msaada", "aide"),
    "privacy": ("faragha", "confidentialite"),
    "status": ("hali", "etat"),
    "audit": ("ukaguzi", "verification"),
    "offer": ("toa", "offrir"),
    "need": ("hitaji", "besoin"),
    "board": ("ubao", "tableau"),
    "mine": ("yangu", "mes"),
    "matches": ("yanayofaa", "correspondances"),
    "edit": ("hariri", "modifier"),
    "close": ("funga", "fermer"),
    "renew": ("huisha", "renouveler"),
    "queue": ("foleni", "file"),
    "commit": ("ahidi", "promettre"),
    "take": ("chukua", "prendre"),
    "done": ("tayari", "fait"),
    "kept": ("imetimizwa", "tenue"),
    "withdraw": ("ondoa", "retirer"),
    "confirm": ("thibitisha", "confirmer"),
    "decline": ("rudisha", "renvoyer"),
    "thank": ("shukuru", "remercier"),
    "send": ("tuma", "envoyer"),
    "ask": ("omba", "demander"),
    "undo": ("tengua", "annuler"),
    "spend": ("tumia", "commander"),
    "delivered": ("imefika", "livre"),
    "cancel": ("ghairi", "decommander"),
    "balance": ("salio", "solde"),
    "history": ("historia", "historique"),
    "pledge": ("mchango", "cotiser"),
    "plan": ("uanachama", "adhesion"),
    "pause": ("pumzika", "suspendre"),
    "resume": ("endelea", "reprendre"),
    "end": ("maliza", "terminer"),
    "give": ("changia", "donner"),
    "buy": ("nunua", "acheter"),
    "back": ("dhamini", "garantir"),
    "cashout": ("badilisha", "encaisser"),
    "treasury": ("hazina", "caisse"),
    "received": ("imepokelewa", "recu"),
    "cash": ("taslimu", "especes"),
    "expense": ("gharama", "depense"),
    "approve": ("idhinisha", "approuver"),
    "refuse": ("kataa", "refuser"),
    "paid": ("imelipwa", "paye"),
    "dispute": ("lalamika", "contester"),
    "resolve": ("amua", "trancher"),
    "reverse": ("geuza", "rectifier"),
    "support": ("usaidizi", "assistance"),
    "feedback": ("maoni", "avis"),
    "gather": ("kutana", "reunir"),
    "gatherings": ("mikutano", "rencontres"),
    "going": ("nitakuja", "venir"),
    "attended": ("mahudhurio", "presences"),
    "join": ("jiunge", "rejoindre"),
    "me": ("mimi", "moi"),
    "mydata": ("data_yangu", "mes_donnees"),
    "language": ("lugha", "langue"),
    "share": ("onyesha", "partager"),
    "link": ("unganisha", "relier"),
    "unlink": ("tenganisha", "delier"),
    "leave": ("ondoka", "quitter"),
    "register": ("sajili", "inscrire"),
    "record": ("rekodi", "enregistrer"),
    "appoint": ("teua", "nommer"),
    "dismiss": ("achisha", "demettre"),
    "rules": ("kanuni", "regles"),
    "set": ("weka", "fixer"),
    "report": ("ripoti", "rapport"),
    "rotate": ("pokezana", "relayer"),
    "away": ("sipo", "absence"),
    "doctor": ("daktari", "docteur"),
    "settings": ("mipangilio", "reglages"),
    "quiet": ("kimya", "silence"),
    "pool create": ("pool anzisha", "pool creer"),
    "pool join": ("pool jiunge", "pool rejoindre"),
    "pool rename": ("pool jina", "pool renommer"),
    "pool currency": ("pool sarafu", "pool devise"),
    "pool invite": ("pool alika", "pool inviter"),
    "pool channel": ("pool tangaza", "pool annoncer"),
}


def with_aliases(commands: Sequence[Command]) -> tuple[Command, ...]:
    """The commands with their names in the other languages."""
    return tuple(map(_with_alias, commands))


def _with_alias(command: Command) -> Command:
    known = ALIASES.get(command.full_name)
    if known is None:
        return command
    swahili, french = known
    return replace(command, aliases=(("sw", swahili), ("fr", french)))
