from django.urls import path

from apps.kbart import (
    views,
    views_all,
    views_checks,
    views_door,
    views_editions,
    views_feed,
    views_keys,
    views_series,
)

app_name = "kbart"
urlpatterns = [
    path("title/<int:pk>", views_door.title, name="door"),
    path("reports/", views_all.all_reports, name="all"),
    path("reports/kbart/", views.report, name="report"),
    path("reports/kbart/download/", views.download, name="download"),
    path("reports/kbart/about/", views.about, name="about"),
    path("reports/kbart/left-out/", views.left_out, name="left-out"),
    path("reports/kbart/series/", views_series.series_list, name="series-list"),
    path("reports/kbart/series/new/", views_series.series_new, name="series-new"),
    path("reports/kbart/series/<int:pk>/", views_series.series, name="series"),
    path("reports/kbart/series/<int:pk>/change/", views_series.series_change, name="series-change"),
    path("reports/kbart/series/<int:pk>/end/", views_series.series_end, name="series-end"),
    path("reports/kbart/series/<int:pk>/make/", views_series.edition_ask, name="edition-ask"),
    path("reports/kbart/editions/<int:pk>/", views_editions.edition, name="edition"),
    path("reports/kbart/editions/<int:pk>/file/", views_editions.edition_file, name="edition-file"),
    path("reports/kbart/compare/", views_editions.compare, name="compare"),
    path("reports/kbart/keys/", views_keys.keys, name="keys"),
    path("reports/kbart/keys/<int:pk>/revoke/", views_keys.revoke, name="key-revoke"),
    path("reports/kbart/check/", views_checks.checks, name="checks"),
    path("reports/kbart/check/<int:pk>/", views_checks.check, name="check"),
    path("kbart/", views_feed.feeds, name="feeds"),
    path("kbart/<slug:slug>/<slug:part>/", views_feed.feed, name="feed"),
]
