"""Routes of unsent text."""

from django.urls import path

from core.work import views

app_name = "work"
urlpatterns = [path("drafts", views.drafts, name="drafts")]
