"""Clothes and bags."""

from engine.cli.demo.pictures.scene import Draw, Scene, curve, darker, lighter, mix

STITCH = 13
"""Points of a seam; every other stretch between them is sewn."""


def _hanger(s: Scene) -> None:
    s.line([(500, 190), (500, 150)], "#5d5348", 8)
    s.arc(520, 140, 22, 22, 90, 330, "#5d5348", 8)
    s.line([(330, 262), (500, 188), (670, 262)], "#8a6f52", 14)


def _top(s: Scene, *, sleeve: float, bottom: float = 800) -> list[tuple[float, float]]:
    """The outline of a shirt; `sleeve` is how far its sleeves reach down."""
    cuff = 200 + (620 - sleeve) * 0.18
    return [
        (410, 240),
        *curve((410, 240), (500, 300), (590, 240)),
        (690, 275),
        (1000 - cuff, sleeve),
        (900 - cuff, sleeve + 40),
        (690, 440),
        (700, bottom),
        (300, bottom),
        (310, 440),
        (cuff + 100, sleeve + 40),
        (cuff, sleeve),
        (310, 275),
    ]


def _seam(x0: float, y0: float, x1: float, y1: float) -> list[tuple[float, float]]:
    return [(x0 + (x1 - x0) * i / (STITCH - 1), y0 + (y1 - y0) * i / (STITCH - 1)) for i in range(STITCH)]


def tee(s: Scene) -> None:
    _hanger(s)
    s.body(_top(s, sleeve=470), s.main)
    s.line(curve((410, 240), (500, 312), (590, 240)), darker(s.main, 0.22), 16)
    s.dashes(_seam(310, 776, 690, 776), darker(s.main, 0.3), 4)


def shirt(s: Scene) -> None:
    _hanger(s)
    s.body(_top(s, sleeve=640), s.main)
    s.flat([(410, 236), (500, 330), (452, 372), (392, 262)], lighter(s.main, 0.2))
    s.flat([(590, 236), (500, 330), (548, 372), (608, 262)], lighter(s.main, 0.12))
    s.box(496, 340, 504, 800, darker(s.main, 0.25))
    for y in range(400, 790, 88):
        s.oval(520, y, 9, 9, darker(s.accent, 0.3))
    for x in (355, 560):
        s.box(x, 470, x + 95, 580, darker(s.main, 0.08), 8)


def sweater(s: Scene) -> None:
    _hanger(s)
    outline = _top(s, sleeve=660, bottom=790)
    s.body(outline, s.main)
    ribs = [[(x, 300), (x, 760)] for x in range(330, 690, 24)]
    s.within(outline, lambda inner: inner.lines(ribs, darker(s.main, 0.08), 5))
    s.box(300, 752, 700, 800, darker(s.main, 0.2), 8)
    s.line(curve((410, 244), (500, 316), (590, 244)), darker(s.main, 0.2), 30)


def trousers(s: Scene) -> None:
    s.line([(300, 190), (700, 190)], "#8a6f52", 14)
    outline = [(340, 190), (660, 190), (745, 850), (545, 850), (500, 420), (455, 850), (255, 850)]
    s.body(outline, s.main)
    s.box(338, 180, 662, 236, darker(s.main, 0.15), 8)
    s.line([(500, 240), (500, 420)], darker(s.main, 0.3), 5)
    for side in (-1, 1):
        s.line(curve((500 + side * 150, 250), (500 + side * 110, 300), (500 + side * 168, 350)), darker(s.main, 0.3), 5)


def coat(s: Scene) -> None:
    _hanger(s)
    s.body(_top(s, sleeve=680, bottom=850), s.main)
    s.flat([(405, 232), (500, 360), (440, 420), (375, 265)], darker(s.main, 0.2))
    s.flat([(595, 232), (500, 360), (560, 420), (625, 265)], darker(s.main, 0.12))
    s.box(496, 360, 504, 850, darker(s.main, 0.32))
    for y in range(430, 840, 92):
        s.oval(522, y, 11, 11, lighter(s.accent, 0.1))
    for x, y, w, h in ((340, 620, 120, 150), (545, 620, 120, 150), (350, 440, 96, 110)):
        s.box(x, y, x + w, y + h, darker(s.main, 0.1), 10)
        s.dashes(_seam(x + 8, y + 16, x + w - 8, y + 16), lighter(s.main, 0.35), 4)


def beanie(s: Scene) -> None:
    s.shadow(500, 800, 480)
    dome = [(270, 660), *curve((270, 660), (270, 320), (500, 300), (730, 320), (730, 660))]
    s.body(dome, s.main)
    ribs = [curve((500, 300), (x, 420), (x, 680)) for x in range(240, 780, 45)]
    s.within(dome, lambda inner: inner.lines(ribs, darker(s.main, 0.12), 6))
    s.box(252, 630, 748, 790, darker(s.main, 0.08), 40)
    for x in range(285, 740, 34):
        s.line([(x, 652), (x, 768)], darker(s.main, 0.24), 6)


def socks(s: Scene) -> None:
    s.shadow(510, 850, 560)
    for shift, tint in ((90, darker(s.main, 0.16)), (-60, s.main)):
        x = 400 + shift
        s.body(
            [
                (x, 230),
                (x + 150, 230),
                (x + 150, 600),
                *curve((x + 150, 600), (x + 175, 690), (x + 290, 720)),
                *curve((x + 290, 720), (x + 330, 830), (x + 240, 838)),
                *curve((x + 60, 838), (x - 20, 800), (x, 640)),
            ],
            tint,
        )
        s.box(x - 6, 216, x + 156, 290, s.accent, 14)
        s.flat([(x + 232, 706), *curve((x + 290, 720), (x + 330, 830), (x + 240, 838)), (x + 205, 838)], s.accent)


