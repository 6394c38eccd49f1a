"""What a dashboard's figures mean, worked out as CloudWatch would, and drawn."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.dashboards.axis import instants, number, ticks
from infra.local.dashboards.figures import lines_of
from infra.local.dashboards.page import dashboard_page
from infra.local.metric_math import FormulaError, Line, MetricMath, Window, search
from infra.local.metric_store import MetricStore

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
WINDOW = Window(NOON, NOON + 4 * HOUR)


@pytest.fixture
def store():
    """Two services count mails, one of them fails once: hour by hour 3, 1, nothing, 4 and nothing, 2, nothing, 1."""
    kept = MetricStore()
    for service, counted in {"a": [3, 1, 0, 4], "b": [0, 2, 0, 1]}.items():
        for n, value in enumerate(counted):
            if value:
                dimensions = {"service": service, "stage": "prod"}
                kept.record("Shop", "Mails", dimensions, value, "Count", NOON + n * HOUR)
    kept.record("Shop", "Failed", {"service": "a", "stage": "prod"}, 1, "Count", NOON + HOUR)
    kept.record("Shop", "Mails", {"service": "a", "stage": "test"}, 99, "Count", NOON)
    kept.record("Shop", "Mails", {"service": "a", "stage": "prod", "kind": "sorry"}, 50, "Count", NOON)
    return kept


def mails(name="Mails", stage="prod"):
    return f"SEARCH('{{Shop,service,stage}} MetricName=\"{name}\" stage=\"{stage}\"', 'Sum', 3600)"


def values(store, expression, **names):
    (line,) = MetricMath(store, WINDOW, HOUR, names).evaluate(expression)
    return {round((at - NOON) / HOUR): value for at, value in line.points.items()}


def hourly(*points):
    return Line({NOON + n * HOUR: float(value) for n, value in enumerate(points) if value is not None}, period=HOUR)


def test_what_several_functions_count_is_added_up_and_gaps_stay_gaps(store):
    assert values(store, f"SUM({mails()})") == {0: 3, 1: 3, 3: 5}
    assert values(store, f"MAX({mails()})") == {0: 3, 1: 2, 3: 4}
    assert values(store, f"FILL(SUM({mails()}),0)") == {0: 3, 1: 3, 2: 0, 3: 5}


def test_a_share_has_no_value_where_there_is_nothing_to_share(store):
    both = 'SEARCH(\'{Shop,service,stage} (MetricName="Mails" OR MetricName="Failed") stage="prod"\', \'Sum\', 3600)'
    failed = f"100*FILL(SUM({mails('Failed')}),0)/SUM({both})"
    assert values(store, failed) == {0: 0, 1: 25, 3: 0}
    assert values(store, f"100*FILL(SUM({mails('Never')}),0)/SUM({both})") == {0: 0, 1: 0, 3: 0}
    assert MetricMath(store, WINDOW, HOUR, {}).evaluate(f"SUM({mails('Never')})") == [Line({}, period=HOUR)]


def test_a_division_by_zero_gives_no_point(store):
    assert values(store, "m1/m2", m1=hourly(1, 2, 3), m2=hourly(2, 0, None)) == {0: 0.5}


def test_conditions_choose_point_by_point(store):
    assert values(store, "IF(m1 > 1, m1 - 1, 0)", m1=hourly(1, 2, 3)) == {0: 0, 1: 1, 2: 2}
    assert values(store, "IF(m1 >= 2, 7)", m1=hourly(1, 2, 3)) == {1: 7, 2: 7}
    assert values(store, "-m1 + 2", m1=hourly(1, 2)) == {0: 1, 1: 0}
    assert values(store, "IF(m1 >= 10, 100 - m2, 0)", m1=hourly(10, 5, 9), m2=hourly(1, None, 4)) == {0: 99, 1: 0, 2: 0}


def test_a_difference_is_from_the_point_before_and_only_where_there_is_one(store):
    assert values(store, "DIFF(m1)", m1=hourly(10, 5, None, 7)) == {1: -5}


def test_a_running_sum_is_of_a_point_and_all_before_it_and_gaps_stay_gaps(store):
    assert values(store, "RUNNING_SUM(m1)", m1=hourly(1, None, 4, -2)) == {0: 1, 2: 5, 3: 3}
    assert values(store, "10 - RUNNING_SUM(FILL(m1, 0)) / SUM(m1)", m1=hourly(1, None, 3)) == {
        0: 9.75, 1: 9.75, 2: 9, 3: 9,
    }  # fmt: skip


@pytest.mark.parametrize(
    "expression",
    [
        "RATE(m1)",
        "__import__('os')",
        "m1.points",
        "unknown",
        "m1 +",
        "FILL(m1, REPEAT)",
        "SEARCH('no schema', 'Sum', 60)",
        "SEARCH('{Shop} MetricName', 'Sum', 60)",
        "SEARCH('{Shop,service,stage} (stage=\"prod\"', 'Sum', 60)",
    ],
)
def test_what_is_not_understood_is_an_error_and_never_a_guess(store, expression):
    with pytest.raises(FormulaError):
        MetricMath(store, WINDOW, HOUR, {"m1": hourly(1)}).evaluate(expression)


def test_a_search_wants_exactly_its_dimensions(store):
    assert len(search('{Shop,service,stage} MetricName="Mails"', store)) == 3
    assert len(search('{Shop,service,stage} MetricName="Mails" AND (stage="test" OR service="b")', store)) == 2
    assert search('{Shop,service} MetricName="Mails"', store) == []
    assert len(search("{Shop,service,stage,kind}", store)) == 1


def test_labels_may_ask_for_a_dimension(store):
    row = [{"expression": mails(), "label": "${PROP('Dim.service')} of ${LABEL}"}]
    labels = [line.label for line in lines_of({"metrics": [row]}, store, WINDOW)]
    assert labels == ["a of Mails a prod", "b of Mails b prod"]


def test_named_metrics_keep_their_period_and_statistic_and_hide_if_they_should(store):
    dimensions = ["service", "a", "stage", "prod"]
    rows = [
        ["Shop", "Mails", *dimensions, {"stat": "Sum", "period": 7200, "id": "m1", "visible": False}],
        [{"expression": "m1*10", "label": "tenfold"}],
    ]
    (line,) = lines_of({"metrics": rows}, store, WINDOW)
    assert (line.label, list(line.points.values())) == ("tenfold", [40, 40])


@given(st.floats(-1e6, 1e6), st.floats(0.01, 1e9))
def test_an_axis_reaches_from_below_to_above_in_few_even_steps(low, span):
    steps = ticks(low, low + span)
    hair = 1e-6 * (steps[1] - steps[0])
    assert steps[0] <= low + hair
    assert steps[-1] >= low + span - hair
    assert 2 <= len(steps) <= 8


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (3.0, "3"), (1234, "1,234"), (12.34, "12.3"), (0.5, "0.5"), (0.004, "0.004"), (25_400_000, "25.4 M")],
)
def test_numbers_are_written_as_people_read_them(value, shown):
    assert number(value) == shown


def test_a_week_is_named_by_its_days_and_an_afternoon_by_its_hours():
    week = instants(NOON, NOON + timedelta(days=7))
    assert [name for _, name in week] == [
        "6 Jan", "7 Jan", "8 Jan", "9 Jan", "10 Jan", "11 Jan", "12 Jan"
    ]  # fmt: skip
    assert [name for _, name in instants(NOON, NOON + 3 * HOUR)] == ["12:00", "13:00", "14:00"]


def page(stack, make_world, *widgets, asked=None):
    placed = [{"x": 0, "y": 6 * n, "width": 6, "height": 6, **widget} for n, widget in enumerate(widgets)]
    stack["Resources"]["Board"] = {
        "Type": "AWS::CloudWatch::Dashboard",
        "Properties": {"DashboardName": "shop", "DashboardBody": json.dumps({"widgets": placed, "start": "-P1D"})},
    }
    world = make_world(stack)
    world.advance(timedelta(hours=3))
    return dashboard_page(world, "shop", asked)


def runs(**options):
    row = ["AWS/Lambda", "Invocations", "FunctionName", "hourly", {"stat": "Sum", "period": 3600}]
    return {"type": "metric", "properties": {"title": "Runs", "metrics": [row], **options}}


def test_a_line_is_drawn_with_its_title_axis_and_legend(stack, make_world):
    html = page(stack, make_world, runs(yAxis={"left": {"label": "per hour"}}))
    assert "<h3>Runs</h3>" in html
    assert "<polyline" in html
    assert ">per hour</text>" in html
    assert "Invocations hourly <b>1</b>" in html
    assert "failed" not in html.partition("<main>")[2]


def test_every_view_is_drawn(stack, make_world):
    html = page(stack, make_world, runs(stacked=True), runs(view="bar"), runs(view="singleValue"))
    assert "<polygon" in html
    assert "<rect" in html
    assert "<dd>1</dd><dt>Invocations hourly</dt>" in html
    assert "failed" not in html.partition("<main>")[2]


def test_what_cannot_be_drawn_says_so_and_leaves_the_others_alone(stack, make_world):
    html = page(stack, make_world, runs(view="pie"), runs()).partition("<main>")[2]
    assert html.count(" failed") == 1
    assert "view pie is not known here" in html
    assert "<polyline" in html


def test_words_are_markdown_and_never_markup(stack, make_world):
    words = {"type": "text", "properties": {"markdown": "## Now\n**loud** <script>alert(1)</script>"}}
    html = page(stack, make_world, words)
    assert "<h2>Now</h2>" in html
    assert "<strong>loud</strong> &lt;script&gt;" in html


def test_names_are_escaped_wherever_they_stand(stack, make_world):
    row = ["AWS/Lambda", "Invocations", "FunctionName", "hourly", {"label": "<b>x", "stat": "Sum"}]
    hostile = {"title": "<i>t", "metrics": [row], "yAxis": {"left": {"label": "<u>y"}}}
    views = [
        {"type": "metric", "properties": hostile | {"view": view}} for view in ("timeSeries", "bar", "singleValue")
    ]
    html = page(stack, make_world, *views)
    for tag in ("<b>x", "<i>t", "<u>y"):
        assert tag not in html


def test_the_time_that_is_shown_can_be_chosen(stack, make_world):
    assert "2026-01-04 12:00 to 2026-01-05 12:00 UTC" in page(stack, make_world, runs())
    assert "2026-01-05 09:00 to 2026-01-05 12:00 UTC" in page(stack, make_world, runs(), asked="PT3H")
    for asked in ("soon", "P900D", "PT0S"):
        with pytest.raises(ValueError, match="duration|year|ISO"):
            page(stack, make_world, runs(), asked=asked)
