from django.urls import path

from apps.peers import views

app_name = "peers"
urlpatterns = [
    path("", views.peers, name="peers"),
    path("new/", views.peer_new, name="new"),
    path("own-certificate/", views.own_certificate, name="own-certificate"),
    path("<int:pk>/", views.peer, name="peer"),
    path("<int:pk>/change/", views.peer_change, name="change"),
    path("<int:pk>/enable/", views.peer_enable, name="enable"),
    path("<int:pk>/disable/", views.peer_disable, name="disable"),
]
