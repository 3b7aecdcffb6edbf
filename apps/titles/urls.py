from django.urls import path

from apps.titles import views, views_addresses, views_decisions, views_lists

app_name = "titles"
urlpatterns = [
    path("", views.title_lists, name="lists"),
    path("upload/", views.upload, name="upload"),
    path("folder/", views.folder, name="folder"),
    path("follow/", views_addresses.follow, name="follow"),
    path("<int:pk>/", views.title_list, name="list"),
    path("<int:pk>/address/", views_addresses.change, name="address-change"),
    path("<int:pk>/address/fetch/", views_addresses.fetch, name="address-fetch"),
    path("<int:pk>/address/stop/", views_addresses.stop, name="address-stop"),
    path("<int:pk>/rename/", views_lists.rename, name="list-rename"),
    path("<int:pk>/delete/", views_lists.delete, name="list-delete"),
    path("<int:pk>/again/", views.again, name="again"),
    path("<int:pk>/aus/", views.list_aus, name="list-aus"),
    path("<int:pk>/coverage/", views.list_coverage, name="list-coverage"),
    path("imports/<int:pk>/", views.list_import, name="import"),
    path("imports/<int:pk>/changes/", views.import_changes, name="import-changes"),
    path("imports/<int:pk>/preview/", views_decisions.preview, name="import-preview"),
    path("imports/<int:pk>/apply/", views_decisions.apply, name="import-apply"),
    path("imports/<int:pk>/discard/", views_decisions.discard, name="import-discard"),
    path("imports/<int:pk>/undo/", views_decisions.undo, name="import-undo"),
    path("imports/<int:pk>/again/", views_decisions.again, name="import-again"),
    path("imports/<int:pk>/used/", views_decisions.used, name="import-used"),
    path("imports/<int:pk>/added/", views.import_added, name="import-added"),
]
