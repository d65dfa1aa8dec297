import jakarta.jms.Connection;
import jakarta.jms.Destination;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.util.Collections;
import org.apache.qpid.jms.JmsConnectionFactory;

/** qpid-jms against the emulator. Prints one line of JSON for each operation. BUS_URI is amqp://…, the queues jms-0, jms-1, … are there before. */
public final class Conformance {
  /** All others are left out; null leaves out none. */
  private static final String ONLY_OPERATION = System.getenv("ONLY_OPERATION");
  private static int count = 0;

  interface Operation {
    void run(Connection connection, Session session, Queue queue) throws Exception;
  }

  private static void check(boolean holds, String what) {
    if (!holds) throw new AssertionError(what);
  }

  private static void run(String name, Operation operation) {
    if (ONLY_OPERATION != null && !ONLY_OPERATION.equals(name)) return;
    String error = null;
    try (Connection connection = new JmsConnectionFactory("all", System.getenv("BUS_KEY"), System.getenv("BUS_URI")).createConnection()) {
      connection.start();
      Session session = connection.createSession(false, Session.CLIENT_ACKNOWLEDGE);
      operation.run(connection, session, session.createQueue("jms-" + count++));
    } catch (Throwable thrown) {
      error = String.valueOf(thrown);
    }
    String shown = error == null ? "null" : "\"" + error.replaceAll("[\\\\\"\\p{Cntrl}]", " ") + "\"";
    System.out.println("{\"operation\":\"" + name + "\",\"error\":" + shown + "}");
  }

  private static void send(Session session, Destination queue, int messages) throws JMSException {
    for (int index = 0; index < messages; index++) session.createProducer(queue).send(session.createTextMessage("m" + index));
  }

  public static void main(String[] arguments) {
    run("receive and complete", (connection, session, queue) -> {
      send(session, queue, 1);
      Message message = session.createConsumer(queue).receive(10_000);
      check(message instanceof TextMessage text && text.getText().equals("m0"), "the message");
      message.acknowledge();
    });
    run("browse", (connection, session, queue) -> {
      send(session, queue, 5);
      check(Collections.list(session.createBrowser(queue).getEnumeration()).size() == 5, "five are browsed");
      MessageConsumer consumer = session.createConsumer(queue);
      for (int index = 0; index < 5; index++) check(consumer.receive(10_000) != null, "message " + index + " is gone");
    });
    run("hear that selectors are not supported", (connection, session, queue) -> {
      try {
        session.createConsumer(queue, "n = 1");
      } catch (JMSException error) {
        check(error.getMessage().contains("does not implement the filter"), error.getMessage());
        return;
      }
      throw new AssertionError("the selector was taken");
    });
    run("hear that transactions are not supported", (connection, session, queue) -> {
      try {
        Session transacted = connection.createSession(true, Session.SESSION_TRANSACTED);
        send(transacted, queue, 1);
        transacted.commit();
      } catch (JMSException error) {
        check(error.getMessage().contains("transactions"), error.getMessage());
        return;
      }
      throw new AssertionError("the transaction was taken");
    });
    System.exit(0);
  }
}
