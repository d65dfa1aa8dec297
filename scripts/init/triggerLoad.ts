import type { TriggerState } from "../../loadtest/model/autoscaling.ts";

/** What a load has to do so that a trigger asks for replicas. */
export interface TriggerLoad {
  /** A sentence's end that names what $COUNT counts, as in `put $COUNT entries on the Redis list jobs`. */
  task: string;
  /** Lines of sh that do it in a usual setup. */
  example: readonly string[];
  /** Whether what was sent is taken again while replicas start; else it stays as it is. */
  isTaken: boolean;
}

/**
 * By KEDA's name of the scaler. Only fields that name a queue, a topic or a selector are repeated here: others can hold a secret.
 * @see https://keda.sh/docs/latest/scalers/
 */
export function triggerLoad({ type, metadata }: TriggerState, namespace: string): TriggerLoad {
  const given = (key: string, otherwise: string): string => plain(metadata[key]) ?? otherwise;
  const exec = `kubectl --namespace ${namespace} exec`;
  switch (type) {
    case "redis": {
      const list = given("listName", "LIST");
      return {
        task: `put $COUNT entries on the Redis list ${list}`,
        example: [`seq 1 "$COUNT" | sed 's/^/RPUSH ${list} /' | ${exec} -i deployment/redis -- redis-cli >/dev/null`],
        isTaken: true,
      };
    }
    case "rabbitmq": {
      const queue = given("queueName", "QUEUE");
      return {
        task: `publish $COUNT messages to the RabbitMQ queue ${queue}`,
        example: [
          `for i in $(seq 1 "$COUNT"); do`,
          `  ${exec} deployment/rabbitmq -- rabbitmqadmin publish routing_key=${queue} payload="$i" >/dev/null`,
          "done",
        ],
        isTaken: true,
      };
    }
    case "azure-servicebus": {
      const isTopic = metadata.queueName === undefined && metadata.topicName !== undefined;
      const entity = isTopic ? given("topicName", "TOPIC") : given("queueName", "QUEUE");
      return {
        task: `send $COUNT messages to the Service Bus ${isTopic ? "topic" : "queue"} ${entity}`,
        example: [
          "# TOKEN: a shared access signature; environment of the load: TOKEN: { secret: NAME, key: KEY }",
          `for i in $(seq 1 "$COUNT"); do`,
          `  curl --fail --silent --header "Authorization: $TOKEN" --data "$i" https://NAME.servicebus.windows.net/${entity}/messages`,
          "done",
        ],
        isTaken: true,
      };
    }
    case "kafka":
    case "apache-kafka": {
      const topic = given("topic", "TOPIC");
      return {
        task: `produce $COUNT messages to the Kafka topic ${topic}, over all its partitions`,
        example: [
          `seq 1 "$COUNT" | ${exec} -i kafka-0 -- kafka-console-producer.sh --bootstrap-server localhost:9092 --topic ${topic}`,
        ],
        isTaken: true,
      };
    }
    case "aws-sqs-queue": {
      const queue = given("queueURL", "URL");
      return {
        task: `send $COUNT messages to the SQS queue ${queue}`,
        example: [
          `for i in $(seq 1 "$COUNT"); do`,
          `  aws sqs send-message --queue-url "${queue}" --message-body "$i" >/dev/null`,
          "done",
        ],
        isTaken: true,
      };
    }
    case "prometheus":
      return {
        task: "do $COUNT times what raises the result of the trigger's Prometheus query",
        example: [
          "# BASE_URL: environment of the load: BASE_URL: { service: NAME, port: PORT, scheme: http }",
          `for i in $(seq 1 "$COUNT"); do curl --fail --silent --output /dev/null "$BASE_URL/"; done`,
        ],
        isTaken: false,
      };
    case "metrics-api": {
      const value = given("valueLocation", "the value");
      return {
        task: `do $COUNT times what raises ${value} in the answer of the trigger's API`,
        example: [
          "# BASE_URL: environment of the load: BASE_URL: { service: NAME, port: PORT, scheme: http }",
          `for i in $(seq 1 "$COUNT"); do curl --fail --silent --request POST "$BASE_URL/jobs"; done`,
        ],
        isTaken: false,
      };
    }
    case "kubernetes-workload":
      return {
        task: `start $COUNT pods with the labels ${metadata.podSelector ?? "of podSelector"}, keep them for a minute, and end them`,
        example: [
          `trap 'kubectl --namespace ${namespace} scale deployment/NAME --replicas=0 >&2' EXIT`,
          `kubectl --namespace ${namespace} scale deployment/NAME --replicas="$COUNT" >&2`,
          `kubectl --namespace ${namespace} rollout status deployment/NAME --timeout=60s >&2`,
          "sleep 60",
        ],
        isTaken: false,
      };
    default:
      return {
        task: `do $COUNT times what raises the metric of the trigger ${type} (https://keda.sh/docs/latest/scalers)`,
        example: [],
        isTaken: false,
      };
  }
}

/** A name that sh takes as it is; undefined for any other. */
function plain(name: string | undefined): string | undefined {
  return name !== undefined && /^[\w.:/-]+$/.test(name) ? name : undefined;
}
