"""Routes of intake."""

from django.urls import path

from intake import callback_views, flag_views, letter_views, views
from intake.payers import views as payer_views

app_name = "intake"
urlpatterns = [
    path("intake/", views.queue, name="queue"),
    path("intake/new", views.start, name="start"),
    path("intake/missed", callback_views.missed, name="missed"),
    path("intake/<uuid:pk>/", views.call_page, name="call"),
    path("intake/<uuid:pk>/fields", views.fields, name="fields"),
    path("intake/<uuid:pk>/answers/<slug:question>", views.answer, name="answer"),
    path("intake/<uuid:pk>/flag-state", views.flag_state, name="flag_state"),
    path("intake/<uuid:pk>/match", views.match, name="match"),
    path("intake/<uuid:pk>/register", views.register, name="register"),
    path("intake/<uuid:pk>/action", views.action, name="action"),
    path("intake/<uuid:pk>/raise", views.raise_it, name="raise"),
    path("intake/<uuid:pk>/lower", views.lower_it, name="lower"),
    path("intake/<uuid:pk>/close", views.close, name="close"),
    path("intake/<uuid:pk>/hang-up", views.hang_up, name="hang_up"),
    path("intake/<uuid:pk>/letter.pdf", letter_views.letter, name="letter"),
    path("intake/<uuid:pk>/call-back", callback_views.callback, name="callback"),
    path("intake/<uuid:pk>/call-back/take", callback_views.take, name="take"),
    path("intake/<uuid:pk>/call-back/attempt", callback_views.attempt, name="attempt"),
    path("intake/<uuid:pk>/call-back/reach", callback_views.reach, name="reach"),
    path("flags/<uuid:pk>/", flag_views.flag, name="flag"),
    path("flags/<uuid:pk>/seen", flag_views.seen, name="seen"),
    path("flags/<uuid:pk>/acknowledge", flag_views.acknowledge, name="acknowledge"),
    path("flags/<uuid:pk>/decide", flag_views.decide, name="decide"),
    path("flags/<uuid:pk>/release-hold", flag_views.release, name="release"),
    path("library/payers/", payer_views.payers, name="payers"),
    path("library/payers/new", payer_views.add_payer, name="add_payer"),
    path("library/payers/<uuid:pk>/", payer_views.payer, name="payer"),
    path("library/payers/<uuid:pk>/change", payer_views.change_payer, name="change_payer"),
    path("library/payers/<slug:payer_class>/", payer_views.payer_class, name="payer_class"),
    path("library/payers/<slug:payer_class>/checked", payer_views.checked, name="payer_checked"),
]
