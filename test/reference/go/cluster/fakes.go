package cluster

import (
	"context"
	"errors"
	"time"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	autoscalingclient "k8s.io/client-go/kubernetes/typed/autoscaling/v2"
	coreclient "k8s.io/client-go/kubernetes/typed/core/v1"
	autoscalinglisters "k8s.io/client-go/listers/autoscaling/v2"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/scale"
	"k8s.io/client-go/tools/cache"
	externalapi "k8s.io/metrics/pkg/apis/external_metrics/v1beta1"
	metricsapi "k8s.io/metrics/pkg/apis/metrics/v1beta1"
	resourceclient "k8s.io/metrics/pkg/client/clientset/versioned/typed/metrics/v1beta1"
	"k8s.io/metrics/pkg/client/external_metrics"
)

// Each of these embeds the interface that the controller is given, as nil, and answers what the controller asks; any other call would panic.

type scaleClient struct {
	scale.ScaleInterface
	w *World
}

func (c scaleClient) Scales(string) scale.ScaleInterface { return c }

// Get begins a sync: the controller reads the scale once in each.
func (c scaleClient) Get(context.Context, schema.GroupResource, string, metav1.GetOptions) (*autoscalingv1.Scale, error) {
	time.Sleep(millis(c.w.of.ReadMillis))
	c.w.lock.Lock()
	defer c.w.lock.Unlock()
	read := c.w.scale()
	c.w.begin(read)
	return read, nil
}

func (c scaleClient) Update(_ context.Context, _ schema.GroupResource, changed *autoscalingv1.Scale, _ metav1.UpdateOptions) (*autoscalingv1.Scale, error) {
	c.w.lock.Lock()
	defer c.w.lock.Unlock()
	c.w.set(changed.Spec.Replicas)
	return changed, nil
}

type hpaClient struct {
	autoscalingclient.HorizontalPodAutoscalerInterface
	w *World
}

func (c hpaClient) HorizontalPodAutoscalers(string) autoscalingclient.HorizontalPodAutoscalerInterface {
	return c
}

func (c hpaClient) UpdateStatus(_ context.Context, hpa *autoscalingv2.HorizontalPodAutoscaler, _ metav1.UpdateOptions) (*autoscalingv2.HorizontalPodAutoscaler, error) {
	c.w.lock.Lock()
	defer c.w.lock.Unlock()
	stored := c.w.HPA().DeepCopy()
	stored.Status = *hpa.Status.DeepCopy()
	c.w.store(stored)
	return stored, nil
}

type eventClient struct{ coreclient.EventInterface }

func (c eventClient) Events(string) coreclient.EventInterface { return c }
func (c eventClient) CreateWithEventNamespace(event *corev1.Event) (*corev1.Event, error) {
	return event, nil
}
func (c eventClient) PatchWithEventNamespace(event *corev1.Event, _ []byte) (*corev1.Event, error) {
	return event, nil
}

// storeInformer is an informer without a watch: the world writes to its store and calls its handlers.
type storeInformer struct {
	cache.SharedIndexInformer
	w     *World
	store cache.Indexer
}

func (i storeInformer) AddEventHandlerWithResyncPeriod(handler cache.ResourceEventHandler, _ time.Duration) (cache.ResourceEventHandlerRegistration, error) {
	i.w.handlers = append(i.w.handlers, handler)
	return nil, nil
}
func (i storeInformer) HasSynced() bool { return true }

type hpaInformer struct{ storeInformer }

func (i hpaInformer) Informer() cache.SharedIndexInformer { return i.storeInformer }
func (i hpaInformer) Lister() autoscalinglisters.HorizontalPodAutoscalerLister {
	return autoscalinglisters.NewHorizontalPodAutoscalerLister(i.store)
}

type podInformer struct{ storeInformer }

func (i podInformer) Informer() cache.SharedIndexInformer { return i.storeInformer }
func (i podInformer) Lister() corelisters.PodLister       { return corelisters.NewPodLister(i.store) }

type externalClient struct{ w *World }

func (c externalClient) NamespacedMetrics(string) external_metrics.MetricsInterface { return c }
func (c externalClient) List(metric string, _ labels.Selector) (*externalapi.ExternalMetricValueList, error) {
	milli, err := c.w.external(metric)
	if err != nil {
		return nil, err
	}
	return &externalapi.ExternalMetricValueList{Items: []externalapi.ExternalMetricValue{
		{MetricName: metric, Timestamp: metav1.Now(), Value: *resource.NewMilliQuantity(milli, resource.DecimalSI)},
	}}, nil
}

// Scripted reads external metrics from the case's curves.
func Scripted(of *Case, now func() time.Duration) func(string) (int64, error) {
	return func(metric string) (int64, error) {
		value, found := of.External[metric].At(now().Seconds())
		if !found {
			return 0, errors.New("the case has no value at this time")
		}
		return int64(value), nil
	}
}

type resourceClient struct {
	resourceclient.PodMetricsInterface
	w *World
}

func (c resourceClient) PodMetricses(string) resourceclient.PodMetricsInterface { return c }
func (c resourceClient) List(context.Context, metav1.ListOptions) (*metricsapi.PodMetricsList, error) {
	c.w.lock.Lock()
	defer c.w.lock.Unlock()
	list := &metricsapi.PodMetricsList{}
	for _, one := range c.w.known() {
		item := metricsapi.PodMetrics{
			ObjectMeta: metav1.ObjectMeta{Name: one.record.pod.Name, Namespace: Namespace},
			Timestamp:  metav1.NewTime(one.at), Window: metav1.Duration{Duration: one.window},
		}
		for container, usage := range one.containers {
			item.Containers = append(item.Containers, metricsapi.ContainerMetrics{Name: container, Usage: usage})
		}
		list.Items = append(list.Items, item)
	}
	return list, nil
}
