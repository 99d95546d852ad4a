"""Commands in the menus of people and of messages, and forms that outlive the bot's process."""

import pytest

from core.domain.listings import ListingKind
from tests.discord_bot.riverside import Riverside
from tests.pretended.discord import Interaction, NotPossible, User

SEND, OFFER = "Send credits", "Turn into an offer"


async def send_form(place: Riverside, who: User, to: User) -> Interaction:
    """The form that opens from the menu of a person."""
    return await place.server.context(who, place.channel, SEND, to).answered()


async def board(place: Riverside) -> list[str]:
    """What is offered."""
    found = await place.app.house.readers.open_listings(place.pool, ListingKind.OFFER)
    return [each.text for each in found]


async def test_the_menu_of_a_person_opens_a_form_with_that_person_in_it_c11(
    riverside: Riverside,
) -> None:
    """C11: who is meant stands there already; the rest is filled in, and the credits move."""
    place = riverside
    await place.thank(place.juma, 9)
    opened = await send_form(place, place.juma, place.claire)
    assert opened.modal is not None
    assert opened.modal.title == SEND
    member, credits, note = opened.modal.fields
    assert (member.custom_id, member.default) == ("member", [str(place.claire.id)])
    assert [each.required for each in (member, credits, note)] == [True, True, False]
    sent = await place.settled(
        place.server.submit(place.juma, opened, credits="4", note="for the *bread*")
    )
    assert "Claire" in sent.text
    assert sent.response.visible_to is place.juma
    assert (await place.free(place.juma), await place.free(place.claire)) == (5, 4)
    assert "for the *bread*" in (await place.slash(place.claire, "history")).text


async def test_who_is_meant_can_be_changed_in_the_form_c11(riverside: Riverside) -> None:
    """C11: what counts is what the form holds when it is sent."""
    place = riverside
    await place.thank(place.juma, 9)
    opened = await send_form(place, place.juma, place.claire)
    await place.settled(place.server.submit(place.juma, opened, member=place.amina, credits="4"))
    assert (await place.free(place.amina), await place.free(place.claire)) == (4, 0)


@pytest.mark.parametrize("fields", [{}, {"credits": ""}, {"credits": "4", "member": []}])
async def test_what_is_required_is_required_by_the_client_already_c11(
    riverside: Riverside, fields: dict[str, object]
) -> None:
    """C11: a form without an amount, or without a person, does not go out."""
    place = riverside
    opened = await send_form(place, place.juma, place.claire)
    with pytest.raises(NotPossible):
        place.server.submit(place.juma, opened, **fields)


@pytest.mark.parametrize("credits", ["0", "-4", "1e3", "4.5", "٤", "four", "9" * 19])
async def test_an_amount_in_a_form_is_looked_at_like_any_text_c11(
    riverside: Riverside, credits: str
) -> None:
    """C11: a form's field takes any letters; what is no amount moves nothing."""
    place = riverside
    await place.thank(place.juma, 9)
    opened = await send_form(place, place.juma, place.claire)
    act = await place.settled(place.server.submit(place.juma, opened, credits=credits))
    assert act.text
    assert (await place.free(place.juma), await place.free(place.claire)) == (9, 0)


async def test_nobody_sends_to_themselves_to_a_bot_or_to_who_is_no_member_c11(
    riverside: Riverside,
) -> None:
    """C11: the client offers the menu on everybody; core refuses."""
    place = riverside
    await place.thank(place.juma, 9)
    for nobody in (place.juma, place.baraka, place.server.bot_user):
        opened = await send_form(place, place.juma, nobody)
        given = {"member": nobody, "credits": "4"}
        await place.settled(place.server.submit(place.juma, opened, **given))
        assert await place.free(place.juma) == 9, nobody


# --- messages ----------------------------------------------------------------------------------


async def test_ones_own_message_becomes_an_offer_c11(riverside: Riverside) -> None:
    """C11: its words stand in the form, to be made shorter; what it is worth is asked."""
    place = riverside
    said = place.server.say(place.juma, place.channel, f"I mend nets, ask {place.claire.mention}")
    opened = await place.server.context(place.juma, place.channel, OFFER, said).answered()
    assert opened.modal is not None
    what, worth = opened.modal.fields
    assert what.default == "I mend nets, ask @Claire"
    assert (what.required, worth.required) == (True, True)
    act = await place.settled(place.server.submit(place.juma, opened, worth="2h"))
    assert "on the board" in act.text
    assert await board(place) == ["I mend nets, ask @Claire"]


