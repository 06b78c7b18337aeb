"""/?module=NAME&flag=… leads to the routes, and url_for prints it."""

from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from flask import Blueprint, abort, redirect, render_template_string, request, url_for
from hypothesis import given
from hypothesis import strategies as st

from modules.core.address import House

ROUTES = {
    "taskbar": ["/", "/search"],
    "ukv": [
        "/",
        "/users/showuser",
        "/users/userslist",
        "/users/userslist/wide",
        "/showdetailed",
        "/stats/monthly",
    ],
    "dreamkas": ["/getreceipts", "/getoperations"],
}


def blueprint(module, paths):
    bp = Blueprint(module, __name__, url_prefix=f"/module/{module}")
    for path in paths:
        bp.add_url_rule(path, name(path), lambda: request.endpoint)
    return bp


def name(path):
    return path.strip("/").replace("/", "_") or "index"


ENDPOINTS = [f"{module}.{name(path)}" for module, paths in ROUTES.items() for path in paths]


def make_house(**options):
    house = House(__name__, **options)
    house.testing = True
    for module, paths in ROUTES.items():
        house.register_blueprint(blueprint(module, paths))

    @house.post("/module/ukv/pay", endpoint="ukv.pay")
    def pay():
        return redirect(url_for("ukv.users_showuser", showuser=request.form["id"]), 303)

    @house.get("/healthz")
    def healthz():
        return "fine"

    @house.get("/module/ukv/where", endpoint="ukv.where")
    def where():
        return {"path": request.path, "full": request.full_path, "args": request.args.to_dict(flat=False)}

    @house.get("/module/ukv/boom", endpoint="ukv.boom")
    def boom():
        abort(418)

    @house.errorhandler(400)
    @house.errorhandler(404)
    @house.errorhandler(405)
    @house.errorhandler(418)
    def drawn(error):
        template = "{{ code }} {{ url_for('taskbar.index') }} {{ url_for('static', filename='a.css') }}"
        return render_template_string(template, code=error.code), error.code

    return house


house = make_house()
DRAWN = "/?module=taskbar /static/a.css"


@pytest.fixture
def client():
    return house.test_client()


# --- in ---


@pytest.mark.parametrize(
    ("address", "endpoint"),
    [
        ("/", "taskbar.index"),
        ("/?", "taskbar.index"),
        ("/?utm=1", "taskbar.index"),
        ("/?module=", "taskbar.index"),
        ("/?search=ivan", "taskbar.search"),
        ("/?module=taskbar", "taskbar.index"),
        ("/?module=ukv", "ukv.index"),
        ("/?module=ukv&x=1&userslist=true", "ukv.index"),
        ("/?module=ukv&users=true&showuser=5", "ukv.users_showuser"),
        ("/?showuser=5&users=true&module=ukv", "ukv.users_showuser"),
        ("/?module=ukv&users&showuser", "ukv.users_showuser"),
        ("/?mod%75le=ukv&users=true&userslist=true", "ukv.users_userslist"),
        ("/?module=ukv&wide=1&userslist=true&users=true", "ukv.users_userslist_wide"),
        ("/?module=dreamkas&getreceipts=true&showdetailed=4", "dreamkas.getreceipts"),
        ("/?module=ukv&users=true&userslist=true&showdetailed=4", "ukv.users_userslist"),
    ],
)
def test_a_query_leads_to_the_route_with_the_most_of_its_flags(client, address, endpoint):
    assert client.get(address).text == endpoint


@pytest.mark.parametrize(
    ("query", "endpoint"),
    [
        ("getreceipts=1&getoperations=1", "dreamkas.getoperations"),
        ("getoperations=1&getreceipts=1", "dreamkas.getreceipts"),
        ("getoperations=1&getreceipts=1&getoperations=1", "dreamkas.getoperations"),
        ("getreceipts=1&x=1&getoperations=1&y=1", "dreamkas.getoperations"),
    ],
)
def test_a_tie_goes_to_the_flag_that_stands_last(client, query, endpoint):
    assert client.get(f"/?module=dreamkas&{query}").text == endpoint


