"""Pages and menus."""

from typing import Any

from engine.cli.demo.choices import Choices, page_types
from engine.cli.demo.parts import data, pk
from engine.cli.demo.words import LANGUAGES, document
from engine.content.models import Menu, MenuItem, MenuItemTranslation, Page, PageAttributeValue, PageTranslation
from engine.core.context import WriteCtx
from engine.core.text import fold


async def pages(tx: WriteCtx, found: Choices) -> dict[str, Page]:
    types = await page_types(tx, found)
    given = data("pages")["page"]
    made = {
        one["slug"]: Page(
            page_type_id=pk(types[one["type"]]),
            title=one["name"],
            title_key=fold(one["name"]),
            slug=one["slug"],
            content=document(one["text"]),
            seo_title=one["name"],
            seo_description=one["text"].strip().split("\n")[0][:300],
            is_published=not one.get("draft", False),
            published_at=None if one.get("draft") else tx.clock.now(),
        )
        for one in given
    }
    tx.add(*made.values())
    await tx.session.flush()
    for one in given:
        page_id = pk(made[one["slug"]])
        values = list(found.assigned(page_id, one.get("attributes", {}), made))
        tx.add(*values)
        await tx.session.flush()
        tx.add(
            *(
                PageAttributeValue(page_id=page_id, value_id=pk(value), sort_order=place)
                for place, value in enumerate(values)
            ),
            *(_translation(page_id, language, one[language]) for language in LANGUAGES),
        )
    await tx.session.flush()
    return made


def _translation(page_id: int, language: str, given: dict[str, Any]) -> PageTranslation:
    return PageTranslation(
        page_id=page_id,
        language=language,
        title=given["name"],
        slug=given["slug"],
        content=document(given["text"]),
    )


async def menus(tx: WriteCtx, targets: dict[str, dict[str, Any]]) -> None:
    """`targets` has the categories, collections and pages an item may link, by their word and slug."""
    for one in data("menus")["menu"]:
        menu = Menu(name=one["name"], slug=one["slug"])
        tx.add(menu)
        await tx.session.flush()
        await _items(tx, pk(menu), None, 0, one["items"], targets)


async def _items(
    tx: WriteCtx,
    menu_id: int,
    parent_id: int | None,
    level: int,
    given: list[dict[str, Any]],
    targets: dict[str, dict[str, Any]],
) -> None:
    level_items = [_item(menu_id, parent_id, level, place, one, targets) for place, one in enumerate(given)]
    tx.add(*level_items)
    await tx.session.flush()
    for item, one in zip(level_items, given, strict=True):
        tx.add(
            *(
                MenuItemTranslation(menu_item_id=pk(item), language=language, name=one[language])
                for language in LANGUAGES
            )
        )
        if "items" in one:
            await _items(tx, menu_id, pk(item), level + 1, one["items"], targets)
    await tx.session.flush()


def _item(
    menu_id: int,
    parent_id: int | None,
    level: int,
    place: int,
    one: dict[str, Any],
    targets: dict[str, dict[str, Any]],
) -> MenuItem:
    links: dict[str, Any] = {f"{word}_id": pk(targets[word][one[word]]) for word in targets if word in one}
    return MenuItem(
        menu_id=menu_id,
        parent_id=parent_id,
        level=level,
        sort_order=place,
        name=one["name"],
        url=one.get("url"),
        **links,
    )
