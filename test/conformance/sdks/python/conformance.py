"""The Python SDK against the emulator. Prints one line of JSON for each operation: {"operation", "error"}, error null when it worked.

BUS_AMQP and BUS_ADMIN are connection strings, BUS_CA_FILE the authority to trust.
"""

import json
import os
import sys
import time
import traceback
from datetime import datetime, timedelta, timezone

from azure.servicebus import ServiceBusClient, ServiceBusMessage, ServiceBusReceiveMode, ServiceBusSubQueue
from azure.servicebus.amqp import AmqpAnnotatedMessage, AmqpMessageBodyType
from azure.servicebus.exceptions import (
    MessageLockLostError,
    MessageSizeExceededError,
    MessagingEntityNotFoundError,
    ServiceBusAuthenticationError,
    ServiceBusAuthorizationError,
    ServiceBusError,
)
from azure.servicebus.management import ServiceBusAdministrationClient

AMQP = os.environ["BUS_AMQP"]
ADMIN = os.environ["BUS_ADMIN"]
WAIT_SECONDS = 10

OPERATIONS = []


def operation(name):
    def add(function):
        OPERATIONS.append((name, function))
        return function

    return add


def client(connection_string=AMQP):
    return ServiceBusClient.from_connection_string(connection_string, retry_total=0)


def admin():
    return ServiceBusAdministrationClient.from_connection_string(ADMIN, connection_verify=os.environ["BUS_CA_FILE"])


class Queue:
    """A queue of the operation's own, with one client."""

    count = 0

    def __init__(self, **properties):
        Queue.count += 1
        self.name = f"python-{os.getpid()}-{Queue.count}"
        self.properties = properties

    def __enter__(self):
        with admin() as administration:
            administration.create_queue(self.name, **self.properties)
        self.client = client()
        return self

    def __exit__(self, *_):
        self.client.close()

    def send(self, *bodies, **properties):
        with self.client.get_queue_sender(self.name) as sender:
            sender.send_messages([ServiceBusMessage(body, **properties) for body in bodies])

    def receiver(self, **options):
        return self.client.get_queue_receiver(self.name, **options)

    def dead_letters(self):
        return self.receiver(sub_queue=ServiceBusSubQueue.DEAD_LETTER)


def receive(receiver, count=1):
    messages = []
    until = time.monotonic() + WAIT_SECONDS
    while len(messages) < count and time.monotonic() < until:
        messages += receiver.receive_messages(max_message_count=count - len(messages), max_wait_time=2)
    assert len(messages) == count, f"{len(messages)} of {count} messages came"
    return messages


def expect(error, function):
    try:
        function()
    except error as raised:
        return raised
    raise AssertionError(f"no {error.__name__}")


@operation("send")
def send():
    with Queue() as queue:
        with queue.client.get_queue_sender(queue.name) as sender:
            sender.send_messages(
                ServiceBusMessage("body", message_id="m", subject="s", application_properties={"n": 1}, time_to_live=timedelta(hours=1))
            )
        with queue.receiver() as receiver:
            (message,) = receive(receiver)
            assert (str(message), message.message_id, message.subject) == ("body", "m", "s"), message
            assert message.application_properties == {b"n": 1}, message.application_properties
            assert message.time_to_live == timedelta(hours=1), message.time_to_live


@operation("send a batch")
def send_batch():
    with Queue() as queue:
        with queue.client.get_queue_sender(queue.name) as sender:
            batch = sender.create_message_batch()
            for number in range(10):
                batch.add_message(ServiceBusMessage(str(number)))
            sender.send_messages(batch)
        with queue.receiver() as receiver:
            assert [str(message) for message in receive(receiver, 10)] == [str(number) for number in range(10)]


@operation("send a value and a sequence")
def send_bodies():
    with Queue() as queue:
        with queue.client.get_queue_sender(queue.name) as sender:
            sender.send_messages(AmqpAnnotatedMessage(value_body={"a": 1}, delivery_annotations={"d": 1}, annotations={"x": 2}))
            sender.send_messages(AmqpAnnotatedMessage(value_body=None, header={"durable": True}))
            sender.send_messages(AmqpAnnotatedMessage(sequence_body=[[1, 2]], footer={"f": 1}))
        with queue.receiver() as receiver:
            value, null, sequence = receive(receiver, 3)
            assert value.body_type == AmqpMessageBodyType.VALUE and value.body == {b"a": 1}, value.body
            assert null.body is None, null.body
            assert list(sequence.body) == [[1, 2]], sequence.body


@operation("receive and complete")
def complete():
    with Queue() as queue:
        queue.send("one", "two")
        with queue.receiver() as receiver:
            for message in receive(receiver, 2):
                receiver.complete_message(message)
        with queue.receiver() as receiver:
            assert receiver.peek_messages(10) == []


@operation("receive and delete")
def receive_and_delete():
    with Queue() as queue:
        queue.send("one")
        with queue.receiver(receive_mode=ServiceBusReceiveMode.RECEIVE_AND_DELETE) as receiver:
            receive(receiver)
            assert receiver.peek_messages(10) == []


@operation("receive more than 1 MiB")
def receive_much():
    with Queue() as queue:
        with queue.client.get_queue_sender(queue.name) as sender:
            for _ in range(30):
                sender.send_messages(ServiceBusMessage(b"x" * 100_000))
        with queue.receiver(prefetch_count=100) as receiver:
            for message in receive(receiver, 30):
                receiver.complete_message(message)


@operation("abandon")
def abandon():
    with Queue() as queue:
        queue.send("one")
        with queue.receiver() as receiver:
            (message,) = receive(receiver)
            receiver.abandon_message(message)
            (again,) = receive(receiver)
            assert again.delivery_count == 1, again.delivery_count
            receiver.complete_message(again)


