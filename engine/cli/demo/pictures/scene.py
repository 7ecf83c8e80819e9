"""A small drawing board: shapes with a lit and a shaded side, in units of which 1000 make the picture's side."""

import math
from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from itertools import pairwise
from typing import TypeAlias

from PIL import Image, ImageDraw, ImageFilter

SIDE = 1200
BANNER = (1600, 600)
FINE = 2
"""Drawn at twice the size and reduced, so that edges are smooth."""
QUALITY = 74
METHOD = 2

Points: TypeAlias = Sequence[tuple[float, float]]
Color: TypeAlias = str | tuple[int, int, int]

WALLS = ("#efe9df", "#e4e8e6", "#f1e6e0", "#e6e6ee")
TABLES = ("#d9cdb9", "#c9d0cc", "#dcc5b8", "#cbcbda")


def rgb(color: Color) -> tuple[int, int, int]:
    if isinstance(color, tuple):
        return color
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def mix(one: Color, other: Color, part: float) -> tuple[int, int, int]:
    """`one` with a part (0 to 1) of `other` in it."""
    a, b = rgb(one), rgb(other)
    red, green, blue = (round(x + (y - x) * part) for x, y in zip(a, b, strict=True))
    return red, green, blue


def darker(color: Color, part: float = 0.25) -> tuple[int, int, int]:
    return mix(color, "#1a1420", part)


def lighter(color: Color, part: float = 0.3) -> tuple[int, int, int]:
    return mix(color, "#fffaf0", part)


def curve(*points: tuple[float, float], steps: int = 24) -> list[tuple[float, float]]:
    """Points along the Bézier curve with these control points."""
    degree = len(points) - 1
    found = []
    for step in range(steps + 1):
        t = step / steps
        weights = [math.comb(degree, i) * t**i * (1 - t) ** (degree - i) for i in range(degree + 1)]
        found.append(
            (
                sum(w * x for w, (x, _) in zip(weights, points, strict=True)),
                sum(w * y for w, (_, y) in zip(weights, points, strict=True)),
            )
        )
    return found


def _strip(points: Points, left: float, right: float) -> Points:
    """The part of a polygon between two upright lines (Sutherland and Hodgman's clipping)."""
    kept = list(points)
    for edge, side in ((left, 1), (right, -1)):
        found: list[tuple[float, float]] = []
        for (x0, y0), (x1, y1) in pairwise([kept[-1], *kept]):
            if ((x0 - edge) * side < 0) != ((x1 - edge) * side < 0):
                found.append((edge, y0 + (y1 - y0) * (edge - x0) / (x1 - x0)))
            if (x1 - edge) * side >= 0:
                found.append((x1, y1))
        kept = found
    return kept


