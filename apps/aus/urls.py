"""Addresses of the catalogue and of acts; ``aus/<slug>/`` itself, an AU's story, belongs to ``nodes``."""

from django.urls import path

from apps.aus import (
    views,
    views_acts,
    views_rules,
    views_selections,
    views_sets,
    views_sets_acts,
    views_title,
)

app_name = "aus"
urlpatterns = [
    path("titles/", views.titles, name="titles"),
    path("titles/<int:pk>/", views_title.title, name="title"),
    path("titles/<int:pk>/choose/", views_acts.choose_of_title, name="choose-of-title"),
    path("titles/<int:pk>/select-all/", views_acts.select_title, name="select-title"),
    path("titles/choose/", views_sets_acts.choose_of_all, name="choose-of-all"),
    path("titles/units/", views.units, name="units"),
    path("titles/units/choose/", views_acts.choose_units, name="choose-units"),
    path("titles/au/<slug:slug>/", views.listed_au, name="listed"),
    path("titles/au/<slug:slug>/select/", views_acts.select_one, name="select-one"),
    path("publishers/", views.publishers, name="publishers"),
    path("publishers/<int:pk>/", views.publisher, name="publisher"),
    path("publishers/<int:pk>/choose/", views_acts.choose_titles, name="choose-titles"),
    path("publishers/<int:pk>/select-all/", views_acts.select_publisher, name="select-publisher"),
    path("publishers/<int:pk>/aus/", views.publisher_aus, name="publisher-aus"),
    path("publishers/<int:pk>/aus/choose/", views_acts.choose_of_publisher, name="choose-of-publisher"),
    path("selections/", views_selections.selections, name="selections"),
    path("selections/<int:pk>/", views_selections.selection, name="selection"),
    path("selections/<int:pk>/undo/", views_selections.undo, name="undo"),
    path("sets/", views_sets.sets, name="sets"),
    path("sets/new/", views_sets.new_set, name="new-set"),
    path("sets/keep/", views_sets.keep_set, name="keep-set"),
    path("sets/put/", views_sets_acts.put, name="put-into-set"),
    path("sets/<int:pk>/", views_sets.title_set, name="set"),
    path("sets/<int:pk>/change/", views_sets.change_set, name="change-set"),
    path("sets/<int:pk>/delete/", views_sets.delete_set, name="delete-set"),
    path("sets/<int:pk>/choose/", views_sets_acts.choose_of_set, name="choose-of-set"),
    path("sets/<int:pk>/act/", views_sets_acts.act_on_set, name="act-on-set"),
    path("subscriptions/", views_rules.subscriptions, name="subscriptions"),
    path("subscriptions/new/", views_rules.new_subscription, name="new-subscription"),
    path("subscriptions/keep/", views_rules.keep_subscription, name="keep-subscription"),
    path("subscriptions/<int:pk>/", views_rules.subscription, name="subscription"),
    path("subscriptions/<int:pk>/end/", views_rules.end_subscription, name="end-subscription"),
    path("subscriptions/<int:pk>/undo/", views_rules.undo_subscription, name="undo-subscription"),
]
