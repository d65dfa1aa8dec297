import com.azure.core.exception.HttpResponseException;
import com.azure.core.exception.ResourceExistsException;
import com.azure.core.exception.ResourceNotFoundException;
import com.azure.messaging.servicebus.ServiceBusClientBuilder;
import com.azure.messaging.servicebus.ServiceBusMessage;
import com.azure.messaging.servicebus.ServiceBusSenderClient;
import com.azure.messaging.servicebus.administration.ServiceBusAdministrationClient;
import com.azure.messaging.servicebus.administration.ServiceBusAdministrationClientBuilder;
import com.azure.messaging.servicebus.administration.models.CreateQueueOptions;
import com.azure.messaging.servicebus.administration.models.QueueProperties;
import java.time.Duration;

/**
 * The Java administration client against the emulator, in the output of {@link Conformance}. It dials port 443 whatever the string says, so BUS_ADMIN is
 * a connection string without a port, which is good for messages too; the Java virtual machine trusts the emulator's authority.
 */
public final class Administration {
  private static final String CONNECTION = System.getenv("BUS_ADMIN");

  private static void refused(Class<? extends HttpResponseException> type, Runnable action) {
    try {
      action.run();
    } catch (HttpResponseException error) {
      Conformance.check(type.isInstance(error), "expected " + type.getSimpleName() + ", got " + error);
      return;
    }
    throw new AssertionError("no " + type.getSimpleName());
  }

  public static void main(String[] arguments) {
    ServiceBusAdministrationClient admin = new ServiceBusAdministrationClientBuilder().connectionString(CONNECTION).buildClient();
    Conformance.run("administer queues", queue -> {
      QueueProperties made = admin.createQueue(queue, new CreateQueueOptions().setMaxDeliveryCount(5).setLockDuration(Duration.ofSeconds(30)));
      Conformance.check(made.getMaxDeliveryCount() == 5 && made.getLockDuration().equals(Duration.ofSeconds(30)), "created otherwise");
      refused(ResourceExistsException.class, () -> admin.createQueue(queue));
      Conformance.check(admin.updateQueue(admin.getQueue(queue).setMaxDeliveryCount(6)).getMaxDeliveryCount() == 6, "updated otherwise");
      try (ServiceBusSenderClient sender =
          new ServiceBusClientBuilder().connectionString(CONNECTION).sender().queueName(queue).buildClient()) {
        sender.sendMessage(new ServiceBusMessage("one"));
      }
      Conformance.check(admin.getQueueRuntimeProperties(queue).getActiveMessageCount() == 1, "the message is not counted");
      Conformance.check(admin.listQueues().stream().anyMatch(one -> one.getName().equals(queue)), "the queue is not listed");
      admin.deleteQueue(queue);
      Conformance.check(!admin.getQueueExists(queue), "the queue is still there");
      refused(ResourceNotFoundException.class, () -> admin.getQueue(queue));
    });
    System.exit(0);
  }
}
