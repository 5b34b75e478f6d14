"""Routes of the Library."""

from django.urls import path

from core.protocols import views

app_name = "protocols"
urlpatterns = [
    path("library/", views.library, name="library"),
    path("library/<uuid:pk>/", views.version, name="version"),
    path("library/<uuid:pk>/compare", views.compare, name="compare"),
    path("library/<uuid:pk>/edit", views.edit, name="edit"),
    path("library/<uuid:pk>/withdraw", views.withdraw, name="withdraw"),
    path("library/<uuid:pk>/sign-off", views.sign_off, name="sign_off"),
]
