/**
 * Whether a Service Bus trigger reads this queue's length, as KEDA compares (pkg/scalers/azure_servicebus_scaler.go): a pattern has to match all of the
 * queue's name.
 * @param queueName of the trigger; null or undefined where it names none.
 */
export function watchesQueue(
  { queueName, useRegex }: { queueName: string | null | undefined; useRegex: string | undefined },
  queue: string,
): boolean {
  if (useRegex !== "true" || queueName === null || queueName === undefined) return queueName === queue;
  try {
    return new RegExp(`^(?:${queueName})$`).test(queue);
  } catch {
    // Go's syntax is another one in places. KEDA refuses what it cannot parse, which its condition Ready says.
    return true;
  }
}
