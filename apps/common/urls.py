from django.urls import path

from apps.common import gallery, views

app_name = "common"
urlpatterns = [
    path("words/", views.words, name="words"),
    path("language/", views.language, name="language"),
    path("gallery/", gallery.gallery, name="gallery"),
]
