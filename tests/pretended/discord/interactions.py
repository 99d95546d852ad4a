"""One act of a person, and all that the bot answered to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.patience import PATIENCE
from tests.pretended.discord.components import (
    CHECKBOX,
    CHECKBOX_GROUP,
    FILE_UPLOAD,
    LABEL,
    RADIO_GROUP,
    ROW,
    STRING_SELECT,
    TEXT_INPUT,
    Choice,
    Component,
)
from tests.pretended.discord.errors import NotPossible

if TYPE_CHECKING:
    from tests.pretended.discord.clock import Noticeboard
    from tests.pretended.discord.messages import Message
    from tests.pretended.discord.places import Channel, Guild, User

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
ANSWER, THINK, DEFER_UPDATE, UPDATE, SUGGEST, OPEN_MODAL = 4, 5, 6, 7, 8, 9

Referred = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class ModalField:
    """One thing that a modal asks for."""

    custom_id: str
    label: str
    kind: int
    component: Component

    @property
    def required(self) -> bool:
        """Whether the client insists on it. Everything but a lone checkbox is by default."""
        return bool(self.component.get("required", self.kind != CHECKBOX))

    @property
    def default(self) -> Any:
        """What already stands in it."""
        if self.kind == CHECKBOX:
            return self.component.get("default", False)
        if self.kind == TEXT_INPUT:
            return self.component.get("value")
        chosen = [option["value"] for option in self._options() if option.get("default")]
        chosen += [str(value["id"]) for value in self.component.get("default_values") or []]
        return chosen or None

    def answers_to(self, key: str) -> bool:
        """Whether a test means this field: by its custom id, or by its label."""
        return key == self.custom_id or _simple(key) == _simple(self.label)

    def filled(self, value: Any, refer: Any) -> Component:
        """What the client would send for this value.

        Args:
            value: What somebody entered; ``None`` for nothing.
            refer: Turns a person, role, channel or upload into its id, and remembers it.

        Raises:
            NotPossible: The client would not let it pass.
        """
        sent: Component = {"type": self.kind, "custom_id": self.custom_id}
        sent["id"] = self.component.get("id", 0)
        if self.kind == TEXT_INPUT:
            return sent | {"value": self._text(value)}
        if self.kind == CHECKBOX:
            return sent | {"value": bool(value)}
        values = value if isinstance(value, list | tuple) else [value]
        chosen = [self._chosen(one, refer) for one in values if one is not None]
        self._check_count(chosen)
        if self.kind == RADIO_GROUP:
            return sent | {"value": chosen[0] if chosen else None}
        return sent | {"values": chosen}

    def _text(self, value: Any) -> str:
        text = "" if value is None else value
        if not isinstance(text, str):
            raise NotPossible(f"{self.label} takes a text, not {value!r}")
        least = self.component.get("min_length") or 0
        most = self.component.get("max_length") or 4000
        if not text and not self.required:
            return text
        if not max(least, 1) <= len(text) <= most:
            raise NotPossible(f"{self.label} needs {max(least, 1)} to {most} letters: {text!r}")
        return text

    def _chosen(self, value: Any, refer: Any) -> str:
        if self.kind in (STRING_SELECT, RADIO_GROUP, CHECKBOX_GROUP):
            for option in self._options():
                if value in (option["value"], option["label"]):
                    return str(option["value"])
            offered = [option["label"] for option in self._options()]
            raise NotPossible(f"{self.label} offers {offered}, not {value!r}")
        return str(refer(value))

    def _check_count(self, chosen: list[str]) -> None:
        least, most = self.component.get("min_values", 1), self.component.get("max_values", 1)
        if self.kind == CHECKBOX_GROUP:
            most = self.component.get("max_values", len(self._options()))
        if not chosen and not self.required:
            return
        if not max(least, int(self.required)) <= len(chosen) <= most:
            raise NotPossible(f"{self.label} takes {least} to {most} choices, not {len(chosen)}")

    def _options(self) -> list[dict[str, Any]]:
        return self.component.get("options") or []

    @property
    def takes_upload(self) -> bool:
        """Whether it asks for a file."""
        return self.kind == FILE_UPLOAD


def _simple(label: str) -> str:
    return "_".join("".join(c if c.isalnum() else " " for c in label.casefold()).split())


@dataclass(frozen=True)
class Modal:
    """A form that opened in front of somebody."""

    custom_id: str
    title: str
    components: list[Component]
    interaction: Interaction

    @property
    def fields(self) -> list[ModalField]:
        """What it asks for, from the top down."""
        return [read for part in self.components for read in _read_fields(part)]

    def submission(self, entered: dict[str, Any], refer: Any) -> list[Component]:
        """What the client would send when somebody fills this in.

        Raises:
            NotPossible: There is no such field, or the client would not let it pass.
        """
        left = dict(entered)
        sent = [self._submit_part(part, left, refer) for part in self.components]
        if left:
            known = [entry.custom_id for entry in self.fields]
            raise NotPossible(f"the form has no field {sorted(left)}, only {known}")
        return sent

    def _submit_part(self, part: Component, left: dict[str, Any], refer: Any) -> Component:
        sent: Component = {"type": part["type"], "id": part.get("id", 0)}
        for entry in _read_fields(part):
            key = next((key for key in left if entry.answers_to(key)), None)
            value = entry.default if key is None else left.pop(key)
            filled = entry.filled(value, refer)
            sent |= {"component": filled} if part["type"] == LABEL else {"components": [filled]}
        return sent


def _read_fields(part: Component) -> list[ModalField]:
    if part["type"] == LABEL:
        inner = part["component"]
        return [ModalField(inner["custom_id"], part["label"], inner["type"], inner)]
    if part["type"] == ROW:
        return [
            ModalField(inner["custom_id"], inner["label"], inner["type"], inner)
            for inner in part["components"]
        ]
    return []


@dataclass(eq=False)
class Interaction:
    """A person's act: a command, a press, a submitted form.

    A test holds this and asks it what the bot answered.
    """

    id: int
    token: str
    kind: int
    user: User
    channel: Channel
    created_at: datetime
    board: Noticeboard
    payload: dict[str, Any] = field(default_factory=dict)
    message: Message | None = None
    deliveries: int = 0
    attempts: int = 0
    acknowledged_with: int | None = None
    acknowledged_after: float | None = None
    original: Message | None = None
    responses: list[Message] = field(default_factory=list)
    modal: Modal | None = None
    choices: list[Choice] | None = None
    settled: bool = False
    excused: bool = False

    @property
    def guild(self) -> Guild | None:
        """Where it happened; none in direct messages."""
        return self.channel.guild

    @property
    def acknowledged(self) -> bool:
        """Whether the bot answered at all."""
        return self.acknowledged_with is not None

    @property
    def thinking(self) -> bool:
        """Whether people still see "is thinking" and nothing else."""
        return self.acknowledged_with == THINK and not self.settled

    @property
    def response(self) -> Message:
        """The newest message of the answer."""
        if not self.responses:
            raise AssertionError(f"{self} was not answered by a message")
        return self.responses[-1]

    @property
    def text(self) -> str:
        """All that the bot answered by messages that still stand, as plain words."""
        return "\n".join(message.text for message in self.responses if not message.deleted)

    async def acknowledged_within(self, timeout: float = PATIENCE) -> Interaction:  # noqa: ASYNC109
        """Wait until the bot has taken notice, by whatever first response."""
        await self.board.until(lambda: self.acknowledged, timeout, f"a response to {self}")
        return self

    async def answered(self, timeout: float = PATIENCE) -> Interaction:  # noqa: ASYNC109
        """Wait until the person sees an answer: a message, a change, a form, suggestions.

        A press that was only acknowledged ("deferred update") is answered when the
        bot edits through the interaction's token or follows up; where it edits the
        card as a message of its own, wait with ``acknowledged_within`` and ``until``.
        """
        await self.board.until(lambda: self.settled, timeout, f"an answer to {self}")
        return self

    def show(self, message: Message) -> None:
        """Note that this message is (part of) the answer."""
        if message not in self.responses:
            self.responses.append(message)
        self.settled = True

    def metadata(self) -> dict[str, Any]:
        """As a message tells where it came from."""
        owners = {"0": str(self.guild.id)} if self.guild else {"0": "0"}
        described: dict[str, Any] = {
            "id": str(self.id),
            "type": self.kind,
            "user": self.user.payload(),
            "authorizing_integration_owners": owners,
        }
        if self.kind == COMPONENT and self.message:
            described["interacted_message_id"] = str(self.message.id)
        if self.kind == MODAL_SUBMIT:
            opener = {**described, "type": COMMAND}
            described["triggering_interaction_metadata"] = opener
        return described

    def __repr__(self) -> str:
        data = self.payload.get("data", {})
        what = data.get("name") or data.get("custom_id") or "?"
        return f"<Interaction {what} by {self.user.name}>"
