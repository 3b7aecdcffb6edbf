"""Addresses of the catalogue and of acts; ``aus/<slug>/`` and ``collections/<pk>/``, how they stand, belong to ``nodes``."""

from django.urls import path

from apps.aus import views, views_acts, views_collections, views_rules

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
    path("collections/", views_collections.collections, name="collections"),
    path("collections/new/", views_collections.new, name="new-collection"),
    path("collections/<int:pk>/change/", views_collections.change, name="change-collection"),
    path("collections/<int:pk>/close/", views_collections.close, name="close-collection"),
    path("collections/<int:pk>/reopen/", views_collections.reopen, name="reopen-collection"),
    path("selections/", views_acts.selections, name="selections"),
    path("selections/<int:pk>/", views_acts.selection, name="selection"),
    path("selections/<int:pk>/undo/", views_acts.undo, name="undo"),
    path("subscriptions/", views_rules.subscriptions, name="subscriptions"),
    path("subscriptions/new/", views_rules.new_subscription, name="new-subscription"),
    path("subscriptions/keep/", views_rules.keep_subscription, name="keep-subscription"),
    path("subscriptions/<int:pk>/", views_rules.subscription, name="subscription"),
    path("subscriptions/<int:pk>/end/", views_rules.end_subscription, name="end-subscription"),
    path("subscriptions/<int:pk>/undo/", views_rules.undo_subscription, name="undo-subscription"),
]
