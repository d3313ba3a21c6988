"""
What a text says that is not in Unicode and does not tell its encoding: what Windows and older systems wrote, and write.

Nearly every byte sequence can be read in several of these encodings, as different words. Each reading is weighed by
how much of it is what people of its language write most: a wrong reading is a heap of rare characters. If none is
plausible, or two are, the text is not understood, which is better than wrong: its sender can save it as UTF-8.
Other Latin encodings of Windows (Central European, Turkish, Baltic) are told from the western one by letters that no
western language has together; a few words without such letters are taken for western.

The lists are the most frequent characters of running text: Chinese after Jun Da's "Modern Chinese Character Frequency
List" (2004), with the traditional forms of those that were simplified; Korean syllables and Japanese kanji from common
newspaper text; Cyrillic by the letters of Russian.
"""

# ruff: noqa: RUF001 - the characters that look like others are the ones that are meant

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

SAMPLE_BYTES: Final = 64 * 1024
"""Bytes that are weighed, from the first that is not ASCII."""

PLAUSIBLE: Final = 0.45
"""What a reading needs at least. Running text has 0.6 to 1 in the right one, under 0.3 in a wrong one."""

AHEAD: Final = 0.12
"""How far the best has to be ahead of the second best."""

BROKEN_UTF8: Final = 0.02
"""Share of characters beyond ASCII that may be broken in what still counts as UTF-8, such as a log that was cut off."""

_SIMPLIFIED: Final = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定"
    "天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被"
    "利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数"
    "安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品"
    "住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运城州京省县村街号码单价钱元编姓电邮址姓男性别龄籍注备名称"
)
_TRADITIONAL: Final = (
    "這個們來為國說時會對過發後裡種經麼還進樣開從實軍無與長機將兩間問關點業頭體話應戰東聲員論處義幾認條氣題爾別變總電數報結務場計區隊決門記達強難權設類據規萬術"
    "領傳觀讓識帶導爭運邊該張動現當學見產給兒書則聽卻許統資馬編號單價錢稱備註縣郵齡灣臺"
)
_KANJI: Final = (
    "日一国会人年大十二本中長出三同時政事自行社見月分議後前民生連五発間対上部東者党地合市業内相方四定今回新場金員九入選立開手米力学問高代明実円関決子動京全目表"
    "戦経通外最言氏現理調体化田当八六約主題下首意法不来作性的要用制治度務強気小七成期公野協取都和統以機平総加山思家話世受区領多県続進正安設保改数記院女初北午指"
    "権心界支第産結百派点教報済書府活原先共得解名交資予川向際査勝面委告軍文反元重近千考判認画海参売利組知案道信策集在件団別物側任引使求所次水半品昨論計死官増係感"
    "特情投示変打男基私各始島直両朝革価式確村提運終挙果西勢減台広容必応演電歳住争談能無再位置企真流格有疑口過局少放税検藤町常校料沢裁状工建語球営空職証土与急止"
    "送援供可役構木割聞身費付施切由説転食比難防補車優夫研収断井何南石足違消境神番規術護展態導鮮備宅害配副算視条幹独警宮究育席輸訪楽起万着乗店述残想線率病農州武"
)
_SYLLABLES: Final = (
    "이다는을의에가고한하지로은도기사를인서자어대시해나그리정들아있만니부과수일보전제라원으상여동주성스국장구게조소연안면용공중세경시적비신위관안무회되문개우무화실"
    "발생학와것때년명데분등통했였습합서울름별번호값"
)
_CYRILLIC: Final = "оеаинтсрвлкмдпуя"
_PUNCTUATION: Final = "。，、；：？！（）「」『』《》【】·—…“”‘’％￥～・ー"
_LETTER = re.compile("[À-ÖØ-öø-ÿŠšŽžŒœŸ]")
_SIGN = re.compile("[“”‘’–—…€£°§©®«»·½¼¾º±²³µ¡¿¢\xa0]")
_LONG_RUN = re.compile(r"[^\x00-\x7f]{3,}")
"""Of characters that are not ASCII: no word of a western language has three accents in a row, most of others have."""

