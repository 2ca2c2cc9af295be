"""The report: one self-contained page that shows a plan, plays it, and says what it proves."""

from planner.views.report.page import Report, build_report

__all__ = ["Report", "build_report"]
