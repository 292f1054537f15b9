"""Makes the faces of printed documents, static/fonts/*.ttf; needs fontTools, so it runs in .venv.

Source: the Noto Sans CJK packages of requirements.txt (Open Font License; the faces get a name of their own).
They are full fonts with Japanese default forms and PostScript outlines. Documents want small files, TrueType
outlines (they subset to half the size), and forms that are right without asking for a language. So a face is

* cut down to a fixed set of characters: its bytes, and with them those of a document, stay the same;
* mapped to the forms of mainland China; text marked as Traditional Chinese gets the forms of Taiwan, and
  quotes, dashes and dots within Latin text are narrow ("locl", by the language and the script of the text);
* turned into TrueType outlines, without hints.

`PortalSans` holds GB 2312, the everyday part of Big5, Latin and the signs of business paper.
`PortalSansRare` holds every other Han character of the source, for names of people and places;
a document that uses none does not pay for it.
"""

import sys
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.misc.timeTools import timestampFromString
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.tables._g_l_y_f import Glyph

#: weight class → style name, package and file of the source
SOURCES = {
    400: ("Regular", "noto_cjk_sans_jp_regular", "NotoSansCJKjp-Regular.otf"),
    700: ("Bold", "noto_cjk_sans_jp_bold", "NotoSansCJKjp-Bold.otf"),
}
MAINLAND, TAIWAN = "ZHS ", "ZHT "
#: Largest distance of the TrueType outline from the source, in thousandths of the type size.
TOLERANCE = 1.0
FIRST_HAN, EM_DASH, TWO_EM_DASH = 0x2E80, 0x2014, 0x2E3A
LATIN = [(0x20, 0x7E), (0xA0, 0x17F), (0x2010, 0x2027), (0x2030, 0x2044), (0x20A0, 0x20BF), (0x2100, 0x2193)]
#: A space is set in the face of the word before it.
SPACES = {0x20, 0xA0, 0x3000}
SIGNS = "−≤≥≈≠≡√∞■□▲△▼▽◆◇○●◎★☆✓￥〇々①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
FAMILIES = ("Portal Sans", "Portal Sans Rare")


def two_byte_characters(codec: str, first: range, second: range) -> set[int]:
    """Code points that the two-byte `codec` assigns within the given lead and trail bytes."""
    found: set[int] = set()
    for lead in first:
        for trail in second:
            text = bytes((lead, trail)).decode(codec, errors="ignore")
            found.update(map(ord, text if len(text) == 1 else ""))
    return found


def everyday_characters() -> set[int]:
    """GB 2312, Big5 level 1, Latin, and the signs of business paper."""
    found = two_byte_characters("gb2312", range(0xA1, 0xF8), range(0xA1, 0xFF))
    found |= two_byte_characters("big5", range(0xA1, 0xC7), range(0x40, 0xFF))
    found |= {code for first, last in LATIN for code in range(first, last + 1)}
    return found | set(map(ord, SIGNS))


def is_han(code: int) -> bool:
    return 0x3400 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or 0x20000 <= code <= 0x323AF


def regional_forms(font: TTFont, language: str) -> dict[str, str]:
    """Glyph → the glyph that the font shows for it in `language` (its "locl" lookups, in order)."""
    table = font["GSUB"].table
    script = next(record.Script for record in table.ScriptList.ScriptRecord if record.ScriptTag == "hani")
    system = next(record.LangSys for record in script.LangSysRecord if record.LangSysTag == language)
    features = [table.FeatureList.FeatureRecord[index] for index in system.FeatureIndex]
    lookups = [
        index
        for record in features
        if record.FeatureTag == "locl"
        for index in record.Feature.LookupListIndex
    ]
    forms: dict[str, str] = {}
    for index in sorted(set(lookups)):
        for subtable in table.LookupList.Lookup[index].SubTable:
            mapping = getattr(subtable, "ExtSubTable", subtable).mapping
            forms = {glyph: mapping.get(form, form) for glyph, form in forms.items()}
            forms = {**mapping, **forms}
    return forms


def features(latin: dict[str, str], taiwan: dict[str, str], dashes: tuple[str, str]) -> str:
    """Feature file: narrow marks in Latin text, forms of Taiwan, two dashes drawn as one stroke."""

    def swaps(pairs: dict[str, str]) -> str:
        return "\n".join(f"    sub {glyph} by {form};" for glyph, form in sorted(pairs.items()))

    return f"""
languagesystem DFLT dflt;
languagesystem latn dflt;
languagesystem hani dflt;
languagesystem hani ZHT;
feature locl {{
  script latn;
{swaps(latin)}
  script hani;
  language ZHT exclude_dflt;
{swaps(taiwan)}
}} locl;
feature liga {{
  sub {dashes[0]} {dashes[0]} by {dashes[1]};
}} liga;
"""