def bandana(s: Scene) -> None:
    s.shadow(500, 830, 620)
    outline = [(500, 240), (800, 540), (500, 840), (200, 540)]
    s.body(outline, s.main)
    s.within(outline, lambda d: _waves(d, s))
    s.line([(500, 268), (772, 540), (500, 812), (228, 540), (500, 268)], lighter(s.main, 0.6), 8)
    s.oval(500, 450, 62, 62, lighter(s.main, 0.72))


def _waves(d: Scene, s: Scene) -> None:
    for row in range(5):
        for column in range(8):
            x, y = 180 + column * 92 + (row % 2) * 46, 600 + row * 50
            for radius in (44, 26):
                d.arc(x, y, radius, radius, 180, 360, lighter(s.main, 0.5), 5)


def apron(s: Scene) -> None:
    s.line(curve((400, 270), (500, 80), (600, 270)), darker(s.main, 0.1), 20)
    s.line([(310, 470), (180, 430)], darker(s.main, 0.1), 18)
    s.line([(690, 470), (820, 430)], darker(s.main, 0.1), 18)
    s.body([(390, 260), (610, 260), (620, 430), (720, 470), (720, 850), (280, 850), (280, 470), (380, 430)], s.main)
    s.box(370, 590, 630, 740, darker(s.main, 0.12), 12)
    s.dashes(_seam(380, 606, 620, 606), "#d8a657", 5)
    s.dashes(_seam(396, 280, 604, 280), "#d8a657", 5)
    s.line([(500, 592), (500, 738)], lighter(s.main, 0.15), 5)


def backpack(s: Scene) -> None:
    s.shadow(500, 852, 500)
    s.line(curve((440, 250), (500, 150), (560, 250)), darker(s.main, 0.35), 22)
    s.body(
        [
            (300, 300),
            (700, 300),
            *curve((700, 300), (750, 560), (722, 836)),
            *curve((722, 836), (500, 860), (278, 836)),
            *curve((278, 836), (250, 560), (300, 300)),
        ],
        s.main,
    )
    s.box(286, 230, 714, 350, darker(s.main, 0.16), 50)
    s.box(470, 290, 530, 480, "#8a5a36", 10)
    s.oval(500, 470, 20, 20, "#c9a24b")
    s.box(345, 560, 655, 800, darker(s.main, 0.1), 30)
    s.box(345, 560, 655, 610, darker(s.main, 0.24), 22)
    s.dashes(_seam(365, 780, 635, 780), lighter(s.main, 0.3), 4)


def weekender(s: Scene) -> None:
    s.shadow(500, 812, 760)
    for shift in (-20, 20):
        s.line(curve((370 + shift, 470), (400 + shift, 190), (600 + shift, 190), (630 + shift, 470)), "#7a4c2d", 24)
    s.body(
        [
            *curve((190, 520), (200, 440), (320, 430)),
            *curve((680, 430), (800, 440), (810, 520)),
            (830, 790),
            (170, 790),
        ],
        s.main,
    )
    s.box(165, 690, 835, 802, "#7a4c2d", 26)
    s.box(230, 452, 770, 466, "#c9a24b", 6)
    for x in (350, 610):
        s.box(x, 450, x + 40, 700, "#7a4c2d", 6)


def tote(s: Scene) -> None:
    s.shadow(500, 852, 500)
    for shift, tint in ((26, darker(s.main, 0.3)), (0, darker(s.main, 0.14))):
        s.line(curve((390 + shift, 400), (410 + shift, 120), (590 + shift, 120), (610 + shift, 400)), tint, 26)
    s.body([(270, 380), (730, 380), (755, 845), (245, 845)], s.main)
    s.box(264, 376, 736, 396, darker(s.main, 0.18))
    s.oval(500, 610, 92, 92, s.accent)
    s.flat(
        [
            *curve((408, 630), (450, 590), (500, 630)),
            *curve((500, 630), (550, 670), (592, 630)),
            (560, 680),
            (440, 680),
        ],
        lighter(s.main, 0.3),
    )


def sling(s: Scene) -> None:
    s.shadow(500, 800, 620)
    s.line(curve((240, 560), (300, 60), (760, 60), (770, 560)), darker(s.main, 0.3), 26)
    s.body(
        [
            *curve((200, 560), (220, 470), (330, 460)),
            *curve((680, 460), (790, 470), (800, 560)),
            *curve((800, 700), (780, 790), (680, 790)),
            *curve((320, 790), (220, 790), (200, 700)),
        ],
        s.main,
    )
    s.box(270, 560, 730, 574, mix(s.main, "#000000", 0.45), 6)
    s.box(700, 548, 730, 620, s.accent, 8)


def pouch(s: Scene) -> None:
    s.shadow(500, 812, 640)
    s.body(
        [
            (210, 420),
            (790, 420),
            *curve((790, 420), (815, 640), (796, 800)),
            *curve((796, 800), (500, 815), (204, 800)),
            *curve((204, 800), (185, 640), (210, 420)),
        ],
        s.main,
    )
    s.box(200, 400, 800, 452, darker(s.main, 0.2), 16)
    s.box(225, 420, 775, 432, "#cfc7b8", 5)
    s.box(240, 426, 268, 510, s.accent, 10)
    s.box(610, 690, 730, 750, "#8a5a36", 8)


KINDS: dict[str, Draw] = {
    "tee": tee, "shirt": shirt, "sweater": sweater, "trousers": trousers, "coat": coat, "beanie": beanie,
    "socks": socks, "bandana": bandana, "apron": apron, "backpack": backpack, "weekender": weekender, "tote": tote,
    "sling": sling, "pouch": pouch,
}  # fmt: skip
