"""The one table of everything that can be switched: the page, the checks and the docs are drawn from it.

Two families. A *setting* holds a value (seconds, a word, yes/no). An *accident* strikes single API calls: always,
every Nth, the next N, or by chance; on chosen paths; before or after the call was processed.
Values and rules that no public source confirms are marked in dreamkas-api.md; here they are simply switchable.
"""

# ruff: noqa: E501 (a table is read in rows)

from dataclasses import dataclass
from typing import Any

GROUPS = ("Сеть", "Ответы сервиса", "Касса", "Вебхуки", "Правила и списки")
PATHS = {
    "all": "всё API",
    "post_receipts": "POST /receipts",
    "get_operations": "GET /operations и /operations/{id}",
    "list_operations": "только список операций",
    "get_operation": "только одна операция",
    "get_receipts": "GET /receipts",
    "get_catalog": "справочники: кассы, позиции, кассиры",
    "webhooks": "управление вебхуками",
}


@dataclass(frozen=True)
class Fault:
    """One switch. `kind`: switch | number | choice | text | accident; `fixed` accidents choose their own moment."""

    name: str
    group: str
    caption: str
    text: str
    kind: str
    default: Any = None
    low: float = 0
    high: float = 86400
    unit: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    slider: float = 0
    step: float = 1
    seconds: float | None = None
    paths: tuple[str, ...] = ("all",)
    fixed: bool = False


def _switch(name: str, group: str, caption: str, text: str, *, default: bool = False) -> Fault:
    return Fault(name, group, caption, text, kind="switch", default=default)


def _number(name: str, group: str, caption: str, text: str, **more: Any) -> Fault:
    return Fault(name, group, caption, text, kind="number", **{"default": 0, "unit": "с", **more})


def _choice(name: str, group: str, caption: str, text: str, /, **choices: str) -> Fault:
    """The first choice is the default; a leading underscore lets a word begin with a digit."""
    pairs = tuple((name.lstrip("_"), caption) for name, caption in choices.items())
    return Fault(name, group, caption, text, kind="choice", default=pairs[0][0], choices=pairs)


def _accident(name: str, group: str, caption: str, text: str, **more: Any) -> Fault:
    return Fault(name, group, caption, text, kind="accident", **more)


_POST = ("post_receipts",)
_NET, _ANSWERS, _TILL, _HOOKS, _RULES = GROUPS

