"""Cloth for the house, books, sound, and what comes by wire."""

import math
from itertools import pairwise

from engine.cli.demo.pictures.scene import Draw, Scene, curve, darker, lighter


def throw(s: Scene) -> None:
    s.shadow(500, 846, 700)
    for layer, top in enumerate((690, 590, 490)):
        tint = darker(s.main, 0.16 - 0.07 * layer)
        s.body([(190, top), (810, top), *curve((810, top), (850, top + 70), (810, top + 140)), (190, top + 140)], tint)
        for x in range(215, 800, 22):
            s.line([(x, top + 138), (x - 4, top + 160)], lighter(tint, 0.35), 6)
        for y in (28, 46, 96):
            s.box(190, top + y, 812, top + y + 8, s.accent)
    s.oval(500, 492, 310, 22, lighter(s.main, 0.14))


def cushion(s: Scene) -> None:
    s.shadow(500, 846, 560)
    outline = [
        *curve((230, 300), (500, 350), (770, 300)),
        *curve((770, 300), (730, 560), (780, 836)),
        *curve((780, 836), (500, 800), (220, 836)),
        *curve((220, 836), (270, 560), (230, 300)),
    ]
    s.body(outline, s.main)
    s.within(outline, lambda d: _scales(d, s))


def _scales(d: Scene, s: Scene) -> None:
    for row in range(10):
        for column in range(8):
            x, y = 210 + column * 86 + (row % 2) * 43, 350 + row * 54
            for radius in (40, 24):
                d.arc(x, y, radius, radius, 180, 360, lighter(s.main, 0.42), 4)


def towel(s: Scene) -> None:
    s.box(160, 196, 840, 212, "#8a6f52", 8)
    for x in (180, 820):
        s.oval(x, 204, 18, 18, "#6b543d")
    for x0, x1, bottom, tint in ((300, 560, 760, darker(s.main, 0.1)), (440, 720, 836, s.main)):
        s.body([(x0, 196), (x1, 196), (x1 + 8, bottom), (x0 - 8, bottom)], tint)
        for y in (90, 112, 150):
            s.box(x0 - 6, bottom - y, x1 + 6, bottom - y + 10, s.accent)
        for x in range(int(x0), int(x1), 18):
            s.line([(x, bottom), (x, bottom + 16)], lighter(tint, 0.2), 5)


def book(s: Scene) -> None:
    s.shadow(510, 852, 480)
    s.flat([(690, 250), (720, 230), (720, 826), (690, 846)], "#f3eee2")
    s.flat([(300, 250), (330, 230), (720, 230), (690, 250)], "#e6dfcf")
    s.body([(300, 250), (690, 250), (690, 846), (300, 846)], s.main, shade=0.06, light=0.06)
    s.box(300, 250, 340, 846, darker(s.main, 0.28))
    s.oval(515, 480, 105, 105, s.accent)
    s.flat(
        [
            *curve((410, 500), (470, 440), (530, 500)),
            *curve((530, 500), (580, 540), (620, 490)),
            (600, 560),
            (430, 560),
        ],
        darker(s.main, 0.1),
    )
    for y, half in ((660, 110), (694, 84), (770, 50)):
        s.box(515 - half, y, 515 + half, y + 14, lighter(s.accent, 0.4), 6)


def speaker(s: Scene) -> None:
    for x in (290, 710):
        s.shadow(x, 846, 330)
        s.body([(x - 140, 300), (x + 140, 300), (x + 140, 840), (x - 140, 840)], s.main)
        for y in (360, 470, 640, 760):
            s.line(curve((x - 132, y), (x - 40, y + 22), (x + 60, y - 16), (x + 132, y + 8)), darker(s.main, 0.12), 4)
        for y, radius in ((430, 58), (650, 108)):
            s.oval(x, y, radius, radius, "#26262a")
            s.ring(x, y, radius, radius, "#8d8a86", 8)
            s.oval(x, y, radius * 0.36, radius * 0.36, "#55555c")


def pebble(s: Scene) -> None:
    s.shadow(500, 800, 600)
    outline = curve((190, 620), (180, 330), (560, 300), (850, 330), (820, 640))
    outline += curve((820, 640), (800, 830), (500, 800), (200, 830), (190, 620))
    s.body(outline, s.main)
    holes = [(x, y) for x in range(330, 700, 34) for y in range(480, 720, 34)]
    s.within(outline, lambda inner: inner.dots(holes, 7, darker(s.main, 0.3)))
    s.line(curve((780, 470), (860, 420), (850, 540)), "#8a5a36", 16)
    s.oval(500, 410, 14, 14, s.accent)


