"""Templates are compiled for each language: one process speaks to all its readers at once."""

import pytest
from flask import render_template_string
from flask_babel import force_locale

from modules.core.files import icon, svg


@pytest.fixture
def app(make_app):
    return make_app()


@pytest.fixture
def told(app):
    def tell(language, source):
        with app.test_request_context(), force_locale(language):
            spoken = app.jinja_env._spoken()
            return spoken.from_string(source).render()

    return tell


def test_each_reader_gets_the_words_of_his_language(told):
    assert [told(one, "{{ _('Cash') }}") for one in ("ru", "en", "ru")] == ["Сумма", "Cash", "Сумма"]


def test_words_are_safe_as_the_template_is_and_what_is_put_into_them_is_not(told):
    assert told("en", "{{ _('<b>100%%</b>') }}") == "<b>100%</b>"
    assert told("en", "{{ _('Signed in as %(login)s', login='<i>') }}") == "Signed in as &lt;i&gt;"


def test_sums_and_dates_are_written_as_the_templates_language_does(told):
    shown = "{{ 123450|money }} {{ 0|money }} {{ none|day }}."
    assert told("en", shown) == "₽1,234.50 ₽0.00 ."
    assert told("ru", shown) == "1\u00a0234,50\u00a0₽ 0,00\u00a0₽ ."


def test_a_drawing_that_is_named_stands_in_the_page_as_it_is(app, told):
    with app.app_context():
        drawn = str(icon("phone")), str(svg("bell"))
    assert (told("uk", "{{ icon('phone') }}"), told("uk", "{{ svg('bell') }}")) == drawn
    assert told("uk", "{% set name = 'phone' %}{{ icon(name) }}") == drawn[0]


def test_lines_lose_their_indentation_and_values_do_not(told):
    assert told("en", "<p>\n    a\n  {{ '\\n    b' }}</p>") == "<p>\na\n\n    b</p>"


def test_parts_of_a_page_speak_its_language(app):
    source = "{% from '_macros.html' import badge %}{{ badge('queued') }}"
    with app.test_request_context():
        for language, word in (("ru", "В очереди"), ("en", "Queued"), ("uk", "У черзі")):
            with force_locale(language):
                assert word in render_template_string(source)
