"""Tea, and what it is drunk from."""

from engine.cli.demo.pictures.scene import Color, Draw, Points, Scene, curve, darker, lighter, rgb


def tea(s: Scene) -> None:
    s.shadow(500, 852, 470)
    pouch = [
        (300, 330),
        (700, 330),
        *curve((705, 330), (735, 600), (712, 850)),
        *curve((712, 850), (500, 866), (288, 850)),
        *curve((288, 850), (265, 600), (295, 330)),
    ]
    s.body(pouch, s.main)
    s.box(290, 250, 710, 345, darker(s.main, 0.12), 10)
    s.box(290, 318, 710, 326, darker(s.main, 0.3))
    s.box(455, 228, 545, 300, darker(s.main, 0.35), 10)
    s.box(375, 450, 625, 745, "#f6f1e6", 8)
    leaf(s, 500, 560, 1.0, s.accent)
    s.box(430, 665, 570, 675, darker(s.accent, 0.2), 4)
    s.box(455, 692, 545, 700, darker(s.accent, 0.1), 4)


def leaf(s: Scene, x: float, y: float, size: float, tint: Color) -> None:
    for side in (-1, 1):
        tip, root = (x + side * 78 * size, y - 46 * size), (x, y + 62 * size)
        s.flat(
            [
                *curve(root, (x + side * 2 * size, y - 34 * size), tip),
                *curve(tip, (x + side * 82 * size, y + 36 * size), root),
            ],
            tint,
        )
    tip, root = (x, y - 92 * size), (x, y + 62 * size)
    s.flat(
        [*curve(root, (x - 44 * size, y - 10 * size), tip), *curve(tip, (x + 44 * size, y - 10 * size), root)],
        lighter(tint, 0.18),
    )


def mug(s: Scene) -> None:
    s.shadow(480, 846, 430)
    s.arc(668, 585, 110, 118, -100, 100, darker(s.main, 0.1), 44)
    s.body(_pot(480, 396, 840, 190, 176), s.main)
    band = _pot(480, 396, 840, 190, 176)
    s.within(
        band,
        lambda d: d.flat(
            [(250, 1000), *curve((250, 690), (400, 640), (540, 730), (720, 670)), (720, 1000)], darker(s.accent, 0.06)
        ),
    )
    s.oval(480, 396, 190, 44, darker(s.main, 0.16))
    s.oval(480, 404, 166, 33, "#6a4a2c")
    _steam(s, 470, 330)


def cup(s: Scene) -> None:
    s.shadow(500, 846, 360)
    outline = [
        *curve((330, 470), (345, 760), (430, 800)),
        (440, 838),
        (560, 838),
        *curve((570, 800), (655, 760), (670, 470)),
    ]
    s.body(outline, s.main)
    s.oval(500, 470, 170, 40, darker(s.main, 0.14))
    s.oval(500, 478, 148, 30, _brew(s))
    s.box(440, 826, 560, 842, darker(s.main, 0.3), 6)
    _steam(s, 500, 400)


def _brew(s: Scene) -> str:
    return "#b7a44e" if sum(rgb(s.main)) % 2 else "#8a5a2f"


def _steam(s: Scene, x: float, y: float) -> None:
    for shift in (-42, 22):
        s.line(
            curve((x + shift, y), (x + shift + 46, y - 50), (x + shift - 30, y - 96), (x + shift + 18, y - 150)),
            "#fbf8f2",
            11,
        )


def _pot(x: float, top: float, bottom: float, above: float, below: float) -> list[tuple[float, float]]:
    return [
        (x - above, top),
        (x + above, top),
        *curve((x + above, top), (x + above - 4, bottom - 20), (x + below, bottom - 26)),
        *curve((x + below, bottom - 26), (x + below - 30, bottom), (x, bottom)),
        *curve((x, bottom), (x - below + 30, bottom), (x - below, bottom - 26)),
        *curve((x - below, bottom - 26), (x - above + 4, bottom - 20), (x - above, top)),
    ]


