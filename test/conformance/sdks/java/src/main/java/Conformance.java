import com.azure.core.util.BinaryData;
import com.azure.messaging.servicebus.ServiceBusClientBuilder;
import com.azure.messaging.servicebus.ServiceBusException;
import com.azure.messaging.servicebus.ServiceBusFailureReason;
import com.azure.messaging.servicebus.ServiceBusMessage;
import com.azure.messaging.servicebus.ServiceBusReceivedMessage;
import com.azure.messaging.servicebus.ServiceBusReceiverClient;
import com.azure.messaging.servicebus.ServiceBusSenderClient;
import com.azure.messaging.servicebus.models.DeadLetterOptions;
import com.azure.messaging.servicebus.models.ServiceBusReceiveMode;
import com.azure.messaging.servicebus.models.SubQueue;
import com.azure.core.amqp.AmqpRetryOptions;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The Java SDK against the emulator. Prints one line of JSON for each operation. BUS_AMQP is a connection string; the queues java-0, java-1, … are
 * there before, since the administration client dials port 443 whatever the string says.
 */
public final class Conformance {
  private static final String AMQP = System.getenv("BUS_AMQP");
  /** All others are left out; null leaves out none. */
  private static final String ONLY_OPERATION = System.getenv("ONLY_OPERATION");
  private static int count = 0;

  interface Operation {
    void run(String queue) throws Exception;
  }

  private static ServiceBusClientBuilder builder(String connection) {
    return new ServiceBusClientBuilder()
        .connectionString(connection)
        .retryOptions(new AmqpRetryOptions().setMaxRetries(0).setTryTimeout(Duration.ofSeconds(10)));
  }

  private static ServiceBusSenderClient sender(String queue) {
    return builder(AMQP).sender().queueName(queue).buildClient();
  }

  private static ServiceBusReceiverClient receiver(String queue) {
    return builder(AMQP).receiver().queueName(queue).disableAutoComplete().buildClient();
  }

  private static void send(String queue, String... bodies) {
    try (ServiceBusSenderClient sender = sender(queue)) {
      for (String body : bodies) sender.sendMessage(new ServiceBusMessage(body));
    }
  }

  private static List<ServiceBusReceivedMessage> receive(ServiceBusReceiverClient receiver, int expected) {
    List<ServiceBusReceivedMessage> messages = new ArrayList<>();
    for (int attempt = 0; messages.size() < expected && attempt < 5; attempt++) {
      receiver.receiveMessages(expected - messages.size(), Duration.ofSeconds(5)).forEach(messages::add);
    }
    check(messages.size() == expected, messages.size() + " of " + expected + " messages came");
    return messages;
  }

  static void check(boolean holds, String what) {
    if (!holds) throw new AssertionError(what);
  }

  private static void fails(ServiceBusFailureReason reason, Runnable action) {
    try {
      action.run();
    } catch (ServiceBusException error) {
      check(error.getReason().equals(reason), "expected " + reason + ", got " + error.getReason() + ": " + error.getMessage());
      return;
    }
    throw new AssertionError("no " + reason);
  }

  static void run(String name, Operation operation) {
    if (ONLY_OPERATION != null && !ONLY_OPERATION.equals(name)) return;
    String error = null;
    try {
      operation.run("java-" + count++);
    } catch (Throwable thrown) {
      error = String.valueOf(thrown);
    }
    String shown = error == null ? "null" : "\"" + error.replaceAll("[\\\\\"\\p{Cntrl}]", " ") + "\"";
    System.out.println("{\"operation\":\"" + name + "\",\"error\":" + shown + "}");
  }