@operation("dead-letter")
def dead_letter():
    with Queue() as queue:
        queue.send("one")
        with queue.receiver() as receiver:
            (message,) = receive(receiver)
            receiver.dead_letter_message(message, reason="r", error_description="d")
        with queue.dead_letters() as receiver:
            (message,) = receive(receiver)
            assert (message.dead_letter_reason, message.dead_letter_error_description) == ("r", "d")
            assert message.dead_letter_source == queue.name, message.dead_letter_source
            receiver.complete_message(message)


@operation("defer")
def defer():
    with Queue() as queue:
        queue.send("one")
        with queue.receiver() as receiver:
            (message,) = receive(receiver)
            receiver.defer_message(message)
            (deferred,) = receiver.receive_deferred_messages(message.sequence_number)
            receiver.complete_message(deferred)
            assert receiver.peek_messages(10) == []


@operation("renew a lock")
def renew():
    with Queue(lock_duration=timedelta(seconds=10)) as queue:
        queue.send("one")
        with queue.receiver() as receiver:
            (message,) = receive(receiver)
            before = message.locked_until_utc
            time.sleep(0.05)
            receiver.renew_message_lock(message)
            assert message.locked_until_utc > before
            receiver.complete_message(message)


@operation("lose a lock")
def lose_lock():
    with Queue(lock_duration=timedelta(seconds=5)) as queue:
        queue.send("one")
        with queue.receiver() as receiver:
            (message,) = receive(receiver)
            receiver.complete_message(message)
            message._settled = False
            expect(ServiceBusError, lambda: receiver.renew_message_lock(message))


@operation("peek")
def peek():
    with Queue() as queue:
        queue.send("one", "two")
        with queue.receiver() as receiver:
            assert [str(message) for message in receiver.peek_messages(10)] == ["one", "two"]


@operation("schedule and cancel")
def schedule():
    with Queue() as queue:
        with queue.client.get_queue_sender(queue.name) as sender:
            due = datetime.now(timezone.utc) + timedelta(hours=1)
            numbers = sender.schedule_messages([ServiceBusMessage("one"), ServiceBusMessage("two")], due)
            sender.cancel_scheduled_messages(numbers[0])
        with queue.receiver() as receiver:
            (message,) = receiver.peek_messages(10)
            assert str(message) == "two" and message.state.name == "SCHEDULED", message.state


@operation("delete a batch and purge")
def delete_batch():
    with Queue() as queue:
        queue.send("one", "two", "three")
        with queue.receiver() as receiver:
            if not hasattr(receiver, "purge_messages"):
                return "not in this version"
            before = datetime.now(timezone.utc) + timedelta(seconds=1)
            assert receiver.delete_messages(max_message_count=1, before_enqueued_time_utc=before) == 1
            assert receiver.purge_messages(before_enqueued_time_utc=before) == 2
            assert receiver.peek_messages(10) == []


@operation("hear that a message is too large")
def too_large():
    with Queue() as queue:
        with queue.client.get_queue_sender(queue.name) as sender:
            expect(MessageSizeExceededError, lambda: sender.send_messages(ServiceBusMessage(b"x" * 1_500_000)))
            sender.send_messages(ServiceBusMessage("small"))


@operation("hear that a queue is missing")
def missing():
    with client() as connection:
        receiver = connection.get_queue_receiver("missing")
        expect(MessagingEntityNotFoundError, lambda: receiver.receive_messages(max_wait_time=1))
        sender = connection.get_queue_sender("missing")
        expect(MessagingEntityNotFoundError, lambda: sender.send_messages(ServiceBusMessage("x")))


def fails_to_send(connection_string, errors):
    with Queue() as queue, client(connection_string) as connection:

        def attempt():
            with connection.get_queue_sender(queue.name) as sender:
                sender.send_messages(ServiceBusMessage("x"))

        return expect(errors, attempt)


@operation("hear that a key is wrong")
def wrong_key():
    raised = fails_to_send(os.environ["BUS_AMQP_WRONG_KEY"], (ServiceBusAuthorizationError, ServiceBusAuthenticationError))
    assert "InvalidSignature" in str(raised), raised


@operation("hear that a right is missing")
def missing_right():
    raised = fails_to_send(os.environ["BUS_AMQP_LISTEN_ONLY"], (ServiceBusAuthorizationError, ServiceBusAuthenticationError))
    assert "Send" in str(raised), raised


@operation("hear that sessions are not supported")
def sessions():
    with Queue() as queue:
        receiver = queue.receiver(session_id="s")
        raised = expect(ServiceBusError, lambda: receiver.receive_messages(max_wait_time=1))
        assert "sessions" in str(raised), raised


@operation("administer queues")
def administer():
    with admin() as administration:
        name = f"python-admin-{os.getpid()}"
        created = administration.create_queue(name, max_delivery_count=5, lock_duration=timedelta(seconds=30))
        assert created.max_delivery_count == 5
        created.max_delivery_count = 6
        administration.update_queue(created)
        assert administration.get_queue(name).max_delivery_count == 6
        assert administration.get_queue_runtime_properties(name).active_message_count == 0
        assert name in [queue.name for queue in administration.list_queues()]
        administration.delete_queue(name)
        assert name not in [queue.name for queue in administration.list_queues()]


def main():
    only = sys.argv[1:]
    for name, function in OPERATIONS:
        if only and name not in only:
            continue
        try:
            result = {"operation": name, "error": None, "note": function()}
        except BaseException as error:
            result = {"operation": name, "error": "".join(traceback.format_exception(error))[-3000:]}
        print(json.dumps(result), flush=True)


main()