def teapot(s: Scene) -> None:
    s.shadow(500, 842, 520)
    s.line(curve((690, 690), (810, 640), (880, 560)), darker(s.main, 0.12), 62)
    s.flat([*curve((330, 610), (230, 600), (170, 500)), (205, 470), *curve((205, 470), (265, 540), (350, 545))], s.main)
    body = [
        *curve((310, 640), (310, 500), (500, 500), (690, 500), (690, 640)),
        *curve((690, 640), (690, 810), (500, 832), (310, 810), (310, 640)),
    ]
    s.body(body, s.main)
    s.oval(500, 520, 150, 32, darker(s.main, 0.22))
    s.oval(500, 508, 140, 30, lighter(s.main, 0.1))
    s.oval(500, 472, 34, 30, darker(s.main, 0.1))
    s.within(
        body,
        lambda d: d.flat(
            [(250, 1000), *curve((300, 720), (430, 670), (560, 760), (700, 700)), (760, 1000)], darker(s.main, 0.28)
        ),
    )


def jug(s: Scene) -> None:
    s.shadow(490, 846, 380)
    s.arc(655, 600, 95, 120, -105, 100, darker(s.main, 0.1), 38)
    outline = [
        (365, 400),
        *curve((365, 400), (320, 385), (300, 360)),
        (620, 400),
        *curve((620, 400), (630, 560), (665, 700)),
        *curve((665, 700), (660, 840), (490, 842), (320, 840), (315, 700)),
        *curve((315, 700), (360, 560), (365, 400)),
    ]
    s.body(outline, s.main)
    s.flat([(300, 358), (622, 402), (500, 424), (372, 414)], darker(s.main, 0.22))
    s.box(330, 700, 650, 708, lighter(s.accent, 0.1))


def caddy(s: Scene) -> None:
    s.shadow(500, 848, 380)
    s.body([(345, 330), (655, 330), (655, 840), (345, 840)], s.main, shade=0.28, light=0.34)
    s.body([(338, 250), (662, 250), (662, 470), (338, 470)], lighter(s.main, 0.08), shade=0.28, light=0.38)
    s.box(338, 462, 662, 470, darker(s.main, 0.4))
    s.oval(500, 250, 162, 20, lighter(s.main, 0.24))
    leaf(s, 500, 640, 0.8, lighter(s.main, 0.4))


def bowl(s: Scene) -> None:
    s.shadow(500, 850, 420)
    outline = [
        *curve((210, 510), (250, 800), (430, 812)),
        (430, 846),
        (570, 846),
        *curve((570, 812), (750, 800), (790, 510)),
    ]
    s.body(outline, s.main)
    s.oval(500, 510, 290, 70, lighter(s.main, 0.16))
    s.oval(500, 520, 258, 56, darker(s.main, 0.14))
    s.within(outline, lambda inner: inner.lines(_ripples(), lighter(s.accent, 0.1), 9))


def _ripples() -> list[Points]:
    return [curve((150, y), (400, y + 50), (620, y - 26), (860, y + 34)) for y in (640, 676)]


def plate(s: Scene) -> None:
    s.shadow(500, 800, 760, 90)
    s.oval(500, 660, 380, 170, darker(s.main, 0.2))
    s.oval(500, 640, 380, 170, s.main)
    s.oval(500, 644, 300, 126, darker(s.main, 0.09))
    s.oval(500, 650, 288, 118, lighter(s.main, 0.12))
    s.ring(500, 640, 350, 152, darker(s.accent, 0.1), 6)
    for x, y, size in ((430, 640, 0.7), (560, 668, 0.6)):
        leaf(s, x, y, size, "#6f8150")


KINDS: dict[str, Draw] = {
    "tea": tea, "mug": mug, "cup": cup, "teapot": teapot, "jug": jug, "caddy": caddy, "bowl": bowl, "plate": plate,
}  # fmt: skip
