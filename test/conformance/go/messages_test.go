package conformance

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
)

// Sending, receiving and settling with the Go client, which is strict about types where the JavaScript one is not.

// noRetries: what does not work is to be seen at once.
var noRetries = azservicebus.RetryOptions{MaxRetries: -1}

func plainClient(t *testing.T) *azservicebus.Client {
	t.Helper()
	return messageClient(t, "BUS_AMQP", &azservicebus.ClientOptions{RetryOptions: noRetries})
}

func messageClient(t *testing.T, variable string, options *azservicebus.ClientOptions) *azservicebus.Client {
	t.Helper()
	client, err := azservicebus.NewClientFromConnectionString(environment(t, variable), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close(context.Background()) })
	return client
}

// newQueue makes a queue of the test's own.
func newQueue(t *testing.T) string {
	t.Helper()
	name := "go-" + t.Name()
	createQueue(t, adminClient(t, environment(t, "BUS_ADMIN")), name, nil)
	return name
}

func newSender(t *testing.T, client *azservicebus.Client, queue string) *azservicebus.Sender {
	t.Helper()
	sender, err := client.NewSender(queue, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sender.Close(context.Background()) })
	return sender
}

func newReceiver(t *testing.T, client *azservicebus.Client, queue string, options *azservicebus.ReceiverOptions) *azservicebus.Receiver {
	t.Helper()
	receiver, err := client.NewReceiverForQueue(queue, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = receiver.Close(context.Background()) })
	return receiver
}

