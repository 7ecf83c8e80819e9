"""Pictures of the demo's goods, drawn when it is seeded: flat shapes in the goods' own colours."""

from engine.cli.demo.pictures import house, table, wear
from engine.cli.demo.pictures.scene import Draw, Scene, banner

KINDS: dict[str, Draw] = {**table.KINDS, **wear.KINDS, **house.KINDS}


def picture(kind: str, colors: list[str], view: int = 0) -> bytes:
    """A square WebP of one thing; `colors` are one or two `#rrggbb`, another `view` stands in another light.

    Raises KeyError for a kind nobody can draw.
    """
    scene = Scene(colors, view)
    KINDS[kind](scene)
    return scene.webp()


__all__ = ["KINDS", "banner", "picture"]