def test_a_tie_of_several_flags_goes_to_the_one_that_holds_the_very_last(client):
    assert client.get("/?module=ukv&users=1&stats=1&monthly=1&userslist=1").text == "ukv.users_userslist"
    assert client.get("/?module=ukv&stats=1&users=1&userslist=1&monthly=1").text == "ukv.stats_monthly"


def test_a_tie_of_two_flags_is_settled_by_the_flag_they_do_not_share(client):
    assert client.get("/?module=ukv&showuser=5&userslist=true&users=true").text == "ukv.users_userslist"
    assert client.get("/?module=ukv&userslist=true&showuser=5&users=true").text == "ukv.users_showuser"


@pytest.mark.parametrize(
    "address",
    [
        "/?module=nobody",
        "/?module=ukv%00",
        "/?module=UKV",
        "/?module=../ukv",
        "/?module=-&doubled=1",
        "/?module=dreamkas",
        "/?module=dreamkas&x=1",
        "/nothing",
    ],
)
def test_what_is_not_there_is_a_404_whose_page_has_addresses(client, address):
    for method in ("GET", "POST"):
        answer = client.open(address, method=method)
        assert (answer.status_code, answer.text) == (404, f"404 {DRAWN}")


@pytest.mark.parametrize(
    "path",
    [
        "/module",
        "/module/",
        "/module/ukv",
        "/module/ukv/",
        "/module/ukv/users/showuser",
        "/module/ukv/pay",
        "/module/-/doubled",
        "//module/ukv/",
        "/module//ukv/",
        "///module///ukv/users/showuser",
        "module/ukv/",
    ],
)
def test_inside_paths_are_not_reachable_from_outside(client, path):
    for method in ("GET", "POST"):
        for query in ("", "module=ukv"):
            sent = {"PATH_INFO": path, "QUERY_STRING": query}
            assert client.open("/", method=method, environ_overrides=sent).status_code == 404


def test_inside_paths_stay_shut_when_they_are_quoted(client):
    assert client.get("/%6dodule/ukv/").status_code == 404
    assert client.get("/%2Fmodule/ukv/", follow_redirects=True).status_code == 404


@pytest.mark.parametrize(
    "query",
    ["module=ukv&module=ukv", "module=ukv&module=dreamkas", "action=a&action=b", "module=ukv&action=&action=",
     "module=ukv&m%6fdule=ukv"],
)  # fmt: skip
def test_module_or_action_said_twice_is_a_400_whose_page_has_addresses(client, query):
    for method in ("GET", "POST", "PUT", "DELETE"):
        answer = client.open(f"/?{query}", method=method)
        assert (answer.status_code, answer.text) == (400, f"400 {DRAWN}")


def test_other_keys_may_be_said_twice(client):
    assert client.get("/?module=ukv&users=1&users=2&showuser=5&x=1&x=2").text == "ukv.users_showuser"


def test_a_route_that_knows_only_another_method_answers_405(client):
    assert client.get("/?module=ukv&pay=true").text == f"405 {DRAWN}"
    answer = client.post("/?module=ukv&users=true&showuser=5")
    assert answer.status_code == 405
    assert set(client.options("/?module=ukv&pay=true").allow) == {"OPTIONS", "POST"}


def test_a_post_reaches_its_route_and_redirects_to_an_address_of_ubilling(client):
    answer = client.post("/?module=ukv&pay=true", data={"id": "7"})
    assert (answer.status_code, answer.location) == (303, "/?module=ukv&users=true&showuser=7")


def test_plain_routes_work_as_ever_and_their_query_routes_nothing(client):
    assert client.get("/healthz?module=ukv&module=dreamkas").text == "fine"


def test_the_request_stays_what_the_browser_sent(client):
    seen = client.get("/?module=ukv&where=1&q=%D0%B8%20x").json
    assert seen["path"] == "/"
    assert seen["full"] == "/?module=ukv&where=1&q=%D0%B8%20x"
    assert seen["args"] == {"module": ["ukv"], "where": ["1"], "q": ["и x"]}


