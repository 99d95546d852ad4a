"""Buttons, selects, cards and modals: what Discord accepts, and how it reads to a person."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.pretended.discord.errors import Form

Component = dict[str, Any]

ROW, BUTTON, STRING_SELECT, TEXT_INPUT = 1, 2, 3, 4
USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT = 5, 6, 7, 8
SECTION, TEXT_DISPLAY, THUMBNAIL, GALLERY, FILE, SEPARATOR = 9, 10, 11, 12, 13, 14
CONTAINER, LABEL, FILE_UPLOAD = 17, 18, 19
RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX = 21, 22, 23

SELECTS = (STRING_SELECT, USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT)
LINK_STYLE, PREMIUM_STYLE = 5, 6
IN_CONTAINER = (ROW, SECTION, TEXT_DISPLAY, GALLERY, FILE, SEPARATOR)
IN_LABEL = (TEXT_INPUT, *SELECTS, FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX)
STYLES = {1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link", 6: "premium"}


@dataclass(frozen=True)
class Button:
    """A button as a person sees it."""

    label: str
    custom_id: str | None
    style: str
    disabled: bool
    url: str | None = None
    emoji: str | None = None
    component_id: int = 0


@dataclass(frozen=True)
class Choice:
    """One line of a select or of an autocomplete."""

    name: str
    value: str | int | float


@dataclass(frozen=True)
class Select:
    """A select menu as a person sees it."""

    custom_id: str
    kind: int
    placeholder: str | None
    options: tuple[Choice, ...]
    least: int
    most: int
    disabled: bool
    component_id: int = 0


def walk(components: list[Component]) -> Iterator[Component]:
    """Every component, from the top down, nested ones and accessories included."""
    for component in components:
        yield component
        nested = list(component.get("components") or [])
        nested += [component[key] for key in ("accessory", "component") if component.get(key)]
        yield from walk(nested)


def texts_of(components: list[Component]) -> list[str]:
    """What the cards say, in reading order."""
    return [part["content"] for part in walk(components) if part["type"] == TEXT_DISPLAY]


def read_button(component: Component) -> Button:
    """The button that a component describes."""
    emoji = (component.get("emoji") or {}).get("name")
    return Button(
        label=component.get("label") or emoji or "",
        custom_id=component.get("custom_id"),
        style=STYLES[component["style"]],
        disabled=bool(component.get("disabled")),
        url=component.get("url"),
        emoji=emoji,
        component_id=component.get("id", 0),
    )


def button_rows(components: list[Component]) -> list[list[Button]]:
    """The buttons, row by row; one beside a section is a row of its own."""
    rows = []
    for part in walk(components):
        held: list[Component] = []
        if part["type"] == ROW:
            held = part["components"]
        elif part["type"] == SECTION:
            held = [part["accessory"]]
        if row := [read_button(child) for child in held if child["type"] == BUTTON]:
            rows.append(row)
    return rows


def selects_of(components: list[Component]) -> list[Select]:
    """The select menus."""
    return [read_select(part) for part in walk(components) if part["type"] in SELECTS]


def read_select(component: Component) -> Select:
    """The select menu that a component describes."""
    options = component.get("options") or []
    return Select(
        custom_id=component["custom_id"],
        kind=component["type"],
        placeholder=component.get("placeholder"),
        options=tuple(Choice(option["label"], option["value"]) for option in options),
        least=component.get("min_values", 1),
        most=component.get("max_values", 1),
        disabled=bool(component.get("disabled")),
        component_id=component.get("id", 0),
    )


def number_components(components: list[Component]) -> None:
    """Give every component without an id the next free one, as Discord does."""
    taken = {part["id"] for part in walk(components) if part.get("id")}
    following = 1
    for part in walk(components):
        if not part.get("id"):
            while following in taken:
                following += 1
            part["id"] = following
            taken.add(following)


class ComponentCheck:
    """Checks the components of a message or a modal against Discord's limits."""

    def __init__(self, form: Form, *, attached: frozenset[str] = frozenset()) -> None:
        self._form = form
        self._attached = attached
        self._custom_ids: set[str] = set()

    def check_message(self, components: Any, *, v2: bool) -> None:
        """Components below (v1) or instead of (v2) a text."""
        if not self._are_components("components", components):
            return
        if v2:
            self._check_cards(components)
        else:
            self._form.size("components", components, 0, 5, "in length")
            self._check_each("components", components, (ROW,))
        self._check_ids(components)

    def check_modal(self, components: Any) -> None:
        """The fields of a modal."""
        if not self._are_components("components", components):
            return
        self._form.size("components", components, 1, 5, "in length")
        for index, component in enumerate(components):
            self._check_modal_part(f"components.{index}", component)
        self._check_ids(components)

    def _are_components(self, path: str, components: Any) -> bool:
        shaped = isinstance(components, list) and all(
            isinstance(part, dict) and isinstance(part.get("type"), int) for part in components
        )
        return self._form.need(shaped, path, "BASE_TYPE_BAD_TYPE", "Must be a list of components.")

    def _check_cards(self, components: list[Component]) -> None:
        top = (*IN_CONTAINER, CONTAINER)
        self._check_each("components", components, top)
        self._form.size("components", components, 1, 40, "in length")
        total = sum(1 for _ in walk(components))
        message = f"The total number of components cannot exceed 40 ({total} given)."
        self._form.need(total <= 40, "components", "COMPONENT_MAX_TOTAL_COMPONENTS", message)
        length = sum(map(len, texts_of(components)))
        message = "The total displayable text cannot exceed 4000 characters."
        self._form.need(length <= 4000, "components", "COMPONENT_DISPLAYABLE_TEXT_SIZE", message)

    def _check_ids(self, components: list[Component]) -> None:
        ids = [part["id"] for part in walk(components) if part.get("id")]
        unique = len(ids) == len(set(ids))
        message = "Component ids cannot be duplicated."
        self._form.need(unique, "components", "COMPONENT_ID_DUPLICATED", message)

    def _check_each(self, path: str, parts: Any, allowed: tuple[int, ...]) -> None:
        for index, part in enumerate(parts):
            self._check_one(f"{path}.{index}", part, allowed)

    def _check_one(self, path: str, part: Any, allowed: tuple[int, ...]) -> None:
        kind = part.get("type") if isinstance(part, dict) else None
        if not self._form.choice(f"{path}.type", kind, allowed):
            return
        checks = {
            ROW: self._check_row,
            BUTTON: self._check_button,
            SECTION: self._check_section,
            TEXT_DISPLAY: self._check_text,
            THUMBNAIL: self._check_thumbnail,
            GALLERY: self._check_gallery,
            FILE: self._check_file,
            CONTAINER: self._check_container,
            TEXT_INPUT: self._check_text_input,
            FILE_UPLOAD: self._check_custom_id,
            RADIO_GROUP: self._check_group,
            CHECKBOX_GROUP: self._check_group,
            CHECKBOX: self._check_custom_id,
        } | dict.fromkeys(SELECTS, self._check_select)
        if kind in checks:
            checks[kind](path, part)

    def _check_row(self, path: str, row: Component) -> None:
        held = row.get("components") or []
        self._form.size(f"{path}.components", held, 1, 5, "in length")
        self._check_each(f"{path}.components", held, (BUTTON, *SELECTS))
        if any(child.get("type") in SELECTS for child in held):
            message = "The specified component exceeds the maximum width"
            self._form.need(len(held) == 1, path, "COMPONENT_LAYOUT_WIDTH_EXCEEDED", message)

    def _check_custom_id(self, path: str, part: Component) -> None:
        path = f"{path}.custom_id"
        custom_id = part.get("custom_id")
        if self._form.text(path, custom_id, 1, 100):
            message = "Component custom id cannot be duplicated"
            known = custom_id in self._custom_ids
            self._form.need(not known, path, "COMPONENT_CUSTOM_ID_DUPLICATED", message)
            self._custom_ids.add(str(custom_id))

    def _check_button(self, path: str, button: Component) -> None:
        self._form.choice(f"{path}.style", button.get("style"), (1, 2, 3, 4, 5, 6))
        if button.get("style") == LINK_STYLE:
            self._form.text(f"{path}.url", button.get("url"), 1, 512)
            message = "A custom id and url cannot both be specified"
            alone = not button.get("custom_id")
            self._form.need(alone, path, "BUTTON_COMPONENT_CUSTOM_ID_AND_URL", message)
        elif button.get("style") != PREMIUM_STYLE:
            self._check_custom_id(path, button)
        label = button.get("label")
        if label is not None:
            self._form.text(f"{path}.label", label, 0, 80)
        worded = label or button.get("emoji") or button.get("style") == PREMIUM_STYLE
        message = "A button must have a label or emoji"
        self._form.need(worded, path, "BUTTON_COMPONENT_INVALID_LABEL", message)

    def _check_select(self, path: str, select: Component, *, in_modal: bool = False) -> None:
        self._check_custom_id(path, select)
        if select.get("placeholder") is not None:
            self._form.text(f"{path}.placeholder", select["placeholder"], 0, 150)
        least, most = select.get("min_values", 1), select.get("max_values", 1)
        fits = 0 <= least <= 25 and 1 <= most <= 25 and least <= most
        message = "Must be between 0 and 25, and at most max_values."
        self._form.need(fits, f"{path}.min_values", "NUMBER_TYPE_RANGE", message)
        if in_modal and select.get("disabled"):
            self._form.wrong(path, "COMPONENT_DISABLED", "A field of a modal cannot be disabled.")
        if select["type"] == STRING_SELECT:
            self._check_options(path, select, 25)

    def _check_options(self, path: str, part: Component, most: int) -> None:
        options = part.get("options") or []
        least = 2 if part["type"] == RADIO_GROUP else 1
        self._form.size(f"{path}.options", options, least, most, "in length")
        for index, option in enumerate(options):
            here = f"{path}.options.{index}"
            self._form.text(f"{here}.label", option.get("label"), 1, 100)
            self._form.text(f"{here}.value", option.get("value"), 1, 100)
            if option.get("description") is not None:
                self._form.text(f"{here}.description", option["description"], 0, 100)
        values = [option.get("value") for option in options]
        message = "The specified option value is already used"
        unique = len(values) == len(set(values))
        self._form.need(unique, path, "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", message)

    def _check_group(self, path: str, group: Component) -> None:
        self._check_custom_id(path, group)
        self._check_options(path, group, 10)

    def _check_section(self, path: str, section: Component) -> None:
        held = section.get("components") or []
        self._form.size(f"{path}.components", held, 1, 3, "in length")
        self._check_each(f"{path}.components", held, (TEXT_DISPLAY,))
        self._check_one(f"{path}.accessory", section.get("accessory"), (BUTTON, THUMBNAIL))

    def _check_text(self, path: str, display: Component) -> None:
        self._form.text(f"{path}.content", display.get("content"), 1, 4000)

    def _check_container(self, path: str, container: Component) -> None:
        held = container.get("components") or []
        self._form.size(f"{path}.components", held, 1, 40, "in length")
        self._check_each(f"{path}.components", held, IN_CONTAINER)

    def _check_thumbnail(self, path: str, thumbnail: Component) -> None:
        self._check_media(f"{path}.media", thumbnail.get("media"))

    def _check_file(self, path: str, file: Component) -> None:
        self._check_media(f"{path}.file", file.get("file"))

    def _check_gallery(self, path: str, gallery: Component) -> None:
        items = gallery.get("items") or []
        self._form.size(f"{path}.items", items, 1, 10, "in length")
        for index, item in enumerate(items):
            self._check_media(f"{path}.items.{index}.media", item.get("media"))

    def _check_media(self, path: str, media: Any) -> None:
        url = media.get("url", "") if isinstance(media, dict) else ""
        if url.startswith("attachment://"):
            attached = url.removeprefix("attachment://") in self._attached
            message = "The referenced attachment was not found"
            self._form.need(attached, path, "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT", message)
        else:
            web = url.startswith(("http://", "https://"))
            self._form.need(web, path, "URL_TYPE_INVALID_URL", "Not a well formed URL.")

    def _check_modal_part(self, path: str, part: Component) -> None:
        if not self._form.choice(f"{path}.type", part.get("type"), (ROW, LABEL, TEXT_DISPLAY)):
            return
        if part["type"] == ROW:
            self._check_modal_row(path, part)
        elif part["type"] == LABEL:
            self._check_label(path, part)
        else:
            self._check_text(path, part)

    def _check_modal_row(self, path: str, row: Component) -> None:
        held = row.get("components") or []
        self._form.size(f"{path}.components", held, 1, 1, "in length")
        self._check_each(f"{path}.components", held, (TEXT_INPUT,))
        for field in held:
            self._form.text(f"{path}.components.0.label", field.get("label"), 1, 45)

    def _check_label(self, path: str, label: Component) -> None:
        self._form.text(f"{path}.label", label.get("label"), 1, 45)
        if label.get("description") is not None:
            self._form.text(f"{path}.description", label["description"], 0, 100)
        field = label.get("component")
        self._check_one(f"{path}.component", field, IN_LABEL)
        if isinstance(field, dict) and field.get("type") == TEXT_INPUT:
            message = "A text input inside a label has no label of its own."
            alone = not field.get("label")
            self._form.need(alone, f"{path}.component.label", "BASE_TYPE_UNEXPECTED", message)

    def _check_text_input(self, path: str, field: Component) -> None:
        self._check_custom_id(path, field)
        self._form.choice(f"{path}.style", field.get("style"), (1, 2))
        least, most = field.get("min_length") or 0, field.get("max_length") or 4000
        fits = 0 <= least <= 4000 and 1 <= most <= 4000 and least <= most
        message = "Lengths must be between 0 and 4000."
        self._form.need(fits, f"{path}.min_length", "NUMBER_TYPE_RANGE", message)
        if field.get("value"):
            self._form.text(f"{path}.value", field["value"], least, most)
        if field.get("placeholder") is not None:
            self._form.text(f"{path}.placeholder", field["placeholder"], 0, 100)
