"""Keyboards under a message, checked as strictly as the real server does."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from tests.pretended.telegram_errors import wrong
from tests.pretended.telegram_model import Button
from tests.pretended.telegram_text import Json, units

_ACTIONS = {
    "callback_data",
    "url",
    "copy_text",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "callback_game",
    "pay",
}
_STYLES = {"danger", "success", "primary"}
_KINDS = {"inline_keyboard", "keyboard", "remove_keyboard", "force_reply"}
_MOST_BUTTONS = 100


def read_markup(markup: Json | None, *, only_inline: bool = False) -> list[list[Button]]:
    """The inline buttons of a reply_markup; other keyboards are checked and have none."""
    if markup is None:
        return []
    if len(_KINDS.intersection(markup)) != 1:
        raise wrong("object expected as reply markup")
    if "inline_keyboard" in markup:
        return _inline(markup["inline_keyboard"])
    if only_inline:
        raise wrong("inline keyboard expected")
    _check_placeholder(markup)
    _check_reply_keyboard(markup)
    return []


def _inline(rows: Any) -> list[list[Button]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise wrong(
            'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'
        )
    if sum(len(row) for row in rows) > _MOST_BUTTONS:
        raise wrong("reply markup is too long")
    return [[_button(button) for button in row] for row in rows if row]


def _button(button: Any) -> Button:
    if not isinstance(button, dict):
        raise wrong("can't parse inline keyboard button: expected an Object")
    label = button.get("text")
    if not isinstance(label, str) or not label.strip():
        raise wrong('can\'t parse inline keyboard button: Field "text" must be non-empty')
    actions = _ACTIONS.intersection(button)
    if len(actions) != 1:
        raise wrong(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if unknown := set(button) - _ACTIONS - {"text", "style", "icon_custom_emoji_id"}:
        raise wrong(f"can't parse inline keyboard button: unknown field {sorted(unknown)}")
    if button.get("style", "primary") not in _STYLES:
        raise wrong("can't parse inline keyboard button: invalid button style specified")
    return Button(
        label=label,
        data=_data(button.get("callback_data")),
        url=_url(button.get("url")),
        style=button.get("style"),
        copies=_copied(button.get("copy_text")),
    )


def _data(data: str | None) -> str | None:
    if data is not None and not 1 <= len(data.encode()) <= 64:
        raise wrong("BUTTON_DATA_INVALID")
    return data


def _url(url: str | None) -> str | None:
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https", "tg"} or not parts.netloc:
        raise wrong(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    return url


def _copied(copied: Json | None) -> str | None:
    if copied is None:
        return None
    text = str(copied.get("text", ""))
    if not 1 <= units(text) <= 256:
        raise wrong("BUTTON_COPY_TEXT_INVALID")
    return text


def _check_placeholder(markup: Json) -> None:
    placeholder = markup.get("input_field_placeholder")
    if placeholder is not None and not 1 <= units(placeholder) <= 64:
        raise wrong("input field placeholder must be between 1 and 64 characters")


def _check_reply_keyboard(markup: Json) -> None:
    for row in markup.get("keyboard", []):
        for button in row:
            label = button if isinstance(button, str) else button.get("text")
            if not label:
                raise wrong('can\'t parse keyboard button: Field "text" must be non-empty')