_SIGN_WITHIN = re.compile(r"(?<=[A-Za-z])[³¹²¾¼½¿¡»©®§±ºµ£](?=[a-z])")
_NOT_TOGETHER: Final = ("šžø", "ìùè")
"""What Polish and Czech of Windows (cp1250) look like when they are read as western text."""

_ICELANDIC = re.compile("[ýþð]", re.IGNORECASE)
"""Also what Turkish (cp1254), Lithuanian and Latvian (cp1257) and Romanian (cp1250) look like in western text."""

_ICELANDIC_VOWEL = re.compile("[áéíóúæ]", re.IGNORECASE)

_NOT_OF_ONE_LANGUAGE: Final = tuple(
    (re.compile(one, re.IGNORECASE), re.compile(other, re.IGNORECASE))
    for one, other in (
        ("[ýþð]", "[çüàâãèëîû]"),  # Turkish ışğ, Baltic šž, Romanian ţ
        ("û", "[áíóúöü]"),  # Hungarian ű
        ("õ(?!e)", "[áíóú]"),  # Hungarian ő; Portuguese has õe alone, Estonian no acute accent
        (r"õ\b", r"õ\b"),  # Hungarian ő
        ("ç(?=[bcdfghjklmnpqrstvxz])", "[âî]"),  # Latvian ē; Albanian has such a ç, too
        ("ã", "[îº]"),  # Romanian ă
    )
)
"""Letters that western languages have, but none has both, and what they are in truth. Names in a text are but a few."""

_A_FEW: Final = 0.03
"""Of the letters that are not ASCII."""

_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_ASCII = re.compile(r"[\x00-\x7f]+")
_KANA = re.compile("[ぁ-んァ-ヶ]")
_IDEOGRAPH = re.compile("[\u4e00-\u9fff]")
_HANGUL = re.compile("[가-힣]")

_OF_CHINESE: Final = frozenset(_SIMPLIFIED + _TRADITIONAL + _PUNCTUATION)
_OF_JAPANESE: Final = frozenset(_KANJI + _PUNCTUATION)
_OF_KOREAN: Final = frozenset(_SYLLABLES + _PUNCTUATION)
_GB_LEVEL_1: Final = range(0xB0, 0xD8)
"""First bytes of the characters that GB 2312 calls frequent."""

_COMMON: Final = 0.35
"""What a character counts that is usual in its language, but not among the most frequent."""


def _level_1(text: str, encoding: str, lead: range) -> float:
    """The share of characters among those that the encoding's own standard calls frequent: they come first in it."""
    return sum(character.encode(encoding, "replace")[0] in lead for character in text) / len(text)


def _of_chinese(encoding: str, lead: range) -> Callable[[str], float]:
    def weigh(text: str) -> float:
        frequent = sum(character in _OF_CHINESE for character in text)
        others = "".join(each for each in text if each not in _OF_CHINESE and _IDEOGRAPH.match(each))
        return (frequent + _COMMON * len(others) * (_level_1(others, encoding, lead) if others else 0)) / len(text)

    return weigh


def _of_japanese(text: str) -> float:
    kana = len(_KANA.findall(text))
    frequent = sum(character in _OF_JAPANESE for character in text)
    others = len(_IDEOGRAPH.findall(text)) - sum(character in _KANJI for character in text)
    return (kana + frequent + _COMMON * others * (kana > 0)) / len(text)


def _of_korean(text: str) -> float:
    frequent = sum(character in _OF_KOREAN for character in text)
    others = len(_HANGUL.findall(text)) - sum(character in _SYLLABLES for character in text)
    return (frequent + _COMMON * others) / len(text)


def _of_russian(text: str) -> float:
    """The sixteen letters are five sixths of a Russian text; of other alphabets read as Cyrillic they are a half."""
    return max(0.0, sum(character in _CYRILLIC for character in text) / len(text) * 2 - 1) * 1.4