class Scene:
    """`main` and `accent` are the thing's colours; the second follows from the first when only one is given."""

    def __init__(self, colors: list[str], view: int):
        self.main: Color = colors[0]
        pale = sum(rgb(self.main)) > 3 * 190
        self.accent: Color = colors[1] if len(colors) > 1 else (darker(self.main) if pale else lighter(self.main, 0.55))
        tone = (sum(rgb(self.main)) + view) % len(WALLS)
        wall, table = WALLS[tone], TABLES[tone]
        self.image = Image.new("RGB", (SIDE * FINE, SIDE * FINE), rgb(wall))
        self._pen = ImageDraw.Draw(self.image)
        sun = 250 if view % 2 else 720
        self.oval(sun, 330, 330, 330, mix(wall, self.main, 0.14))
        self.box(0, 760, 1000, 1000, table)
        self.box(0, 760, 1000, 768, lighter(table, 0.35))

    def shadow(self, x: float, y: float, width: float, height: float = 46) -> None:
        """Where the thing stands."""
        coarse = 8
        left, top, right, bottom = self._whole(x - width, y - height * 2, x + width, y + height * 2)
        mask = Image.new("L", ((right - left) // coarse, (bottom - top) // coarse))
        wide, high = mask.size
        ImageDraw.Draw(mask).ellipse((wide / 4, high * 3 / 8, wide * 3 / 4, high * 5 / 8), fill=110)
        soft = mask.filter(ImageFilter.GaussianBlur(5)).resize((right - left, bottom - top), Image.Resampling.BILINEAR)
        self.image.paste((40, 30, 35), (left, top, right, bottom), soft)

    def box(self, x0: float, y0: float, x1: float, y1: float, color: Color, round_: float = 0) -> None:
        self._pen.rounded_rectangle(self._place(x0, y0, x1, y1), self._length(round_), fill=rgb(color))

    def oval(self, x: float, y: float, rx: float, ry: float, color: Color) -> None:
        self._pen.ellipse(self._place(x - rx, y - ry, x + rx, y + ry), fill=rgb(color))

    def ring(self, x: float, y: float, rx: float, ry: float, color: Color, width: float) -> None:
        self._pen.ellipse(
            self._place(x - rx, y - ry, x + rx, y + ry), outline=rgb(color), width=round(self._length(width))
        )

    def arc(
        self, x: float, y: float, rx: float, ry: float, start: float, end: float, color: Color, width: float
    ) -> None:
        """Degrees, clockwise from the right."""
        place = self._place(x - rx, y - ry, x + rx, y + ry)
        self._pen.arc(place, start, end, fill=rgb(color), width=round(self._length(width)))

    def line(self, points: Points, color: Color, width: float) -> None:
        scaled = self._points(points)
        self._pen.line(scaled, fill=rgb(color), width=round(self._length(width)), joint="curve")
        half = self._length(width) / 2
        for x, y in (scaled[0], scaled[-1]):
            self._pen.ellipse((x - half, y - half, x + half, y + half), fill=rgb(color))

    def lines(self, many: Iterable[Points], color: Color, width: float) -> None:
        for points in many:
            self.line(points, color, width)

    def dots(self, places: Points, radius: float, color: Color) -> None:
        for x, y in places:
            self.oval(x, y, radius, radius, color)

    def dashes(self, points: Points, color: Color, width: float = 5) -> None:
        """A seam: every other of the stretches between the points."""
        for start in range(0, len(points) - 1, 2):
            self.line(points[start : start + 2], color, width)

    def flat(self, points: Points, color: Color) -> None:
        self._pen.polygon(self._points(points), fill=rgb(color))

    def body(self, points: Points, color: Color, *, shade: float = 0.2, light: float = 0.16) -> None:
        """A solid: its right side in shade, a band of light on its left."""
        self.flat(points, color)
        xs = [x for x, _ in points]
        left, wide = min(xs), max(xs) - min(xs)
        self.flat(_strip(points, left + wide * 0.68, left + wide), darker(color, shade))
        self.flat(_strip(points, left + wide * 0.09, left + wide * 0.19), lighter(color, light))

    def within(self, outline: Points, draw: Callable[["Scene"], None]) -> None:
        """What `draw` adds shows inside the outline only."""
        before = self.image.copy()
        draw(self)
        mask, place = self._stencil(outline)
        drawn = self.image.crop(place)
        self.image.paste(before)
        self.image.paste(drawn, place, mask)

    def webp(self) -> bytes:
        return _encode(self.image.reduce(FINE))

    def _stencil(self, points: Points) -> tuple[Image.Image, tuple[int, int, int, int]]:
        """A mask of the polygon, and where in the picture it lies."""
        xs, ys = zip(*points, strict=True)
        place = self._whole(min(xs), min(ys), max(xs), max(ys))
        mask = Image.new("L", (place[2] - place[0], place[3] - place[1]))
        shifted = [(x - place[0], y - place[1]) for x, y in self._points(points)]
        ImageDraw.Draw(mask).polygon(shifted, fill=255)
        return mask, place

    def _whole(self, x0: float, y0: float, x1: float, y1: float) -> tuple[int, int, int, int]:
        """A box in pixels, inside the picture."""
        last = SIDE * FINE
        left, top, right, bottom = (min(last, max(0, round(self._length(units)))) for units in (x0, y0, x1, y1))
        return left, top, right, bottom

    def _length(self, units: float) -> float:
        return units * SIDE * FINE / 1000

    def _place(self, x0: float, y0: float, x1: float, y1: float) -> tuple[float, float, float, float]:
        return self._length(x0), self._length(y0), self._length(x1), self._length(y1)

    def _points(self, points: Points) -> list[tuple[float, float]]:
        return [(self._length(x), self._length(y)) for x, y in points]


Draw: TypeAlias = Callable[[Scene], None]


def banner(color: str, other: str, seed: int) -> bytes:
    """A wide WebP of hills in two colours, for the head of a category or collection."""
    width, height = BANNER
    image = Image.new("RGB", (width * FINE, height * FINE), lighter(color, 0.78))
    pen = ImageDraw.Draw(image)
    radius = height * FINE * 0.22
    sun = (width * FINE * (0.2 + 0.15 * (seed % 5)), height * FINE * 0.34)
    pen.ellipse((sun[0] - radius, sun[1] - radius, sun[0] + radius, sun[1] + radius), fill=lighter(other, 0.45))
    for layer in range(4):
        tint = mix(lighter(color, 0.55 - 0.15 * layer), other, 0.12 * layer)
        base = height * FINE * (0.45 + 0.13 * layer)
        ridge = [
            (x, base + math.sin(x / (width * 0.34) + seed * 1.7 + layer * 2.1) * height * FINE * (0.09 - 0.012 * layer))
            for x in range(0, width * FINE + 16, 16)
        ]
        pen.polygon([(0, height * FINE), *ridge, (width * FINE, height * FINE)], fill=tint)
    return _encode(image.reduce(FINE))


def _encode(image: Image.Image) -> bytes:
    made = BytesIO()
    image.save(made, "WEBP", quality=QUALITY, method=METHOD)
    return made.getvalue()
