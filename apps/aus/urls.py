"""Addresses of the catalogue and of acts; ``aus/<slug>/`` itself, an AU's story, belongs to ``nodes``."""

from django.urls import path, re_path

from apps.aus import views, views_acts, views_holdings, views_holdings_acts, views_rules

app_name = "aus"
urlpatterns = [
    path("titles/", views.titles, name="titles"),
    path("titles/<int:pk>/", views.title, name="title"),
    path("titles/<int:pk>/choose/", views_acts.choose_of_title, name="choose-of-title"),
    path("titles/<int:pk>/select-all/", views_acts.select_title, name="select-title"),
    path("titles/au/<slug:slug>/", views.listed_au, name="listed"),
    path("titles/au/<slug:slug>/select/", views_acts.select_one, name="select-one"),
    path("publishers/", views.publishers, name="publishers"),
    path("publishers/<int:pk>/", views.publisher, name="publisher"),
    path("publishers/<int:pk>/choose/", views_acts.choose_titles, name="choose-titles"),
    path("publishers/<int:pk>/select-all/", views_acts.select_publisher, name="select-publisher"),
    path("publishers/<int:pk>/aus/", views.publisher_aus, name="publisher-aus"),
    path("publishers/<int:pk>/aus/choose/", views_acts.choose_of_publisher, name="choose-of-publisher"),
    re_path(r"^plugins/(?P<plugin_id>[A-Za-z0-9_.$-]{1,500})/aus/$", views.plugin_aus, name="plugin-aus"),
    path("selections/", views_acts.selections, name="selections"),
    path("selections/<int:pk>/", views_acts.selection, name="selection"),
    path("selections/<int:pk>/undo/", views_acts.undo, name="undo"),
    path("subscriptions/", views_rules.subscriptions, name="subscriptions"),
    path("subscriptions/new/", views_rules.new_subscription, name="new-subscription"),
    path("subscriptions/keep/", views_rules.keep_subscription, name="keep-subscription"),
    path("subscriptions/<int:pk>/", views_rules.subscription, name="subscription"),
    path("subscriptions/<int:pk>/end/", views_rules.end_subscription, name="end-subscription"),
    path("subscriptions/<int:pk>/undo/", views_rules.undo_subscription, name="undo-subscription"),
    path("holdings/", views_holdings.uploads, name="holdings"),
    path("holdings/upload/", views_holdings.upload, name="holdings-upload"),
    path("holdings/decisions/", views_holdings.decisions, name="holdings-decisions"),
    path("holdings/decisions/<int:pk>/", views_holdings.decision, name="holdings-decision"),
    path("holdings/decisions/<int:pk>/forget/", views_holdings_acts.forget, name="holdings-forget"),
    path("holdings/<int:pk>/", views_holdings.one, name="holdings-one"),
    path("holdings/<int:pk>/columns/", views_holdings_acts.columns, name="holdings-columns"),
    path("holdings/<int:pk>/strike/", views_holdings_acts.strike, name="holdings-strike"),
    path("holdings/<int:pk>/propose/", views_holdings_acts.propose, name="holdings-propose"),
    path("holdings/<int:pk>/select/", views_holdings_acts.select, name="holdings-select"),
    path("holdings/<int:pk>/hand/", views_holdings_acts.hand, name="holdings-hand"),
    path("holdings/<int:pk>/take-back/", views_holdings_acts.take_back, name="holdings-take-back"),
    path("holdings/<int:pk>/lines/<int:line>/", views_holdings.line, name="holdings-line"),
    path("holdings/<int:pk>/lines/<int:line>/decide/", views_holdings_acts.decide, name="holdings-decide"),
]