// receive waits for exactly so many messages.
func receive(t *testing.T, receiver *azservicebus.Receiver, count int) []*azservicebus.ReceivedMessage {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var messages []*azservicebus.ReceivedMessage
	for len(messages) < count {
		some, err := receiver.ReceiveMessages(ctx, count-len(messages), nil)
		if err != nil {
			t.Fatalf("after %d of %d messages: %v", len(messages), count, err)
		}
		messages = append(messages, some...)
	}
	return messages
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestMessageKeepsItsProperties(t *testing.T) {
	queue, client := newQueue(t), plainClient(t)
	due := time.Date(2031, 12, 14, 1, 2, 3, 0, time.UTC)
	must(t, newSender(t, client, queue).SendMessage(t.Context(), &azservicebus.Message{
		Body: []byte{0, 1, 255}, MessageID: to.Ptr("m"), Subject: to.Ptr("s"), CorrelationID: to.Ptr("c"),
		ContentType: to.Ptr("application/json"), To: to.Ptr("t"), ReplyTo: to.Ptr("r"), TimeToLive: to.Ptr(time.Hour),
		ApplicationProperties: map[string]any{"text": "é", "int": int32(-1), "long": int64(1) << 40, "float": 2.5, "yes": true, "due": due},
	}, nil))
	receiver := newReceiver(t, client, queue, nil)
	message := receive(t, receiver, 1)[0]
	got := fmt.Sprint(message.Body, message.MessageID, *message.Subject, *message.CorrelationID, *message.ContentType, *message.To,
		*message.ReplyTo, *message.TimeToLive, message.DeliveryCount, *message.SequenceNumber, message.State, message.ApplicationProperties)
	want := fmt.Sprint([]byte{0, 1, 255}, "m", "s", "c", "application/json", "t", "r", time.Hour, 1, 1, azservicebus.MessageStateActive,
		map[string]any{"text": "é", "int": int32(-1), "long": int64(1) << 40, "float": 2.5, "yes": true, "due": due})
	if got != want {
		t.Fatalf("want %s\ngot  %s", want, got)
	}
	if message.LockedUntil == nil || time.Until(*message.LockedUntil) > time.Minute || message.EnqueuedTime == nil {
		t.Fatal(message.LockedUntil, message.EnqueuedTime)
	}
	before := *message.LockedUntil
	must(t, receiver.RenewMessageLock(t.Context(), message, nil))
	if message.LockedUntil.Before(before) {
		t.Fatalf("the lock was until %v, and after it was renewed until %v", before, message.LockedUntil)
	}
	must(t, receiver.CompleteMessage(t.Context(), message, nil))
	if rest, err := receiver.PeekMessages(t.Context(), 10, nil); err != nil || len(rest) != 0 {
		t.Fatal(rest, err)
	}
}

func TestBatchIsReceivedInOrderAndSettledInEveryWay(t *testing.T) {
	queue, client := newQueue(t), plainClient(t)
	sender := newSender(t, client, queue)
	batch, err := sender.NewMessageBatch(t.Context(), nil)
	must(t, err)
	for index := range 5 {
		must(t, batch.AddMessage(&azservicebus.Message{Body: fmt.Append(nil, index)}, nil))
	}
	must(t, sender.SendMessageBatch(t.Context(), batch, nil))

	receiver := newReceiver(t, client, queue, nil)
	messages := receive(t, receiver, 5)
	for index, message := range messages {
		if string(message.Body) != fmt.Sprint(index) {
			t.Fatalf("message %d has the body %s", index, message.Body)
		}
	}
	must(t, receiver.CompleteMessage(t.Context(), messages[0], nil))
	must(t, receiver.AbandonMessage(t.Context(), messages[1], &azservicebus.AbandonMessageOptions{
		PropertiesToModify: map[string]any{"tried": int32(1)},
	}))
	must(t, receiver.DeadLetterMessage(t.Context(), messages[2], &azservicebus.DeadLetterOptions{
		Reason: to.Ptr("bad"), ErrorDescription: to.Ptr("very bad"), PropertiesToModify: map[string]any{"why": "x"},
	}))
	must(t, receiver.DeferMessage(t.Context(), messages[3], nil))
	must(t, receiver.CompleteMessage(t.Context(), messages[4], nil))

	again := receive(t, receiver, 1)[0]
	if string(again.Body) != "1" || again.DeliveryCount != 2 || again.ApplicationProperties["tried"] != int32(1) {
		t.Fatalf("abandoned: %s %d %v", again.Body, again.DeliveryCount, again.ApplicationProperties)
	}
	must(t, receiver.CompleteMessage(t.Context(), again, nil))

	deferred, err := receiver.ReceiveDeferredMessages(t.Context(), []int64{*messages[3].SequenceNumber}, nil)
	must(t, err)
	if len(deferred) != 1 || string(deferred[0].Body) != "3" || deferred[0].State != azservicebus.MessageStateDeferred {
		t.Fatalf("deferred: %v", deferred)
	}
	must(t, receiver.CompleteMessage(t.Context(), deferred[0], nil))

	dead := newReceiver(t, client, queue, &azservicebus.ReceiverOptions{
		SubQueue: azservicebus.SubQueueDeadLetter, ReceiveMode: azservicebus.ReceiveModeReceiveAndDelete,
	})
	letter := receive(t, dead, 1)[0]
	if *letter.DeadLetterReason != "bad" || *letter.DeadLetterErrorDescription != "very bad" ||
		letter.ApplicationProperties["why"] != "x" || *letter.DeadLetterSource != queue {
		t.Fatalf("dead-lettered: %v %v", letter, letter.ApplicationProperties)
	}
	if rest, err := receiver.PeekMessages(t.Context(), 10, nil); err != nil || len(rest) != 0 {
		t.Fatal(rest, err)
	}
}

// The emulator stops with 1 MiB unsent, and has to go on by itself: the credit is given once.
func TestMoreThanAMebibyteComesForOneGrantOfCredit(t *testing.T) {
	queue, client := newQueue(t), plainClient(t)
	sender := newSender(t, client, queue)
	const count = 40
	for range count {
		must(t, sender.SendMessage(t.Context(), &azservicebus.Message{Body: make([]byte, 100_000)}, nil))
	}
	receiver := newReceiver(t, client, queue, nil)
	for _, message := range receive(t, receiver, count) {
		must(t, receiver.CompleteMessage(t.Context(), message, nil))
	}
}

func TestScheduledMessageIsPeekedAndCancelled(t *testing.T) {
	queue, client := newQueue(t), plainClient(t)
	sender, receiver := newSender(t, client, queue), newReceiver(t, client, queue, nil)
	messages := []*azservicebus.Message{{Body: []byte("a")}, {Body: []byte("b")}}
	numbers, err := sender.ScheduleMessages(t.Context(), messages, time.Now().Add(time.Hour), nil)
	must(t, err)
	peeked, err := receiver.PeekMessages(t.Context(), 10, nil)
	must(t, err)
	if len(numbers) != 2 || len(peeked) != 2 || peeked[1].State != azservicebus.MessageStateScheduled || *peeked[1].SequenceNumber != numbers[1] {
		t.Fatalf("numbers %v, peeked %v", numbers, peeked)
	}
	must(t, sender.CancelScheduledMessages(t.Context(), numbers[:1], nil))
	// Without a number the client goes on behind what it has peeked.
	peeked, err = receiver.PeekMessages(t.Context(), 10, &azservicebus.PeekMessagesOptions{FromSequenceNumber: to.Ptr(int64(0))})
	if err != nil || len(peeked) != 1 || string(peeked[0].Body) != "b" {
		t.Fatal(peeked, err)
	}
	_, err = sender.ScheduleMessages(t.Context(), messages[:1], time.Now().Add(200*time.Millisecond), nil)
	must(t, err)
	if soon := receive(t, receiver, 1)[0]; string(soon.Body) != "a" {
		t.Fatalf("got %s", soon.Body)
	}
}

func TestLockThatIsOverIsLost(t *testing.T) {
	queue, client := newQueue(t), plainClient(t)
	sendText(t, client, queue, "a")
	receiver := newReceiver(t, client, queue, nil)
	message := receive(t, receiver, 1)[0]
	must(t, receiver.AbandonMessage(t.Context(), message, nil))
	err := receiver.RenewMessageLock(t.Context(), message, nil)
	var failed *azservicebus.Error
	if !errors.As(err, &failed) || failed.Code != azservicebus.CodeLockLost {
		t.Fatalf("want %s, got %v", azservicebus.CodeLockLost, err)
	}
}

func TestQueueThatIsNotThereIsNotFound(t *testing.T) {
	err := newSender(t, plainClient(t), "nowhere").SendMessage(t.Context(), &azservicebus.Message{Body: []byte("a")}, nil)
	var failed *azservicebus.Error
	if !errors.As(err, &failed) || failed.Code != azservicebus.CodeNotFound {
		t.Fatalf("want %s, got %v", azservicebus.CodeNotFound, err)
	}
}

func TestMessagesGoOverTLS(t *testing.T) {
	queue := newQueue(t)
	config := trust(t)
	// The client would verify the endpoint with its port, which is not 5671 here.
	config.ServerName = "localhost"
	client := messageClient(t, "BUS_AMQPS", &azservicebus.ClientOptions{TLSConfig: config, RetryOptions: noRetries})
	sendText(t, client, queue, "a")
	if message := receive(t, newReceiver(t, client, queue, nil), 1)[0]; string(message.Body) != "a" {
		t.Fatalf("got %s", message.Body)
	}
}
