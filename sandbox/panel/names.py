"""Names and e-mail addresses of a site's users: Chinese, Japanese, Latin, and odd ones."""

from dataclasses import dataclass
from random import Random
from typing import TypeVar

_CHINESE_FAMILY = {
    "王": "wang", "李": "li", "张": "zhang", "刘": "liu", "陈": "chen", "杨": "yang", "黄": "huang",
    "吴": "wu", "周": "zhou", "徐": "xu", "孙": "sun", "马": "ma", "朱": "zhu", "胡": "hu",
    "欧阳": "ouyang", "诸葛": "zhuge",
}  # fmt: skip
_CHINESE_GIVEN = {
    "伟": "wei", "芳": "fang", "娜": "na", "敏": "min", "静": "jing", "磊": "lei", "洋": "yang",
    "思远": "siyuan", "子涵": "zihan", "雨桐": "yutong", "浩然": "haoran", "晓明": "xiaoming",
    "建国": "jianguo", "梓萱": "zixuan", "宇航": "yuhang", "佳怡": "jiayi", "志強": "zhiqiang",
}  # fmt: skip
_JAPANESE_FAMILY = {
    "佐藤": "sato", "鈴木": "suzuki", "高橋": "takahashi", "田中": "tanaka", "渡辺": "watanabe",
    "山本": "yamamoto", "中村": "nakamura", "小林": "kobayashi",
}  # fmt: skip
_JAPANESE_GIVEN = {
    "太郎": "taro", "さくら": "sakura", "翔太": "shota", "美咲": "misaki", "健": "ken",
    "ゆい": "yui", "大輔": "daisuke", "陽菜": "hina", "ケイ": "kei",
}  # fmt: skip
_LATIN_GIVEN = {
    "Liam": "liam", "Olivia": "olivia", "Noah": "noah", "Zoë": "zoe", "José": "jose",
    "Anaïs": "anais",
    "Björn": "bjorn", "Łukasz": "lukasz", "Siobhán": "siobhan", "Nguyễn": "nguyen",
    "Dmitri": "dmitri",
}  # fmt: skip
_LATIN_FAMILY = {
    "Smith": "smith", "O'Brien": "obrien", "Müller": "mueller", "García": "garcia",
    "Dupont": "dupont",
    "Kowalski": "kowalski", "Johansson": "johansson", "Van der Berg": "vanderberg", "Trần": "tran",
}  # fmt: skip
_ODD = (
    "🌸小樱🌸", "<script>alert(1)</script>", "_*[`~>#+-=|{}.!", "مرحبا بالعالم", "e\u0301clair",
    "👨‍👩‍👧‍👦",
    "\u202emoc.live\u202c", "A & B < C > D", "名前 なし", "Robert'); DROP TABLE user;--",
)  # fmt: skip
_CHINESE_MAIL = ("qq.com", "163.com", "126.com", "foxmail.com", "sina.com", "outlook.com")
_JAPANESE_MAIL = ("yahoo.co.jp", "docomo.ne.jp", "ezweb.ne.jp", "gmail.com")
_LATIN_MAIL = ("gmail.com", "outlook.com", "proton.me", "icloud.com", "hotmail.com")


@dataclass(frozen=True, slots=True)
class Identity:
    """A name, an address that no other number gives, and the language that goes with them."""

    name: str
    email: str
    locale: str


@dataclass(frozen=True, slots=True)
class _Tongue:
    """How people of one language are called: parts with their spelling in an address."""

    first: tuple[tuple[str, str], ...]
    second: tuple[tuple[str, str], ...]
    between: str
    hosts: tuple[str, ...]
    locales: tuple[str, ...]


_CHINESE = tuple(_CHINESE_FAMILY.items()), tuple(_CHINESE_GIVEN.items())
_JAPANESE = tuple(_JAPANESE_FAMILY.items()), tuple(_JAPANESE_GIVEN.items())
_LATIN = tuple(_LATIN_GIVEN.items()), tuple(_LATIN_FAMILY.items())
_TONGUES = (  # (up to this share of a hundred, tongue)
    (58, _Tongue(*_CHINESE, "", _CHINESE_MAIL, ("zh_CN", "zh-CN"))),
    (68, _Tongue(*_CHINESE, "", _CHINESE_MAIL, ("zh_TW", "zh-TW"))),
    (80, _Tongue(*_JAPANESE, "", _JAPANESE_MAIL, ("ja_JP", "ja-JP"))),
    (100, _Tongue(*_LATIN, " ", _LATIN_MAIL, ("en_US", "en-US"))),
)
_T = TypeVar("_T")


class Names:
    """Draws names from a `Random`: the same seed gives the same people."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def draw(self, number: int) -> Identity:
        """A person. `number`, the account's id, keeps the address unique."""
        share = self._random.random() * 100
        tongue = next(tongue for bound, tongue in _TONGUES if share < bound)
        first, first_spelt = self._pick(tongue.first)
        second, second_spelt = self._pick(tongue.second)
        name = f"{first}{tongue.between}{second}"
        mailbox, host = f"{second_spelt}.{first_spelt}{number}", self._pick(tongue.hosts)
        if number % 37 == 0:
            name = self._pick(_ODD)
        if number % 53 == 0:  # mailboxes outside ASCII exist
            mailbox, host = f"{first}{number}", "邮箱.中国"
        return Identity(name, f"{mailbox}@{host}", self._pick(tongue.locales))

    def _pick(self, choices: tuple[_T, ...]) -> _T:
        return choices[int(self._random.random() * len(choices))]
