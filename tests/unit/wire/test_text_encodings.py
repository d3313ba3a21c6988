"""Text of older systems is read as it was written, or not at all; never as other words."""

# ruff: noqa: RUF001 - the characters that look like others are the ones that are meant

import pytest

from arenabridge.wire.text_encodings import understood, utf16_form

READ = {
    "gb18030": [
        "姓名,城市\n张伟,北京\n",
        "性别\n男\n女\n",
        "第一章 春天来了，小草从地里钻出来。我们一起去公园玩。",
        "订单号,产品名称,数量,单价\n1001,苹果手机,2,5999\n",
    ],
    "big5": ["姓名,城市\n陳大文,臺北\n", "第一章 春天來了，小草從地裡鑽出來。我們一起去公園玩。"],
    "cp932": ["名前,住所\n田中太郎,東京都\n", "吾輩は猫である。名前はまだ無い。", "商品名,価格\nリンゴ,100\n"],
    "euc_jp": ["吾輩は猫である。名前はまだ無い。どこで生れたか"],
    "cp949": ["이름,도시\n김철수,서울\n", "안녕하세요. 오늘은 날씨가 좋습니다."],
    "cp1251": ["Привет, как дела? Сегодня хорошая погода.", "Имя;Город\nИван;Москва\n"],
    "cp1252": [
        "Größe;Käse\nmüde\n",
        "Façade déjà vu, à côté",
        "naïve – “quoted” text…",
        "¿Qué? El niño comió piñas",
        "5 €",
        "Allir eru bornir frjálsir og jafnir öðrum að virðingu og réttindum. Þeir eru gæddir vitsmunum og samvisku.",
        "Øll menniskju eru fødd fræls og jøvn til virðingar og mannarættindi. Tey hava skil og samvitsku.",
        "Todas as pessoas nascem livres e iguais; as nações, as opiniões e os corações são três. Põe aí.",
        "Kõik inimesed sünnivad vabadena ja võrdsetena oma väärikuselt ja õigustelt.",
        "Të gjithë njerëzit lindin të lirë. Çdo njeri, çka është e drejtë.",
        "Bien sûr, en août, où l'hôtel a dû fermer, le goût brûlé du gâteau était là, déjà à côté.",
        "Größe und Maße für Sigurður: " + "schöne Grüße, " * 30,
        "Tot això és la força del lloc, molt més dolç",
    ],
}
NOT_READ = [
    ("koi8-r", "Привет, как дела? Сегодня хорошая погода."),
    ("iso8859-2", "Příliš žluťoučký kůň úpěl ďábelské ódy"),
    ("cp1250", "Zażółć gęślą jaźń"),
    ("cp1250", "Minden emberi lény szabadon születik és egyenlő méltósága és joga van."),
    ("cp1250", "Név;Idő\nErdős;szőlő\n"),
    ("cp1250", "gyűjtött gyűrűk"),
    ("cp1250", "Toate fiinţele umane se nasc libere şi egale în demnitate şi în drepturi, când să fie."),
    ("cp1254", "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar."),
    ("cp1254", "Adı;Şehir\nIşık;Iğdır\n"),
    ("cp1257", "Visi cilvēki piedzimst brīvi un vienlīdzīgi savā pašcieņā un tiesībās."),
    ("cp1257", "mēs ēdam ābolus"),
    ("cp1257", "Visi žmonės gimsta laisvi ir lygūs savo orumu ir teisėmis. Jiems suteiktas protas ir sąžinė."),
    ("cp1253", "Καλημέρα κόσμε, τι κάνεις σήμερα"),
    ("cp874", "สวัสดีชาวโลก วันนี้อากาศดี"),
    ("gb18030", "髑髏"),
]


@pytest.mark.parametrize(("encoding", "text"), [(name, text) for name, texts in READ.items() for text in texts])
def test_what_is_plausible_in_one_encoding_is_read_in_it(encoding: str, text: str) -> None:
    assert understood(text.encode(encoding)) == text


@pytest.mark.parametrize(("encoding", "text"), NOT_READ)
def test_what_is_plausible_in_none_is_not_read(encoding: str, text: str) -> None:
    assert understood(text.encode(encoding)) is None


def test_utf_8_that_was_cut_off_is_utf_8_all_the_same() -> None:
    assert understood("日誌：開始……".encode()[:-1]) == "日誌：開始…\ufffd"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_known_by_its_ascii(encoding: str) -> None:
    assert utf16_form("名前,住所\n田中,東京\n".encode(encoding)) == encoding
    assert utf16_form(b"\x01\x00\x02\x00" * 50) is None
    assert utf16_form("Käse,1\n".encode(encoding)) == encoding
    for content in (b"\x00", b"\x00asm", b"\x00junk\n%PDF-1.7"):
        assert utf16_form(content) is None
