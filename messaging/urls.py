"""Routes of messaging."""

from django.urls import path

from messaging import delivery_views, views

app_name = "messaging"
urlpatterns = [
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/<uuid:pk>/", views.inbox_row, name="inbox_row"),
    path("inbox/<uuid:pk>/acknowledge", views.acknowledge, name="acknowledge"),
    path("threads/<uuid:pk>/", views.thread, name="thread"),
    path("threads/<uuid:pk>/read", views.read, name="read"),
    path("threads/<uuid:pk>/reply", views.reply, name="reply"),
    path("patients/<uuid:patient_pk>/messages/new", views.new_thread, name="new_thread"),
    path("work/<uuid:pk>/", views.item_page, name="item"),
    path("work/<uuid:pk>/close", views.close_item, name="close_item"),
    path("work/<uuid:pk>/undo", views.undo_close, name="undo_close"),
    path("work/<uuid:pk>/hand-back", views.hand_back, name="hand_back"),
    path("work/<uuid:pk>/plan", views.plan_item, name="plan_item"),
    path("deliveries/", delivery_views.deliveries, name="deliveries"),
    path("deliveries/held", delivery_views.settle_held, name="settle_held"),
    path("deliveries/<uuid:pk>/", delivery_views.delivery, name="delivery"),
    path("deliveries/<uuid:pk>/settle", delivery_views.settle_delivery, name="settle_delivery"),
]