def headphones(s: Scene) -> None:
    s.shadow(500, 846, 560)
    s.arc(500, 520, 270, 300, 180, 360, darker(s.main, 0.1), 44)
    s.arc(500, 530, 236, 262, 190, 350, "#6b4a33", 20)
    for x, side in ((240, -1), (760, 1)):
        s.box(x - 74, 500, x + 74, 800, darker(s.main, 0.3), 70)
        s.box(x - 60 + side * 34, 520, x + 60 + side * 34, 780, s.main, 56)
        for y in range(560, 760, 36):
            s.line([(x - 26 + side * 34, y), (x + 26 + side * 34, y)], lighter(s.main, 0.3), 8)


def earphones(s: Scene) -> None:
    s.shadow(500, 846, 520)
    s.box(290, 600, 710, 846, darker(s.main, 0.12), 90)
    s.box(290, 600, 710, 700, s.main, 60)
    s.oval(500, 770, 10, 10, "#7fae7a")
    for x, side in ((390, -1), (610, 1)):
        s.ring(x, 400, 92, 92, s.main, 34)
        s.oval(x + side * -6, 486, 48, 44, darker(s.main, 0.18))
        s.oval(x, 316, 34, 30, lighter(s.main, 0.2))


def turntable(s: Scene) -> None:
    s.shadow(500, 830, 820, 60)
    s.box(110, 560, 890, 820, darker(s.main, 0.2), 24)
    s.box(110, 520, 890, 770, s.main, 24)
    s.oval(440, 640, 270, 104, "#1f1f23")
    for radius in (230, 190, 150):
        s.ring(440, 640, radius, radius * 0.385, "#38383e", 3)
    s.oval(440, 640, 84, 32, s.accent)
    s.oval(440, 640, 9, 5, "#e8e2d6")
    s.line([(780, 590), (770, 690), (610, 700)], "#c9c4ba", 14)
    s.oval(780, 590, 40, 24, "#8d8a86")


def play(s: Scene) -> None:
    _screen(s)
    s.oval(500, 470, 100, 100, s.accent)
    s.flat([(470, 410), (470, 530), (566, 470)], "#fbf8f2")
    s.line(curve((240, 640), (380, 560), (430, 650), (520, 600)), s.accent, 10)
    s.line(curve((520, 600), (600, 560), (680, 660), (760, 600)), s.accent, 10)


def _screen(s: Scene) -> None:
    s.shadow(500, 850, 620)
    s.box(160, 250, 840, 740, "#2b2b30", 34)
    s.box(188, 278, 812, 712, s.main, 14)
    s.flat([(430, 740), (570, 740), (600, 836), (400, 836)], "#55555c")
    s.box(340, 826, 660, 848, "#3b3b41", 10)


def pattern(s: Scene) -> None:
    s.shadow(500, 846, 700)
    s.box(170, 240, 830, 840, "#fbf6ea", 6)
    s.box(170, 240, 830, 320, lighter(s.main, 0.2), 6)
    for pieces in (
        [(250, 400), (430, 380), (450, 760), (240, 780)],
        [(520, 400), (740, 400), (700, 560), (540, 570)],
        [(530, 640), (740, 620), (750, 770), (540, 780)],
    ):
        s.flat(pieces, lighter(s.accent, 0.7))
        closed = [*pieces, pieces[0]]
        for one, other in pairwise(closed):
            steps = [(one[0] + (other[0] - one[0]) * i / 14, one[1] + (other[1] - one[1]) * i / 14) for i in range(15)]
            s.dashes(steps, s.accent, 6)
    s.line([(345, 450), (345, 700)], darker(s.accent, 0.1), 6)


def wave(s: Scene) -> None:
    _screen(s)
    for step in range(31):
        x = 230 + step * 18
        height = 26 + 130 * abs(math.sin(step * 0.55)) * (0.4 + 0.6 * abs(math.sin(step * 0.19)))
        s.line([(x, 495 - height), (x, 495 + height)], s.accent, 9)


KINDS: dict[str, Draw] = {
    "throw": throw, "cushion": cushion, "towel": towel, "book": book, "speaker": speaker, "pebble": pebble,
    "headphones": headphones, "earphones": earphones, "turntable": turntable, "play": play, "pattern": pattern,
    "wave": wave,
}  # fmt: skip
