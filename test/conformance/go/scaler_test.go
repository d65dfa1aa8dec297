package conformance

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azservicebus/admin"
)

// The queries of KEDA's azure-servicebus scaler, made as it makes them:
// https://github.com/kedacore/keda/blob/v2.21.0/pkg/scalers/azure_servicebus_scaler.go

// KEDA's default for KEDA_HTTP_DEFAULT_TIMEOUT.
const scalerTimeout = 3 * time.Second

// environment reads what go.test.ts tells; without it nothing can be tested.
func environment(t *testing.T, name string) string {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("%s is not set; run these tests by test/conformance/go.test.ts", name)
	}
	return value
}

// trust is a TLS configuration that trusts the test's authority, as KEDA's does with a file in --ca-dir.
func trust(t *testing.T) *tls.Config {
	t.Helper()
	pem, err := os.ReadFile(environment(t, "BUS_CA_FILE"))
	if err != nil {
		t.Fatal(err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		t.Fatal(err)
	}
	if !pool.AppendCertsFromPEM(pem) {
		t.Fatal("BUS_CA_FILE has no certificate")
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool}
}

func adminClient(t *testing.T, connection string) *admin.Client {
	t.Helper()
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = trust(t)
	client, err := admin.NewClientFromConnectionString(connection, &admin.ClientOptions{
		ClientOptions: policy.ClientOptions{Transport: &http.Client{Timeout: scalerTimeout, Transport: transport}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func queueLength(ctx context.Context, client *admin.Client, queueName string) (int64, error) {
	queue, err := client.GetQueueRuntimeProperties(ctx, queueName, &admin.GetQueueRuntimePropertiesOptions{})
	if err != nil {
		return -1, err
	}
	if queue == nil {
		return -1, fmt.Errorf("queue %s doesn't exist", queueName)
	}
	return int64(queue.ActiveMessageCount), nil
}

func queueLengthsByRegex(ctx context.Context, client *admin.Client, pattern string) ([]int64, error) {
	regex, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	regex.Longest()
	counts := []int64{}
	pager := client.NewListQueuesRuntimePropertiesPager(nil)
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, queue := range page.QueueRuntimeProperties {
			if regex.FindString(queue.QueueName) == queue.QueueName {
				counts = append(counts, int64(queue.ActiveMessageCount))
			}
		}
	}
	return counts, nil
}

func createQueue(t *testing.T, client *admin.Client, name string, properties *admin.QueueProperties) {
	t.Helper()
	if _, err := client.CreateQueue(t.Context(), name, &admin.CreateQueueOptions{Properties: properties}); err != nil {
		t.Fatal(err)
	}
}

func sendText(t *testing.T, client *azservicebus.Client, queue string, texts ...string) {
	t.Helper()
	sender, err := client.NewSender(queue, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close(context.Background())
	for _, text := range texts {
		if err := sender.SendMessage(t.Context(), &azservicebus.Message{Body: []byte(text)}, nil); err != nil {
			t.Fatal(err)
		}
	}
}

func TestScalerReadsTheLengthOfAQueue(t *testing.T) {
	client := adminClient(t, environment(t, "BUS_ADMIN"))
	bus := plainClient(t)
	createQueue(t, client, "scaled", nil)
	sendText(t, bus, "scaled", "a", "b", "c")

	length, err := queueLength(t.Context(), client, "scaled")
	if err != nil || length != 3 {
		t.Fatalf("want 3, got %d, %v", length, err)
	}

	// A busy worker's messages are under a lock, and must still count.
	receiver, err := bus.NewReceiverForQueue("scaled", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer receiver.Close(context.Background())
	if _, err := receiver.ReceiveMessages(t.Context(), 2, nil); err != nil {
		t.Fatal(err)
	}
	length, err = queueLength(t.Context(), client, "scaled")
	if err != nil || length != 3 {
		t.Fatalf("with messages under a lock: want 3, got %d, %v", length, err)
	}
}

func TestScalerIsToldThatAQueueDoesNotExist(t *testing.T) {
	client := adminClient(t, environment(t, "BUS_ADMIN"))
	if _, err := queueLength(t.Context(), client, "nowhere"); err == nil || err.Error() != "queue nowhere doesn't exist" {
		t.Fatalf("got %v", err)
	}
}

func TestScalerFindsQueuesByRegexOnEveryPage(t *testing.T) {
	client := adminClient(t, environment(t, "BUS_ADMIN"))
	bus := plainClient(t)
	// More than two pages; KEDA asks for the next until one is empty.
	for index := range 205 {
		createQueue(t, client, fmt.Sprintf("paged-%03d", index), nil)
	}
	sendText(t, bus, "paged-000", "a")
	sendText(t, bus, "paged-101", "a", "b")
	sendText(t, bus, "paged-204", "a", "b", "c")

	counts, err := queueLengthsByRegex(t.Context(), client, `paged-\d+`)
	if err != nil {
		t.Fatal(err)
	}
	var sum int64
	for _, count := range counts {
		sum += count
	}
	if len(counts) != 205 || sum != 6 {
		t.Fatalf("want 205 queues with 6 messages, got %d with %d", len(counts), sum)
	}
	// The whole name has to match.
	if counts, err := queueLengthsByRegex(t.Context(), client, `paged-00`); err != nil || len(counts) != 0 {
		t.Fatalf("want none, got %d, %v", len(counts), err)
	}
}

func TestScalerIsRefusedWithoutManage(t *testing.T) {
	client := adminClient(t, environment(t, "BUS_ADMIN_LISTEN_ONLY"))
	_, err := queueLength(t.Context(), client, "orders")
	var refused *azcore.ResponseError
	if !errors.As(err, &refused) || refused.StatusCode != http.StatusUnauthorized {
		t.Fatalf("want 401, got %v", err)
	}
}

func TestAdministrationOfQueues(t *testing.T) {
	client := adminClient(t, environment(t, "BUS_ADMIN"))
	wish := admin.QueueProperties{
		LockDuration:                        to.Ptr("PT45S"),
		MaxSizeInMegabytes:                  to.Ptr(int32(2048)),
		RequiresDuplicateDetection:          to.Ptr(true),
		DefaultMessageTimeToLive:            to.Ptr("PT6H"),
		DeadLetteringOnMessageExpiration:    to.Ptr(true),
		DuplicateDetectionHistoryTimeWindow: to.Ptr("PT4H"),
		MaxDeliveryCount:                    to.Ptr(int32(100)),
		Status:                              to.Ptr(admin.EntityStatusReceiveDisabled),
		UserMetadata:                        to.Ptr(`it's "mine" & <yours>`),
	}
	created, err := client.CreateQueue(t.Context(), "managed", &admin.CreateQueueOptions{Properties: &wish})
	if err != nil {
		t.Fatal(err)
	}
	sameProperties(t, created.QueueProperties, wish)

	read, err := client.GetQueue(t.Context(), "managed", nil)
	if err != nil || read == nil {
		t.Fatal(read, err)
	}
	sameProperties(t, read.QueueProperties, wish)

	wish.MaxDeliveryCount = to.Ptr(int32(3))
	changed := read.QueueProperties
	changed.MaxDeliveryCount = wish.MaxDeliveryCount
	updated, err := client.UpdateQueue(t.Context(), "managed", changed, nil)
	if err != nil {
		t.Fatal(err)
	}
	sameProperties(t, updated.QueueProperties, wish)

	_, err = client.CreateQueue(t.Context(), "managed", nil)
	wantStatus(t, err, http.StatusConflict, "SubCode=40900")
	_, err = client.UpdateQueue(t.Context(), "nowhere", changed, nil)
	wantStatus(t, err, http.StatusNotFound, "404 Not Found")
	_, err = client.DeleteQueue(t.Context(), "nowhere", nil)
	wantStatus(t, err, http.StatusNotFound, "404 Not Found")
	changed.LockDuration = to.Ptr("P25D")
	_, err = client.UpdateQueue(t.Context(), "managed", changed, nil)
	wantStatus(t, err, http.StatusBadRequest, "LockDuration")
	_, err = client.CreateQueue(t.Context(), "other", &admin.CreateQueueOptions{
		Properties: &admin.QueueProperties{RequiresSession: to.Ptr(true)},
	})
	wantStatus(t, err, http.StatusNotImplemented, "RequiresSession")
	_, err = client.CreateTopic(t.Context(), "topic", nil)
	wantStatus(t, err, http.StatusNotImplemented, "Topics")

	if _, err := client.DeleteQueue(t.Context(), "managed", nil); err != nil {
		t.Fatal(err)
	}
	if gone, err := client.GetQueue(t.Context(), "managed", nil); err != nil || gone != nil {
		t.Fatalf("want nothing, got %v, %v", gone, err)
	}

	namespace, err := client.GetNamespaceProperties(t.Context(), nil)
	if err != nil || namespace.Name != "servicebus-emulator" || namespace.CreatedTime.IsZero() {
		t.Fatal(namespace, err)
	}
}

func sameProperties(t *testing.T, got, want admin.QueueProperties) {
	t.Helper()
	seen := fmt.Sprint(
		*got.LockDuration, *got.MaxSizeInMegabytes, *got.RequiresDuplicateDetection, *got.DefaultMessageTimeToLive,
		*got.DeadLetteringOnMessageExpiration, *got.DuplicateDetectionHistoryTimeWindow, *got.MaxDeliveryCount, *got.Status, *got.UserMetadata)
	wished := fmt.Sprint(
		*want.LockDuration, *want.MaxSizeInMegabytes, *want.RequiresDuplicateDetection, *want.DefaultMessageTimeToLive,
		*want.DeadLetteringOnMessageExpiration, *want.DuplicateDetectionHistoryTimeWindow, *want.MaxDeliveryCount, *want.Status, *want.UserMetadata)
	if seen != wished {
		t.Fatalf("want %s\ngot  %s", wished, seen)
	}
}

func wantStatus(t *testing.T, err error, status int, text string) {
	t.Helper()
	var refused *azcore.ResponseError
	if !errors.As(err, &refused) || refused.StatusCode != status {
		t.Fatalf("want status %d, got %v", status, err)
	}
	if !regexp.MustCompile(regexp.QuoteMeta(text)).MatchString(err.Error()) {
		t.Fatalf("want %q in %v", text, err)
	}
}