@pytest.mark.parametrize(
    "raw", [b"q=\xff\xfe", b"\xd0=1", b"q=%ff%00", b"q=%zz&%", b"&&&==;", b"q=\xd0\xb8",
            b"x=1&" * 10_000, b"q=" + b"a" * 10**6],
)  # fmt: skip
def test_broken_and_huge_queries_lead_where_they_say(client, raw):
    query = (b"module=ukv&where=1&" + raw).decode("latin1")
    answer = client.get("/", environ_overrides={"QUERY_STRING": query})
    assert answer.status_code == 200
    assert answer.json["args"]["where"] == ["1"]


def test_raw_utf8_reads_like_quoted_utf8(client):
    answer = client.get(
        "/", environ_overrides={"QUERY_STRING": "module=ukv&where=1&q=и".encode().decode("latin1")}
    )
    assert answer.json["args"]["q"] == ["и"]


@given(st.binary(max_size=60))
def test_no_query_whatever_is_a_500(raw):
    answer = house.test_client().get("/", environ_overrides={"QUERY_STRING": raw.decode("latin1")})
    assert answer.status_code in (200, 400, 404)


def test_an_error_inside_a_view_can_draw_addresses(client):
    assert client.get("/?module=ukv&boom=1").text == f"418 {DRAWN}"


# --- out ---


@pytest.mark.parametrize(("endpoint", "values", "address"), [
    ("taskbar.index", {}, "/?module=taskbar"),
    ("ukv.users_showuser", {"showuser": 5}, "/?module=ukv&users=true&showuser=5"),
    ("ukv.users_showuser", {"b": 1, "a": 2, "users": "x"}, "/?module=ukv&users=x&showuser=true&b=1&a=2"),
    ("ukv.users_showuser", {"showuser": None, "a": None}, "/?module=ukv&users=true&showuser=true"),
    ("ukv.index", {"q": "и я&=#"}, "/?module=ukv&q=%D0%B8+%D1%8F%26%3D%23"),
    ("ukv.index", {"q": ["a", "b"], "fresh": True}, "/?module=ukv&q=a&q=b&fresh=true"),
    ("ukv.index", {"_anchor": "строка 5"}, "/?module=ukv#%D1%81%D1%82%D1%80%D0%BE%D0%BA%D0%B0%205"),
    ("ukv.index", {"_external": True, "q": 1}, "http://localhost/?module=ukv&q=1"),
    ("ukv.index", {"_scheme": "https", "_anchor": "a"}, "https://localhost/?module=ukv#a"),
    ("ukv.index", {"module": "ukv"}, "/?module=ukv"),
    ("ukv.index", {"users": 1}, "/?module=ukv&users=1"),
    ("ukv.index", {"showdetailed": 1, "q": 2}, "/?module=ukv&q=2"),
    ("static", {"filename": "a b.css", "v": 1}, "/static/a%20b.css?v=1"),
    ("healthz", {}, "/healthz"),
])  # fmt: skip
def test_url_for_prints_what_an_admin_knows(endpoint, values, address):
    with house.test_request_context("/?module=ukv&users=true&showuser=5"):
        assert url_for(endpoint, **values) == address


def test_a_relative_endpoint_is_of_the_module_at_hand():
    with house.test_request_context("/?module=ukv&users=true&showuser=5"):
        assert url_for(".users_userslist") == "/?module=ukv&users=true&userslist=true"


def test_templates_print_addresses():
    with house.test_request_context("/"):
        drawn = render_template_string(
            "<a href=\"{{ url_for('ukv.users_showuser', showuser=q) }}\">", q='"><b'
        )
    assert drawn == '<a href="/?module=ukv&amp;users=true&amp;showuser=%22%3E%3Cb">'


def test_outside_of_a_request_server_name_says_where_the_house_stands():
    far = make_house()
    far.config.update(
        SERVER_NAME="billing.example.net", PREFERRED_URL_SCHEME="https", APPLICATION_ROOT="/pay"
    )
    with far.app_context():
        assert url_for("ukv.index", q="ы") == "https://billing.example.net/pay/?module=ukv&q=%D1%8B"
        assert url_for("ukv.index", _external=False) == "/pay/?module=ukv"


