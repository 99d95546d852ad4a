"""How the bot answers interactions: callbacks and follow-ups, with all their deadlines."""

from __future__ import annotations

from typing import Any

from tests.pretended.discord.commands import check_choice
from tests.pretended.discord.components import Choice, ComponentCheck, number_components
from tests.pretended.discord.errors import ApiError, Form, unknown
from tests.pretended.discord.interactions import (
    ANSWER,
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    DEFER_UPDATE,
    MODAL_SUBMIT,
    OPEN_MODAL,
    SUGGEST,
    THINK,
    UPDATE,
    Interaction,
    Modal,
)
from tests.pretended.discord.messages import (
    DEFAULT,
    EPHEMERAL,
    LOADING,
    MENU_ANSWER,
    SLASH_ANSWER,
    SUPPRESS_EMBEDS,
    SUPPRESS_NOTIFICATIONS,
    V2,
    Draft,
    Message,
    read_draft,
)
from tests.pretended.discord.rest import Rest
from tests.pretended.discord.routing import Request, route

ANSWER_FLAGS = EPHEMERAL | SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS | V2
DEADLINE_SECONDS = 3
TOKEN_SECONDS = 15 * 60

POSSIBLE: dict[int, tuple[int, ...]] = {
    COMMAND: (ANSWER, THINK, OPEN_MODAL),
    COMPONENT: (ANSWER, THINK, DEFER_UPDATE, UPDATE, OPEN_MODAL),
    AUTOCOMPLETE: (SUGGEST,),
    MODAL_SUBMIT: (ANSWER, THINK),
}


