from django.urls import path

from apps.titles import views

app_name = "titles"
urlpatterns = [
    path("", views.title_lists, name="lists"),
    path("upload/", views.upload, name="upload"),
    path("folder/", views.folder, name="folder"),
    path("<int:pk>/", views.title_list, name="list"),
    path("<int:pk>/again/", views.again, name="again"),
    path("<int:pk>/aus/", views.list_aus, name="list-aus"),
    path("imports/<int:pk>/", views.list_import, name="import"),
    path("imports/<int:pk>/changes/", views.import_changes, name="import-changes"),
    path("imports/<int:pk>/added/", views.import_added, name="import-added"),
]
