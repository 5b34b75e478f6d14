"""The broker's transport, with an end for what a lost connection leaves behind.

When the broker goes away, the worker opens new channels; what it had in hand meets the old one,
which has no connection any more, and the library lets that error end the worker. PostgreSQL is the
ledger: the broker rings again, or the next tick finds it.
"""

from typing import Any

from kombu.transport import redis


class QoS(redis.QoS):
    @property
    def _gone(self) -> bool:
        return getattr(self.channel.connection, "client", None) is None

    def ack(self, delivery_tag: str) -> None:
        if not self._gone:
            super().ack(delivery_tag)  # type: ignore[no-untyped-call]

    def reject(self, delivery_tag: str, requeue: Any = False) -> None:  # noqa: FBT002 - theirs
        if not self._gone:
            super().reject(delivery_tag, requeue)  # type: ignore[no-untyped-call]

    def restore_unacked(self, client: Any = None) -> Any:
        if self._gone:
            self._delivered.clear()
            return None
        return super().restore_unacked(client)  # type: ignore[no-untyped-call]


class Channel(redis.Channel):
    QoS = QoS


class Transport(redis.Transport):
    Channel = Channel