@dataclass(frozen=True, slots=True)
class _Reading:
    encoding: str
    weigh: Callable[[str], float]
    """How plausible characters beyond ASCII are, from 0 to 1."""


_READINGS: Final = (
    _Reading("gb18030", _of_chinese("gb18030", _GB_LEVEL_1)),
    _Reading("big5hkscs", _of_chinese("big5", range(0xA4, 0xC7))),
    _Reading("cp932", _of_japanese),
    _Reading("euc_jp", _of_japanese),
    _Reading("cp949", _of_korean),
    _Reading("cp1251", _of_russian),
)


def understood(content: bytes) -> str | None:
    """The text of what is not valid UTF-8 and has no byte order mark; None if that can't be told for sure."""
    first = _BEYOND_ASCII.search(content)
    sample = content[first.start() :][:SAMPLE_BYTES] if first else b""
    if not sample or _is_nearly_utf8(sample):
        return content.decode("utf-8", "replace")
    weights = [(_as_western(sample), "cp1252"), *((_as(sample, reading), reading.encoding) for reading in _READINGS)]
    (best, encoding), (second, _), *_ = sorted(weights, reverse=True)
    if best < PLAUSIBLE or best - second < AHEAD:
        return None
    return content.decode(encoding, "replace")


def utf16_form(content: bytes) -> str | None:
    """`utf-16-le` or `utf-16-be` for such text without a byte order mark, of which some is ASCII; else None."""
    sample = content[: SAMPLE_BYTES // 16]
    sample = sample[: len(sample) // 2 * 2]
    for encoding, high in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[::2])):
        if 0 in high:
            text = codecs.getincrementaldecoder(encoding)("replace").decode(sample)
            if all(each.isprintable() or each in "\t\r\n\f" for each in text) and _is_plausible(text):
                return encoding
    return None


def _is_plausible(text: str) -> bool:
    """Numbers of two bytes are characters, too, but hardly those of one language."""
    beyond = _ASCII.sub("", text)
    if len(beyond) * 2 < len(text):
        return len(text) > 1
    return max(_of_chinese("gb18030", _GB_LEVEL_1)(beyond), _of_japanese(beyond), _of_korean(beyond)) >= PLAUSIBLE


def _is_nearly_utf8(sample: bytes) -> bool:
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(sample)
    broken, beyond = text.count("\ufffd"), len(_ASCII.sub("", text))
    return broken <= 1 < beyond or broken < beyond * BROKEN_UTF8


def _as(sample: bytes, reading: _Reading) -> float:
    try:
        text = codecs.getincrementaldecoder(reading.encoding)().decode(sample)
    except UnicodeDecodeError:
        return 0.0
    if reading.encoding == "cp1251" and not _LONG_RUN.search(text):
        return 0.0
    beyond = _ASCII.sub("", text)
    return min(1.0, reading.weigh(beyond)) if beyond else 0.0


def _as_western(sample: bytes) -> float:
    try:
        text = sample.decode("cp1252")
    except UnicodeDecodeError:
        return 0.0
    if all(any(letter in text for letter in letters) for letters in _NOT_TOGETHER):
        return 0.0
    if _is_of_other_latin(text):
        return 0.0
    alone = _LONG_RUN.sub("", text)
    fitting = len(_LETTER.findall(alone)) + len(_SIGN.findall(alone)) - 4 * len(_SIGN_WITHIN.findall(alone))
    return fitting / len(_ASCII.sub("", text))


def _is_of_other_latin(text: str) -> bool:
    few = len(_LETTER.findall(text)) * _A_FEW

    def has(letters: re.Pattern[str]) -> bool:
        return len(letters.findall(text)) > few

    if has(_ICELANDIC) and not _ICELANDIC_VOWEL.search(text):
        return True
    return any(has(one) and has(other) for one, other in _NOT_OF_ONE_LANGUAGE)
