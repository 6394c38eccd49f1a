"""CloudWatch's metric math: one evaluator for what dashboards draw and what alarms are judged by."""

from infra.local.metric_math.evaluate import MetricMath
from infra.local.metric_math.lines import FormulaError, Line, Window
from infra.local.metric_math.search import search

__all__ = ["FormulaError", "Line", "MetricMath", "Window", "search"]
