from django.urls import path

from apps.polls import views

app_name = "polls"
urlpatterns = [
    path("", views.polls, name="polls"),
    path("votes/", views.votes, name="votes"),
    path("votes/<int:pk>/", views.vote, name="vote"),
    path("<int:pk>/", views.poll, name="poll"),
]