# fmt: off
TABLE: tuple[Fault, ...] = (
    # --- the network
    _accident("latency", _NET, "Медленно", "Ответ приходит с задержкой; вызов обработан правильно.", seconds=2.0, fixed=True),
    _accident("hang", _NET, "Молчит", "Сервис принимает соединение и не отвечает, пока клиент не уйдёт (или до 15 минут)."),
    _accident("lose_before_accept", _NET, "Обрыв до приёма", "Соединение рвётся раньше, чем запрос прочитан: чека нет и не будет.", paths=_POST, fixed=True),
    _accident("lose_answer_after_accept", _NET, "Ответ потерялся", "Запрос принят и обработан, но вместо ответа — обрыв: чек будет, а клиент об этом не знает.", paths=_POST, fixed=True),
    _choice("lose_how", _NET, "Как рвётся", "Настоящий TCP RST или тихое закрытие без ответа.", rst="TCP RST", close="закрытие без ответа"),
    _accident("cut_answer", _NET, "Обрыв посреди ответа", "Заголовки обещают весь ответ, приходит половина, затем RST.", fixed=True),
    _accident("drip", _NET, "Ответ по капле", "Ответ, начиная с заголовков, приходит по одному байту.", seconds=0.2, fixed=True),
    _accident("late_processing", _NET, "Проглотил и передумал", "POST проглочен; операция появится сама через указанное время.", seconds=30.0, paths=_POST, fixed=True),
    _choice("late_answer", _NET, "Что ответить, проглотив", "Ответ на проглоченный POST.", _500="500", reset="обрыв", hang="молчание"),
    # --- what the service answers
    _accident("answer_500", _ANSWERS, "500", "JSON-ошибка сервера."),
    _accident("answer_502_html", _ANSWERS, "502 с HTML", "Страница балансировщика вместо JSON."),
    _accident("answer_503", _ANSWERS, "503", "Сервис недоступен (JSON)."),
    _accident("answer_429", _ANSWERS, "429", "Слишком часто; заголовок Retry-After называет секунды.", seconds=5.0),
    _accident("answer_401", _ANSWERS, "401", "Токен не принят."),
    _accident("answer_403", _ANSWERS, "403", "Доступ запрещён."),
    _accident("html_challenge_200", _ANSWERS, "200 и антибот", "HTTP 200 с HTML-страницей проверки браузера вместо JSON."),
    _accident("truncated_json", _ANSWERS, "Обрезанный JSON", "HTTP в порядке, но JSON оборван на середине.", fixed=True),
    _accident("wrong_content_type", _ANSWERS, "Не тот Content-Type", "Правильный JSON объявлен как text/html.", fixed=True),
    _accident("redirect_307", _ANSWERS, "307", "Перенаправление на тот же адрес: POST нельзя повторять за ним."),
    _accident("refuse_400", _ANSWERS, "400", "Ошибка валидации, хотя запрос правильный.", paths=_POST),
    _accident("error_in_2xx", _ANSWERS, "Отказ внутри 2xx", "Код 2xx, а в теле — операция со статусом ERROR.", paths=_POST, fixed=True),
    _accident("wrong_external_id", _ANSWERS, "Чужой externalId", "Ответ 2xx называет не наш externalId; чек при этом печатается.", paths=_POST, fixed=True),
    _accident("no_external_id", _ANSWERS, "Без externalId", "Ответ 2xx не называет externalId; чек при этом печатается.", paths=_POST, fixed=True),
    _choice("success_code", _ANSWERS, "Код успеха", "Каким 2xx отвечает POST /receipts.", _202="202", _200="200", _201="201"),
    # --- the cash register
    _number("print_seconds", _TILL, "Время печати", "Сколько касса печатает один чек.", default=1.5, high=600, slider=10, step=0.5),
    _switch("till_offline", _TILL, "Касса офлайн", "Операции ждут; по истечении timeout — ошибка CashOffline."),
    _choice("timeout_error", _TILL, "Код истёкшего timeout", "С каким кодом ошибки кончается операция, не напечатанная вовремя; источники знают один.", CashOffline="CashOffline", EMU_TIMEOUT="EMU_TIMEOUT"),
    _number("minute_seconds", _TILL, "Минута таймаута длится", "Ускоряет истечение timeout, который задаётся в минутах.", default=60, high=600, slider=60),
    _number("print_after_error_seconds", _TILL, "Печать после ошибки", "Истёкшую операцию касса всё равно напечатает через это время (0 — нет).", slider=60),
    _number("receipt_id_delay", _TILL, "receiptId опаздывает", "SUCCESS уже есть, а receiptId появляется позже.", slider=60),
    _choice("success_without_receipt", _TILL, "SUCCESS без чека", "Операция успешна, но receiptId не называет.", off="нет", hidden="чек есть, но не назван", none="чека нет вовсе"),
    _switch("shift_expired", _TILL, "Смена больше 24 часов", "Каждый чек кончается ошибкой EMU_SHIFT_EXPIRED; лечится закрытием смены."),
    _switch("fn_expired", _TILL, "Срок ФН истёк", "Каждый чек кончается ошибкой EMU_FN_EXPIRED."),
    _switch("double_print", _TILL, "Двойная печать", "Касса врёт: на одну операцию выходят два чека."),
    _choice("silent_contact_drop", _TILL, "Молча теряет контакт", "Касса печатает чек без телефона и почты.", invalid="только неправильный", all="любой", off="никогда"),
    _choice("unknown_status_word", _TILL, "Незнакомое слово", "Статус операции назван словом, которого нет в документации.", off="нет", in_progress="вместо IN_PROGRESS", final="вместо SUCCESS"),
    _number("clock_skew_seconds", _TILL, "Часы сервиса врут", "Сдвиг всех их дат и заголовка Date.", low=-86400),
    # --- webhooks
    _switch("webhooks_on", _HOOKS, "Вебхуки отправляются", "Выключите — и клиенту придётся спрашивать самому.", default=True),
    _switch("webhook_operation_create", _HOOKS, "Сообщать о создании операции", "OPERATION CREATE уходит сразу: может обогнать ответ на POST.", default=True),
    _number("webhook_delay", _HOOKS, "Опоздание", "Каждое сообщение уходит позже.", slider=30),
    _number("webhook_duplicates", _HOOKS, "Повторы", "Сколько лишних копий отправить.", high=20, unit="шт", slider=5),
    _switch("webhook_shuffle", _HOOKS, "Вперемешку", "Порядок случайный: SUCCESS может прийти раньше IN_PROGRESS."),
    _switch("webhook_lies", _HOOKS, "Врут об исходе", "Сообщают SUCCESS вместо ERROR и ERROR вместо SUCCESS; API говорит правду."),
    _number("webhook_retries", _HOOKS, "Попыток доставки", "Сколько раз пробовать, если ответ не 2xx.", default=5, high=50, unit="шт", low=1, slider=10),
    _number("webhook_backoff", _HOOKS, "Пауза между попытками", "Удваивается с каждой попыткой.", default=2, high=3600, slider=30),
    _number("webhook_timeout", _HOOKS, "Ждать ответа", "Сколько ждать получателя.", default=5, high=60, low=0.1),
    # --- rules and listings
    _choice("external_id_mode", _RULES, "Повторный externalId", "Что делать с уже виденным externalId (источники этого не знают).", duplicate="новая операция", same="вернуть первую", conflict="отказ 409"),
    _switch("contact_required", _RULES, "Контакт обязателен", "Без телефона и почты — 400.", default=True),
    _switch("payments_sum_check", _RULES, "Сверять суммы", "Оплаты и позиции должны сойтись с total, иначе 400.", default=True),
    _choice("tag_1125", _RULES, "Тег 1125", "Признак расчёта в интернете.", accept="принимать", reject="отказ 400"),
    _choice("patch_mode", _RULES, "PATCH вебхука", "Частичный список types дополняет или заменяет прежний.", merge="дополняет", replace="заменяет"),
    _number("operations_page_cap", _RULES, "Больше операций не отдавать", "Сервис сам урезает страницу списка операций.", default=1000, high=1000, unit="шт", low=1),
    _choice("operations_order", _RULES, "Порядок операций", "Как отсортирован список.", newest="новые сверху", oldest="старые сверху", random="случайно"),
    _switch("operations_ignore_offset", _RULES, "offset не действует", "Каждая страница списка операций — первая."),
    _number("operations_lag", _RULES, "Список отстаёт", "Новая операция видна в списке не сразу.", slider=60),
    _switch("operations_empty", _RULES, "Пустой список операций", "200 и [] вместо операций."),
    _number("listing_fails_after_page", _RULES, "Список ломается", "После этой страницы — 500 (0 — не ломается).", high=1000, unit="стр"),
)
# fmt: on
BY_NAME = {fault.name: fault for fault in TABLE}
ACCIDENTS = tuple(fault for fault in TABLE if fault.kind == "accident")


def table_text() -> str:
    """The table as Markdown for README: name, kind, caption, what it does."""
    rows = [f"| `{f.name}` | {f.kind} | {f.caption} | {f.text} |" for f in TABLE]
    return "\n".join(["| имя | вид | название | что делает |", "| --- | --- | --- | --- |", *rows])