class Answers(Rest):
    """The routes that carry an interaction's token; they need no other."""

    @route(
        "POST",
        "/interactions/{interaction_id}/{interaction_token}/callback",
        with_token=False,
    )
    def respond(self, request: Request) -> Any:
        """The first response, within three seconds and only once."""
        interaction = self.world.interactions.get(request.parts["interaction_token"])
        if interaction is None or interaction.id != request.id("interaction_id"):
            raise unknown("interaction", 10062, fault=True)
        waited = self._admit(interaction)
        body = request.form()
        kind = self._check_kind(interaction, body.get("type"))
        try:
            self._take_response(interaction, kind, body.get("data") or {}, request)
        except ApiError as error:
            error.errors = {"data": error.errors} if error.errors else None
            raise
        interaction.acknowledged_with = kind
        interaction.acknowledged_after = waited
        if request.query.get("with_response", "").lower() in ("1", "true"):
            return self._describe_response(interaction, kind)
        return None

    def _admit(self, interaction: Interaction) -> float:
        """Refuse a response that comes twice or too late; say how long it took."""
        interaction.attempts += 1
        if interaction.acknowledged:
            # What was delivered twice may be answered twice: the bot cannot know.
            fault = interaction.attempts > interaction.deliveries
            message = "Interaction has already been acknowledged."
            raise ApiError(400, 40060, message, fault=fault)
        waited = (self.world.clock() - interaction.created_at).total_seconds()
        if waited > DEADLINE_SECONDS:
            raise unknown("interaction", 10062, fault=True)
        return waited

    def _check_kind(self, interaction: Interaction, kind: Any) -> int:
        possible = POSSIBLE[interaction.kind]
        if interaction.kind == MODAL_SUBMIT and interaction.message:
            possible = (*possible, DEFER_UPDATE, UPDATE)
        form = Form()
        form.choice("type", kind, possible)
        form.settle()
        return int(kind)

    def _take_response(
        self, interaction: Interaction, kind: int, data: dict[str, Any], request: Request
    ) -> None:
        if kind == ANSWER:
            draft = read_draft(data, request.files, allowed_flags=ANSWER_FLAGS)
            self._post_answer(interaction, draft)
        elif kind == THINK:
            self._think(interaction, data)
        elif kind == DEFER_UPDATE:
            interaction.original = interaction.message
        elif kind == UPDATE:
            self._update(interaction, data, request)
        elif kind == SUGGEST:
            interaction.choices = _read_choices(interaction, data)
            interaction.settled = True
        else:
            interaction.modal = _read_modal(interaction, data)
            interaction.settled = True

    def _post_answer(self, interaction: Interaction, draft: Draft, *, ring: bool = True) -> Message:
        message = Message(
            self.world.next_id(), interaction.channel, self.world.bot_user, self.world.clock()
        )
        message.interaction = interaction
        message.kind = _message_kind(interaction)
        if draft.flags & EPHEMERAL:
            message.visible_to = interaction.user
        self.world.post(message, draft, ring=ring)
        if interaction.original is None:
            interaction.original = message
        if not message.loading:
            interaction.show(message)
        return message

    def _think(self, interaction: Interaction, data: dict[str, Any]) -> None:
        flags = int(data.get("flags") or 0)
        form = Form()
        message = "Only the ephemeral flag can be set when deferring."
        form.need(not flags & ~EPHEMERAL, "flags", "MESSAGE_FLAGS_INVALID", message)
        form.settle()
        self._post_answer(interaction, Draft("", [], [], [], flags | LOADING, None), ring=False)

    def _update(self, interaction: Interaction, data: dict[str, Any], request: Request) -> None:
        message = interaction.message
        assert message is not None
        if message.deleted:
            raise unknown("Message", 10008)
        draft = read_draft(data, request.files, allowed_flags=ANSWER_FLAGS, was=message)
        interaction.original = message
        self.world.edit(message, draft)
        interaction.show(message)

    def _describe_response(self, interaction: Interaction, kind: int) -> dict[str, Any]:
        described: dict[str, Any] = {"id": str(interaction.id), "type": interaction.kind}
        response: dict[str, Any] = {"interaction": described}
        if kind in (ANSWER, THINK, UPDATE) and interaction.original:
            original = interaction.original
            described["response_message_id"] = str(original.id)
            described["response_message_loading"] = original.loading
            described["response_message_ephemeral"] = original.ephemeral
            response["resource"] = {"type": kind, "message": original.payload()}
        return response

    # ------------------------------------------------------------ by the token

    @route("POST", "/webhooks/{application_id}/{interaction_token}", with_token=False)
    def follow_up(self, request: Request) -> Any:
        """One more message; after "thinking" the first one takes its place."""
        interaction = self._find(request)
        draft = read_draft(request.form(), request.files, allowed_flags=ANSWER_FLAGS)
        original = interaction.original
        if interaction.thinking and original and not original.deleted:
            draft.flags = draft.flags & ~EPHEMERAL | original.flags & EPHEMERAL
            self.world.edit(original, draft)
            interaction.show(original)
            return original.payload()
        return self._post_answer(interaction, draft).payload()

    @route(
        "GET",
        "/webhooks/{application_id}/{interaction_token}/messages/{message_id}",
        with_token=False,
    )
    def get_answer(self, request: Request) -> Any:
        """The first response (``@original``) or a follow-up."""
        return self._find_answer(request)[1].payload()

    @route(
        "PATCH",
        "/webhooks/{application_id}/{interaction_token}/messages/{message_id}",
        with_token=False,
    )
    def edit_answer(self, request: Request) -> Any:
        """Change it."""
        interaction, message = self._find_answer(request)
        draft = read_draft(request.form(), request.files, allowed_flags=ANSWER_FLAGS, was=message)
        self.world.edit(message, draft)
        interaction.show(message)
        return message.payload()

    @route(
        "DELETE",
        "/webhooks/{application_id}/{interaction_token}/messages/{message_id}",
        with_token=False,
    )
    def delete_answer(self, request: Request) -> Any:
        """Take it away."""
        interaction, message = self._find_answer(request)
        self.world.delete(message)
        interaction.settled = True

    def _find(self, request: Request) -> Interaction:
        interaction = self.world.interactions.get(request.parts["interaction_token"])
        ours = request.parts["application_id"] == str(self.world.application_id)
        if interaction is None or not ours:
            raise unknown("Webhook", 10015, fault=True)
        age = (self.world.clock() - interaction.created_at).total_seconds()
        if age > TOKEN_SECONDS:
            raise ApiError(401, 50027, "Invalid Webhook Token")
        if not interaction.acknowledged:
            raise unknown("Webhook", 10015, fault=True)
        return interaction

    def _find_answer(self, request: Request) -> tuple[Interaction, Message]:
        interaction = self._find(request)
        key = request.parts["message_id"]
        if key == "@original":
            message = interaction.original
        else:
            answers = (one for one in interaction.responses if str(one.id) == key)
            message = next(answers, None)
        if message is None or message.deleted:
            raise unknown("Message", 10008)
        return interaction, message


def _message_kind(interaction: Interaction) -> int:
    if interaction.kind != COMMAND:
        return DEFAULT
    return SLASH_ANSWER if interaction.payload["data"]["type"] == 1 else MENU_ANSWER


def _read_choices(interaction: Interaction, data: dict[str, Any]) -> list[Choice]:
    form = Form()
    choices = data.get("choices")
    if not form.need(isinstance(choices, list), "choices", "BASE_TYPE_REQUIRED", "Required."):
        form.settle()
    assert isinstance(choices, list)
    form.size("choices", choices, 0, 25, "in length")
    kind = _focused(interaction.payload["data"]["options"])["type"]
    for index, choice in enumerate(choices):
        check_choice(form, f"choices.{index}.", choice, kind)
    form.settle()
    return [Choice(choice["name"], choice["value"]) for choice in choices]


def _focused(options: list[dict[str, Any]]) -> dict[str, Any]:
    for option in options:
        if option.get("focused"):
            return option
        if "options" in option:
            return _focused(option["options"])
    raise AssertionError("an autocomplete without a focused option")


def _read_modal(interaction: Interaction, data: dict[str, Any]) -> Modal:
    form = Form()
    form.text("title", data.get("title"), 1, 45)
    form.text("custom_id", data.get("custom_id"), 1, 100)
    components = data.get("components")
    ComponentCheck(form).check_modal(components)
    form.settle()
    assert isinstance(components, list)
    number_components(components)
    return Modal(data["custom_id"], data["title"], components, interaction)