def to_truetype(font: TTFont, wanted: Iterable[str]) -> None:
    """Replaces the PostScript outlines by TrueType outlines, in place; other glyphs are left empty."""
    order, outlines = font.getGlyphOrder(), font.getGlyphSet()
    glyphs = {name: Glyph() for name in order}
    for name in wanted:
        pen = TTGlyphPen(outlines)
        outlines[name].draw(Cu2QuPen(pen, TOLERANCE, reverse_direction=True))
        glyphs[name] = pen.glyph()
    font["loca"] = newTable("loca")
    font["glyf"] = table = newTable("glyf")
    table.glyphOrder, table.glyphs = order, glyphs
    del font["CFF "]
    limits = "maxZones maxTwilightPoints maxStorage maxFunctionDefs maxInstructionDefs maxStackElements"
    font["maxp"].tableVersion = 0x00010000
    for limit in [*limits.split(), "maxSizeOfInstructions", "maxComponentElements"]:
        setattr(font["maxp"], limit, int(limit == "maxZones"))
    font.sfntVersion = "\0\1\0\0"


def rename(font: TTFont, family: str, weight: int, style: str) -> None:
    """The face's own names; copyright, version and license of the source stay."""
    names = font["name"]
    names.names = [record for record in names.names if record.nameID in (0, 5, 13, 14)]
    postscript = f"{family.replace(' ', '')}-{style}"
    for number, text in {1: family, 2: style, 3: postscript, 4: f"{family} {style}", 6: postscript}.items():
        names.setName(text, number, 3, 1, 0x409)
    bold = weight == 700
    font["OS/2"].usWeightClass = weight
    font["OS/2"].fsSelection = 0x20 if bold else 0x40
    font["head"].macStyle = int(bold)
    font["head"].modified = timestampFromString("Fri Jan  2 00:00:00 2026")


def make_face(family: str, weight: int, codes: Iterable[int], target: Path) -> None:
    """Writes one face with those of `codes` that the source has."""
    style, package, name = SOURCES[weight]
    font = TTFont(str(files(package) / name), recalcTimestamp=False)
    characters: dict[int, str] = font.getBestCmap()
    plain = {code: characters[code] for code in codes if code in characters}
    mainland, taiwan = regional_forms(font, MAINLAND), regional_forms(font, TAIWAN)
    shown = {code: mainland.get(glyph, glyph) for code, glyph in plain.items()}
    to_taiwan = {shown[c]: taiwan.get(g, g) for c, g in plain.items() if taiwan.get(g, g) != shown[c]}
    to_latin = {shown[c]: g for c, g in plain.items() if c < FIRST_HAN and g != shown[c]}
    dashes = mainland[characters[EM_DASH]], mainland[characters[TWO_EM_DASH]]
    glyphs = {".notdef", *shown.values(), *to_taiwan.values(), *to_latin.values(), *dashes}
    font["cmap"].tables = [table for table in font["cmap"].tables if table.isUnicode() and table.format != 14]
    for table in font["cmap"].tables:
        table.cmap.update(
            {code: glyph for code, glyph in shown.items() if code < 0x10000 or table.format == 12}
        )
    to_truetype(font, glyphs)
    options = Options(hinting=False, notdef_outline=True, glyph_names=True, layout_features=["kern", "mark"])
    options.name_IDs = ["*"]
    options.drop_tables += ["GSUB", "BASE", "VORG", "vhea", "vmtx"]
    cut = Subsetter(options)
    cut.populate(unicodes=plain, glyphs=glyphs)
    cut.subset(font)
    addOpenTypeFeaturesFromString(font, features(to_latin, to_taiwan, dashes), tables=["GSUB"])
    font["post"].formatType = 3.0
    rename(font, family, weight, style)
    font.save(target)


def file_name(family: str, weight: int) -> str:
    return f"{family.replace(' ', '')}-{SOURCES[weight][0]}.ttf"


def make(folder: Path, weight: int) -> None:
    """Makes all faces of one weight in `folder`."""
    everyday = everyday_characters()
    with TTFont(str(files(SOURCES[weight][1]) / SOURCES[weight][2]), lazy=True) as font:
        rare = {code for code in font.getBestCmap() if is_han(code)} - everyday | SPACES
    for family, codes in zip(FAMILIES, (everyday, rare), strict=True):
        make_face(family, weight, codes, folder / file_name(family, weight))


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]))
