from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "config.home"
    label = "home"