def test_a_house_below_another_path_keeps_that_path():
    with house.test_request_context("/?module=ukv", base_url="http://h/pay"):
        assert (request.endpoint, url_for("ukv.index")) == ("ukv.index", "/pay/?module=ukv")


def test_url_defaults_become_values():
    far = make_house()
    far.url_defaults(lambda endpoint, values: values.setdefault("lang", "ru"))
    with far.test_request_context("/"):
        assert url_for("ukv.index", q=1) == "/?module=ukv&q=1&lang=ru"


def test_an_endpoint_of_two_routes_prints_the_one_whose_flags_are_given():
    two, view = House(__name__), lambda: ""
    for path in ("/module/ukv/list", "/module/ukv/users/showuser"):
        two.add_url_rule(path, "ukv.page", view)
    with two.test_request_context("/"):
        assert url_for("ukv.page") == "/?module=ukv&list=true"
        assert url_for("ukv.page", showuser=5) == "/?module=ukv&users=true&showuser=5"


def test_a_foreign_module_in_the_values_is_a_mistake_said_at_once():
    with house.test_request_context("/"), pytest.raises(ValueError, match=r"ukv\.index belongs to ukv"):
        url_for("ukv.index", module="dreamkas")


@pytest.mark.parametrize(
    "rule",
    ["/module/ukv/<int:id>", "/module/ukv/users list", "/module/ukv/module", "/module/я", "/module/-/x"],
)
def test_a_route_that_no_query_can_say_is_refused(rule):
    with pytest.raises(ValueError, match="words only"):
        House(__name__).add_url_rule(rule, "x.y", lambda: "")


def test_two_routes_of_the_same_flags_are_refused():
    with pytest.raises(ValueError, match="the same flags"):
        blueprints = blueprint("ukv", ["/users/showuser", "/showuser/users"])
        House(__name__).register_blueprint(blueprints)


# --- there and back ---

FLAGS = {
    module: {word for path in [*paths, "/pay", "/where", "/boom"] for word in path.split("/") if word}
    for module, paths in ROUTES.items()
}
text = st.text(st.characters(codec="utf-8"), max_size=12)
keys = st.one_of(text, st.sampled_from(sorted(set().union(*FLAGS.values()))))
values_of_any_kind = st.dictionaries(keys.filter(lambda key: key[:1] != "_" and key != "module"), text)


@given(st.sampled_from(ENDPOINTS), values_of_any_kind)
def test_what_url_for_prints_leads_back_and_carries_the_values(endpoint, values):
    values.pop("endpoint", None)  # url_for's own argument
    with house.test_request_context("/"):
        address = url_for(endpoint, **values)
    with house.test_request_context(address):
        assert (request.path, request.endpoint) == ("/", endpoint)
        carried = request.args.to_dict()
    module = endpoint.split(".")[0]
    assert all(carried[key] == value for key, value in values.items() if key not in FLAGS[module])
    assert carried["module"] == module


@given(st.sampled_from(ENDPOINTS), values_of_any_kind, st.randoms())
def test_the_order_of_an_address_does_not_matter(endpoint, values, dice):
    foreign = FLAGS[endpoint.split(".")[0]]  # two routes' flags in one query: there the order does matter
    values = {key: value for key, value in values.items() if key not in foreign and key != "endpoint"}
    with house.test_request_context("/"):
        pairs = parse_qsl(urlsplit(url_for(endpoint, **values)).query, keep_blank_values=True)
    dice.shuffle(pairs)
    with house.test_request_context(f"/?{urlencode(pairs)}"):
        assert request.endpoint == endpoint


def test_links_made_of_the_query_at_hand_stay_on_their_page(client):
    with house.test_request_context("/?module=dreamkas&getreceipts=1&getoperations=1&page=2"):
        address = url_for(request.endpoint, **{**request.args, "page": 3})
    assert client.get(address).text == "dreamkas.getoperations"
    assert "page=3" in address
