"""Messages: what may be sent, what stands there, and what people see of it."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.pretended.discord.components import (
    BUTTON,
    ROW,
    Button,
    Component,
    ComponentCheck,
    Select,
    button_rows,
    number_components,
    selects_of,
    texts_of,
    walk,
)
from tests.pretended.discord.errors import ApiError, Form
from tests.pretended.discord.texts import Pings, plain

if TYPE_CHECKING:
    from tests.pretended.discord.interactions import Interaction
    from tests.pretended.discord.places import Channel, User

EPHEMERAL, LOADING, V2 = 1 << 6, 1 << 7, 1 << 15
SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS = 1 << 2, 1 << 12
MAX_UPLOAD_BYTES = 10 * 1024 * 1024
DEFAULT, REPLY, SLASH_ANSWER, MENU_ANSWER = 0, 19, 20, 23


@dataclass(frozen=True)
class Upload:
    """A file that somebody hands over."""

    filename: str
    content: bytes
    content_type: str = "image/png"


@dataclass(frozen=True)
class Attachment:
    """A file that Discord keeps and serves."""

    id: int
    filename: str
    content: bytes
    content_type: str
    url: str
    description: str | None = None

    def payload(self) -> dict[str, Any]:
        """As Discord describes an attachment."""
        return {
            "id": str(self.id),
            "filename": self.filename,
            "size": len(self.content),
            "url": self.url,
            "proxy_url": self.url,
            "content_type": self.content_type,
            "description": self.description,
        }


@dataclass(eq=False)
class Message:
    """One message, as it stands now; ``versions`` holds what it said before."""

    id: int
    channel: Channel
    author: User
    created_at: datetime
    kind: int = DEFAULT
    content: str = ""
    embeds: list[dict[str, Any]] = field(default_factory=list)
    components: list[Component] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    flags: int = 0
    nonce: str | None = None
    reference: Message | None = None
    interaction: Interaction | None = None
    visible_to: User | None = None
    edited_at: datetime | None = None
    deleted: bool = False
    pings: Pings = field(default_factory=Pings)
    edits: int = 0
    versions: list[str] = field(default_factory=list)
    old_components: list[list[Component]] = field(default_factory=list)
    reactions: dict[str, set[int]] = field(default_factory=dict)

    @property
    def ephemeral(self) -> bool:
        """Whether only one person sees it."""
        return bool(self.flags & EPHEMERAL)

    @property
    def loading(self) -> bool:
        """Whether it still only says that the bot is thinking."""
        return bool(self.flags & LOADING)

    @property
    def is_v2(self) -> bool:
        """Whether it is built of cards instead of a text."""
        return bool(self.flags & V2)

    @property
    def raw(self) -> str:
        """Everything it says, with the markup that was sent."""
        embeds = [
            part
            for embed in self.embeds
            for part in (embed.get("title"), embed.get("description"))
            if part
        ]
        return "\n".join(filter(None, [self.content, *embeds, *texts_of(self.components)]))

    @property
    def text(self) -> str:
        """Everything it says, as plain words with names instead of mentions."""
        return plain(self.raw, self._name)

    @property
    def buttons(self) -> list[list[Button]]:
        """Its buttons, row by row."""
        return button_rows(self.components)

    @property
    def labels(self) -> list[str]:
        """What stands on its buttons, those to press included those greyed out."""
        return [button.label for row in self.buttons for button in row]

    @property
    def selects(self) -> list[Select]:
        """Its select menus."""
        return selects_of(self.components)

    def button(self, label: str) -> Button | None:
        """The button with this label, if there is one."""
        found = (button for row in self.buttons for button in row if button.label == label)
        return next(found, None)

    def components_with(self, custom_id: str) -> list[Component]:
        """Its components when they last held this id, or as somebody would forge them."""
        for components in (self.components, *reversed(self.old_components)):
            if any(part.get("custom_id") == custom_id for part in walk(components)):
                return components
        forged = {"type": BUTTON, "style": 2, "label": "?", "custom_id": custom_id, "id": 1001}
        return [*self.components, {"type": ROW, "id": 1000, "components": [forged]}]

    def _name(self, kind: str, key: int) -> str:
        guild = self.channel.guild
        if kind == "#":
            place = guild.channels.get(key) if guild else None
            return f"#{place.name}" if place else f"<#{key}>"
        if kind == "@&":
            role = guild.roles.get(key) if guild else None
            return f"@{role.name}" if role else f"<@&{key}>"
        member = guild.members.get(key) if guild else None
        if member:
            return f"@{member.display_name}"
        recipient = self.channel.recipient
        if recipient and recipient.id == key:
            return f"@{recipient.display_name}"
        return f"<@{key}>"

    def payload(self) -> dict[str, Any]:
        """As Discord describes a message."""
        described: dict[str, Any] = {
            "id": str(self.id),
            "channel_id": str(self.channel.id),
            "author": self.author.payload(),
            "type": self.kind,
            "content": self.content,
            "embeds": self.embeds,
            "components": self.components,
            "attachments": [attachment.payload() for attachment in self.attachments],
            "mentions": self._mentioned(),
            "mention_roles": [str(role) for role in sorted(self.pings.roles)],
            "mention_everyone": self.pings.everyone,
            "timestamp": self.created_at.isoformat(),
            "edited_timestamp": self.edited_at.isoformat() if self.edited_at else None,
            "tts": False,
            "pinned": False,
            "flags": self.flags,
            "reactions": [
                {
                    "count": len(people),
                    "count_details": {"burst": 0, "normal": len(people)},
                    "me": self.author.id in people,
                    "me_burst": False,
                    "burst_colors": [],
                    "emoji": {"id": None, "name": emoji},
                }
                for emoji, people in self.reactions.items()
            ],
        }
        return described | self._origin()

    def _mentioned(self) -> list[dict[str, Any]]:
        members = self.channel.guild.members if self.channel.guild else {}
        return [members[key].user.payload() for key in sorted(self.pings.users) if key in members]

    def _origin(self) -> dict[str, Any]:
        origin: dict[str, Any] = {}
        if self.nonce is not None:
            origin["nonce"] = self.nonce
        if self.reference is not None:
            reference = {"message_id": str(self.reference.id), "type": 0}
            origin["message_reference"] = reference | {"channel_id": str(self.channel.id)}
        if self.interaction is not None:
            origin["webhook_id"] = str(self.author.id)
            origin["application_id"] = str(self.author.id)
            origin["interaction_metadata"] = self.interaction.metadata()
        return origin

    def __repr__(self) -> str:
        return f"<Message {self.id}: {self.text!r}>"


@dataclass
class Draft:
    """The contents of a message that is about to be sent or changed."""

    content: str
    embeds: list[dict[str, Any]]
    components: list[Component]
    attachments: list[Attachment]
    flags: int
    allowed_mentions: dict[str, Any] | None
    kept_attachments: list[Attachment] = field(default_factory=list)
    new_files: list[tuple[Upload, str | None]] = field(default_factory=list)


def read_draft(
    body: dict[str, Any],
    files: dict[str, Upload],
    *,
    allowed_flags: int,
    was: Message | None = None,
) -> Draft:
    """Check the body of a message, on top of what stood there, and read it.

    Args:
        body: What the bot sent.
        files: The uploaded files by their field number.
        allowed_flags: The flags that may be set on this occasion.
        was: The message that is being edited.

    Raises:
        ApiError: 50035 with all that is wrong, 50006 if nothing is left to show,
            40005 if a file is too large.
    """
    form = Form()
    _check_fields(form, body, allowed_flags)
    form.settle()
    kept, new_files = _read_attachments(form, body, files, was)
    draft = Draft(
        content=body.get("content", was.content if was else "") or "",
        embeds=copy.deepcopy(body.get("embeds", was.embeds if was else []) or []),
        components=copy.deepcopy(body.get("components", was.components if was else []) or []),
        attachments=[],
        flags=_merged_flags(body, was),
        allowed_mentions=body.get("allowed_mentions"),
        kept_attachments=kept,
        new_files=new_files,
    )
    _check_whole(form, draft)
    form.settle()
    number_components(draft.components)
    _refuse_nothing(draft, body)
    return draft


def _merged_flags(body: dict[str, Any], was: Message | None) -> int:
    flags = int(body.get("flags") or 0)
    if was is None:
        return flags
    lasting = was.flags & (EPHEMERAL | V2)
    return lasting | flags & (V2 | SUPPRESS_EMBEDS)


def _check_fields(form: Form, body: dict[str, Any], allowed_flags: int) -> None:
    content = body.get("content")
    if content is not None:
        form.text("content", content, 0, 2000)
    flags = body.get("flags") or 0
    if form.need(isinstance(flags, int), "flags", "NUMBER_TYPE_COERCE", "Must be a number."):
        message = f"These flags cannot be set here: {flags & ~allowed_flags}."
        form.need(not flags & ~allowed_flags, "flags", "MESSAGE_FLAGS_INVALID", message)
    nonce = body.get("nonce")
    if nonce is not None:
        form.text("nonce", str(nonce), 0, 25)
    _check_embeds(form, body.get("embeds") or [])
    _check_allowed_mentions(form, body.get("allowed_mentions"))


def _check_embeds(form: Form, embeds: list[dict[str, Any]]) -> None:
    form.size("embeds", embeds, 0, 10, "in length")
    total = 0
    for index, embed in enumerate(embeds):
        parts: list[tuple[str, Any, int]] = [
            (f"embeds.{index}.title", embed.get("title"), 256),
            (f"embeds.{index}.description", embed.get("description"), 4096),
            (f"embeds.{index}.footer.text", (embed.get("footer") or {}).get("text"), 2048),
            (f"embeds.{index}.author.name", (embed.get("author") or {}).get("name"), 256),
        ]
        fields = embed.get("fields") or []
        form.size(f"embeds.{index}.fields", fields, 0, 25, "in length")
        for number, entry in enumerate(fields):
            here = f"embeds.{index}.fields.{number}"
            parts += [(f"{here}.name", entry.get("name"), 256)]
            parts += [(f"{here}.value", entry.get("value"), 1024)]
        for path, value, most in parts:
            if value is not None:
                form.text(path, value, 0, most)
                total += len(str(value))
    message = "Embed size exceeds maximum size of 6000"
    form.need(total <= 6000, "embeds", "MAX_EMBED_SIZE_EXCEEDED", message)


def _check_allowed_mentions(form: Form, allowed: dict[str, Any] | None) -> None:
    if allowed is None:
        return
    parse = allowed.get("parse") or []
    for index, kind in enumerate(parse):
        form.choice(f"allowed_mentions.parse.{index}", kind, ("roles", "users", "everyone"))
    for kind in ("users", "roles"):
        listed = allowed.get(kind) or []
        form.size(f"allowed_mentions.{kind}", listed, 0, 100, "in length")
        message = f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
        alone = not (listed and kind in parse)
        form.need(alone, "allowed_mentions", "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", message)


def _read_attachments(
    form: Form, body: dict[str, Any], files: dict[str, Upload], was: Message | None
) -> tuple[list[Attachment], list[tuple[Upload, str | None]]]:
    standing = {str(attachment.id): attachment for attachment in (was.attachments if was else [])}
    listed = body.get("attachments")
    if listed is None:
        kept = list(standing.values())
        return kept, [(upload, None) for upload in files.values()]
    kept, new = [], []
    for index, entry in enumerate(listed):
        key = str(entry.get("id"))
        if key in files:
            upload = files[key]
            named = Upload(entry.get("filename") or upload.filename, upload.content)
            new.append((named, entry.get("description")))
        elif key in standing:
            kept.append(standing[key])
        else:
            message = "The attachment has neither been uploaded nor was it there before."
            form.wrong(f"attachments.{index}.id", "ATTACHMENT_NOT_FOUND", message)
    form.size("attachments", kept + new, 0, 10, "in length")
    form.settle()
    if any(len(upload.content) > MAX_UPLOAD_BYTES for upload, _ in new):
        raise ApiError(413, 40005, "Request entity too large", fault=True)
    return kept, new


def _check_whole(form: Form, draft: Draft) -> None:
    v2 = bool(draft.flags & V2)
    if v2:
        code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
        for key in ("content", "embeds"):
            message = f"The '{key}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            form.need(not getattr(draft, key), key, code, message)
    names = {attachment.filename for attachment in draft.kept_attachments}
    names |= {upload.filename for upload, _ in draft.new_files}
    check = ComponentCheck(form, attached=frozenset(names))
    if draft.components or v2:
        check.check_message(draft.components, v2=v2)


def _refuse_nothing(draft: Draft, body: dict[str, Any]) -> None:
    shown: list[Any] = [draft.content.strip(), draft.embeds, draft.components]
    shown += [draft.kept_attachments, draft.new_files, body.get("poll"), body.get("sticker_ids")]
    if not any(shown):
        raise ApiError(400, 50006, "Cannot send an empty message", fault=True)