async def test_a_long_message_is_cut_to_what_an_offer_takes_c11(riverside: Riverside) -> None:
    """C11: Discord would open no form with more letters than its field takes."""
    place = riverside
    said = place.server.say(place.juma, place.channel, "nets " * 300)
    opened = await place.server.context(place.juma, place.channel, OFFER, said).answered()
    act = await place.settled(place.server.submit(place.juma, opened, worth="2h"))
    assert "on the board" in act.text


async def test_what_another_wrote_is_not_made_an_offer_c11(riverside: Riverside) -> None:
    """C11: an offer is a promise of the one who makes it."""
    place = riverside
    said = place.server.say(place.claire, place.channel, "I bake bread")
    act = await place.server.context(place.juma, place.channel, OFFER, said).answered()
    assert act.modal is None
    assert act.text.startswith("Claire wrote that")
    assert act.response.visible_to is place.juma
    assert await board(place) == []


async def test_the_menus_stand_in_french_too_c4(riverside: Riverside) -> None:
    """C11: what is registered: one menu on people, one on messages."""
    menus = [each for each in riverside.server.commands.all(None) if each["type"] != 1]
    said = {each["name"]: (each["type"], each["name_localizations"]["fr"]) for each in menus}
    assert said == {SEND: (2, "Envoyer des crédits"), OFFER: (3, "En faire une offre")}


# --- over a restart ----------------------------------------------------------------------------


async def test_a_form_that_was_open_over_a_restart_is_taken_c12(riverside: Riverside) -> None:
    """C12: nothing about it was remembered, so nothing about it can be lost."""
    place = riverside
    await place.thank(place.juma, 9)
    opened = await send_form(place, place.juma, place.claire)
    await place.restart()
    sent = await place.settled(place.server.submit(place.juma, opened, credits="4"))
    assert "Claire" in sent.text
    assert (await place.free(place.juma), await place.free(place.claire)) == (5, 4)


async def test_what_a_form_did_before_a_restart_is_done_once_and_said_again_c12(
    riverside: Riverside,
) -> None:
    """C12: what was committed stands, however often Discord delivers the form."""
    place = riverside
    await place.thank(place.juma, 9)
    opened = await send_form(place, place.juma, place.claire)
    sent = await place.settled(place.server.submit(place.juma, opened, credits="4"))
    said, edits = sent.text, sent.response.edits
    await place.restart()
    place.server.redeliver(sent)
    await place.server.until(lambda: sent.response.edits > edits)
    assert sent.text == said
    assert (await place.free(place.juma), await place.free(place.claire)) == (5, 4)


async def test_a_form_that_is_sent_once_more_has_one_effect_c12(riverside: Riverside) -> None:
    """C12: the bot died before it answered, so the client says that it failed, and keeps it."""
    place = riverside
    await place.thank(place.juma, 9)
    opened = await send_form(place, place.juma, place.claire)
    first = await place.settled(place.server.submit(place.juma, opened, credits="4"))
    await place.restart()
    second = await place.settled(place.server.submit(place.juma, opened, credits="4"))
    assert second.text == first.text
    assert (await place.free(place.juma), await place.free(place.claire)) == (5, 4)
    another = await send_form(place, place.juma, place.claire)
    await place.settled(place.server.submit(place.juma, another, credits="4"))
    assert (await place.free(place.juma), await place.free(place.claire)) == (1, 8)


@pytest.mark.parametrize("custom_id", ["v0:send:1", "v1:fill:0.0.haggle:0", "v1:haggle:1.4:1"])
async def test_a_form_of_another_build_gives_back_what_was_written_c12(
    riverside: Riverside, custom_id: str
) -> None:
    """C12: nobody has to write it twice; nothing was done, and the answer says so."""
    place = riverside
    await place.thank(place.juma, 9)
    opened = await send_form(place, place.juma, place.claire)
    assert opened.modal is not None
    object.__setattr__(opened.modal, "custom_id", custom_id)
    act = await place.settled(
        place.server.submit(place.juma, opened, credits="4", note="for the *bread* @everyone")
    )
    assert "nothing was done" in act.text
    assert "for the *bread* @everyone" in act.text
    assert act.response.visible_to is place.juma
    assert not act.response.pings
    assert await place.free(place.juma) == 9