  public static void main(String[] arguments) {
    run("send", queue -> {
      try (ServiceBusSenderClient sender = sender(queue); ServiceBusReceiverClient receiver = receiver(queue)) {
        sender.sendMessage(new ServiceBusMessage("body").setMessageId("m").setSubject("s").setTimeToLive(Duration.ofHours(1)));
        ServiceBusReceivedMessage message = receive(receiver, 1).get(0);
        check(message.getBody().toString().equals("body") && message.getMessageId().equals("m") && message.getSubject().equals("s"), "properties");
      }
    });
    run("send a batch", queue -> {
      try (ServiceBusSenderClient sender = sender(queue); ServiceBusReceiverClient receiver = receiver(queue)) {
        sender.sendMessages(List.of(new ServiceBusMessage("0"), new ServiceBusMessage("1"), new ServiceBusMessage("2")));
        receive(receiver, 3);
      }
    });
    run("receive and complete", queue -> {
      send(queue, "a", "b");
      try (ServiceBusReceiverClient receiver = receiver(queue)) {
        for (ServiceBusReceivedMessage message : receive(receiver, 2)) receiver.complete(message);
        check(receiver.peekMessage() == null, "a message is left");
      }
    });
    run("receive and delete", queue -> {
      send(queue, "a");
      try (ServiceBusReceiverClient receiver =
          builder(AMQP).receiver().queueName(queue).receiveMode(ServiceBusReceiveMode.RECEIVE_AND_DELETE).buildClient()) {
        receive(receiver, 1);
        check(receiver.peekMessage() == null, "a message is left");
      }
    });
    run("receive more than 1 MiB", queue -> {
      try (ServiceBusSenderClient sender = sender(queue); ServiceBusReceiverClient receiver = receiver(queue)) {
        for (int index = 0; index < 30; index++) sender.sendMessage(new ServiceBusMessage(BinaryData.fromBytes(new byte[100_000])));
        receive(receiver, 30);
      }
    });
    run("receive with a processor", queue -> {
      send(queue, "a", "b", "c");
      CountDownLatch latch = new CountDownLatch(3);
      var processor = builder(AMQP).processor().queueName(queue).processMessage(context -> latch.countDown()).processError(context -> {}).buildProcessorClient();
      processor.start();
      boolean all = latch.await(20, TimeUnit.SECONDS);
      processor.close();
      check(all, latch.getCount() + " messages did not come");
    });
    run("abandon", queue -> {
      send(queue, "a");
      try (ServiceBusReceiverClient receiver = receiver(queue)) {
        receiver.abandon(receive(receiver, 1).get(0));
        check(receive(receiver, 1).get(0).getDeliveryCount() == 1, "delivery count");
      }
    });
    run("dead-letter", queue -> {
      send(queue, "a");
      try (ServiceBusReceiverClient receiver = receiver(queue);
          ServiceBusReceiverClient dead = builder(AMQP).receiver().queueName(queue).subQueue(SubQueue.DEAD_LETTER_QUEUE).buildClient()) {
        receiver.deadLetter(receive(receiver, 1).get(0), new DeadLetterOptions().setDeadLetterReason("r").setDeadLetterErrorDescription("d"));
        check("r".equals(receive(dead, 1).get(0).getDeadLetterReason()), "reason");
      }
    });
    run("defer", queue -> {
      send(queue, "a");
      try (ServiceBusReceiverClient receiver = receiver(queue)) {
        ServiceBusReceivedMessage message = receive(receiver, 1).get(0);
        receiver.defer(message);
        receiver.complete(receiver.receiveDeferredMessage(message.getSequenceNumber()));
        check(receiver.peekMessage() == null, "a message is left");
      }
    });
    run("renew a lock", queue -> {
      send(queue, "a");
      try (ServiceBusReceiverClient receiver = receiver(queue)) {
        ServiceBusReceivedMessage message = receive(receiver, 1).get(0);
        OffsetDateTime before = message.getLockedUntil();
        Thread.sleep(50);
        check(receiver.renewMessageLock(message).isAfter(before), "the lock's end");
      }
    });
    run("peek", queue -> {
      send(queue, "a", "b");
      try (ServiceBusReceiverClient receiver = receiver(queue)) {
        check(receiver.peekMessages(10).stream().count() == 2, "two messages");
      }
    });
    run("schedule and cancel", queue -> {
      try (ServiceBusSenderClient sender = sender(queue); ServiceBusReceiverClient receiver = receiver(queue)) {
        OffsetDateTime due = OffsetDateTime.now().plusHours(1);
        Long first = sender.scheduleMessage(new ServiceBusMessage("a"), due);
        sender.scheduleMessage(new ServiceBusMessage("b"), due);
        sender.cancelScheduledMessage(first);
        check(receiver.peekMessages(10).stream().count() == 1, "one message");
      }
    });
    run("hear that a message is too large", queue -> {
      try (ServiceBusSenderClient sender = sender(queue)) {
        fails(ServiceBusFailureReason.MESSAGE_SIZE_EXCEEDED, () -> sender.sendMessage(new ServiceBusMessage(BinaryData.fromBytes(new byte[1_500_000]))));
      }
    });
    run("hear that a queue is missing", queue -> {
      try (ServiceBusSenderClient sender = sender("missing")) {
        fails(ServiceBusFailureReason.MESSAGING_ENTITY_NOT_FOUND, () -> sender.sendMessage(new ServiceBusMessage("a")));
      }
    });
    run("hear that a key is wrong", queue -> {
      try (ServiceBusSenderClient sender = builder(System.getenv("BUS_AMQP_WRONG_KEY")).sender().queueName(queue).buildClient()) {
        fails(ServiceBusFailureReason.UNAUTHORIZED, () -> sender.sendMessage(new ServiceBusMessage("a")));
      }
    });
    System.exit(0);
  }
}
